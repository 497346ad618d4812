"""Closed periods: a site's months, frozen as they were reported.

A month that is closed stays closed. What is restated afterwards makes new versions of its hours, as
ever, and is shown as a difference to what was reported. The frozen figures are the totals as known
at the time of closing.
"""

import json
import re
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from agent.accounting.periods.calendar import Period, period_of
from agent.accounting.periods.figures import Figure, differences, figures
from agent.accounting.periods.totals import Totals
from agent.accounting.site import Site
from agent.errors import ConfigError
from agent.ledger.file import reading
from agent.ledger.hours.totals import totals
from agent.ledger.names import site_named
from agent.ledger.times import from_millis, from_seconds, millis_of, seconds_of
from agent.model import Kind

_MONTH = re.compile(r"[0-9]{4}-[0-9]{2}")
_COLUMNS = "site, name, start_s, end_s, closed_ms, who, why, figures"

FIRST_KNOWN = "nothing was known of the hour before"
OTHER_STANDING = "the same figures on another intensity, estimated or final"


@dataclass(frozen=True, slots=True, kw_only=True)
class Closure:
    """A month to be closed, by whom and why."""

    site: str
    month: str
    """As 2026-10, in the site's own time."""

    who: str
    why: str
    despite_coverage: bool = False
    """Close it although a total is refused; the reason says so then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedPeriod:
    """A month as it was reported: the hours that start in [start, end)."""

    site: str
    name: str
    start: datetime
    end: datetime
    at: datetime
    """When it was closed."""

    who: str
    why: str
    figures: Mapping[str, Figure]


@dataclass(frozen=True, slots=True, kw_only=True)
class Since:
    """A closed month, and what has become of it."""

    reported: ClosedPeriod
    now: Mapping[str, Figure]
    """The figures today; one that comes of the same hours otherwise today, as it was reported."""

    differences: Mapping[str, tuple[Figure, Figure]]
    """Each figure that what came later has made another: as reported, and now."""

    restatements: int
    """How often one of its hours was computed again with another result."""

    reasons: Mapping[str, int]
    """Why, and how often, the most frequent first."""


def close_period(
    connection: sqlite3.Connection, closure: Closure, *, now: datetime
) -> ClosedPeriod:
    """Freeze the figures of a month. Raises ConfigError if it cannot be closed: says why."""
    site = site_named(connection, closure.site)
    period = _month(closure.month, site)
    _check_open(connection, site, period)
    total = totals(connection, site, period, until=period.end, known=now)
    _check_whole(connection, total, now)
    refused = _refused(total)
    if refused and not closure.despite_coverage:
        cause = refused.removeprefix(f"{period.name}: ")
        raise ConfigError(
            f"{site.name} {period.name}: {cause}: repair what is known otherwise, or close it "
            "with --despite-coverage"
        )
    why = f"{closure.why} (despite coverage: {refused})" if refused else closure.why
    row = (
        *(site.name, period.name, seconds_of(period.start), seconds_of(period.end)),
        *(millis_of(now), closure.who, why, json.dumps(figures(total))),
    )
    connection.execute(
        f"INSERT INTO closed_period ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608 a constant
        row,
    )
    return _closed(row)


def _month(text: str, site: Site) -> Period:
    if _MONTH.fullmatch(text) is None:
        raise ConfigError(f"--month {text[:40]!r}: must be a month, such as 2026-10")
    return period_of(text, site.timezone)


def _check_open(connection: sqlite3.Connection, site: Site, period: Period) -> None:
    found = connection.execute(
        "SELECT closed_ms, who FROM closed_period WHERE site = ? AND name = ?",
        (site.name, period.name),
    ).fetchone()
    if found is not None:
        raise ConfigError(
            f"{site.name} {period.name} was closed on {from_millis(found[0]):%Y-%m-%d %H:%M} UTC "
            f"by {found[1]}, and stays so: `carbond ledger periods` shows what was restated since"
        )


def _check_whole(connection: sqlite3.Connection, total: Totals, now: datetime) -> None:
    """Raise ConfigError unless all hours of the month are over, and computed."""
    period, name = total.period, f"{total.site} {total.period.name}"
    if total.hours < period.hours:
        raise ConfigError(
            f"{name}: its last hour ends at {period.end:%Y-%m-%d %H:%M} UTC, and it is now "
            f"{now:%Y-%m-%d %H:%M}: a month can be closed some minutes after it is over"
        )
    (stale,) = connection.execute(
        "SELECT count(*) FROM stale_hour WHERE site = ? AND hour_s >= ? AND hour_s < ?",
        (total.site, seconds_of(period.start), seconds_of(period.end)),
    ).fetchone()
    if stale:
        raise ConfigError(
            f"{name}: {stale} of its hours are still to be computed again: the daemon does so "
            "twice a minute, ask again then"
        )
    if not total.version:
        raise ConfigError(f"{name}: the ledger has nothing of that month")


def _refused(total: Totals) -> str | None:
    """Return why what is reported of a month is refused: its energy, another sum, or its emissions.

    Only of what the site has: without any intensity no emissions are reported.
    """
    emissions = total.emissions[Kind.DIRECT]
    others = next(iter(total.refusals.values()), None)
    return total.refused or others or (emissions.refused if emissions.covered else None)


def periods_of(path: Path, site: str | None = None) -> list[Since]:
    """Return the closed months of a ledger, or of one site, in order.

    Raises ConfigError if there is no ledger that can be read, or no such site in it.
    """
    with reading(path) as connection:
        if site is not None:
            site_named(connection, site)
        return [since_closed(connection, one) for one in closed_in(connection, site)]


def closed_in(connection: sqlite3.Connection, site: str | None = None) -> list[ClosedPeriod]:
    """Return the closed months of a ledger, or of one site, in order, as they were reported."""
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM closed_period WHERE ?1 IS NULL OR site = ?1"  # noqa: S608 a constant
        " ORDER BY site, start_s",
        (site,),
    )
    return [_closed(row) for row in rows]


def closed_period(
    connection: sqlite3.Connection, site: str, name: str, *, known: datetime | None = None
) -> ClosedPeriod | None:
    """Return a month as it was reported; None if it is not closed, or was not by then."""
    row = connection.execute(
        f"SELECT {_COLUMNS} FROM closed_period WHERE site = ?1 AND name = ?2"  # noqa: S608 a constant
        " AND (?3 IS NULL OR closed_ms <= ?3)",
        (site, name, None if known is None else millis_of(known)),
    ).fetchone()
    return None if row is None else _closed(row)


def _closed(row: tuple[str, str, int, int, int, str, str, str]) -> ClosedPeriod:
    site, name, start, end, closed, who, why, frozen = row
    return ClosedPeriod(
        site=site,
        name=name,
        start=from_seconds(start),
        end=from_seconds(end),
        at=from_millis(closed),
        who=who,
        why=why,
        figures=json.loads(frozen),
    )


def since_closed(connection: sqlite3.Connection, reported: ClosedPeriod) -> Since:
    """Return what has become of a month since it was closed: two totals of it."""
    # What a site asks of its totals today was not asked of those that were reported.
    site = replace(site_named(connection, reported.site), least_coverage=0.0)
    zone = str(reported.figures.get("timezone", site.timezone))
    period = Period(name=reported.name, start=reported.start, end=reported.end, timezone=zone)
    current = figures(totals(connection, site, period, until=period.end))
    changed = differences(reported.figures, current)
    if changed:
        then = figures(totals(connection, site, period, until=period.end, known=reported.at))
        # What another carbond, or other settings, make of the same hours was not restated.
        same = changed.keys() - differences(then, current).keys()
        current |= {name: changed.pop(name)[0] for name in same}
    reasons = _reasons(connection, reported)
    return Since(
        reported=reported,
        now=current,
        differences=changed,
        restatements=sum(reasons.values()),
        reasons=reasons,
    )


def _reasons(connection: sqlite3.Connection, reported: ClosedPeriod) -> dict[str, int]:
    """Return why hours were computed again since, and how often, the most frequent first."""
    rows = connection.execute(
        "SELECT coalesce((SELECT why FROM restatement r WHERE r.site = s.site"
        " AND r.hour_s = s.hour_s AND r.version = s.version LIMIT 1),"
        " CASE version WHEN 1 THEN ?5 ELSE ?6 END) AS reason, count(*) AS times FROM site_hour s"
        " WHERE site = ?1 AND hour_s >= ?2 AND hour_s < ?3 AND booked_ms > ?4"
        " GROUP BY reason ORDER BY times DESC, reason",
        (
            *(reported.site, seconds_of(reported.start), seconds_of(reported.end)),
            *(millis_of(reported.at), FIRST_KNOWN, OTHER_STANDING),
        ),
    )
    return dict(rows.fetchall())
