"""The clock of a daemon's host that is wrong for a while."""

from datetime import datetime, timedelta

from agent.clock import Clock
from agent.demo.faults import Faults


class SteppedClock(Clock):
    """Shows the time of a simulation as a plan puts it forward and back."""

    def __init__(
        self, faults: Faults, *, midnight: datetime, start: datetime, speed: float, origin: float
    ) -> None:
        """`midnight` is the site's; the others are those of the simulation's clock."""
        super().__init__(start=start, speed=speed, origin=origin)
        self._faults = faults
        self._midnight = midnight

    def now(self) -> datetime:
        """Return what the host's clock shows."""
        true = super().now()
        ahead = self._faults.ahead((true - self._midnight).total_seconds())
        return true + timedelta(seconds=ahead)
