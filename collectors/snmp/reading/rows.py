"""The rows that a device has of a profile's tables, and what they are called."""

import re
from collections.abc import Iterable, Iterator, Sequence

from collectors.snmp.reading.asked import Asked
from collectors.snmp.reading.pattern import (
    Row,
    column_of,
    filled,
    index_of,
    is_column,
    outermost,
    row_of,
    text_in,
)
from collectors.snmp.reading.plan import Values, agrees, text_or_number
from collectors.snmp.wire.ber import Value, arcs_of, oid
from collectors.snmp.wire.failure import Failure, Looping, Refused
from config.profiles import Column, MeterBlock, Where
from config.profiles.patterns import places_of

Parts = tuple[str, ...]
"""The parts of a key: unit, group, number."""


async def look_up(
    session: Asked, blocks: Sequence[MeterBlock]
) -> tuple[list[tuple[MeterBlock, list[Row]]], dict[bytes, Value]]:
    """Return blocks with the rows that a device has of them, and what it said about them.

    A table that fails leaves the others. Raises Failure if the device is silent, or if one table
    fails and the others have no rows.
    """
    kept, found, walked = await _walk(session, blocks)
    chosen = [(block, _selected(block, found)) for block in kept]
    await _get(session, _conditions_of_rows(chosen), walked, found)
    chosen = [(block, _fitting(block, rows, found)) for block, rows in chosen]
    await _get(session, _objects(chosen), walked, found)
    return [(block, _with_values(block, rows, found)) for block, rows in chosen], found


async def _walk(
    session: Asked, blocks: Iterable[MeterBlock]
) -> tuple[list[MeterBlock], dict[bytes, Value], set[bytes]]:
    kept: list[MeterBlock] = []
    found: dict[bytes, Value] = {}
    walked: set[bytes] = set()
    failed: Failure | None = None
    for block in blocks:
        columns = {column_of(one) for one in _walkable(block) if is_column(one)}
        try:
            found |= await session.walk(outermost(columns - walked))
        except (Looping, Refused) as error:
            failed = error
        else:
            walked |= columns
            kept.append(block)
    if failed and not found and not any(_is_of_objects(block) for block in kept):
        raise failed
    return kept, found, walked


def _is_of_objects(block: MeterBlock) -> bool:
    """Tell whether a block has no tables to walk, so that its objects are yet to be asked for."""
    return not any(is_column(one) for one in _walkable(block))


async def _get(
    session: Asked, names: Iterable[bytes], walked: set[bytes], found: dict[bytes, Value]
) -> None:
    """Ask for what was not walked."""
    inside = tuple(walked)
    wanted = [
        one for one in dict.fromkeys(names) if one not in found and not one.startswith(inside)
    ]
    if wanted:
        found |= await session.get(tuple(wanted), whole=True)


def _selector(block: MeterBlock) -> str | None:
    """Return the column that alone says which rows count: shorter than walking all columns.

    A row may lack a column that says what it must not be, so such a column says nothing of rows.
    """
    for where in block.where:
        places = places_of(where.oid or "") if where.values or where.matches else frozenset()
        if places and all(places_of(one.oid) <= places for one in block.quantities):
            return where.oid
    return None


def _walkable(block: MeterBlock) -> Iterator[str]:
    """Yield the columns by which a block's rows are known, and those that checks add up."""
    selector = _selector(block)
    if selector is not None:
        yield selector
    else:
        yield from (quantity.oid for quantity in block.quantities)
        yield from (one for one in (*_key_columns(block), block.name) if one)
        yield from (one.oid for one in block.where if one.oid)
    yield from _terms(block, inside=False)


def _terms(block: MeterBlock, *, inside: bool) -> Iterator[str]:
    """Yield the terms of checks that are in one row, or those that are in several."""
    for quantity in block.quantities:
        for product in quantity.check.against if quantity.check else ():
            for term in product:
                if (places_of(term.oid) <= places_of(quantity.oid)) == inside:
                    yield term.oid


def _key_columns(block: MeterBlock) -> Iterator[str]:
    yield from (one.oid for one in (block.unit, block.number) if one and one.oid)


def _selected(block: MeterBlock, found: Values) -> list[Row]:
    """Return the rows that a block may have in what was walked."""
    if not block.table:
        return [{}]
    selector = _selector(block)
    patterns = [selector] if selector else [one.oid for one in block.main]
    if block.rows == "sum" and patterns and not selector:
        patterns += _whole_patterns(block)
    return _rows(patterns, found) or _rows(_whole_patterns(block), found)


def _whole_patterns(block: MeterBlock) -> list[str]:
    """Return the columns of conditions that name a row in full."""
    most = max(len(places_of(one.oid)) for one in block.quantities)
    many = [one.oid for one in block.conditions.values()]
    return [one for one in many if len(places_of(one)) == most]


