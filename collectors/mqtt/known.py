"""The newest values of a device, until they are collected."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction

from agent.model import FULLEST, MeterId, Reading, Register, power_of
from agent.units import Joules
from collectors.mqtt.plan import ENERGY, POWER

MOST_METERS = 1000
"""Meters of one device: what a place may be bound to is chosen by who sends, and is bounded."""


@dataclass(frozen=True, slots=True)
class Value:
    """A number, when it was true, and what is known of its counter."""

    number: Fraction
    at: datetime
    register: Register


@dataclass(slots=True)
class _Meter:
    values: dict[str, Value] = field(default_factory=dict)
    fresh: set[str] = field(default_factory=set)
    read: datetime | None = None
    """The time of its last reading."""


class Known:
    """Keeps the newest value of each number; older ones between two polls are passed over."""

    def __init__(self, device: str) -> None:
        self._device = device
        self._meters: dict[str, _Meter] = {}

    def keep(self, suffix: str, name: str, value: Value) -> bool:
        """Keep a value. Return whether there was room for its meter."""
        meter = self._meters.get(suffix)
        if meter is None:
            if len(self._meters) >= MOST_METERS:
                return False
            meter = self._meters[suffix] = _Meter()
        before = meter.values.get(name)
        if before is None or value.at >= before.at:
            meter.values[name] = value
            meter.fresh.add(name)
        return True

    def readings(self, oldest: datetime) -> list[Reading]:
        """Return the readings of what has come since the last ones.

        Conditions do not change with each message: the last ones that are not from before
        `oldest` stand in each reading.
        """
        found = []
        for suffix, meter in self._meters.items():
            reading = self._reading(suffix, meter, oldest)
            meter.fresh.clear()
            if reading is not None:
                meter.read = reading.at
                found.append(reading)
        return found

    def _reading(self, suffix: str, meter: _Meter, oldest: datetime) -> Reading | None:
        """Return the reading of a meter; its time is that of its register, where it has come."""
        new = {
            name: meter.values[name]
            for name in (ENERGY, POWER)
            if name in meter.fresh and (meter.read is None or meter.values[name].at > meter.read)
        }
        energy = _register_of(new.get(ENERGY))
        power = new.get(POWER)
        main = new[ENERGY] if energy is not None else power
        if main is None:
            return None
        return Reading(
            meter=MeterId(self._device + suffix),
            at=main.at,
            register=main.register,
            energy=energy,
            power=None if power is None else power_of(float(power.number)),
            source="mqtt",
            conditions=dict(_conditions(meter, oldest)),
        )


def _register_of(value: Value | None) -> Joules | None:
    """Return whole joules; None for what no register can show."""
    if value is None:
        return None
    joules = value.number.numerator // value.number.denominator
    return Joules(joules) if 0 <= joules <= FULLEST else None


def _conditions(meter: _Meter, oldest: datetime) -> Iterator[tuple[str, float]]:
    for name, value in meter.values.items():
        if name not in (ENERGY, POWER) and value.at >= oldest:
            yield name, float(value.number)
