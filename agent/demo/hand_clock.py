"""A clock that stands still until it is moved: for days that pass in seconds."""

from datetime import datetime, timedelta

from agent.clock import Clock


class HandClock(Clock):
    """Its owner is the time."""

    def __init__(self, at: datetime) -> None:
        super().__init__()
        self.at = at

    def now(self) -> datetime:
        """Return the time that it was set to."""
        return self.at

    def move(self, **by: float) -> None:
        """Move it on, by the arguments of a timedelta."""
        self.at += timedelta(**by)
