"""Where a machine's power is read from: DCMI, else its sensors, and when to look again."""

from datetime import datetime, timedelta

from agent.clock import Clock
from collectors.ipmi.dcmi import ABSENT, Dcmi, Power
from collectors.ipmi.failures import PRIVILEGE, Completion, Failure, Untrusted
from collectors.ipmi.poll import Poll
from collectors.ipmi.sensors import Sensors

STRIKES = 3
"""Failures of DCMI in a row after which the sensors are read in its place."""

PROBE = timedelta(days=1)
"""How long a BMC is read by its sensors before DCMI is tried again."""


class PowerSource:
    """Chooses how to read, and stays with it: the two disagree, so they are not alternated."""

    def __init__(self, source: str, sensors: Sensors, clock: Clock) -> None:
        """`source` is auto, dcmi or sdr."""
        self._source = source
        self._clock = clock
        self._dcmi = Dcmi()
        self._sensors = sensors
        self._strikes = 0
        self._probe_at: datetime | None = None

    @property
    def has_fallen_back(self) -> bool:
        """Whether DCMI is not asked for now."""
        return self._probe_at is not None

    @property
    def _is_last_try(self) -> bool:
        """Whether DCMI is given up, for a day at least, if it does not answer now."""
        return self._strikes == STRIKES - 1 or self._probe_at is not None

    def forget(self) -> None:
        """Try DCMI again at the next poll, as if for the first time."""
        self._dcmi = Dcmi()
        self._strikes = 0
        self._probe_at = None

    async def read(self, poll: Poll) -> Power:
        """Return the power. Raises Failure."""
        if self._source == "sdr" or not self._is_due():
            return await self._sensors.total(poll)
        try:
            power = await self._dcmi.read(poll, insist=self._is_last_try)
        except Failure as failure:
            falls_back = self._falls_back(failure)
            if self._source == "dcmi" or not falls_back:
                raise
            return await self._instead(poll, failure)
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

    async def _instead(self, poll: Poll, failure: Failure) -> Power:
        try:
            power = await self._sensors.total(poll)
        except Completion as second:
            if second.code == PRIVILEGE:
                raise
            raise Failure(f"{failure}; and {second}") from second
        except Failure as second:
            raise Failure(f"{failure}; and {second}") from second
        self._probe_at = self._clock.now() + PROBE
        return power
