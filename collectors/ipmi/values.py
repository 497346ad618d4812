"""What sensors say, and how those are borne with that say nothing."""

from collections import Counter
from datetime import datetime, timedelta

from collectors.ipmi.conversion import BY_READING, Factors
from collectors.ipmi.failures import (
    NO_SUCH_THING,
    PRIVILEGE,
    Completion,
    Failure,
    Malformed,
    Silent,
)
from collectors.ipmi.poll import Poll
from collectors.ipmi.sdr import Sensor

STRIKES = 3
"""Failures of a sensor in a row after which it counts as absent."""

SLOW = timedelta(seconds=1)
REST = timedelta(minutes=10)
"""What takes so long and says nothing is left alone for a while: BMCs are known to look 5 s for
each sensor of a supply that is not there.
"""

_SENSOR, _READING, _FACTORS = 0x04, 0x2D, 0x23
_UNAVAILABLE, _SCANNED = 0x20, 0x40
_FACTORS_SIZE = 7


class Values:
    """Reads sensors, and remembers those that fail."""

    def __init__(self) -> None:
        self._strikes: Counter[Sensor] = Counter()
        self._slow: set[Sensor] = set()
        self._rests_until: dict[Sensor, datetime] = {}

    async def of(self, sensor: Sensor, poll: Poll) -> float | None:
        """Return what a sensor says, None if it is absent, switched off or marked as unavailable.

        Raises Failure if it fails; one that does three times in a row counts as absent.
        """
        if sensor not in poll.values:
            poll.values[sensor] = await self._asked(sensor, poll)
        return poll.values[sensor]

    async def _asked(self, sensor: Sensor, poll: Poll) -> float | None:
        begin = poll.clock.now()
        if begin < self._rests_until.get(sensor, begin):
            return None
        try:
            value = await self._value(sensor, poll)
        except Failure as failure:
            if not self._is_absent(sensor, failure):
                raise
            value = None
        else:
            del self._strikes[sensor]
        if value is None and poll.clock.now() - begin >= SLOW:
            self._rests_until[sensor] = poll.clock.now() + REST
        return value

    def _is_absent(self, sensor: Sensor, failure: Failure) -> bool:
        if isinstance(failure, Completion) and failure.code in (NO_SUCH_THING, PRIVILEGE):
            return failure.code == NO_SUCH_THING
        if isinstance(failure, Silent):
            self._slow.add(sensor)
        self._strikes[sensor] += 1
        return self._strikes[sensor] >= STRIKES

    async def _value(self, sensor: Sensor, poll: Poll) -> float | None:
        number, patient = bytes((sensor.number,)), sensor in self._slow
        reading = await poll.session.command(
            _SENSOR, _READING, number, lun=sensor.lun, patient=patient
        )
        if len(reading) < 2:  # noqa: PLR2004 the raw value and its state
            raise Malformed(f"the reading of {sensor.name} is too short")
        if reading[1] & _UNAVAILABLE or not reading[1] & _SCANNED:
            return None
        if sensor.curve != BY_READING:
            return sensor.value(reading[0])
        return sensor.value(reading[0], await _factors(sensor, reading[0], poll))


async def _factors(sensor: Sensor, raw: int, poll: Poll) -> Factors:
    """Return the factors of one reading (IPMI 2.0 section 35.5)."""
    ask = bytes((sensor.number, raw))
    said = await poll.session.command(_SENSOR, _FACTORS, ask, lun=sensor.lun)
    if len(said) < _FACTORS_SIZE:
        raise Malformed(f"the factors of {sensor.name} are too short")
    return Factors.of(said[1:])
