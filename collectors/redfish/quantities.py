"""Where in a Redfish resource a quantity stands (DSP8010: the Sensor excerpts)."""

from collections.abc import Iterable
from typing import NamedTuple

from agent.units import JOULES_PER_KWH
from collectors.redfish.documents import Document, Point, number_of, value_at
from collectors.redfish.layout import PERCENT, READING, Condition

LIFETIME = "LifetimeReading"
RESET = "SensorResetTime"

Pointer = tuple[str | int, ...]

_CONDITIONS: tuple[tuple[str, Pointer, float], ...] = (
    ("voltage_volts", ("Voltage", READING), 1),
    ("current_amperes", ("CurrentAmps", READING), 1),
    ("frequency_hertz", ("FrequencyHz", READING), 1),
    ("power_factor_ratio", ("PowerWatts", "PowerFactor"), 1),
    ("apparent_power_voltamperes", ("PowerWatts", "ApparentVA"), 1),
    ("temperature_celsius", ("TemperatureCelsius", READING), 1),
    ("humidity_ratio", ("HumidityPercent", READING), PERCENT),
    ("load_ratio", ("PowerLoadPercent", READING), PERCENT),
)


class Energy(NamedTuple):
    """A register: where it is, what one of it is worth in joules, and where its reset is said."""

    points: tuple[Point, ...] = ()
    worth: int = JOULES_PER_KWH
    resets: tuple[Point, ...] = ()
    kind: str = ""


def conditions_at(
    path: str,
    document: Document,
    pointers: Iterable[tuple[str, Pointer, float]] = _CONDITIONS,
) -> tuple[Condition, ...]:
    """Return the conditions that a resource has, also those without a value now."""
    return tuple(
        (name, Point(path, pointer), worth)
        for name, pointer, worth in pointers
        if _has(document, pointer)
    )


def power_at(path: str, document: Document, *pointers: Pointer) -> tuple[Point, ...]:
    """Return the first of these places where there is a power, or will be: null has a place."""
    numbers = [one for one in pointers if number_of(value_at(document, one)) is not None]
    places = [one for one in pointers if _has(document, one)]
    return tuple(Point(path, one) for one in (numbers or places)[:1])


def energy_at(path: str, document: Document, *sensor: str) -> Energy:
    """Return the register of an excerpt such as `EnergykWh`.

    The lifetime's, which nobody can set to zero, where the service counts one: some write 0 in it.
    """
    lifetime = number_of(value_at(document, (*sensor, LIFETIME)))
    reading = number_of(value_at(document, (*sensor, READING)))
    if lifetime and lifetime >= (reading or 0):
        return Energy((Point(path, (*sensor, LIFETIME)),), kind="lifetime")
    if not _has(document, (*sensor, READING)):
        return Energy()
    reset = Point(path, (*sensor, RESET))
    # Also where none is said yet: it is from the moment of the first one on.
    resets = (reset,) if _has(document, reset.pointer) else ()
    return Energy((Point(path, (*sensor, READING)),), resets=resets, kind="resettable")


def joules_at(path: str, document: Document) -> Energy:
    """Return a register in joules, which small devices have in place of kWh."""
    point = Point(path, ("EnergyJoules", READING))
    if not _has(document, point.pointer):
        return Energy()
    return Energy((point,), worth=1, kind="resettable")


def _has(document: Document, pointer: Pointer) -> bool:
    """Tell whether a property is there, be it null."""
    place = value_at(document, pointer[:-1])
    return isinstance(place, dict) and pointer[-1] in place
