"""The restatement log: which figure of which hour was said differently before, and why."""

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from agent.ledger.file import reading
from agent.ledger.names import site_named
from agent.ledger.times import from_millis, from_seconds, millis_of, seconds_of
from agent.model import SiteHour

LATE = "readings that came later"
"""The reason where nothing else has touched the hour."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Restatement:
    """One figure of one hour of a site, in two versions of it."""

    site: str
    hour: datetime
    version: int
    """The version that says it differently."""

    figure: str
    """Its name, which ends with its unit."""

    before: float | None
    after: float | None
    """None where it is not known."""

    why: str
    at: datetime


def newest_restatements(
    connection: sqlite3.Connection,
    *,
    site: str | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
    before: int | None = None,
    limit: int,
) -> list[tuple[int, Restatement]]:
    """Return so many restatements, the newest first, each with its number, of hours that start in
    [start, end); with `before` those of smaller numbers.
    """
    rows = connection.execute(
        "SELECT number, site, hour_s, version, figure, before, after, why, restated_ms"
        " FROM restatement WHERE (?1 IS NULL OR site = ?1) AND (?2 IS NULL OR hour_s >= ?2)"
        " AND (?3 IS NULL OR hour_s < ?3) AND (?4 IS NULL OR number < ?4)"
        " ORDER BY number DESC LIMIT ?5",
        (site, start and seconds_of(start), end and seconds_of(end), before, limit),
    )
    return [(number, _restatement(row)) for number, *row in rows]


def restatements_of(
    path: Path, site: str, *, start: datetime | None = None, end: datetime | None = None
) -> list[Restatement]:
    """Return the restatements of a site's hours that start in [start, end), by hour and version.

    Raises ConfigError if there is no ledger that can be read, or no such site in it.
    """
    with reading(path) as connection:
        site_named(connection, site)
        rows = connection.execute(
            "SELECT site, hour_s, version, figure, before, after, why, restated_ms FROM restatement"
            " WHERE site = ?1 AND (?2 IS NULL OR hour_s >= ?2) AND (?3 IS NULL OR hour_s < ?3)"
            " ORDER BY hour_s, version, number",
            (site, start and seconds_of(start), end and seconds_of(end)),
        )
        return [_restatement(row) for row in rows]


def _restatement(row: Sequence[Any]) -> Restatement:
    site, hour, version, figure, before, after, why, at = row
    return Restatement(
        site=site,
        hour=from_seconds(hour),
        version=version,
        figure=figure,
        before=before,
        after=after,
        why=why,
        at=from_millis(at),
    )


def write_restatement(
    connection: sqlite3.Connection, before: SiteHour, after: SiteHour, why: str, *, now: datetime
) -> None:
    """Record each figure that two versions of a closed hour differ in; where it is only what its
    meters have, the version.
    """
    said = dict(_figures(before))
    changed = [
        (figure, said.get(figure), value)
        for figure, value in _all_figures(before, after)
        if said.get(figure) != value
    ]
    connection.executemany(
        "INSERT INTO restatement (site, hour_s, version, restated_ms, figure, before, after, why)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                *(after.site, seconds_of(after.hour), after.version, millis_of(now)),
                *(*one, why or LATE),
            )
            for one in changed or [("version", before.version, after.version)]
        ],
    )


def reasons_of(
    connection: sqlite3.Connection,
    site: str,
    start: datetime,
    end: datetime,
    *,
    known: datetime | None = None,
) -> dict[str, int]:
    """Return why hours of a site in [start, end) were computed again, and how often each.

    With `known`, only what had been by then.
    """
    rows = connection.execute(
        "SELECT why, count(DISTINCT hour_s || ' ' || version) FROM restatement"
        " WHERE site = ?1 AND hour_s >= ?2 AND hour_s < ?3 AND (?4 IS NULL OR restated_ms <= ?4)"
        " GROUP BY why ORDER BY 2 DESC, why",
        (site, seconds_of(start), seconds_of(end), None if known is None else millis_of(known)),
    )
    return dict(rows.fetchall())


def hours_restated(
    connection: sqlite3.Connection,
    site: str,
    start: datetime,
    end: datetime,
    *,
    known: datetime | None = None,
) -> int:
    """Return how many hours of a site in [start, end) were computed again, once or more often."""
    (count,) = connection.execute(
        "SELECT count(DISTINCT hour_s) FROM restatement"
        " WHERE site = ?1 AND hour_s >= ?2 AND hour_s < ?3 AND (?4 IS NULL OR restated_ms <= ?4)",
        (site, seconds_of(start), seconds_of(end), None if known is None else millis_of(known)),
    ).fetchone()
    return int(count)


def _all_figures(before: SiteHour, after: SiteHour) -> Iterator[tuple[str, float | None]]:
    """Yield the figures of the later version, and those that it no longer has."""
    now = dict(_figures(after))
    yield from now.items()
    yield from ((name, None) for name, _ in _figures(before) if name not in now)


def _figures(hour: SiteHour) -> Iterator[tuple[str, float | None]]:
    yield "facility_j", hour.facility
    yield "it_j", hour.it
    yield "grid_j", hour.grid
    yield "onsite_j", hour.onsite
    yield "water_ml", hour.water
    yield "reused_j", hour.reused
    yield "unattributed_j", hour.unattributed
    for stage, loss in sorted(hour.losses.items()):
        yield f"loss_{stage}_j", loss
    yield "known_share", hour.coverage.known
    yield "interpolated_share", hour.coverage.interpolated
    for name, one in sorted(hour.coverages.items()):
        yield f"{name}_known_share", one.known
        yield f"{name}_interpolated_share", one.interpolated
    yield "broken_nodes", len(hour.broken)
    yield "pue", hour.pue.value if hour.pue else None
    yield "pue_measured", float(hour.pue.measured) if hour.pue else None
    for kind, used in sorted(hour.intensities.items()):
        yield f"intensity_{kind}_g_per_kwh", used.value
        yield f"intensity_{kind}_final", float(not used.estimated and used.fallback is None)
        yield f"intensity_{kind}_coverage", used.coverage
    for kind, grams in sorted(hour.emissions.items()):
        yield f"emission_{kind}_g", grams
