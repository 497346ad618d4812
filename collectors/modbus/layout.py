"""From a map to one device: its meters, and the fewest requests that read them.

A request takes in registers that nobody wants only where the map says that they are there: many
devices refuse a whole request for one hole in it.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from typing import Literal

from agent.model import GENERATION, Register, Role, Scope
from agent.units import JOULES_PER_KWH, JOULES_PER_WH, MILLILITRES_PER_LITRE, Joules, Watts
from collectors.modbus.failure import Failure
from collectors.modbus.numbers import (
    Place,
    Registers,
    counts_of,
    factor_at,
    place_of,
    power_of_ten,
    spacing_of,
)
from config.profiles.modbus import (
    EnergyNumber,
    MeterBlock,
    Meters,
    Number,
    PowerNumber,
    RegisterMap,
    Traits,
)
from config.profiles.modbus.schema import FLOATS, Function

# Of water, millilitres per second.
WATTS = {
    "W": Fraction(1),
    "kW": Fraction(1000),
    "L/s": Fraction(MILLILITRES_PER_LITRE),
    "L/min": Fraction(MILLILITRES_PER_LITRE, 60),
    "L/h": Fraction(MILLILITRES_PER_LITRE, 3600),
    "m3/h": Fraction(1000 * MILLILITRES_PER_LITRE, 3600),
}
# Of water, millilitres.
JOULES = {
    "J": Fraction(1),
    "Wh": Fraction(JOULES_PER_WH),
    "kWh": Fraction(JOULES_PER_KWH),
    "MWh": Fraction(1000 * JOULES_PER_KWH),
    "GJ": Fraction(10**9),
    "L": Fraction(MILLILITRES_PER_LITRE),
    "m3": Fraction(1000 * MILLILITRES_PER_LITRE),
}
WATER = frozenset({"L", "m3", "L/s", "L/min", "L/h", "m3/h"})

Direction = Literal["auto", "import", "export"]

OWN = "its map"
"""What a map that stands in the settings is called."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What of a device is to be read, and which way."""

    scopes: Collection[Scope]
    role: Role
    direction: Direction


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One number of one device."""

    quantity: Number
    place: Place
    worth: Fraction
    """What one count is worth: watts, joules or the condition's unit."""
    exponent: Place | None = None
    factor: Place | None = None

    @property
    def places(self) -> Iterator[Place]:
        """All that must be read for it."""
        yield self.place
        if self.exponent:
            yield self.exponent
        if self.factor:
            yield self.factor

    def worth_now(self, registers: Registers) -> Fraction | None:
        """Return what one count is worth by the registers beside it; None if they do not say."""
        worth: Fraction | None = self.worth
        if self.exponent:
            ten = power_of_ten(self.exponent, registers)
            worth = None if ten is None else self.worth * ten
        if self.factor and worth is not None:
            factor = factor_at(self.factor, registers)
            worth = None if factor is None else worth * factor
        return worth

    def spacing(self, registers: Registers) -> Fraction:
        """Return the least that it can move by in its form at its size; 0 where it is no float."""
        counts = counts_of(self.quantity, self.place, registers)
        worth = self.worth_now(registers)
        if self.place.type not in FLOATS or not counts or worth is None:
            return Fraction(0)
        return spacing_of(self.place.type, counts) * worth

    def value(self, registers: Registers) -> Fraction | None:
        """Return the number in its unit; None where there is no reading."""
        counts = counts_of(self.quantity, self.place, registers)
        worth = self.worth_now(registers)
        return None if counts is None or worth is None else counts * worth


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How one meter is read."""

    suffix: str
    """What follows the device's name in the meter's id: nothing, or `/phase/1`."""
    limit: Watts
    longest_gap: timedelta
    power: Point | None
    energy: Point | None
    turned: bool
    """Whether the power's sign is turned: what is measured is what flows out."""
    conditions: tuple[tuple[str, Point], ...]

    @property
    def points(self) -> Iterator[Point]:
        """All that is read for it."""
        yield from (point for point in (self.power, self.energy) if point)
        yield from (point for _, point in self.conditions)

    @property
    def counted(self) -> str:
        """Which registers are read and what a count is worth: `holding 342 uint32 x 360000`."""
        point = self.energy or self.power
        if point is None:
            return ""
        place = point.place
        return f"{place.function} {place.first} {place.type} x {point.worth}"

    @property
    def of_water(self) -> bool:
        """Whether water flows through it."""
        quantities = (point.quantity for point in (self.power, self.energy) if point)
        return any(getattr(one, "unit", "") in WATER for one in quantities)

    def register(self, registers: Registers) -> Register:
        """Return what is known of the counter: its step and span go by its scale."""
        quantity = self.energy.quantity if self.energy else None
        worth = self.energy.worth_now(registers) if self.energy else None
        if self.energy is None or worth is None or not isinstance(quantity, EnergyNumber):
            return Register(limit=self.limit, longest_gap=self.longest_gap)
        said = quantity.step * JOULES[quantity.unit] if quantity.step else worth
        step = max(said, self.energy.spacing(registers))
        modulus = quantity.modulus or (2**quantity.bits if quantity.bits else None)
        return Register(
            step=Joules(max(-(-step.numerator // step.denominator), 1)),
            span=Joules(int(worth * modulus)) if modulus else None,
            limit=self.limit,
            longest_gap=self.longest_gap,
            zeroed=quantity.zeroed,
        )


@dataclass(frozen=True, slots=True, order=True)
class Request:
    """Registers that are asked for at once, and the values in them."""

    function: Function
    first: int
    count: int
    parts: tuple[tuple[int, int], ...]
    """First register and length of each value."""

    @property
    def singles(self) -> "tuple[Request, ...]":
        """Requests for each value alone."""
        return tuple(
            Request(self.function, first, length, ((first, length),))
            for first, length in self.parts
        )


def map_of(traits: Traits, meters: Meters, **changed: object) -> RegisterMap:
    """Return what a profile says of a device, and the meters that it has, as one map."""
    said = {name: getattr(traits, name) for name in Traits.model_fields}
    fields = said | changed | {"generates": meters.generates, "meters": meters.meters}
    return RegisterMap.model_construct(**fields)


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """What a poll of one device asks for, and the meters that come of it."""

    name: str
    """Of the map."""
    plans: tuple[Plan, ...]
    requests: tuple[Request, ...]
    serial: str = ""


def layout_of(
    name: str, map_: RegisterMap, wanted: Wanted, *, offset: int = 0, end: int | None = None
) -> Layout:
    """Return the layout of a device that has a map `offset` registers on, and ends before `end`.

    Raises Failure where nothing of the map is to be read, or its energy is not what is wanted.
    """
    outward = _outward(map_, wanted)
    blocks = [block for block in map_.meters if block.scope in wanted.scopes]
    made = (_plan(map_, block, outward=outward, offset=offset, end=end) for block in blocks)
    plans = tuple(plan for plan in made if plan.power or plan.energy)
    if not plans:
        there = ", ".join(sorted({block.scope for block in map_.meters}))
        asked = ", ".join(sorted(wanted.scopes))
        raise Failure(f"{name} has nothing of what read names ({asked}): it has {there}")
    _check_quantity(name, plans, wanted.role)
    places = {place for plan in plans for point in plan.points for place in point.places}
    ranges = [(first + offset, last + offset) for first, last in map_.blocks]
    requests = requests_of(places, ranges, map_.max_registers)
    return Layout(name=name, plans=plans, requests=requests)


def _outward(map_: RegisterMap, wanted: Wanted) -> bool:
    """Return whether what flows out is measured: of what generates, that is the way it counts."""
    if map_.generates:
        if wanted.role not in GENERATION:
            raise Failure("its energy is what it generates: write role: onsite, or generator")
        return False
    outward = wanted.direction == "export" or (
        wanted.direction == "auto" and wanted.role in GENERATION
    )
    totals = [one for one in map_.meters if one.scope is Scope.TOTAL and one.energy]
    if outward and not all(one.export for one in totals):
        raise Failure(
            "its map has no energy that flows out of the load: write direction: import, if what is "
            "generated flows into it"
        )
    return outward


def _check_quantity(name: str, plans: Iterable[Plan], role: Role) -> None:
    """Raise Failure for a meter whose role is of another quantity than it counts: litres booked as
    joules would be believed.
    """
    water = {plan.of_water for plan in plans}
    if role is Role.WATER and False in water:
        raise Failure(f"it has the role water, but {name} measures energy")
    if role is not Role.WATER and True in water:
        raise Failure(f"{name} measures water: write role: water")


def _plan(
    map_: RegisterMap, block: MeterBlock, *, outward: bool, offset: int, end: int | None
) -> Plan:
    def point(quantity: Number | None) -> Point | None:
        made = _point(map_, quantity, offset) if quantity else None
        beyond = made is not None and end is not None and any(p.after > end for p in made.places)
        return None if beyond else made

    suffix = "" if block.scope is Scope.TOTAL else f"/{block.scope}"
    conditions = ((name, point(one)) for name, one in block.conditions.items())
    return Plan(
        suffix=suffix + (f"/{block.key}" if block.key else ""),
        limit=Watts(block.limit_watts or map_.limit_watts),
        longest_gap=map_.longest_gap,
        power=point(block.power),
        energy=point(block.export if outward else block.energy),
        turned=outward,
        conditions=tuple((name, one) for name, one in conditions if one),
    )


def _point(map_: Traits, quantity: Number, offset: int) -> Point:
    unit = Fraction(1)
    if isinstance(quantity, PowerNumber):
        unit = WATTS[quantity.unit]
    elif isinstance(quantity, EnergyNumber):
        unit = JOULES[quantity.unit]
    return Point(
        quantity=quantity,
        place=place_of(quantity, map_, offset),
        worth=quantity.scale * unit,
        exponent=place_of(quantity.exponent, map_, offset) if quantity.exponent else None,
        factor=place_of(quantity.factor, map_, offset) if quantity.factor else None,
    )


def requests_of(
    places: Iterable[Place], blocks: Sequence[tuple[int, int]], most: int
) -> tuple[Request, ...]:
    """Return the fewest requests that read all places, each of at most `most` registers.

    Gaps between places are read only inside one of the blocks, first and last register of each.
    """
    spans = sorted({(one.function, one.first, one.length) for one in places})
    found: list[Request] = []
    for function, first, length in spans:
        last = found[-1] if found else None
        end = first + length
        if last and last.function == function and _together(last, first, end, blocks, most):
            count = max(last.first + last.count, end) - last.first
            found[-1] = Request(function, last.first, count, (*last.parts, (first, length)))
        else:
            found.append(Request(function, first, length, ((first, length),)))
    return tuple(found)


def _together(
    before: Request, first: int, end: int, blocks: Iterable[tuple[int, int]], most: int
) -> bool:
    if end - before.first > most:
        return False
    gap = before.first + before.count
    return first <= gap or any(start <= gap and first - 1 <= last for start, last in blocks)
