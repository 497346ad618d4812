"""From the rows of a block to the numbers that one meter is read by."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from agent.model import Scope
from collectors.snmp.reading.numbers import number_of
from collectors.snmp.reading.pattern import Row, filled, index_of
from collectors.snmp.reading.plan import Values
from collectors.snmp.reading.points import ENERGY, POWER, SUMMED, Making, Points
from collectors.snmp.reading.rows import key_of, name_of, unit_of, units_of_rows
from collectors.snmp.wire.failure import Failure
from config.profiles import MeterBlock

# What may stand in the id of a meter.
_STRANGE = re.compile(r"[^A-Za-z0-9._:-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where one meter's numbers come from, by one block; of several blocks the first is taken."""

    block: MeterBlock
    suffix: str
    label: str
    """Its key with the unit, where the device has several."""
    points: Mapping[str, Points]
    """By quantity: power, energy, and the names of conditions."""
    name: str = ""
    rows: str = ""
    units: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()


def sources_of(
    block: MeterBlock, rows: Sequence[Row], found: Values, limit: float
) -> Iterator[Source]:
    """Yield the meters of a block, of which none shows more than `limit` watts.

    Raises Failure for two rows of one key.
    """
    if block.several and len(rows) < 2:  # noqa: PLR2004 one row is not several
        return
    if block.all_zero == "missing" and _all_zero(block, rows, found):
        return
    for suffix, label, members in _groups(block, rows, found):
        making = Making(rows, found, limit)
        points = making.points_of(block, members)
        yield Source(
            block=block,
            suffix=suffix,
            label=label,
            points=points,
            name=name_of(block, members, found),
            rows="+".join(map(index_of, members)),
            units=units_of_rows(block, members, found),
            notes=tuple(dict.fromkeys(making.notes)),
        )


def _all_zero(block: MeterBlock, rows: Sequence[Row], found: Values) -> bool:
    summed = (one for name, one in block.conditions.items() if name in SUMMED)
    quantities = (*block.main, *summed) or block.quantities
    said = (found.get(filled(one.oid, row)) for one in quantities for row in rows)
    return not any(number_of(value) for value in said)


def _groups(
    block: MeterBlock, rows: Sequence[Row], found: Values
) -> Iterator[tuple[str, str, list[Row]]]:
    """Yield the end of each meter's id, what it is called among others of its scope, its rows."""
    whole = block.rows == "sum" or block.key is not None or not block.table
    if whole:
        suffix = "" if block.scope is Scope.TOTAL else f"/{block.scope}"
        suffix += f"/{block.key}" if block.key else ""
        if rows:
            yield suffix, block.key or "", list(rows)
        return
    several = len({unit_of(block, row, found) for row in rows}) > 1
    taken: set[str] = set()
    for row in rows:
        parts, called = key_of(block, row, found, several=several)
        label = ".".join(called)
        key = _STRANGE.sub("-", ".".join(parts)).strip("-")
        if key in taken and block.number is not None and not key.isdigit():
            key = label = index_of(row)
        suffix = f"/{block.scope}/{key}"
        if key in taken:
            raise Failure(f"two rows of its table are {suffix[1:]}: the profile does not fit it")
        taken.add(key)
        yield suffix, label, [row]


def sum_of_parts(block: MeterBlock, parts: Sequence[Source]) -> Source | None:
    """Return the meter that the meters of another scope add up to, None without any.

    A quantity that one of them does not have is left out: no partial sums.
    """
    if block.sum_of is None or not parts:
        return None
    points: dict[str, Points] = {}
    for name in (POWER, ENERGY, *sorted(SUMMED)):
        many = [part.points.get(name, ()) for part in parts]
        if all(many):
            points[name] = tuple(point for some in many for point in some)
    suffix = "" if block.scope is Scope.TOTAL else f"/{block.scope}"
    return Source(
        block=block,
        suffix=suffix + (f"/{block.key}" if block.key else ""),
        label=block.key or "",
        points=points,
        rows=f"{block.sum_of}:" + "+".join(part.suffix.rpartition("/")[2] for part in parts),
        units=tuple(sorted({unit for part in parts for unit in part.units})),
    )
