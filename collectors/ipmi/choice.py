"""Which sensors are the power of a machine, and which those of its supplies."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from collectors.ipmi.failures import Failure
from collectors.ipmi.naming import SYSTEM, Kind, Meaning, meaning_of
from collectors.ipmi.sdr import Direction, Sensor, Unit

_NONE = "it has no power sensor of the system or of a supply's input"

Meant = tuple[Sensor, Meaning]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The sensors that add up to the machine's power."""

    sensors: Sequence[Sensor]
    is_sum: bool
    """Whether they are the inputs of supplies, and not the one of the whole."""

    whole: bool = True
    """Whether all supplies that have a sensor are among them."""


def total_of(sensors: Sequence[Sensor], name: str | None) -> Choice:
    """Return the sensor of the whole, else the inputs of all supplies: never both.

    `name` is the one sensor to take. Raises Failure if there is none, or several may be the one.
    """
    if name is not None:
        return Choice(sensors=[_named(_powers(sensors), name)], is_sum=False)
    total = _total([one for one in _meant(sensors) if one[1].kind is Kind.TOTAL])
    if total is not None:
        return Choice(sensors=[total], is_sum=False)
    inputs = inputs_of(sensors)
    if not inputs:
        names = ", ".join(sensor.name for sensor in _powers(sensors))
        raise Failure(f"{_NONE}; it has {names}: name one by `sensor`" if names else _NONE)
    behind = {meaning.key for _, meaning in _meant(sensors) if meaning.kind is Kind.SUPPLY}
    return Choice(sensors=list(inputs.values()), is_sum=True, whole=behind <= inputs.keys())


def inputs_of(sensors: Sequence[Sensor]) -> Mapping[str, Sensor]:
    """Return the sensors at the inputs of supplies. Raises Failure if a supply has several."""
    supplies = [one for one in _meant(sensors) if one[1].kind is Kind.SUPPLY]
    return _by_supply([one for one in supplies if one[1].direction is not Direction.OUTPUT])


def outputs_of(sensors: Sequence[Sensor]) -> Mapping[str, Sensor]:
    """Return the sensors at the outputs of supplies. Raises Failure if a supply has several."""
    supplies = [one for one in _meant(sensors) if one[1].kind is Kind.SUPPLY]
    return _by_supply([one for one in supplies if one[1].direction is Direction.OUTPUT])


def _powers(sensors: Sequence[Sensor]) -> Sequence[Sensor]:
    return [sensor for sensor in sensors if sensor.unit is Unit.WATT]


def _meant(sensors: Sequence[Sensor]) -> Sequence[Meant]:
    return [(sensor, meaning_of(sensor)) for sensor in _powers(sensors)]


def _named(sensors: Sequence[Sensor], name: str) -> Sensor:
    for sensor in sensors:
        if sensor.name.lower() == name.lower():
            return sensor
    names = ", ".join(sensor.name for sensor in sensors) or "none"
    raise Failure(f"it has no power sensor {name}; it has {names}")


def _total(totals: Sequence[Meant]) -> Sensor | None:
    """Return the sensor of the whole: one that says so before one that only stands there.

    What is behind the supplies is less than what the machine draws, and is not taken.
    """
    before = [one for one in totals if one[1].direction is not Direction.OUTPUT]
    said = [one for one in before if one[1].named] or before
    for entity in (*SYSTEM, None):
        group = [one for one in said if entity in (one[0].entity, None)]
        if group:
            return _only(_at_input(group))
    return None


def _by_supply(meant: Sequence[Meant]) -> Mapping[str, Sensor]:
    keys = dict.fromkeys(meaning.key for _, meaning in meant)
    return {key: _only(_at_input([one for one in meant if one[1].key == key])) for key in keys}


def _at_input(meant: Sequence[Meant]) -> Sequence[Meant]:
    """Return those that are said to stand at the input, all of them where none is."""
    return [one for one in meant if one[1].direction is Direction.INPUT] or meant


def _only(meant: Sequence[Meant]) -> Sensor:
    if len(meant) > 1:
        names = ", ".join(sensor.name for sensor, _ in meant)
        raise Failure(f"several sensors may be its power: {names}; name one by `sensor`")
    return meant[0][0]
