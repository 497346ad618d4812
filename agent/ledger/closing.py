"""Computing the hours of the sites: facts stay, opinions get a new version.

The running hour is version 0 and written over. An hour that is over gets version 1, and the next
one whenever its energy, PUE or intensity has changed since. Every version is kept.
"""

import sqlite3
import time
from collections.abc import Mapping
from datetime import datetime, timedelta

from agent.accounting.carbon import current, emissions_of, hour_intensity
from agent.accounting.coverage import coverage_of
from agent.accounting.pue import Hours, energy_sum, pue_of
from agent.accounting.site import Site
from agent.accounting.tree import Tree
from agent.ledger.intensities import versions_of
from agent.ledger.meters import COLUMNS, meter_of
from agent.ledger.site_hours import latest, write
from agent.ledger.times import from_millis, from_seconds, seconds_of
from agent.model import HOUR, HourEnergy, HourIntensity, Kind, Meter, SiteHour
from agent.units import Joules

GRACE = timedelta(minutes=2)
"""After its end an hour waits this long for the readings that complete it."""

LONGEST = 0.2
"""Seconds of computing in one transaction, so that a restated year does not hold up bookings."""

Stale = tuple[int, str]
"""An hour, in seconds since 1970, and a site."""

Devices = Mapping[int, tuple[Meter, datetime]]
"""The total of each device that was ever read, and when it was first."""

FIRST: Stale = (-(2**63), "")


def compute_stale(
    connection: sqlite3.Connection, tree: Tree, after: Stale, *, now: datetime
) -> Stale | None:
    """Compute stale hours past `after` again, oldest first, and write an entry for each change.

    Returns where to go on, None at the end. What is running stays stale, and so do the hours of a
    site that the settings do not have.
    """
    until = time.monotonic() + LONGEST
    devices = _devices(connection, tree)
    for hour, name in connection.execute(
        "SELECT hour_s, site FROM stale_hour WHERE (hour_s, site) > (?, ?) ORDER BY hour_s, site",
        after,
    ).fetchall():
        site = tree.sites.get(name)
        if site and _compute(connection, tree, devices, site, from_seconds(hour), now=now):
            connection.execute("DELETE FROM stale_hour WHERE site = ? AND hour_s = ?", (name, hour))
        if time.monotonic() > until:
            return hour, name
    return None


def _devices(connection: sqlite3.Connection, tree: Tree) -> Devices:
    """Return the totals of all devices, those that have left too, by number."""
    return {
        number: (tree.totals.get(row[0]) or meter_of(row), from_millis(first))
        for number, first, *row in connection.execute(
            f"SELECT number, first_ms, {COLUMNS} FROM account"  # noqa: S608 a constant
            " JOIN meter ON number = meter WHERE scope = 'total'"
        )
    }


def _compute(
    connection: sqlite3.Connection,
    tree: Tree,
    devices: Devices,
    site: Site,
    hour: datetime,
    *,
    now: datetime,
) -> bool:
    """Compute one hour, write it if it has changed, and tell whether it is over."""
    before = latest(connection, site.name, hour)
    version = _version(before, hour, now)
    hours = _energies(connection, devices, site, hour)
    then = _tree_then(tree, devices, site, hour, hours)
    intensities = _intensities(connection, site, hour, now)
    after = computed(then, site, hour, hours, intensities, now=now, version=version)
    known = after.facility is not None or after.it is not None
    if known and (before is None or not _same(before, after)):
        write(connection, after, now)
    return version > 0


def _tree_then(tree: Tree, devices: Devices, site: Site, hour: datetime, hours: Hours) -> Tree:
    """Return the site's tree in an hour: who was read in it, and who should have been.

    A device that has left the settings is still in the hours in which it was read, and one that
    was first read later is not yet in them: an hour that is computed again months later must not
    change because the site has.
    """
    late = {meter.id for meter, first in devices.values() if first >= hour + HOUR}
    expected = [
        meter for meter in tree.totals.values() if meter.site == site.name and meter.id not in late
    ]
    return Tree.of([site], [*(one.meter for one in hours.values()), *expected])


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
    tree: Tree,
    site: Site,
    hour: datetime,
    hours: Hours,
    intensities: Mapping[Kind, HourIntensity],
    *,
    now: datetime,
    version: int,
) -> SiteHour:
    """Return a site's hour from the energies of its meters and the intensities that apply."""
    boundary, supply, it = tree.boundary(site.name), tree.grid_supply(site.name), tree.it(site.name)
    pue, it_energy = pue_of(tree, site.name, hours), energy_sum(it, hours)
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
    )


def _energies(
    connection: sqlite3.Connection, devices: Devices, site: Site, hour: datetime
) -> Hours:
    """Return what the devices of a site were booked in an hour, parts of devices left out."""
    rows = connection.execute(
        "SELECT meter, energy_j, measured_s, interpolated_s FROM hour"
        " JOIN meter ON number = meter WHERE hour_s = ? AND site = ? AND scope = 'total'",
        (seconds_of(hour), site.name),
    )
    found = [
        HourEnergy(
            meter=devices[number][0],
            hour=hour,
            energy=Joules(energy),
            measured=measured,
            interpolated=interpolated,
        )
        for number, energy, measured, interpolated in rows
    ]
    return {one.meter.id: one for one in found}


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
