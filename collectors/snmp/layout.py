"""From a profile to one device: which rows it has, and so which OIDs a poll asks for.

A layout is learnt by walking the profile's columns and holds nothing of the device's own values
but what is fixed in them: the rows, their keys, their decimal digits.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from agent.model import Register, Scope
from agent.units import (
    JOULES_PER_KWH,
    JOULES_PER_WH,
    MILLILITRES_PER_LITRE,
    Joules,
    Watts,
)
from collectors.snmp.ber import Value, arcs_of, oid
from collectors.snmp.failure import Failure, Looping, Refused
from collectors.snmp.pattern import Row, column_of, filled, is_column, outermost, row_of
from collectors.snmp.session import Session
from config.profiles import EnergyQuantity, MeterBlock, PowerQuantity, Profile, Quantity, Where

WATTS = {"W": 1, "kW": 1000}
# Of water, millilitres.
JOULES = {
    "J": 1,
    "Wh": JOULES_PER_WH,
    "kWh": JOULES_PER_KWH,
    "MWh": 1000 * JOULES_PER_KWH,
    "L": MILLILITRES_PER_LITRE,
    "m3": 1000 * MILLILITRES_PER_LITRE,
}
WATER = frozenset({"L", "m3"})
# From so many rows on, asking for the next ones is shorter than naming them all.
LONG_TABLE = 8
SUMMED = frozenset({"apparent_power_voltamperes"})

Values = Mapping[bytes, Value]


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One number of one row, and how to tell whether it is a reading."""

    oid: bytes
    worth: tuple[int, int]
    """What one count is worth, exactly: a fraction of watts, joules, or the condition's unit."""
    quantity: Quantity
    available: bytes | None = None
    zero_with: bytes | None = None

    @property
    def oids(self) -> Iterator[bytes]:
        yield self.oid
        if self.available:
            yield self.available
        if self.zero_with:
            yield self.zero_with


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How one meter is read: where several points stand, they are added up."""

    suffix: str
    """What follows the device's name in the meter's id: nothing, or `/outlet/12`."""
    register: Register
    power: tuple[Point, ...]
    energy: tuple[Point, ...]
    conditions: tuple[tuple[str, tuple[Point, ...]], ...]
    rows: str = ""
    """Which rows its energy adds up: a counter of other rows is another counter."""
    units: tuple[int, ...] = ()
    """The units it is a part of, by which their serial numbers are known; none: all of them."""

    @property
    def points(self) -> Iterator[Point]:
        yield from self.power
        yield from self.energy
        for _, points in self.conditions:
            yield from points


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """What a poll of one device asks for, and the meters that come of it."""

    profile: str
    plans: tuple[Plan, ...]
    oids: tuple[bytes, ...]
    """Asked for by name."""
    columns: tuple[bytes, ...]
    """Long tables, of which every row is wanted: walked."""
    rows: int


async def learn(session: Session, profile: Profile, scopes: Collection[Scope]) -> Layout:
    """Walk a device and return its layout.

    Raises Failure where the device is silent, or has nothing of the profile.
    """
    wanted = [block for block in profile.meters if block.scope in scopes]
    blocks, found = await _walk(session, wanted)
    rows = [(block, _rows(block, found)) for block in blocks]
    fixed = [oid(one) for block in blocks for one in _known(block) if not is_column(one)]
    fixed += [filled(one, row) for block, many in rows for one in _digits(block) for row in many]
    if fixed:
        found |= await session.get(tuple(dict.fromkeys(fixed)), whole=True)
    plans = [plan for block, many in rows for plan in _plans(profile, block, many, found)]
    if not plans:
        raise Failure(f"it answers, but has none of the OIDs of profile {profile.name}")
    return _layout(profile, plans, found, bulk=session.bulk)


async def _walk(
    session: Session, wanted: Iterable[MeterBlock]
) -> tuple[list[MeterBlock], dict[bytes, Value]]:
    """Return the blocks whose columns can be walked, and what stands in them.

    A table that fails leaves the others. Raises Failure if the device is silent, or all fail.
    """
    blocks: list[MeterBlock] = []
    found: dict[bytes, Value] = {}
    walked: set[bytes] = set()
    failed: Failure | None = None
    for block in wanted:
        columns = {column_of(one) for one in _known(block) if is_column(one)}
        try:
            found |= await session.walk(outermost(columns - walked))
        except (Looping, Refused) as error:
            failed = error
        else:
            walked |= columns
            blocks.append(block)
    if failed and not blocks:
        raise failed
    return blocks, found


def _known(block: MeterBlock) -> Iterator[str]:
    """Yield the patterns of a block by which its rows and their keys are known."""
    yield from (quantity.oid for quantity in block.quantities)
    yield from (one for one in (block.unit, block.number) if one)
    yield from (one.oid for one in block.where)


def _digits(block: MeterBlock) -> Iterator[str]:
    return (quantity.digits for quantity in block.quantities if quantity.digits)


def _rows(block: MeterBlock, found: Values) -> list[Row]:
    """Return the rows that a block's power or energy has in what was walked."""
    if not block.table:
        return [{}]
    rows: dict[tuple[tuple[str, tuple[int, ...]], ...], Row] = {}
    for pattern in (quantity.oid for quantity in (block.power, block.energy) if quantity):
        column = column_of(pattern)
        for name, value in found.items():
            if name.startswith(column) and not _blank(value):
                row = row_of(pattern, arcs_of(name))
                if row is not None and all(fits(where, row, found) for where in block.where):
                    rows[tuple(sorted(row.items()))] = row
    return [row for _, row in sorted(rows.items())]


