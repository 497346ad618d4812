"""The present of the sites: what is shown of this moment."""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from agent.accounting.hours import hour_of
from agent.accounting.metering.tree import Tree
from agent.accounting.periods.calendar import Period, day_of
from agent.accounting.periods.coverage import energy_of
from agent.accounting.periods.totals import Totals, totals_of
from agent.accounting.site import Site
from agent.ledger.hours.site_hours import newest
from agent.ledger.lately.lately import Lately
from agent.model import FRESH, HOUR, Kind, Meter, MeterId, MeterNow, SiteHour, SiteNow
from agent.units import Grams, Joules, Watts

Powers = Mapping[MeterId, MeterNow]


def site_now(
    connection: sqlite3.Connection,
    tree: Tree,
    site: Site,
    meters: Powers,
    lately: Lately,
    *,
    now: datetime,
) -> SiteNow:
    """Return a site at a glance, from its hours in the ledger and its meters' last readings."""
    present = _today(connection, tree, site, meters, now)
    return lately.added_to(present, connection, site, at=now, since=_since(site, meters))


def _today(
    connection: sqlite3.Connection, tree: Tree, site: Site, meters: Powers, now: datetime
) -> SiteNow:
    # A day begins with the hour that starts in it: until then the day before goes on.
    today = day_of(hour_of(now), site.timezone)
    hours = newest(connection, site.name, today.start, today.end)
    running = hours[-1] if hours and hours[-1].hour == hour_of(now) else None
    since, it_power = _since(site, meters), _power(tree.it(site.name), meters, now)
    judged = _judged(site, today, hours, since, now)
    whole = totals_of(site, today, hours, until=now)
    boundary, supply = tree.boundary(site.name), tree.grid_supply(site.name)
    return SiteNow(
        site=site.name,
        power=_facility_power(_power(boundary, meters, now), it_power, running),
        grid_power=_power(supply, meters, now)
        if supply
        else _facility_power(None, it_power, running),
        it_power=it_power,
        energy_today=None if judged.refused else _energy(hours),
        emissions_today=_emissions(hours, judged),
        coverage_today=_coverage(hours, today.start, since, now),
        hour=running or (hours[-1] if hours else None),
        standing_today={
            kind: total.shares for kind, total in whole.emissions.items() if total.covered
        },
        pue_measured_today=whole.pue_shares.measured if hours else None,
    )


def _judged(
    site: Site, today: Period, hours: Sequence[SiteHour], since: datetime | None, now: datetime
) -> Totals:
    """Return the totals that say whether too little of today is known to show one.

    They are of the hours that are over, past the one in which the site was first read: what the
    running hour lacks may only be on its way. In the first hour of a day there is nothing to judge.
    """
    start = today.start if since is None else max(today.start, hour_of(since) + HOUR)
    until = max(hour_of(now - FRESH), start)
    if until == start:
        site = replace(site, least_coverage=0.0)
    return totals_of(site, replace(today, start=start, end=until), hours, until=until)


def _power(wanted: Sequence[Meter], meters: Powers, now: datetime) -> Watts | None:
    """Return the sum of the meters' powers; None if one of them is missing or old."""
    found = [meters.get(meter.id) for meter in wanted]
    powers = [one.power for one in found if one and one.power is not None and now - one.at < FRESH]
    return Watts(sum(powers)) if wanted and len(powers) == len(wanted) else None


def _facility_power(
    measured: Watts | None, it_power: Watts | None, hour: SiteHour | None
) -> Watts | None:
    if measured is not None:
        return measured
    if it_power is None or hour is None or hour.pue is None:
        return None
    return Watts(it_power * hour.pue.value)


def _energy(hours: Sequence[SiteHour]) -> Joules | None:
    """Return the facility's energy, or IT energy x PUE; None where no hour has either."""
    known = [energy for hour in hours if (energy := energy_of(hour)) is not None]
    return Joules(sum(known)) if known else None


def _emissions(hours: Sequence[SiteHour], judged: Totals) -> dict[Kind, Grams]:
    """Return grams by kind; a kind that no hour has is absent, one that some miss is partial, and
    one that too many miss is refused.
    """
    sums: dict[Kind, Grams] = {}
    for hour in hours:
        for kind, grams in hour.emissions.items():
            if judged.emissions[kind].refused is None:
                sums[kind] = Grams(sums.get(kind, 0.0) + grams)
    return sums


def _coverage(
    hours: Sequence[SiteHour], start: datetime, since: datetime | None, now: datetime
) -> float | None:
    """Return the share of the day that is covered, from its start or the site's first reading."""
    if not hours or since is None:
        return None
    covered = sum(hour.coverage.known * min((now - hour.hour) / HOUR, 1.0) for hour in hours)
    total = (now - max(start, since)) / HOUR
    return min(covered / total, 1.0) if total > 0 else None


def _since(site: Site, meters: Powers) -> datetime | None:
    """Return the time of the site's first reading ever."""
    first = (one.since for one in meters.values() if one.meter.site == site.name and one.is_booked)
    return min(first, default=None)