def _rows(patterns: Iterable[str], found: Values) -> list[Row]:
    rows: dict[tuple[tuple[str, tuple[int, ...]], ...], Row] = {}
    for pattern in filter(is_column, patterns):
        column = column_of(pattern)
        for name, value in found.items():
            if name.startswith(column) and not is_blank(value):
                row = row_of(pattern, arcs_of(name))
                if row is not None:
                    rows[tuple(sorted(row.items()))] = row
    return [row for _, row in sorted(rows.items())]


def is_blank(value: Value) -> bool:
    """Return whether there is nothing in a value."""
    return value is None or (isinstance(value, bytes) and not value.strip())


def _conditions_of_rows(chosen: Iterable[tuple[MeterBlock, list[Row]]]) -> Iterator[bytes]:
    """Yield the objects that tell rows apart."""
    for block, rows in chosen:
        for pattern in (where.oid for where in block.where if where.oid):
            yield from (filled(pattern, row) for row in rows)


def _fitting(block: MeterBlock, rows: Iterable[Row], found: Values) -> list[Row]:
    return [row for row in rows if all(fits(where, row, found) for where in block.where)]


def fits(where: Where, row: Row, found: Values) -> bool:
    """Return whether an object of a row is what it must be."""
    return agrees(where, found.get(filled(where.oid, row)) if where.oid else index_of(row).encode())


def _objects(chosen: Iterable[tuple[MeterBlock, list[Row]]]) -> Iterator[bytes]:
    """Yield all objects of the rows that count, and those of the device as a whole."""
    for block, rows in chosen:
        patterns = [quantity.oid for quantity in block.quantities]
        patterns += [one for quantity in block.quantities for one in quantity.others]
        patterns += [*_key_columns(block), *_terms(block, inside=True)]
        patterns += [block.name] if block.name else []
        for pattern in patterns:
            if not is_column(pattern):
                yield oid(pattern)
            else:
                yield from (filled(pattern, row) for row in rows)


def _with_values(block: MeterBlock, rows: Iterable[Row], found: Values) -> list[Row]:
    """Return the rows that have a number: of power and energy, or else of the conditions.

    Of a sum, also those that have a condition only: they are parts of which the power is missing.
    """
    main = [one.oid for one in block.main]
    if block.rows == "sum" and main:
        main += _whole_patterns(block)
    for patterns in (main, [one.oid for one in block.conditions.values()]):
        kept = [
            row
            for row in rows
            if any(not is_blank(found.get(filled(one, row))) for one in patterns)
        ]
        if kept or not block.table:
            return kept or list(rows)
    return []


def unit_of(block: MeterBlock, row: Row, found: Values) -> Parts:
    """Return the unit of a row, nothing where it has none."""
    return _part(block.unit, row, found, row.get("unit", ()))


def key_of(block: MeterBlock, row: Row, found: Values, *, several: bool) -> tuple[Parts, Parts]:
    """Return the key of a row, and what it is called where its table has `several` units or one.

    The key does not change when units come and go: all but the first of the block are named in it.
    """
    index = row.get("number") or row.get("row") or row.get("rest") or ()
    number = _part(block.number, row, found, index)
    group = tuple(str(arc) for arc in row.get("group", ()))
    unit = unit_of(block, row, found)
    whole = unit + group + number
    short = number if group in ((), ("1",)) else group + number
    key = short if unit in ((), (str(block.first_unit),)) else whole
    if several:
        return key, whole
    return key, short if block.first_unit == "only" else key


def _part(column: Column | None, row: Row, found: Values, default: Sequence[int]) -> Parts:
    otherwise = tuple(str(arc) for arc in default)
    if column is None:
        return otherwise
    if column.index is not None:
        said: str | int | float | None = text_in(row, column.index)
    else:
        said = text_or_number(found.get(filled(column.oid or "", row)))
    if said is None or said == "" or isinstance(said, float):
        return otherwise
    if column.matches is None:
        return (str(said),)
    match = re.search(column.matches, str(said))
    return (next(filter(None, (*match.groups(), match[0]))),) if match else otherwise


def units_of_rows(block: MeterBlock, rows: Iterable[Row], found: Values) -> tuple[int, ...]:
    """Return the units of a meter's rows, as far as the index or a column says them in numbers."""
    parts = (unit_of(block, row, found) for row in rows)
    return tuple(sorted({int(one) for unit in parts for one in unit if one.isdigit()}))


def name_of(block: MeterBlock, rows: Sequence[Row], found: Values) -> str:
    """Return the name that people gave to a meter that is one row."""
    if block.name is None or len(rows) != 1:
        return ""
    said = text_or_number(found.get(filled(block.name, rows[0])))
    return str(said) if said is not None else ""
