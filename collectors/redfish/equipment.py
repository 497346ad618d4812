"""Power equipment: PDUs, power shelves and transfer switches (DSP0268: PowerDistribution)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain

from agent.model import Scope
from collectors.redfish.documents import Document, Point, link_of, text_of, value_at
from collectors.redfish.failures import Unsuited
from collectors.redfish.keys import key_of, keys_of, prefix_of
from collectors.redfish.layout import READING, Condition, Plan, with_serial
from collectors.redfish.quantities import (
    Energy,
    Pointer,
    conditions_at,
    energy_at,
    power_at,
)
from collectors.redfish.reader import Reader
from collectors.redfish.supplies import plans_of, supplies_in

KINDS = ("FloorPDUs", "RackPDUs", "PowerShelves", "TransferSwitches", "Switchgear")

PARTS: tuple[tuple[Scope, str], ...] = (
    (Scope.BRANCH, "Branches"),
    (Scope.OUTLET, "Outlets"),
)

LINES: tuple[tuple[str, str, str], ...] = (
    ("1", "Line1ToNeutral", "Line1"),
    ("2", "Line2ToNeutral", "Line2"),
    ("3", "Line3ToNeutral", "Line3"),
    ("1-2", "Line1ToLine2", ""),
    ("2-3", "Line2ToLine3", ""),
    ("3-1", "Line3ToLine1", ""),
)
"""Key of a phase, what its powers and voltages are called, and its current."""

POLY_POWER = "PolyPhasePowerWatts"
POLY_ENERGY = "PolyPhaseEnergykWh"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """One PDU, shelf or switch."""

    path: str
    document: Document
    key: str
    prefix: str = ""


async def equipment_plans(
    reader: Reader, scopes: frozenset[Scope], unit: str | None
) -> list[Plan] | None:
    """Return the meters of power equipment, None if the service has none. Raises Failure."""
    units = await _units(reader, unit)
    if not units:
        return None
    totals, parts = [], []
    for one in units:
        refusals = len(reader.refusals)
        mains = await reader.members(one.document, "Mains")
        # Without one of them there is no sum, and whose the first lines are is not known.
        whole = len(reader.refusals) == refusals
        serial = reader.serial_of(one.path, one.document)
        total = await _total(reader, one, mains if whole else [])
        if total is not None:
            totals.append(with_serial(total, serial))
        inlets = _inlets(one, mains, scopes if whole else scopes - {Scope.PHASE})
        found = chain(inlets, await _parts(reader, one, scopes))
        parts += [with_serial(plan, serial) for plan in found]
    return [*_totals(totals, units, scopes), *parts]


async def names_of_equipment(reader: Reader) -> list[str]:
    """Return the kind and Id of each piece of power equipment. Raises Failure."""
    return _names(await _kinds(reader, None))


def _names(kinds: Mapping[str, list[Unit]]) -> list[str]:
    return [f"{kind} {one.key}" for kind, units in kinds.items() for one in units]


async def _kinds(reader: Reader, unit: str | None) -> dict[str, list[Unit]]:
    equipment = await reader.follow(await reader.root(), "PowerEquipment")
    if equipment is None:
        return {}
    kinds: dict[str, list[Unit]] = {}
    for kind in KINDS:
        members = await reader.members(equipment[1], kind)
        found = [Unit(path=path, document=one, key=key_of(one, path)) for path, one in members]
        if unit is not None:
            found = [one for one in found if unit in (one.key, one.document.get("Id"))]
        if found:
            kinds[kind] = found
    return kinds


async def _units(reader: Reader, unit: str | None) -> list[Unit]:
    kinds = await _kinds(reader, unit)
    if reader.refusals and (unit is None or not kinds):
        # Without one of them, the sum and the names of the others' parts would be wrong, or a
        # chassis would stand for the equipment.
        raise reader.refusals[-1].failure
    if len(kinds) > 1:
        known = ", ".join(_names(kinds))
        raise Unsuited(f"it has several kinds of equipment, {known}: name one with `unit`")
    units = next(iter(kinds.values()), [])
    keys = keys_of([(one.path, one.document) for one in units])
    return [
        replace(one, key=key, prefix=prefix_of(key, keys))
        for one, key in zip(units, keys, strict=True)
    ]


async def _total(reader: Reader, unit: Unit, mains: list[tuple[str, Document]]) -> Plan | None:
    """Return the whole of one unit: by its metrics, else the sum of its mains."""
    metrics = await reader.follow(unit.document, "Metrics")
    if metrics is not None:
        power, energy = _power(*metrics), energy_at(*metrics, "EnergykWh")
        if power or energy.points:
            conditions = conditions_at(*metrics)
            return _plan(unit.document, "", power, energy, conditions, way="metrics")
    return _sum([_circuit(path, document, "") for path, document in mains], way="mains")


def _totals(totals: list[Plan], units: list[Unit], scopes: frozenset[Scope]) -> Iterator[Plan]:
    """Yield the sum of all units, and each of them."""
    if Scope.TOTAL in scopes and len(totals) == len(units):
        if len(totals) == 1:
            yield totals[0]
        elif (whole := _sum(totals, way="units")) is not None:
            yield whole
    if Scope.UNIT in scopes and len(totals) == len(units):
        for unit, total in zip(units, totals, strict=True):
            yield replace(total, suffix=f"/{Scope.UNIT}/{unit.key}")


def _sum(plans: list[Plan], *, way: str) -> Plan | None:
    """Return the sum of meters in the quantities that each of them has; None if there is none.

    Its source names all of them: a register that joins or leaves makes it another one.
    """
    power = _all(plan.power for plan in plans)
    energy = _all(plan.energy for plan in plans)
    if not power and not energy:
        return None
    return Plan(
        suffix="",
        power=power,
        energy=energy,
        resets=tuple(point for plan in plans for point in plan.resets) if energy else (),
        source="+".join([way, *(plan.source for plan in plans)]) if energy else way,
        serial="+".join(plan.serial for plan in plans),
    )


def _all(parts: Iterable[tuple[Point, ...]]) -> tuple[Point, ...]:
    found = list(parts)
    return tuple(chain.from_iterable(found)) if all(found) else ()


def _inlets(
    unit: Unit, mains: list[tuple[str, Document]], scopes: frozenset[Scope]
) -> Iterator[Plan]:
    keys = keys_of(mains)
    for number, (key, (path, document)) in enumerate(zip(keys, mains, strict=True)):
        inlet = _circuit(path, document, f"/{Scope.INLET}/{unit.prefix}{key}")
        if Scope.INLET in scopes and inlet.measured:
            yield inlet
        if Scope.PHASE in scopes:
            group = f"{key}." if number else ""
            yield from _phases(path, document, f"/{Scope.PHASE}/{unit.prefix}{group}")


async def _parts(reader: Reader, unit: Unit, scopes: frozenset[Scope]) -> list[Plan]:
    found: dict[str, Plan] = {}
    for scope, link in PARTS:
        if scope not in scopes:
            continue
        members = await reader.members(unit.document, link)
        for key, (path, document) in zip(keys_of(members), members, strict=True):
            suffix = f"/{scope}/{unit.prefix}{key}"
            plan = _circuit(path, document, suffix)
            if plan.measured:
                found[suffix] = plan
    if scopes & {Scope.PSU_INPUT, Scope.PSU_OUTPUT} and link_of(
        unit.document, "PowerSupplies", reader.origin
    ):
        supplies = await supplies_in(reader, unit.document)
        found |= {plan.suffix: plan for plan in plans_of(supplies, scopes, unit.prefix)}
    return list(found.values())


def _circuit(path: str, document: Document, suffix: str) -> Plan:
    """Return the meter of a main, branch or outlet."""
    energy = energy_at(path, document, "EnergykWh")
    return _plan(
        document,
        suffix,
        _power(path, document),
        energy if energy.points else _of_lines(path, document),
        conditions_at(path, document),
        way="circuit",
        state=Point(path, ("PowerState",)) if "PowerState" in document else None,
    )


def _power(path: str, document: Document) -> tuple[Point, ...]:
    """Return the power of a circuit, or of its three lines together."""
    whole = power_at(path, document, ("PowerWatts", READING))
    if whole:
        return whole
    return _all(
        power_at(path, document, (POLY_POWER, line, READING)) for line in _neutral(document)
    )


def _of_lines(path: str, document: Document) -> Energy:
    lines = [energy_at(path, document, POLY_ENERGY, line) for line in _neutral(document)]
    if not lines or not all(line.points for line in lines):
        return Energy()
    return Energy(
        tuple(point for line in lines for point in line.points),
        resets=tuple(point for line in lines for point in line.resets),
        kind="+".join(sorted({line.kind for line in lines})),
    )


def _neutral(document: Document) -> list[str]:
    """Return the lines that a circuit measures to neutral: only these add up to the whole."""
    names = [name for _, name, current in LINES if current]
    found = value_at(document, (POLY_POWER,)) or value_at(document, (POLY_ENERGY,))
    return [name for name in names if isinstance(found, dict) and found.get(name)]


def _phases(path: str, document: Document, suffix: str) -> Iterator[Plan]:
    for key, line, current in LINES:
        pointers: list[tuple[str, Pointer, float]] = [
            ("voltage_volts", ("PolyPhaseVoltage", line, READING), 1),
            ("power_factor_ratio", (POLY_POWER, line, "PowerFactor"), 1),
            ("apparent_power_voltamperes", (POLY_POWER, line, "ApparentVA"), 1),
        ]
        if current:
            amperes: Pointer = ("PolyPhaseCurrentAmps", current, READING)
            pointers.append(("current_amperes", amperes, 1))
        plan = _plan(
            document,
            f"{suffix}{key}",
            power_at(path, document, (POLY_POWER, line, READING)),
            energy_at(path, document, POLY_ENERGY, line),
            conditions_at(path, document, pointers),
            way="line",
        )
        if plan.measured:
            yield plan


def _plan(
    document: Document,
    suffix: str,
    power: tuple[Point, ...],
    energy: Energy,
    conditions: tuple[Condition, ...],
    *,
    way: str,
    state: Point | None = None,
) -> Plan:
    return Plan(
        suffix=suffix,
        power=power,
        energy=energy.points,
        worth=energy.worth,
        resets=energy.resets,
        conditions=conditions,
        state=state,
        source="/".join(filter(None, (way, energy.kind))),
        name=text_of(document, "UserLabel", "Name"),
    )
