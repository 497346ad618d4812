"""What a source says of one value, in versions: the same rows whatever the order of arrival.

    heard    100  100  250  250  100   by version, under one version by time of fetch
    rows    [100 ... 100][250 ... 250][100]

What is said again makes no new row: it moves the row's `said_ms`. The fetches between its first and
its last are kept too: what arrives late may have been fetched among them, and ends what was said
before it and not what was said again after it.
"""

import json
import sqlite3
from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import Any, NamedTuple

from agent.ledger.times import millis_of, seconds_of
from agent.model import Intensity

FULL = 100
"""Fetches between the first and the last that are kept of one row. Past it every second one goes:
what arrives late is placed among those that are left.
"""

_OF_THE_VALUE = (
    " FROM intensity WHERE grid = ?1 AND kind = ?2 AND forecast = ?3 AND period_s = ?4"
    " AND start_s = ?5 AND source = ?6 AND mix = ?7"
)

_ROW = (
    "SELECT version_ms, fetched_ms, said_ms, said_between, estimated, g_per_kwh, method, zone,"
    f" updated_ms IS NOT NULL{_OF_THE_VALUE} AND (version_ms, fetched_ms)"
)

# The row that a fetch falls into or follows, the one before it and the one after it.
_AROUND = (
    f"SELECT * FROM ({_ROW} <= (?8, ?9)"  # noqa: S608 constants
    " ORDER BY version_ms DESC, fetched_ms DESC LIMIT 2) UNION ALL"
    f" SELECT * FROM ({_ROW} > (?8, ?9) ORDER BY version_ms, fetched_ms LIMIT 1)"
)

_FORGET = f"DELETE{_OF_THE_VALUE} AND version_ms = ?8 AND fetched_ms = ?9"

_KEEP = (
    "INSERT OR REPLACE INTO intensity (grid, kind, forecast, period_s, start_s, source, mix,"
    " version_ms, fetched_ms, said_ms, said_between, estimated, g_per_kwh, method, zone,"
    " updated_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)


class _Said(NamedTuple):
    """What is said of a value. Where one fetch says two things, the greater counts."""

    final: bool
    value: float
    method: str
    zone: str
    versioned: bool
    """Whether the source gives a version of its own."""


class _Heard(NamedTuple):
    """One fetch of a value. The order of versions is that of these."""

    version_ms: int
    fetched_ms: int
    said: _Said


_Run = list[_Heard]
"""Fetches that say the same, one after the other: a row."""

_Value = tuple[str, str, int, int, int, str, str]


def keep_version(connection: sqlite3.Connection, row: Intensity) -> bool:
    """Keep what a fetch says of a value, and tell whether it says anything new.

    What it only says again, or has been kept already, is not new.
    """
    value, heard = _value_of(row), _heard_of(row)
    found = connection.execute(_AROUND, (*value, heard.version_ms, heard.fetched_ms))
    before = sorted(_run_of(one) for one in found)
    after = _runs({*sum(before, [heard])}, apart=row.forecast)
    _write(connection, value, before, after)
    return [run[0] for run in before] != [run[0] for run in after]


def _value_of(row: Intensity) -> _Value:
    return (
        *(row.grid, row.kind, int(row.forecast), int(row.period.total_seconds())),
        *(seconds_of(row.start), row.source, row.mix),
    )


def _heard_of(row: Intensity) -> _Heard:
    said = _Said(
        final=not row.estimated,
        value=row.value,
        method=row.method,
        zone=row.zone,
        versioned=row.updated_at is not None,
    )
    return _Heard(millis_of(row.version), millis_of(row.fetched_at), said)


def _run_of(row: Sequence[Any]) -> _Run:
    version, first, last, between, estimated, value, method, zone, versioned = row
    said = _Said(not estimated, value, method, zone, bool(versioned))
    times = [*accumulate(json.loads(between), initial=first), *([last] if last > first else [])]
    return [_Heard(version if versioned else at, at, said) for at in times]


def _runs(fetches: set[_Heard], *, apart: bool) -> list[_Run]:
    """Return the rows of fetches. With `apart` each version has one of its own: how old a forecast
    is counts from when it was said last.
    """
    at_each = {one[:2]: one for one in sorted(fetches)}
    runs: list[_Run] = []
    for one in at_each.values():
        if runs and _goes_on(runs[-1][-1], one, apart=apart):
            runs[-1].append(one)
        else:
            runs.append([one])
    return [_thinned(run) for run in runs]


def _goes_on(before: _Heard, now: _Heard, *, apart: bool) -> bool:
    """Tell whether a fetch says again what the one before it said.

    Where the source gives no version each fetch would be one of its own.
    """
    one_version = before.version_ms == now.version_ms
    return before.said == now.said and (one_version or not (apart or now.said.versioned))


def _thinned(run: _Run) -> _Run:
    return run if len(run) <= FULL + 2 else [run[0], *run[2:-1:2], run[-1]]


def _write(
    connection: sqlite3.Connection, value: _Value, before: Sequence[_Run], after: Sequence[_Run]
) -> None:
    kept = {run[0][:2] for run in after}
    for run in before:
        if run[0][:2] not in kept:
            connection.execute(_FORGET, (*value, *run[0][:2]))
    for run in after:
        if run not in before:
            connection.execute(_KEEP, (*value, *_columns_of(run)))


def _columns_of(run: _Run) -> tuple[object, ...]:
    (version, first, said), last = run[0], run[-1].fetched_ms
    times = [one.fetched_ms for one in run[:-1]]
    steps = [later - earlier for earlier, later in pairwise(times)]
    return (
        *(version, first, last, json.dumps(steps, separators=(",", ":"))),
        *(int(not said.final), said.value, said.method, said.zone),
        version if said.versioned else None,
    )