def _blank(value: Value) -> bool:
    return value is None or (isinstance(value, bytes) and not value.strip())


def fits(where: Where, row: Row, values: Values) -> bool:
    """Return whether an object of a row has one of the values it must have."""
    return text_or_number(values.get(filled(where.oid, row))) in where.values


def text_or_number(value: Value) -> str | int | float | None:
    """Return a value in the form in which profiles write values."""
    return value.decode("utf-8", "replace").strip() if isinstance(value, bytes) else value


def _plans(
    profile: Profile, block: MeterBlock, rows: Sequence[Row], found: Values
) -> Iterator[Plan]:
    if block.several and len(rows) < 2:  # noqa: PLR2004 one row is not several
        return
    if block.rows == "sum" or block.key or not block.table:
        suffix = "" if block.scope is Scope.TOTAL else f"/{block.scope}"
        suffix += f"/{block.key}" if block.key else ""
        groups = [(suffix, list(rows))] if rows else []
    else:
        groups = list(_keyed(block, rows, found))
    for suffix, members in groups:
        plan = _plan(profile, block, suffix, members, found)
        if plan.power or plan.energy:
            yield plan


def _keyed(
    block: MeterBlock, rows: Sequence[Row], found: Values
) -> Iterator[tuple[str, list[Row]]]:
    """Yield each row with the end of its meter's id. Raises Failure for two rows of one key."""
    taken: set[str] = set()
    for row in rows:
        suffix = f"/{block.scope}/{_key(block, row, found)}"
        if suffix in taken:
            raise Failure(f"two rows of its table are {suffix[1:]}: the profile does not fit it")
        taken.add(suffix)
        yield suffix, [row]


def _key(block: MeterBlock, row: Row, found: Values) -> str:
    """Return the key of a row: its number, after its unit and group where those are not 1."""
    index = row.get("number") or row.get("row") or ()
    number = _column(block.number, row, found, index)
    group = row.get("group", (1,))
    unit = _column(block.unit, row, found, row.get("unit", (block.first_unit,)))
    parts: tuple[int, ...] = number
    if unit != (block.first_unit,):
        parts = unit + (group if "group" in row else ()) + number
    elif group != (1,):
        parts = group + number
    return ".".join(map(str, parts))


def _index(row: Row) -> str:
    return ".".join(str(arc) for arcs in row.values() for arc in arcs)


def _column(
    pattern: str | None, row: Row, found: Values, default: tuple[int, ...]
) -> tuple[int, ...]:
    value = found.get(filled(pattern, row)) if pattern else None
    return (value,) if isinstance(value, int) else default


