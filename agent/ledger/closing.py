"""Computing the hours of the sites: facts stay, opinions get a new version.

The running hour is version 0 and written over. An hour that is over gets version 1, and the next
one whenever its energy, PUE or intensity has changed since. Every version is kept.
"""

import sqlite3
from collections.abc import Mapping
from datetime import datetime, timedelta

from agent.accounting.carbon import current, emissions_of, hour_intensity
from agent.accounting.pue import Hours, coverage_of, energy_sum, pue_of
from agent.accounting.tree import Site, Tree
from agent.ledger.intensities import versions_of
from agent.ledger.site_hours import latest, write
from agent.ledger.times import from_seconds, seconds_of
from agent.model import HOUR, HourEnergy, HourIntensity, Kind, Meter, MeterId, SiteHour
from agent.units import Joules

GRACE = timedelta(minutes=2)
"""After its end an hour waits this long for the readings that complete it."""

AT_MOST = 200
"""Hours computed in one transaction, so that a long outage's return does not hold up the rest."""


def compute_stale(connection: sqlite3.Connection, tree: Tree, *, now: datetime) -> None:
    """Compute stale hours again, oldest first, and write an entry for each that has changed.

    What is running stays stale; so does what is over AT_MOST, for the next time.
    """
    rows = connection.execute(
        "SELECT site, hour_s FROM stale_hour ORDER BY hour_s LIMIT ?", (AT_MOST,)
    ).fetchall()
    for name, hour in rows:
        site = tree.sites.get(name)
        over = _compute(connection, tree, site, from_seconds(hour), now) if site else True
        if over:
            connection.execute("DELETE FROM stale_hour WHERE site = ? AND hour_s = ?", (name, hour))


def _compute(
    connection: sqlite3.Connection, tree: Tree, site: Site, hour: datetime, now: datetime
) -> bool:
    """Compute one hour, write it if it has changed, and tell whether it is over."""
    before = latest(connection, site.name, hour)
    version = _version(before, hour, now)
    after = computed(connection, tree, site, hour, now=now, version=version)
    known = after.facility is not None or after.it is not None
    if known and (before is None or not _same(before, after)):
        write(connection, after, now)
    return version > 0


def _version(before: SiteHour | None, hour: datetime, now: datetime) -> int:
    if before is not None and before.closed:
        return before.version + 1
    return 0 if now < hour + HOUR + GRACE else 1


def _same(before: SiteHour, after: SiteHour) -> bool:
    """Tell whether nothing has changed but the number of the version."""
    return before.closed == after.closed and all(
        getattr(before, name) == getattr(after, name)
        for name in ("facility", "it", "pue", "intensities", "emissions", "coverage")
    )


def computed(
    connection: sqlite3.Connection,
    tree: Tree,
    site: Site,
    hour: datetime,
    *,
    now: datetime,
    version: int,
) -> SiteHour:
    """Return a site's hour from the energies and the current intensities in the ledger."""
    boundary, supply, it = tree.boundary(site.name), tree.grid_supply(site.name), tree.it(site.name)
    hours = _totals(connection, hour, {meter.id: meter for meter in [*boundary, *it]})
    pue, it_energy = pue_of(tree, site.name, hours), energy_sum(it, hours)
    intensities = _intensities(connection, site, hour, now)
    return SiteHour(
        site=site.name,
        hour=hour,
        version=version,
        closed=version > 0,
        facility=energy_sum(boundary, hours),
        it=it_energy,
        pue=pue,
        intensities=intensities,
        emissions=emissions_of(energy_sum(supply, hours), it_energy, pue, intensities),
        coverage=coverage_of(boundary or it, hours, hour, now),
        meters=(),
    )


def _totals(
    connection: sqlite3.Connection, hour: datetime, meters: Mapping[MeterId, Meter]
) -> Hours:
    rows = connection.execute(
        "SELECT id, energy_j, measured_s, interpolated_s FROM hour JOIN meter ON number = meter"
        " WHERE hour_s = ? AND scope = 'total'",
        (seconds_of(hour),),
    )
    return {
        name: HourEnergy(
            meter=meters[name],
            hour=hour,
            energy=Joules(energy),
            measured=measured,
            interpolated=interpolated,
        )
        for name, energy, measured, interpolated in rows
        if name in meters
    }


def _intensities(
    connection: sqlite3.Connection, site: Site, hour: datetime, now: datetime
) -> dict[Kind, HourIntensity]:
    found = {}
    for kind in Kind:
        grid = (site.marginal_grid or site.grid) if kind is Kind.MARGINAL else site.grid
        rows = current(versions_of(connection, grid, kind, hour)) if grid else []
        applied = hour_intensity(rows, hour, until=now)
        if applied is not None:
            found[kind] = applied
    return found
