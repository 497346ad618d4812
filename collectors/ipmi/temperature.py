"""The temperature of the air inlet: by DCMI (DCMI 1.5 section 6.7.3), else by a sensor."""

from datetime import datetime, timedelta

from agent.clock import Clock
from collectors.ipmi.dcmi import GROUP, NETFN
from collectors.ipmi.failures import Failure, Malformed
from collectors.ipmi.poll import Poll
from collectors.ipmi.sensors import Sensors
from collectors.ipmi.session import Session

PROBE = timedelta(days=1)
"""How long a BMC whose DCMI has no temperature is not asked for it again."""

_READ = 0x10
_INLET = bytes((GROUP, 0x01, 0x40, 0x00, 0x01))
"""Sensors of temperature, entity air inlet, all instances, from the first one on."""

_COUNT, _FIRST = 2, 3


class Temperature:
    """Reads the inlet's temperature, which is shown and never keeps a power from being read."""

    def __init__(self, sensors: Sensors, clock: Clock) -> None:
        self._sensors = sensors
        self._clock = clock
        self._probe_at: datetime | None = None

    async def read(self, poll: Poll) -> float | None:
        """Return degrees Celsius, None if the BMC gives none now."""
        try:
            value = await self._by_dcmi(poll.session)
            return await self._sensors.inlet(poll) if value is None else value
        except Failure:
            return None

    async def _by_dcmi(self, session: Session) -> int | None:
        if self._probe_at is not None and self._clock.now() < self._probe_at:
            return None
        try:
            value = celsius_of(await session.command(NETFN, _READ, _INLET))
        except Failure:
            value = None
        self._probe_at = None if value is not None else self._clock.now() + PROBE
        return value


def celsius_of(data: bytes) -> int | None:
    """Return the first temperature of an answer, from the byte after its completion code.

    It is seven bits and a sign. None if the BMC has no such sensor. Raises Malformed.
    """
    if len(data) < _FIRST or data[0] != GROUP:
        raise Malformed(f"the DCMI temperature cannot be read: {data[:32].hex(' ')}")
    if not data[_COUNT] or len(data) == _FIRST:
        return None
    degrees = data[_FIRST] & 0x7F
    return -degrees if data[_FIRST] & 0x80 else degrees
