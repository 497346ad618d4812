"""One poll: its session, and the time it has."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from agent.clock import Clock
from collectors.ipmi.sdr import Sensor
from collectors.ipmi.session import Session


@dataclass(slots=True, kw_only=True)
class Poll:
    """What a poll asks with, and what it has been told already."""

    session: Session
    clock: Clock
    until: datetime
    """After this nothing is begun that can wait for the next poll."""

    sensors: tuple[Sensor, ...] | None = None
    """The BMC's sensors, once they have been looked up."""

    values: dict[Sensor, float | None] = field(default_factory=dict)
    """What sensors have said: one that counts twice is asked once."""

    def has(self, seconds: float = 0.0) -> bool:
        """Whether so much time is left for what can wait."""
        return self.clock.now() + timedelta(seconds=seconds) < self.until
