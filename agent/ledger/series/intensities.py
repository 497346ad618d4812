"""Intensities of a grid in the order of their time, a part of them at once."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from agent.accounting.emissions.carbon import current
from agent.ledger.grids.intensities import known_rows, versions_of
from agent.ledger.readers import Budget
from agent.ledger.times import from_seconds, millis_of, seconds_of
from agent.model import Intensity, Kind

AT_ONCE = timedelta(days=7)
"""What is read at once: nobody waits for a year who is told a page of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which intensities of a grid are asked for."""

    grid: str
    kind: Kind
    start: datetime
    end: datetime
    forecast: bool = False
    """Whether forecasts are wanted beside what came true."""

    versions: bool = False
    """Whether all that was ever said is wanted, and not only what holds."""

    known: datetime | None = None


def grids_in(connection: sqlite3.Connection) -> list[str]:
    """Return the grids that the ledger has intensities of."""
    return [one for (one,) in connection.execute("SELECT DISTINCT grid FROM intensity ORDER BY 1")]


def key_of(row: Intensity) -> str:
    """Return what tells a version of a value apart: in the order of time, then of versions."""
    period = int(row.period.total_seconds())
    version, fetched = millis_of(row.version), millis_of(row.fetched_at)
    return (
        f"{seconds_of(row.start):012} {period:08} {row.source} {row.mix} {int(row.forecast)}"
        f" {version:015} {fetched:015}"
    )


def intensities_after(
    connection: sqlite3.Connection, budget: Budget, wanted: Wanted, after: str | None
) -> Iterator[Intensity]:
    """Yield what touches the time that is asked for, in the order of `key_of`, past a key.

    Raises TooMuch.
    """
    start = max(wanted.start, _start_of(after, wanted.end)) if after else wanted.start
    first = start == wanted.start
    while start < wanted.end:
        end = min(start + AT_ONCE, wanted.end)
        rows = _rows(connection, wanted, start, end)
        budget.spend(len(rows))
        inside = sorted((row for row in rows if first or row.start >= start), key=key_of)
        yield from (row for row in inside if after is None or key_of(row) > after)
        start, first = end, False


def _start_of(key: str, last: datetime) -> datetime:
    """Return the start in a key, `last` at most; of what is none, the first there could be."""
    digits = key[:12]
    start_s = int(digits) if digits.isascii() and digits.isdigit() else 0
    return from_seconds(min(start_s, seconds_of(last)))


def _rows(
    connection: sqlite3.Connection, wanted: Wanted, start: datetime, end: datetime
) -> list[Intensity]:
    if not wanted.versions and not wanted.forecast:
        known = known_rows(connection, known=wanted.known)
        return list(known(wanted.grid, wanted.kind, start, end))
    found = versions_of(connection, wanted.grid, wanted.kind, start, end, known=wanted.known)
    if not wanted.forecast:
        found = [row for row in found if not row.forecast]
    return found if wanted.versions else current(found)
