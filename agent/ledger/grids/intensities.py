"""Versions of intensities: all are kept, the newest is current, and any time can be asked for.

Of two under one version the one that was fetched later is the newer.
"""

import json
import sqlite3
import zlib
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from agent.accounting.emissions.vintages import Known, touched
from agent.ledger.grids.versions import keep_version
from agent.ledger.places.sites import Sites
from agent.ledger.times import from_millis, from_seconds, millis_of, seconds_of
from agent.model import Intensity, Kind, Mix
from agent.units import GramsPerKwh

LONGEST_WHY = 200
"""Characters of the reasons that are kept of a stale hour."""

_COLUMNS = (
    "grid, kind, source, zone, start_s, period_s, g_per_kwh, fetched_ms, updated_ms, estimated,"
    " method, mix, forecast"
)

# Each period that a grid has, by one seek in the index.
_PERIODS = """
WITH RECURSIVE grain (period_s) AS (
    VALUES (0)
    UNION ALL
    SELECT (SELECT min(i.period_s) FROM intensity i WHERE grid = ?1 AND kind = ?2
        AND forecast = ?3 AND i.period_s > grain.period_s)
    FROM grain WHERE period_s IS NOT NULL)
SELECT period_s FROM grain WHERE period_s > 0
"""

# With the period the index has the first and the last start that touch the span.
_TOUCHING = (
    " FROM intensity WHERE grid = ?1 AND kind = ?2 AND forecast = ?3 AND period_s = ?4"
    " AND start_s > ?5 - ?4 AND start_s < ?6 AND (?7 IS NULL OR fetched_ms <= ?7)"
)

_VERSIONS = f"SELECT {_COLUMNS} {_TOUCHING}"

# Beside max() SQLite takes the other columns from the row that has it. Both times in one text are
# in order; to take them one after the other costs twice as much, and of forecasts five times.
_LAST = "max(printf('%014d%014d', version_ms, fetched_ms))"

_NEWEST = (
    f"SELECT {_COLUMNS}, {_LAST} {_TOUCHING}"
    " AND (?3 = 0 OR version_ms < ?5 * 1000) GROUP BY start_s, source, mix"
)


def book_intensities(
    connection: sqlite3.Connection, rows: Sequence[Intensity], *, now: datetime
) -> None:
    """Keep every version. The hours of sites that a new one touches become stale.

    Exporters are told of what came true: a forecast is never handed on as an actual value.
    """
    fresh = [row for row in rows if keep_version(connection, row)]
    actual = [row for row in fresh if not row.forecast]
    if actual:
        connection.execute(
            "INSERT INTO entry (booked_ms, kind, body) VALUES (?, 'intensities', ?)",
            (millis_of(now), _body(actual)),
        )
    _make_stale(connection, fresh)


def _body(rows: Iterable[Intensity]) -> bytes:
    keys = list(dict.fromkeys(map(_key, rows)))
    return zlib.compress(json.dumps(keys).encode(), 1)


def _key(row: Intensity) -> tuple[str, str, str, int, int]:
    period = int(row.period.total_seconds())
    return row.grid, row.kind, row.source, seconds_of(row.start), period


def _make_stale(connection: sqlite3.Connection, rows: Sequence[Intensity]) -> None:
    reigns = list(Sites(connection)) if rows else []
    stale = {
        (one.site.name, seconds_of(hour), f"intensity {row.kind} of {row.grid}")
        for row in rows
        for one in reigns
        for hour in touched(one.site, row)
        if one.start <= seconds_of(hour) < one.end
    }
    connection.executemany(
        "INSERT INTO stale_hour (site, hour_s, energy, why) SELECT ?1, ?2, 0, ?3"
        " WHERE EXISTS (SELECT 1 FROM hour WHERE hour_s = ?2)"
        " OR EXISTS (SELECT 1 FROM repair_hour WHERE hour_s = ?2)"
        " ON CONFLICT DO UPDATE SET why = CASE WHEN why = '' THEN excluded.why"
        " WHEN instr(', ' || why || ', ', ', ' || excluded.why || ', ') > 0"
        " OR length(why || excluded.why) > ?4 THEN why ELSE why || ', ' || excluded.why END",
        [(*one, LONGEST_WHY) for one in sorted(stale)],
    )


def known_rows(connection: sqlite3.Connection, *, known: datetime | None = None) -> Known:
    """Return what looks up the newest versions, or those of what had been fetched at a time."""

    def rows(
        grid: str, kind: Kind, start: datetime, end: datetime, *, forecast: bool = False
    ) -> list[Intensity]:
        span = (seconds_of(start), seconds_of(end), None if known is None else millis_of(known))
        return _touching(connection, _NEWEST, (grid, kind, int(forecast)), span)

    return rows


def known_until(connection: sqlite3.Connection, grid: str, kind: Kind) -> datetime | None:
    """Return when the newest interval that is known of a grid ends, forecasts left out; None if
    none is.
    """
    asked = (grid, kind, 0)
    ends = [
        connection.execute(
            "SELECT max(start_s) + ?4 FROM intensity WHERE grid = ?1 AND kind = ?2"
            " AND forecast = ?3 AND period_s = ?4",
            (*asked, period),
        ).fetchone()[0]
        for (period,) in connection.execute(_PERIODS, asked).fetchall()
    ]
    return from_seconds(max(ends)) if ends else None


def versions_of(
    connection: sqlite3.Connection,
    grid: str,
    kind: Kind,
    start: datetime,
    end: datetime,
    *,
    known: datetime | None = None,
) -> list[Intensity]:
    """Return all versions that touch [start, end), forecasts too, those of each value in order.

    With `known`, only what had been fetched by then.
    """
    span = (seconds_of(start), seconds_of(end), None if known is None else millis_of(known))
    found = [
        row
        for forecast in (0, 1)
        for row in _touching(connection, _VERSIONS, (grid, kind, forecast), span)
    ]
    return sorted(
        found,
        key=lambda one: (one.start, one.period, one.source, one.version, one.fetched_at),
    )


def _touching(
    connection: sqlite3.Connection,
    query: str,
    asked: tuple[str, Kind, int],
    span: tuple[int, int, int | None],
) -> list[Intensity]:
    return [
        _intensity(row)
        for (period,) in connection.execute(_PERIODS, asked).fetchall()
        for row in connection.execute(query, (*asked, period, *span))
    ]


def versions_in(connection: sqlite3.Connection, body: bytes) -> list[Intensity]:
    """Return the values that an entry's body names, each in its newest version.

    An old version that came late must not be exported over a newer one.
    """
    query = (
        f"SELECT {_COLUMNS}, {_LAST} FROM intensity WHERE grid = ? AND kind = ?"  # noqa: S608 constants
        " AND source = ? AND start_s = ? AND period_s = ? AND forecast = 0 GROUP BY mix"
    )
    keys = json.loads(zlib.decompress(body))
    return [_intensity(row) for key in keys for row in connection.execute(query, key[:5])]


def _intensity(row: Sequence[Any]) -> Intensity:
    grid, kind, source, zone, start, period, value, fetched, updated, *rest = row
    estimated, method, mix, forecast, *_ = rest
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
        mix=Mix(mix),
        forecast=bool(forecast),
    )
