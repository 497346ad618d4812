"""From what a device answered to readings: the rules by which a number is not a reading."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction

from agent.model import FULLEST, MeterId, Reading, Register, power_of
from agent.units import Joules, Watts
from collectors.snmp.reading.numbers import NONE, in_unit, number_of
from collectors.snmp.reading.plan import Plan, Point, Rules, Values, agrees, text_or_number
from collectors.snmp.reading.scales import units_of
from collectors.snmp.wire.ber import Value
from config.profiles import EnergyQuantity, PowerQuantity, Quantity

Counted = tuple[Fraction | int, int]
"""A sum of numbers, as a fraction of their unit."""


@dataclass(slots=True)
class Memory:
    """What must be remembered of a device to tell a zero from no measurement."""

    nonzero: set[bytes] = field(default_factory=set)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a device said of one meter: power, energy, conditions."""

    power: Watts | None
    energy: Joules | None
    conditions: Mapping[str, float]


def raw_number(quantity: Quantity, raw: Value) -> Fraction | int | None:
    """Return the number of a value by its quantity, None where the device says it has none."""
    number = number_of(raw)
    if quantity.means:
        number = _meaning(quantity, raw)
    elif isinstance(quantity, PowerQuantity | EnergyQuantity) and quantity.unit == "own":
        number = in_unit(raw, units_of(quantity, ""))
    if number is None or number in NONE:
        return None
    if not quantity.not_available:
        return number
    said = quantity.not_available
    return None if text_or_number(raw) in said or number in said else number


def _meaning(quantity: Quantity, raw: Value) -> Fraction | None:
    meanings = {str(said).casefold(): meant for said, meant in quantity.means}
    meant = meanings.get(str(text_or_number(raw)).casefold())
    return None if meant is None else Fraction(meant)


def counts_of(point: Point, values: Values, memory: Memory) -> Fraction | int | None:
    """Return the counts of a point, None where what the device says is not a reading."""
    quantity = point.quantity
    number = raw_number(quantity, values.get(point.oid))
    if number is None or (number < 0 and quantity.negative == "missing"):
        return None
    if not _is_available(point, values):
        return None
    if number:
        if quantity.zero == "once-nonzero":
            memory.nonzero.add(point.oid)
        return number if point.rules is None or _is_plausible(point.rules, number) else None
    return 0 if _is_real_zero(point, values, memory) else None


def _is_plausible(rules: Rules, number: Fraction | int) -> bool:
    if rules.undecided:
        return False
    size = number if number > 0 else -number
    if rules.least is not None and size < rules.least:
        return False
    return rules.most is None or size <= rules.most


def _is_available(point: Point, values: Values) -> bool:
    """Return whether the device says that it measures this now; not saying it is a yes."""
    if point.available is None or point.quantity.available is None:
        return True
    raw = values.get(point.available)
    return raw is None or agrees(point.quantity.available, raw)


def _carries(point: Point, values: Values) -> bool:
    """Return whether an object that is 0 together with the point is there, and not 0."""
    return any(number_of(values.get(name, 0)) != 0 for name in point.zero_with)


def _is_real_zero(point: Point, values: Values, memory: Memory) -> bool:
    if _carries(point, values):
        return False
    match point.quantity.zero:
        case "once-nonzero":
            return point.oid in memory.nonzero
        case "beside-others":
            return point.rules is not None and any(
                number_of(values.get(name)) for name in point.rules.siblings
            )
        case "missing":
            return False
        case _:
            return True


def doubt_of(point: Point, values: Values) -> str:
    """Return why what a device says of a point is not believed; nothing where it is, or where
    the device itself says that it has no value.
    """
    quantity, rules = point.quantity, point.rules
    number = raw_number(quantity, values.get(point.oid))
    if number is None or not _is_available(point, values):
        return ""
    if number == 0:
        return _doubt_of_zero(point, values)
    if rules is None or _is_plausible(rules, number):
        return ""
    if rules.undecided:
        return "what else the device says does not tell the unit of it"
    worth = Fraction(*point.worth)
    if rules.least is not None and -rules.least < number < rules.least:
        return f"less than is plausible, which is {float(rules.least * worth):g} at least"
    return f"more than is plausible, which is {float((rules.most or 0) * worth):g} at most"


def _doubt_of_zero(point: Point, values: Values) -> str:
    if _carries(point, values):
        return "0 while the device says that it carries a load: it is not measured"
    if point.quantity.zero == "beside-others" and not _is_real_zero(point, values, Memory()):
        return "0 on every part of a running device: it is not measured"
    return ""


def sum_of(points: Sequence[Point], values: Values, memory: Memory) -> Counted | None:
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


def said_of(plan: Plan, values: Values, memory: Memory) -> Said:
    """Return what a device said of one meter."""
    power = sum_of(plan.power, values, memory)
    return Said(
        power=None if power is None else power_of(float(power[0] / power[1])),
        energy=_register_of(sum_of(plan.energy, values, memory)),
        conditions=_conditions(plan, values, memory),
    )


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
    """Return the reading of one meter, None where it said nothing."""
    said = said_of(plan, values, memory)
    if said.power is None and said.energy is None and not said.conditions:
        return None
    return Reading(
        meter=MeterId(device + plan.suffix),
        at=at,
        register=register,
        energy=said.energy,
        power=said.power,
        source=source,
        conditions=said.conditions,
        uptime=uptime,
    )


def _register_of(counted: Counted | None) -> Joules | None:
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
