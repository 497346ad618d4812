"""Where a machine's power is read from: DCMI, else its sensors, and when to look again."""

from datetime import datetime, timedelta

from agent.clock import Clock
from collectors.ipmi.dcmi import ABSENT, Dcmi, Power
from collectors.ipmi.failures import PRIVILEGE, Completion, Failure, Untrusted
from collectors.ipmi.sensors import Sensors
from collectors.ipmi.session import Session

STRIKES = 3
"""Failures of DCMI in a row after which the sensors are read in its place."""

PROBE = timedelta(days=1)
"""How long a BMC is read by its sensors before DCMI is tried again."""


class PowerSource:
    """Chooses how to read, and stays with it: the two disagree, so they are not alternated."""

    def __init__(self, source: str, sensor: str | None, clock: Clock) -> None:
        """`source` is auto, dcmi or sdr."""
        self._source = source
        self._clock = clock
        self._dcmi = Dcmi(clock)
        self._sensors = Sensors(sensor)
        self._strikes = 0
        self._probe_at: datetime | None = None

    async def read(self, session: Session) -> Power:
        """Return the power. Raises Failure."""
        if self._source == "sdr" or not self._is_due():
            return await self._sensors.read(session)
        try:
            power = await self._dcmi.read(session)
        except Failure as failure:
            if self._source == "dcmi" or not self._falls_back(failure):
                raise
            return await self._instead(session, failure)
        self._strikes = 0
        self._probe_at = None
        return power

    def _is_due(self) -> bool:
        return self._probe_at is None or self._clock.now() >= self._probe_at

    def _falls_back(self, failure: Failure) -> bool:
        """Whether DCMI is given up for now: at once if it is absent or gives false numbers."""
        self._strikes += 1
        absent = isinstance(failure, Completion) and failure.code in ABSENT
        return absent or isinstance(failure, Untrusted) or self._strikes >= STRIKES

    async def _instead(self, session: Session, failure: Failure) -> Power:
        try:
            power = await self._sensors.read(session)
        except Completion as second:
            if second.code == PRIVILEGE:
                raise
            raise Failure(f"{failure}; and {second}") from second
        except Failure as second:
            raise Failure(f"{failure}; and {second}") from second
        self._probe_at = self._clock.now() + PROBE
        return power
