"""A site's day, month or year as people report it: totals, their parts, and what to look at."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from math import fsum

from agent.accounting.periods.booked import PeriodHours
from agent.accounting.periods.calendar import Period, day_of, period_of
from agent.accounting.periods.coverage import energy_of
from agent.accounting.periods.figures import Figure, figures
from agent.accounting.periods.totals import Totals, totals_of
from agent.accounting.site import Site
from agent.ledger import ClosedPeriod, Connection, Status
from agent.ledger.corrections.closed import closed_period
from agent.ledger.hours.restatements import hours_restated, reasons_of
from agent.ledger.hours.site_hours import newest
from agent.model import HOUR, Kind, SiteHour
from agent.reports.look import Look
from agent.reports.looks import looks_in
from agent.reports.shares import Share, Shares
from agent.units import GRAMS_PER_KILOGRAM, kwh

MOST_HOURS, MOST_DAYS = 25, 31
"""A period of no more hours is told by hours, one of no more days by days, else by months."""

ENOUGH = 0.5
"""Share of an hour that has to be known for it to be the highest one."""

Seen = Callable[[int, int], None]
"""Is told how many parts of how many are read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """An hour, a day or a month of a period."""

    totals: Totals
    watts: float | None
    """The facility's mean power in the time that is known of it; None where nothing is."""

    @property
    def period(self) -> Period:
        """Which one it is."""
        return self.totals.period

    @property
    def intensity(self) -> float | None:
        """g/kWh: what the location-based emissions are of the energy that has an intensity."""
        total = self.totals.emissions[Kind.DIRECT]
        if total.grams is None or not total.covered:
            return None
        return total.grams / kwh(total.covered)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report(Part):
    """A site over a period, up to now."""

    site: Site
    parts: Sequence[Part]
    highest: Part | None
    """The hour with the highest mean power."""

    declared: Sequence[float]
    """The PUEs that stood in for measured ones."""

    shares: Sequence[Share]
    """Racks, and devices without one, the largest first."""

    restated_hours: int
    reasons: Mapping[str, int]
    """Why hours were computed again, and how often."""

    closed: ClosedPeriod | None
    looks: Sequence[Look]
    since: datetime | None
    """The first reading that the ledger has of any site."""


def report_of(
    connection: Connection,
    site: Site,
    period: Period,
    status: Status,
    *,
    now: datetime,
    seen: Seen = lambda *_: None,
) -> Report:
    """Return the report of a period that has begun. `status` is the ledger's own."""
    steps = list(_steps(period))
    parts, hours = [], []
    shares = Shares(connection, site, now)
    for number, step in enumerate(steps):
        seen(number, len(steps))
        found = newest(connection, site.name, step.start, min(step.end, now))
        hours += found
        parts.append(_part(site, step, found, now))
        if step.hours > 1:
            shares.add(step.start, step.end)
    if period.hours <= MOST_HOURS:
        shares.add(period.start, period.end)
    start, end = period.start, period.end
    whole = _part(site, period, hours, now)
    return Report(
        site=site,
        totals=whole.totals,
        watts=whole.watts,
        parts=parts,
        highest=_highest(site, hours, now),
        declared=sorted({one.pue.value for one in hours if one.pue and not one.pue.measured}),
        shares=shares.largest(),
        restated_hours=hours_restated(connection, site.name, start, end),
        reasons=reasons_of(connection, site.name, start, end),
        closed=closed_period(connection, site.name, period.name),
        looks=looks_in(connection, site, period, hours, status.devices, now=now),
        since=status.first,
    )


def _steps(period: Period) -> Iterator[Period]:
    """Yield the hours of a day, the days of a month, the months of a year."""
    if period.hours <= MOST_HOURS:
        yield from (_hour(start, period.timezone) for start in period)
        return
    start, letters = period.start, "2026-11-22" if period.hours <= MOST_DAYS * 25 else "2026-11"
    while start < period.end:
        name = day_of(start, period.timezone).name[: len(letters)]
        step = period_of(name, period.timezone)
        yield step
        start = step.end


def _hour(start: datetime, timezone: str) -> Period:
    return Period(name=f"{start:%Y-%m-%dT%H:%MZ}", start=start, end=start + HOUR, timezone=timezone)


def _part(site: Site, period: Period, hours: Sequence[SiteHour], now: datetime) -> Part:
    # An hour is shown for what is known of it: it is no total that anybody relies on.
    judging = replace(site, least_coverage=0.0) if period.hours == 1 else site
    totals = totals_of(judging, period, hours, until=now)
    return Part(totals=totals, watts=None if totals.refused else _watts(period, hours, now))


def _watts(period: Period, hours: Sequence[SiteHour], now: datetime) -> float | None:
    booked = PeriodHours.of(period, hours, until=now)
    known = [
        (energy, one.coverage.known * booked.share(one) * HOUR.total_seconds())
        for one in booked.hours
        if (energy := energy_of(one)) is not None
    ]
    seconds = fsum(time for _, time in known)
    return fsum(energy for energy, _ in known) / seconds if seconds > 0 else None


def _highest(site: Site, hours: Sequence[SiteHour], now: datetime) -> Part | None:
    enough = [one for one in hours if one.coverage.known >= ENOUGH and one.closed]
    parts = [_part(site, _hour(one.hour, site.timezone), [one], now) for one in enough]
    return max(
        (one for one in parts if one.watts is not None),
        key=lambda one: one.watts or 0.0,
        default=None,
    )


def part_data(part: Part) -> dict[str, Figure]:
    """Return a part, or all of it, as its figures, its power and its intensity."""
    return {
        **figures(part.totals),
        "power_watts": part.watts,
        "intensity_location_g_per_kwh": part.intensity,
    }


def report_data(report: Report) -> dict[str, object]:
    """Return a report as data for programs. What is not known, or refused, is None."""
    highest, closed = report.highest, report.closed
    return {
        "site": report.site.name,
        "period": report.period.name,
        "figures": part_data(report),
        "parts": [part_data(one) for one in report.parts],
        "highest_hour": None if highest is None else part_data(highest),
        "pue_declared": list(report.declared),
        "shares": [_share_data(one) for one in report.shares],
        "restated_hours": report.restated_hours,
        "restatements": dict(report.reasons),
        "closed": None
        if closed is None
        else {
            "at": _time(closed.at),
            "who": closed.who,
            "why": closed.why,
            "reported": dict(closed.figures),
        },
        "looks": [_look_data(one) for one in report.looks],
    }


def _share_data(one: Share) -> dict[str, object]:
    return {
        "name": one.name,
        "energy_kwh": one.kwh,
        "power_watts": one.watts,
        "emissions_location_kg": None if one.grams is None else one.grams / GRAMS_PER_KILOGRAM,
        "coverage": one.coverage,
    }


def _look_data(one: Look) -> dict[str, object]:
    return {
        "kind": one.kind,
        "name": one.name,
        "since": None if one.since is None else _time(one.since),
        "what": one.what,
        "way_out": one.way_out,
    }


def _time(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
