"""From a profile to one device: which rows it has, and so which OIDs a poll asks for."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil

from agent.model import Register, Scope
from agent.units import Joules, Watts
from collectors.snmp.reading.asked import Asked
from collectors.snmp.reading.pattern import column_of, is_column, outermost
from collectors.snmp.reading.plan import Layout, Plan, Point, Values
from collectors.snmp.reading.points import ENERGY, POWER
from collectors.snmp.reading.rows import look_up
from collectors.snmp.reading.scales import WATER, step_of
from collectors.snmp.reading.sources import Source, sources_of, sum_of_parts
from collectors.snmp.reading.values import Memory, said_of, sum_of
from collectors.snmp.wire.failure import Failure
from config.profiles import EnergyQuantity, MeterBlock, Profile

# From so many rows on, asking for the next ones is shorter than naming them all.
LONG_TABLE = 8
# What a device must say one of to be of a profile, rather than of the next one that matches.
TELLING = frozenset({"apparent_power_voltamperes", "apparent_energy_voltamperehours", "load_ratio"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Learnt:
    """One meter as it was learnt: how it is read, and where that comes from."""

    plan: Plan
    scope: Scope
    label: str
    """Its key as people know it, with its unit where the device has several."""
    name: str
    """What people named it."""
    sources: Mapping[str, Source]
    """By quantity, where it is read from."""
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """What was learnt of a device by one profile."""

    profile: Profile
    meters: tuple[Learnt, ...]
    found: Values
    """What it said while it was learnt."""

    @property
    def tells(self) -> bool:
        """Whether it has said something of its power: none is no sign that the profile fits."""
        for meter in self.meters:
            said = said_of(meter.plan, self.found, Memory())
            if said.power is not None or said.energy is not None:
                return True
            if not TELLING.isdisjoint(said.conditions):
                return True
        return False


async def learn(
    session: Asked, profile: Profile, scopes: Collection[Scope], limit: float = 0
) -> Device:
    """Walk a device and return its meters, which may be none.

    `limit` is the most watts that the device can draw, where that is more than the profile says.
    Raises Failure where the device is silent, or its tables do not fit the profile.
    """
    rows, found = await look_up(session, _wanted(profile, scopes))
    sources = [
        source
        for block, many in rows
        for source in sources_of(block, many, found, max(limit, _limit(profile, block)))
    ]
    sources = [one for one in sources if one.points]
    sums = (sum_of_parts(block, _parts(block, sources, found)) for block in profile.meters)
    order = {id(block): rank for rank, block in enumerate(profile.meters)}
    sources = sorted([*sources, *filter(None, sums)], key=lambda one: order[id(one.block)])
    shown = [one for one in sources if one.block.scope in scopes]
    meters = tuple(_meter(profile, many, found) for many in _by_meter(shown).values())
    return Device(profile=profile, meters=meters, found=found)


def _wanted(profile: Profile, scopes: Collection[Scope]) -> list[MeterBlock]:
    """Return the blocks of some scopes, and of those that add up to one of them."""
    parts = {block.sum_of for block in profile.meters if block.scope in scopes}
    wanted = {*scopes, *filter(None, parts)}
    return [one for one in profile.meters if one.scope in wanted and one.sum_of is None]


def _parts(block: MeterBlock, sources: Iterable[Source], found: Values) -> list[Source]:
    """Return the meters that a block adds up, each once and with all its quantities."""
    many = _by_meter(one for one in sources if one.block.scope is block.sum_of).values()
    taken = [(some[0], _taken(some, found)) for some in many]
    return [
        replace(first, points={name: source.points[name] for name, source in by.items()})
        for first, by in taken
    ]


def _taken(sources: Sequence[Source], found: Values) -> Mapping[str, Source]:
    """Return the source that each quantity of a meter is taken from."""
    names = dict.fromkeys(name for source in sources for name in source.points)
    return {name: _first(name, sources, found) for name in names}


def _by_meter(sources: Iterable[Source]) -> Mapping[str, list[Source]]:
    meters: dict[str, list[Source]] = {}
    for source in sources:
        meters.setdefault(source.suffix, []).append(source)
    return meters


def _meter(profile: Profile, sources: Sequence[Source], found: Values) -> Learnt:
    """Return a meter of several sources, of which each quantity is taken from the first."""
    taken = _taken(sources, found)
    energy = taken.get(ENERGY)
    points = {name: source.points[name] for name, source in taken.items()}
    main = energy or taken.get(POWER) or sources[0]
    plan = Plan(
        suffix=main.suffix,
        register=_register(profile, main.block, points.get(ENERGY, ()), found),
        power=points.pop(POWER, ()),
        energy=points.pop(ENERGY, ()),
        conditions=tuple(points.items()),
        rows=_rows_of(energy, sources) if energy else "",
        units=main.units,
    )
    return Learnt(
        plan=plan,
        scope=main.block.scope,
        label=main.label,
        name=next(filter(None, (one.name for one in sources)), ""),
        sources=taken,
        notes=tuple(dict.fromkeys(note for one in sources for note in one.notes)),
    )


def _first(name: str, sources: Sequence[Source], found: Values) -> Source:
    """Return the first source whose number is a reading now, or else the first that has it."""
    some = [one for one in sources if one.points.get(name)]
    good = (one for one in some if sum_of(one.points[name], found, Memory()) is not None)
    return next(good, some[0])


def _rows_of(energy: Source, sources: Sequence[Source]) -> str:
    """Return which rows a counter adds up, and of which block where it is not the first one's."""
    rank = sources.index(energy)
    several = len(energy.points[ENERGY]) > 1
    return (f"{rank}:" if rank else "") + (energy.rows if several or rank else "")