def _plan(
    profile: Profile, block: MeterBlock, suffix: str, rows: Sequence[Row], found: Values
) -> Plan:
    power = _points(block.power, rows, found)
    energy = _points(block.energy, rows, found)
    conditions = ((name, _points(one, rows, found)) for name, one in block.conditions.items())
    return Plan(
        suffix=suffix,
        register=_register(profile, block, energy),
        power=power,
        energy=energy,
        conditions=tuple(
            (name, points)
            for name, points in conditions
            if points and (len(points) == 1 or name in SUMMED)
        ),
        rows="+".join(map(_index, rows)) if len(energy) > 1 else "",
        units=_units(block, rows, found),
    )


def _units(block: MeterBlock, rows: Sequence[Row], found: Values) -> tuple[int, ...]:
    """Return the units of a meter's rows, as far as the index or a column says them."""
    units = {unit for row in rows for unit in _column(block.unit, row, found, row.get("unit", ()))}
    return tuple(sorted(units))


def _points(quantity: Quantity | None, rows: Sequence[Row], found: Values) -> tuple[Point, ...]:
    """Return a quantity's points in some rows, none if a row does not have it: no partial sums."""
    if quantity is None:
        return ()
    some = rows if is_column(quantity.oid) else rows[:1]
    points = [_point(quantity, row, found) for row in some]
    whole = tuple(point for point in points if point is not None)
    return whole if len(whole) == len(points) else ()


def _point(quantity: Quantity, row: Row, found: Values) -> Point | None:
    name = filled(quantity.oid, row)
    digits: Value = 0
    if quantity.digits:
        digits = found.get(filled(quantity.digits, row), quantity.digits_else)
    if _blank(found.get(name)) or not isinstance(digits, int):
        return None
    unit = 1
    if isinstance(quantity, PowerQuantity):
        unit = WATTS[quantity.unit]
    elif isinstance(quantity, EnergyQuantity):
        unit = JOULES[quantity.unit]
    worth = quantity.scale * unit / 10**digits
    return Point(
        oid=name,
        worth=worth.as_integer_ratio(),
        quantity=quantity,
        available=filled(quantity.available.oid, row) if quantity.available else None,
        zero_with=filled(quantity.zero_with, row) if quantity.zero_with else None,
    )


def _register(profile: Profile, block: MeterBlock, energy: Sequence[Point]) -> Register:
    """Return what is known of a meter's counter before it is read.

    A sum of counters rolls over as one of them does: by the span of one.
    """
    limit = Watts(block.limit_watts or profile.limit_watts)
    if not energy or not isinstance(block.energy, EnergyQuantity):
        return Register(limit=limit, longest_gap=profile.longest_gap)
    count = max(Fraction(*point.worth) for point in energy)
    modulus = block.energy.modulus or (2**block.energy.bits if block.energy.bits else None)
    return Register(
        step=Joules(max(-(-count.numerator // count.denominator), 1)),
        span=Joules(int(count * modulus)) if modulus else None,
        limit=limit,
        longest_gap=profile.longest_gap,
        zeroed=block.energy.zeroed,
    )


def is_of_water(plan: Plan) -> bool:
    """Return whether a meter's register counts water."""
    units = (one.quantity.unit for one in plan.energy if isinstance(one.quantity, EnergyQuantity))
    return any(unit in WATER for unit in units)


def _layout(profile: Profile, plans: Sequence[Plan], found: Values, *, bulk: bool) -> Layout:
    wanted = dict.fromkeys(name for plan in plans for point in plan.points for name in point.oids)
    columns = _walked(plans, found, wanted.keys()) if bulk else {}
    inside = tuple(columns)
    return Layout(
        profile=profile.name,
        plans=tuple(plans),
        oids=tuple(name for name in wanted if not name.startswith(inside)),
        columns=inside,
        rows=max(columns.values(), default=0),
    )


def _walked(plans: Iterable[Plan], found: Values, wanted: Collection[bytes]) -> dict[bytes, int]:
    """Return the long columns of outlets that are wanted in full, and how many rows each has."""
    quantities = {
        point.quantity.oid
        for plan in plans
        if plan.suffix.startswith(f"/{Scope.OUTLET}/")
        for point in plan.points
    }
    columns = {}
    for column in outermost(column_of(one) for one in quantities if is_column(one)):
        inside = [name for name in found if name.startswith(column)]
        if len(inside) >= LONG_TABLE and all(name in wanted for name in inside):
            columns[column] = len(inside)
    return columns
