"""The power of a machine from its sensors: the fallback where DCMI gives none."""

from collections.abc import Sequence

from agent.units import Watts
from collectors.ipmi.dcmi import Power
from collectors.ipmi.failures import NO_SUCH_THING, Completion, Failure, Malformed
from collectors.ipmi.repository import Repository
from collectors.ipmi.sdr import POWER_SUPPLY, SYSTEM, Sensor
from collectors.ipmi.session import Session

SOURCE = "sdr"
_SENSOR, _READING = 0x04, 0x2D
_UNAVAILABLE, _SCANNED = 0x20, 0x40


class Sensors:
    """Reads the system's total, else the sum over the inputs of its power supplies."""

    def __init__(self, name: str | None) -> None:
        """`name` is the one sensor to read, in place of a choice."""
        self._name = name
        self._repository = Repository()

    async def read(self, session: Session) -> Power:
        """Return the power. Raises Failure if there is none.

        A supply that is not there, whose reading its BMC marks as not available, or whose record
        cannot be read is left out of the sum, and the power is flagged `partial`. The sum is
        never added to a total.
        """
        chosen = chosen_of(await self._repository.sensors(session), self._name)
        readings = [await _watts(session, sensor) for sensor in chosen]
        known = [watts for watts in readings if watts is not None]
        if not known:
            names = ", ".join(sensor.name for sensor in chosen)
            raise Failure(f"no reading of {names} is available")
        # A record that could not be read may be that of one more supply.
        is_sum = self._name is None and chosen[0].entity == POWER_SUPPLY
        whole = len(known) == len(readings) and (self._repository.complete or not is_sum)
        flags = () if whole else ("partial",)
        return Power(watts=Watts(sum(known)), source=SOURCE, flags=flags)


def chosen_of(sensors: Sequence[Sensor], name: str | None) -> Sequence[Sensor]:
    """Return the sensors that add up to the machine's power. Raises Failure if none do."""
    if name is not None:
        return _named(sensors, name)
    for entity in SYSTEM:
        totals = [sensor for sensor in sensors if sensor.entity == entity]
        if totals:
            return _only(totals)
    inputs = [
        sensor for sensor in sensors if sensor.entity == POWER_SUPPLY and not _is_output(sensor)
    ]
    if not inputs:
        raise Failure("it has no power sensor of the system or of a supply's input")
    if len({sensor.instance for sensor in inputs}) < len(inputs):
        raise Failure(_ambiguous(inputs))
    return inputs


def _named(sensors: Sequence[Sensor], name: str) -> Sequence[Sensor]:
    found = [sensor for sensor in sensors if sensor.name.lower() == name.lower()]
    if not found:
        names = ", ".join(sensor.name for sensor in sensors) or "none"
        raise Failure(f"it has no power sensor {name}; it has {names}")
    return found[:1]


def _only(totals: Sequence[Sensor]) -> Sequence[Sensor]:
    if len(totals) > 1:
        raise Failure(_ambiguous(totals))
    return totals


def _ambiguous(sensors: Sequence[Sensor]) -> str:
    names = ", ".join(sensor.name for sensor in sensors)
    return f"several sensors may be its power: {names}; name one by `sensor`"


def _is_output(sensor: Sensor) -> bool:
    # Supplies list input and output under one entity; the output has gone through the input.
    return "out" in sensor.name.lower()


async def _watts(session: Session, sensor: Sensor) -> Watts | None:
    """Return what a sensor reads, None if it is absent, switched off or marked as unavailable."""
    try:
        reading = await session.command(_SENSOR, _READING, bytes((sensor.number,)), lun=sensor.lun)
    except Completion as failure:
        if failure.code == NO_SUCH_THING:
            return None
        raise
    if len(reading) < 2:  # noqa: PLR2004 the raw value and its state
        raise Malformed(f"the reading of {sensor.name} is too short")
    if reading[1] & _UNAVAILABLE or not reading[1] & _SCANNED:
        return None
    return sensor.watts(reading[0])
