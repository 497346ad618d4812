"""From what a device answered to readings: the rules by which a number is not a reading."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction

from agent.model import FULLEST, MeterId, Reading, Register
from agent.units import Joules, Watts
from collectors.snmp.ber import Value
from collectors.snmp.layout import Plan, Point, Values, text_or_number

# A number that an agent sends as text, perhaps with its unit: "1721.000", "0.061kW".
NUMBER = re.compile(r"([-+]?\d{1,20}(?:\.\d{1,20})?)\s*[A-Za-z%°]*")
# No device counts this far; a float beyond it is a broken one.
LARGEST = 1e18


@dataclass(slots=True)
class Memory:
    """What must be remembered of a device to tell a zero from no measurement."""

    nonzero: set[bytes] = field(default_factory=set)


def number_of(value: Value) -> Fraction | int | None:
    """Return the number that a value is, or holds as text; None for anything else."""
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return Fraction(value) if abs(value) < LARGEST else None
    if value is None:
        return None
    match = NUMBER.fullmatch(value.decode("ascii", "replace").strip())
    return Fraction(match[1]) if match else None


def counts_of(point: Point, values: Values, memory: Memory) -> Fraction | int | None:
    """Return the counts of a point, None where what the device says is not a reading."""
    quantity, raw = point.quantity, values.get(point.oid)
    number = number_of(raw)
    if number is None or text_or_number(raw) in quantity.not_available:
        return None
    if quantity.not_available and number in quantity.not_available:
        return None
    if number < 0 and quantity.negative == "missing":
        return None
    if not _is_available(point, values):
        return None
    if number:
        if quantity.zero == "once-nonzero":
            memory.nonzero.add(point.oid)
        return number
    return 0 if _is_real_zero(point, values, memory) else None


def _is_available(point: Point, values: Values) -> bool:
    """Return whether the device says that it measures this now; not saying it is a yes."""
    if point.available is None or point.quantity.available is None:
        return True
    said = text_or_number(values.get(point.available))
    return said is None or said in point.quantity.available.values


def _is_real_zero(point: Point, values: Values, memory: Memory) -> bool:
    if point.zero_with and number_of(values.get(point.zero_with, 0)) != 0:
        return False
    match point.quantity.zero:
        case "once-nonzero":
            return point.oid in memory.nonzero
        case "missing":
            return False
        case _:
            return True


def sum_of(
    points: Sequence[Point], values: Values, memory: Memory
) -> tuple[Fraction | int, int] | None:
    """Return the sum of points as a fraction of their unit.

    None if there are none, or any is missing: a part is not the whole.
    """
    if not points:
        return None
    above: Fraction | int = 0
    below = 1
    for point in points:
        counts = counts_of(point, values, memory)
        if counts is None:
            return None
        numerator, denominator = point.worth
        if denominator == below:
            above += counts * numerator
        else:
            above = above * denominator + counts * numerator * below
            below *= denominator
    return above, below


def reading_of(
    device: str,
    plan: Plan,
    values: Values,
    *,
    at: datetime,
    memory: Memory,
    register: Register,
    source: str = "snmp",
    uptime: timedelta | None = None,
) -> Reading | None:
    """Return the reading of one meter, None without a power and an energy."""
    power = sum_of(plan.power, values, memory)
    energy = _register_of(sum_of(plan.energy, values, memory))
    if power is None and energy is None:
        return None
    return Reading(
        meter=MeterId(device + plan.suffix),
        at=at,
        register=register,
        energy=energy,
        power=None if power is None else Watts(float(power[0] / power[1])),
        source=source,
        conditions=_conditions(plan, values, memory),
        uptime=uptime,
    )


def _register_of(counted: tuple[Fraction | int, int] | None) -> Joules | None:
    """Return whole joules; None for what no register can show."""
    if counted is None:
        return None
    joules = counted[0] // counted[1]
    return Joules(joules) if 0 <= joules <= FULLEST else None


def _conditions(plan: Plan, values: Values, memory: Memory) -> Mapping[str, float]:
    found = {}
    for name, points in plan.conditions:
        number = sum_of(points, values, memory)
        if number is not None:
            found[name] = float(number[0] / number[1])
    return found