def _limit(profile: Profile, block: MeterBlock) -> float:
    return block.limit_watts or profile.limit_watts


def _register(
    profile: Profile, block: MeterBlock, energy: Sequence[Point], found: Values
) -> Register:
    """Return what is known of a meter's counter before it is read.

    A sum of counters rolls over as one of them does: by the span of one.
    """
    limit = Watts(_limit(profile, block))
    quantity = energy[0].quantity if energy else None
    if not isinstance(quantity, EnergyQuantity):
        return Register(limit=limit, longest_gap=profile.longest_gap)
    count = max(Fraction(*point.worth) for point in energy)
    step = max(
        Fraction(*point.worth) * step_of(point.quantity, found.get(point.oid)) for point in energy
    )
    modulus = quantity.modulus or (2**quantity.bits if quantity.bits else None)
    return Register(
        step=Joules(max(ceil(step), 1)),
        span=Joules(int(count * modulus)) if modulus else None,
        limit=limit,
        longest_gap=profile.longest_gap,
        zeroed=quantity.zeroed,
    )


def is_of_water(plan: Plan) -> bool:
    """Return whether a meter's register counts water."""
    units = (one.quantity.unit for one in plan.energy if isinstance(one.quantity, EnergyQuantity))
    return any(unit in WATER for unit in units)


def layout_of(device: Device, *, bulk: bool) -> Layout:
    """Return what a poll asks for to read the meters of a device.

    Raises Failure if it has none, and says why.
    """
    if not device.meters:
        raise Failure(_nothing(device.profile))
    return layout_of_plans(device, [meter.plan for meter in device.meters], bulk=bulk)


def layout_of_plans(device: Device, plans: Sequence[Plan], *, bulk: bool) -> Layout:
    """Return what a poll asks for to read some meters of a device."""
    wanted = dict.fromkeys(name for plan in plans for point in plan.points for name in point.oids)
    columns = _walked(plans, device.found, wanted.keys()) if bulk else {}
    inside = tuple(columns)
    return Layout(
        profile=device.profile.name,
        plans=tuple(plans),
        oids=tuple(name for name in wanted if not name.startswith(inside)),
        columns=inside,
        rows=max(columns.values(), default=0),
    )


def _nothing(profile: Profile) -> str:
    if profile.no_power is not None:
        return f"it is known as {profile.title}, which has no power to read: {profile.no_power}"
    return f"it answers, but has none of the OIDs of profile {profile.name}"


def _walked(plans: Iterable[Plan], found: Values, wanted: Collection[bytes]) -> dict[bytes, int]:
    """Return the long columns of outlets that are wanted in full, and how many rows each has."""
    quantities = set(_columns_of_outlets(plans))
    columns = {}
    for column in outermost(column_of(one) for one in quantities if is_column(one)):
        inside = [name for name in found if name.startswith(column)]
        if len(inside) >= LONG_TABLE and all(name in wanted for name in inside):
            columns[column] = len(inside)
    return columns


def _columns_of_outlets(plans: Iterable[Plan]) -> Iterator[str]:
    for plan in plans:
        if plan.suffix.startswith(f"/{Scope.OUTLET}/"):
            yield from (point.quantity.oid for point in plan.points)
