"""A clock on which waiting takes no time, so that a month of polls is soon over."""

import asyncio
from datetime import UTC, datetime

from tests.clocks import HandClock

NOON = datetime(2026, 3, 10, 12, 20, tzinfo=UTC)


class StoppedClock(HandClock):
    """Stands still until it is moved, or until somebody sleeps."""

    def __init__(self) -> None:
        super().__init__(NOON)

    async def sleep(self, seconds: float) -> None:
        """Move on at once."""
        self.move(seconds=max(seconds, 0.0))
        await asyncio.sleep(0)
