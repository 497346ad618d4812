"""A probed device as one object of plain values: W, Wh, VA, VAh and percent by scope and key."""

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

from agent.model import Scope
from agent.units import JOULES_PER_WH
from collectors.snmp.probing.probe import Probed, Shown
from collectors.snmp.reading.layout import Learnt
from collectors.snmp.reading.plan import Point, Values
from collectors.snmp.reading.points import ENERGY, POWER
from collectors.snmp.reading.values import doubt_of, raw_number
from collectors.snmp.wire.ber import text_of

# What the quantities are called, and the name of each inside.
QUANTITIES: Mapping[str, str] = {
    "active_power_w": POWER,
    "energy_wh": ENERGY,
    "apparent_power_va": "apparent_power_voltamperes",
    "apparent_energy_vah": "apparent_energy_voltamperehours",
    "load_percent": "load_ratio",
}
SCOPES: Mapping[Scope, str] = {
    Scope.TOTAL: "total",
    Scope.INPUT: "input_total",
    Scope.INPUT_PHASE: "input_phases",
    Scope.INLET: "inlets",
    Scope.PHASE: "phases",
    Scope.BRANCH: "branches",
    Scope.BANK: "banks",
    Scope.OUTLET: "outlets",
    Scope.UNIT: "units",
    Scope.METER: "meters",
    Scope.PSU: "psus",
    Scope.PSU_INPUT: "psus_input",
    Scope.PSU_OUTPUT: "psus_output",
    Scope.MODULE: "modules",
    Scope.BOARD: "boards",
    Scope.SENSOR: "sensors",
}
SINGLE = frozenset({Scope.TOTAL, Scope.INPUT})
RANKS = ("low", "medium", "high")


def entry_of(probed: Probed) -> dict[str, Any]:
    """Return what a device is and said; what it did not say is left out."""
    entry: dict[str, Any] = {
        "vendor": probed.vendor,
        "model": probed.model,
        "role": probed.profile.kind,
    }
    confidence: dict[str, str] = {}
    oids: dict[str, str] = {}
    for title, name in QUANTITIES.items():
        said = _quantity(probed.shown, name)
        if said:
            entry[title] = {path: _plain(many) for path, many in said.items()}
        for path, many in said.items():
            where = f"{title}.{path}"
            confidence[where] = min((_confidence(one, name) for one, _ in many), key=RANKS.index)
            oids[where] = _where(probed, [one for one, _ in many], name)
    suspect = list(_suspects(probed))
    named = {"confidence": confidence, "oids": oids, "suspect": suspect}
    entry |= {name: value for name, value in named.items() if value}
    return entry | {"notes": _notes(probed)}


def _quantity(shown: Sequence[Shown], name: str) -> dict[str, list[tuple[Learnt, float | int]]]:
    """Return what the meters of each scope said of a quantity."""
    said: dict[str, list[tuple[Learnt, float | int]]] = {}
    for one in shown:
        number = _number(one, name)
        if number is not None:
            said.setdefault(SCOPES[one.meter.scope], []).append((one.meter, number))
    return said


def _plain(many: Sequence[tuple[Learnt, float | int]]) -> object:
    if many[0][0].scope in SINGLE and not many[0][0].label:
        return many[0][1]
    return {meter.label: number for meter, number in many}


def _number(one: Shown, name: str) -> float | int | None:
    match name:
        case "power":
            number: float | None = one.said.power
        case "energy":
            number = None if one.said.energy is None else one.said.energy / JOULES_PER_WH
        case "load_ratio":
            load = one.said.conditions.get(name)
            number = None if load is None else load * 100
        case _:
            number = one.said.conditions.get(name)
    return None if number is None else rounded(number)


def rounded(number: float) -> float | int:
    """Return a number without the digits that a float adds."""
    short = round(number, 6)
    return int(short) if short == int(short) else short


def _confidence(meter: Learnt, name: str) -> str:
    source = meter.sources[name]
    if source.block.confidence is not None:
        return source.block.confidence
    return min((one.quantity.confidence for one in source.points[name]), key=RANKS.index)


def _where(probed: Probed, meters: Sequence[Learnt], name: str) -> str:
    """Return the OID of a quantity, what the OIDs of several begin with, or what they add up."""
    points = [point for meter in meters for point in meter.sources[name].points[name]]
    names = sorted({text_of(point.oid) for point in points})
    first = meters[0]
    if len(meters) == 1 and len(points) > 1:
        source = first.sources[name]
        if source.block.sum_of is not None:
            return f"sum of {SCOPES[source.block.sum_of]}"
        return f"sum of {_parts_of(probed, first, name, points) or prefix_of(names)}"
    return prefix_of(names)


def _parts_of(probed: Probed, whole: Learnt, name: str, points: Sequence[Point]) -> str | None:
    """Return the scope whose meters are the rows that a sum adds up."""
    wanted = {point.oid for point in points}
    found: dict[Scope, set[bytes]] = {}
    for meter in probed.device.meters:
        if meter is not whole and name in meter.sources:
            some = (point.oid for point in meter.sources[name].points[name])
            found.setdefault(meter.scope, set()).update(some)
    return next((SCOPES[scope] for scope, oids in found.items() if oids == wanted), None)


def prefix_of(names: Sequence[str]) -> str:
    """Return an OID, or what several have in common with `.*` behind it."""
    if len(names) == 1:
        return names[0]
    arcs = [name.split(".") for name in names]
    common = []
    for column in zip(*arcs, strict=False):
        if len(set(column)) > 1:
            break
        common.append(column[0])
    return ".".join([*common, "*"])


def _suspects(probed: Probed) -> Iterator[dict[str, Any]]:
    for one in probed.shown:
        for title, name in QUANTITIES.items():
            if name in one.meter.sources and _number(one, name) is None:
                doubt = _doubt(one.meter.sources[name].points[name], probed.values)
                if doubt is not None:
                    yield {"path": _path(title, one.meter), **doubt}


def _path(title: str, meter: Learnt) -> str:
    single = meter.scope in SINGLE and not meter.label
    return f"{title}.{SCOPES[meter.scope]}" + ("" if single else f".{meter.label}")


def _doubt(points: Sequence[Point], values: Values) -> dict[str, Any] | None:
    """Return what is reported and not believed, and why; None if nothing is reported."""
    why = next(filter(None, (doubt_of(point, values) for point in points)), "")
    if not why:
        return None
    total = Fraction(0)
    for point in points:
        total += (raw_number(point.quantity, values.get(point.oid)) or 0) * Fraction(*point.worth)
    return {"reported": float(f"{float(total):.6g}"), "why": why}


def _notes(probed: Probed) -> str:
    notes = [probed.profile.notes, probed.profile.no_power or ""]
    notes += [note for meter in probed.device.meters for note in meter.notes]
    return " ".join(dict.fromkeys(filter(None, map(str.strip, notes))))
