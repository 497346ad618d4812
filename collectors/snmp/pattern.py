"""OIDs with places: columns of tables, and the rows that fit them."""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache

from collectors.snmp.ber import oid, oid_of

Row = Mapping[str, tuple[int, ...]]
"""What stands in the places of a pattern in one row."""


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
    wanted = _arcs(pattern)
    row: dict[str, tuple[int, ...]] = {}
    if wanted[-1] == "rest":
        wanted = wanted[:-1]
        row["rest"] = tuple(arcs[len(wanted) :])
        arcs = arcs[: len(wanted)]
    if len(arcs) != len(wanted):
        return None
    for arc, want in zip(arcs, wanted, strict=True):
        if isinstance(want, str):
            row[want] = (arc,)
        elif arc != want:
            return None
    return row


def filled(pattern: str, row: Row) -> bytes:
    """Return the OID of a pattern in one row."""
    arcs: list[int] = []
    for arc in _arcs(pattern):
        arcs.extend(row.get(arc, ()) if isinstance(arc, str) else (arc,))
    return oid_of(arcs)
