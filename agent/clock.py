"""The time of day, as something that can be handed in.

The daemon runs on `Clock()`. The demo and the tests run on a clock that is faster than the world,
so that an hour of accounting passes in a minute; nothing else in the code knows the difference.
"""

import asyncio
import math
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta


class Clock:
    """Wall time in UTC, `speed` times as fast as the world since the clock was made.

    `origin` is the moment of `start` on `time.monotonic()`, now where it is left out: processes of
    one machine that are given the same three show the same time.
    """

    def __init__(
        self, *, start: datetime | None = None, speed: float = 1.0, origin: float | None = None
    ) -> None:
        self.speed = speed
        self._start = start
        self._origin = time.monotonic() if origin is None else origin

    def now(self) -> datetime:
        """Return the time now, an aware datetime in UTC.

        With `start` unset and `speed` 1 this is the system's clock, steps included: a ledger is
        written in the time people read, not in the time since boot.
        """
        if self._start is None:
            return datetime.now(UTC)
        return self._start + timedelta(seconds=(time.monotonic() - self._origin) * self.speed)

    async def sleep(self, seconds: float) -> None:
        """Sleep for seconds of this clock."""
        await asyncio.sleep(max(seconds, 0.0) / self.speed)

    async def ticks(self, every: timedelta, *, offset: float = 0.0) -> AsyncIterator[datetime]:
        """Yield on a fixed schedule: first at once, then `offset` of a period past each full one.

        `offset` is from 0 to 1 and spreads many meters over the period. A tick that is overrun is
        skipped, never stacked, and a clock that is put back is followed.
        """
        period = every.total_seconds()
        turn = math.floor(self.now().timestamp() / period - offset)
        yield self.now()
        while True:
            here = math.floor(self.now().timestamp() / period - offset)
            # A sleep may end a moment before its turn has come; a longer way back is a step.
            turn = 1 + (turn if here == turn - 1 else here)
            await self.sleep((turn + offset) * period - self.now().timestamp())
            yield self.now()
