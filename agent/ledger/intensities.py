"""Versions of intensities: all are kept, the newest is current."""

import json
import sqlite3
import zlib
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from agent.accounting.hours import hour_of
from agent.accounting.tree import Tree
from agent.ledger.times import from_millis, from_seconds, millis_of, seconds_of
from agent.model import HOUR, Intensity, Kind
from agent.units import GramsPerKwh

_LONGEST = 86_400
"""No intensity is for more than a day, in seconds."""

_COLUMNS = (
    "grid, kind, source, zone, start_s, period_s, g_per_kwh, fetched_ms, updated_ms, estimated,"
    " method"
)


def book_intensities(
    connection: sqlite3.Connection, tree: Tree, rows: Sequence[Intensity], *, now: datetime
) -> None:
    """Keep every version that is new. The hours of sites that it touches become stale."""
    fresh = [row for row in rows if _insert(connection, row)]
    if not fresh:
        return
    connection.execute(
        "INSERT INTO entry (booked_ms, kind, body) VALUES (?, 'intensities', ?)",
        (millis_of(now), _body(fresh)),
    )
    connection.executemany(
        "INSERT OR IGNORE INTO stale_hour (site, hour_s, energy, why) SELECT ?1, ?2, 0, 'intensity'"
        " WHERE EXISTS (SELECT 1 FROM hour WHERE hour_s = ?2)",
        {pair for row in fresh for pair in _touched(tree, row)},
    )


def _body(rows: Sequence[Intensity]) -> bytes:
    return zlib.compress(json.dumps([_key(row) for row in rows]).encode(), 1)


def _insert(connection: sqlite3.Connection, row: Intensity) -> bool:
    updated = None if row.updated_at is None else millis_of(row.updated_at)
    if updated is None and _already(connection, row):
        return False
    cursor = connection.execute(
        f"INSERT OR IGNORE INTO intensity VALUES ({', '.join('?' * 14)})",  # noqa: S608 only marks
        (
            *(*_key(row), row.zone, row.value, updated),
            *(millis_of(row.fetched_at), int(row.estimated), row.method),
            *(row.mix, int(row.forecast)),
        ),
    )
    return cursor.rowcount == 1


def _already(connection: sqlite3.Connection, row: Intensity) -> bool:
    """Tell whether a value without a version of its source is what the last fetch already said."""
    found = connection.execute(
        "SELECT g_per_kwh, estimated, method FROM intensity WHERE grid = ? AND kind = ?"
        " AND source = ? AND start_s = ? AND period_s = ? ORDER BY version_ms DESC LIMIT 1",
        _key(row)[:5],
    ).fetchone()
    return bool(found == (row.value, int(row.estimated), row.method))


def _key(row: Intensity) -> tuple[str, str, str, int, int, int]:
    return (
        row.grid,
        row.kind,
        row.source,
        seconds_of(row.start),
        int(row.period.total_seconds()),
        millis_of(row.version),
    )


def _touched(tree: Tree, row: Intensity) -> Iterable[tuple[str, int]]:
    hour = hour_of(row.start)
    while hour < row.start + row.period:
        for site in tree.sites.values():
            if row.grid in (site.grid, site.marginal_grid):
                yield site.name, seconds_of(hour)
        hour += HOUR


def versions_of(
    connection: sqlite3.Connection, grid: str, kind: Kind, hour: datetime
) -> list[Intensity]:
    """Return all versions of one kind's values that touch an hour."""
    start = seconds_of(hour)
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM intensity WHERE grid = ? AND kind = ?"  # noqa: S608 a constant
        " AND start_s > ? AND start_s < ? AND start_s + period_s > ?",
        (grid, kind, start - _LONGEST, start + 3600, start),
    )
    return [_intensity(row) for row in rows]


def versions_in(connection: sqlite3.Connection, body: bytes) -> list[Intensity]:
    """Return the values that an entry's body names, each in its newest version.

    An old version that came late must not be exported over a newer one.
    """
    query = (
        f"SELECT {_COLUMNS} FROM intensity WHERE grid = ? AND kind = ?"  # noqa: S608 a constant
        " AND source = ? AND start_s = ? AND period_s = ? ORDER BY version_ms DESC LIMIT 1"
    )
    keys = json.loads(zlib.decompress(body))
    return [_intensity(row) for key in keys for row in connection.execute(query, key[:5])]


def _intensity(row: Sequence[Any]) -> Intensity:
    grid, kind, source, zone, start, period, value, fetched, updated, estimated, method = row
    return Intensity(
        grid=grid,
        kind=Kind(kind),
        source=source,
        zone=zone,
        start=from_seconds(start),
        period=timedelta(seconds=period),
        value=GramsPerKwh(value),
        fetched_at=from_millis(fetched),
        updated_at=None if updated is None else from_millis(updated),
        estimated=bool(estimated),
        method=method,
    )
