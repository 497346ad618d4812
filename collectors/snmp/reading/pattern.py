"""OIDs with places: columns of tables, and the rows that fit them."""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, lru_cache

from collectors.snmp.wire.ber import oid, oid_of

Row = Mapping[str, tuple[int, ...]]
"""What stands in the places of a pattern in one row; of `text`, its length before it; of `rest`,
what the others leave.
"""
# The tables of a device, and of its like, have the same indexes: so many are kept encoded.
INDEXES = 10_000


@cache
def _arcs(pattern: str) -> tuple[int | str, ...]:
    return tuple(int(arc) if arc.isdigit() else arc[1:-1] for arc in pattern.split("."))


@cache
def column_of(pattern: str) -> bytes:
    """Return the OID up to the first place of a pattern: the column to walk."""
    return oid(re.split(r"\.\{", pattern, maxsplit=1)[0])


def outermost(columns: Iterable[bytes]) -> list[bytes]:
    """Return columns in order, without those below another: walking it brings them too."""
    kept: list[bytes] = []
    for column in sorted(set(columns)):
        if not column.startswith(tuple(kept)):
            kept.append(column)
    return kept


@cache
def is_column(pattern: str) -> bool:
    """Return whether a pattern has places."""
    return "{" in pattern


def row_of(pattern: str, arcs: Sequence[int]) -> Row | None:
    """Return what stands in the places of a pattern, None for an OID that it does not fit."""
    row: dict[str, tuple[int, ...]] = {}
    at = 0
    wanted = _arcs(pattern)
    for number, want in enumerate(wanted, start=1):
        if want == "rest":
            end = len(arcs) - (len(wanted) - number)
        elif at < len(arcs):
            end = at + 1 + (arcs[at] if want == "text" else 0)
        else:
            return None
        if end < at:
            return None
        if isinstance(want, str):
            row[want] = tuple(arcs[at:end])
        elif arcs[at] != want:
            return None
        at = end
    return row if at == len(arcs) else None


def filled(pattern: str, row: Row) -> bytes:
    """Return the OID of a pattern in one row."""
    arcs: list[int] = []
    for arc in _below_column(pattern):
        arcs.extend(row.get(arc, ()) if isinstance(arc, str) else (arc,))
    return column_of(pattern) + _encoded(tuple(arcs))


@cache
def _below_column(pattern: str) -> tuple[int | str, ...]:
    """Return the first place of a pattern and all behind it."""
    arcs = _arcs(pattern)
    first = next((at for at, arc in enumerate(arcs) if isinstance(arc, str)), len(arcs))
    return arcs[first:]


@lru_cache(maxsize=INDEXES)
def _encoded(arcs: tuple[int, ...]) -> bytes:
    """Return what arcs add to an encoded OID: all but the octet of its first two arcs."""
    return oid_of((0, 0, *arcs))[1:]


def index_of(row: Row) -> str:
    """Return the index of a row, its arcs with dots between them."""
    return ".".join(str(arc) for arcs in row.values() for arc in arcs)


def text_in(row: Row, place: str) -> str:
    """Return the text that stands in a place of the index, such as a MAC address."""
    arcs = row.get(place, ())
    if place == "text":
        arcs = arcs[1:]
    return "".join(chr(arc) for arc in arcs)
