"""What a place is to which alerts go: a webhook, a broker."""

from collections.abc import Sequence
from typing import Protocol

from agent.alerts.states import Alert


class Outlet(Protocol):
    """A place to which alerts go."""

    def tell(self, changed: Sequence[Alert], alerts: Sequence[Alert]) -> None:
        """Take what has begun or ended, and all that is pending or fires; it does not wait for the
        place. It is told after each look, though nothing has changed.
        """

    async def run(self) -> None:
        """Send what was told, until it is cancelled."""
