"""Computing the hours of the sites: facts stay, opinions get a new version.

The running hour is version 0 and written over. An hour that is over gets version 1, and the next
one whenever its energy, PUE or intensity has changed since. Every version is kept, and the
restatement log says what changed, and why.
"""

import sqlite3
import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from agent.accounting.emissions.vintages import Known, applied
from agent.accounting.hourly import Intensities, site_hour, with_intensities
from agent.accounting.metering.pue import Hours
from agent.accounting.site import Site
from agent.ledger.grids.intensities import known_rows
from agent.ledger.hours.energies import energies, tree_then
from agent.ledger.hours.restatements import write_restatement
from agent.ledger.hours.site_hours import latest, write
from agent.ledger.places.meters import by_number
from agent.ledger.places.places import Places
from agent.ledger.places.sites import Sites
from agent.ledger.times import from_seconds, millis_of, seconds_of
from agent.model import HOUR, Kind, Meter, Metered, Role, Scope, SiteHour
from agent.units import Joules

GRACE = timedelta(minutes=2)
"""After its end an hour waits this long for the readings that complete it."""

LONGEST_GRACE = timedelta(minutes=17)
"""It waits this long for meters that were read in it and not since: some are read each quarter.
"""

LONGEST = 0.2
"""Seconds of computing in one transaction, so that a restated year does not hold up bookings."""

AT_ONCE = 500
"""Stale hours that are looked at in one transaction."""

SLOT = 300
"""Seconds: the finest that an intensity is weighed with energy."""

Stale = tuple[int, str]
"""An hour, in seconds since 1970, and a site."""

FIRST: Stale = (-(2**63), "")


def compute_stale(
    connection: sqlite3.Connection,
    after: Stale,
    *,
    now: datetime,
    meters: dict[int, Meter],
) -> Stale | None:
    """Compute stale hours past `after` again, oldest first, and write an entry for each change.

    `meters` are those that were looked up before, by number.

    Returns where to go on, None at the end. What is running stays stale.
    """
    until = time.monotonic() + LONGEST
    places, sites = Places(connection, by_number(connection, meters)), Sites(connection)
    closing = Closing(connection, places, known_rows(connection), now)
    rows = connection.execute(
        "SELECT hour_s, site, energy, why FROM stale_hour WHERE (hour_s, site) > (?, ?)"
        " ORDER BY hour_s, site LIMIT ?",
        (*after, AT_ONCE),
    ).fetchall()
    for hour, name, energy, why in rows:
        site = sites.at(name, hour)
        if site and closing.compute(site, from_seconds(hour), energy=bool(energy), why=why):
            connection.execute("DELETE FROM stale_hour WHERE site = ? AND hour_s = ?", (name, hour))
        if time.monotonic() > until:
            return hour, name
    return (rows[-1][0], rows[-1][1]) if len(rows) == AT_ONCE else None


@dataclass(frozen=True, slots=True)
class Closing:
    """What the hours of one transaction are computed from."""

    connection: sqlite3.Connection
    places: Places
    known: Known
    now: datetime

    def compute(self, site: Site, hour: datetime, *, energy: bool, why: str) -> bool:
        """Compute one hour, write it if it has changed, and tell whether it is over.

        With `energy` its energies may have changed, else only an intensity.
        """
        before = latest(self.connection, site.name, hour)
        version = self._version(site, before, hour)
        intensities = self._intensities(site, hour)
        known = before is not None
        if before is not None and before.closed and not energy and _is_whole(before):
            after = with_intensities(before, intensities, version=version)
        else:
            hours = self._energies(site, hour, version)
            known = known or bool(hours)
            after = self._summed(site, hour, hours, intensities, version)
        if known and (before is None or _changed(before, after, energy=energy)):
            write(self.connection, after, self.now)
            if before is not None and before.closed:
                write_restatement(self.connection, before, after, why, now=self.now)
        return version > 0

    def _version(self, site: Site, before: SiteHour | None, hour: datetime) -> int:
        if before is not None and before.closed:
            return before.version + 1
        waited = self.now - (hour + HOUR)
        if waited >= LONGEST_GRACE:
            return 1
        return 1 if waited >= GRACE and not _awaited(self.connection, site, hour) else 0

    def _energies(self, site: Site, hour: datetime, version: int) -> Hours:
        scopes = [Scope.TOTAL, Scope.INPUT]
        # A hundred thousand outlets are summed up once, when the hour is over.
        if version > 0 or site.it_role is Role.OUTLET:
            scopes.append(Scope.OUTLET)
        return energies(self.connection, self.places, site, hour, scopes)

    def _summed(
        self, site: Site, hour: datetime, hours: Hours, intensities: Intensities, version: int
    ) -> SiteHour:
        tree = tree_then(self.places, site, hour, hours)
        return site_hour(tree, site, hour, hours, intensities, now=self.now, version=version)

    def _intensities(self, site: Site, hour: datetime) -> Intensities:
        slots = _slots(self.connection, site, hour)
        found = {
            kind: applied(site, kind, hour, self.known, until=self.now, slots=slots)
            for kind in Kind
        }
        return {kind: one for kind, one in found.items() if one is not None}


def _awaited(connection: sqlite3.Connection, site: Site, hour: datetime) -> bool:
    """Tell whether a device was read in an hour whose next reading has not come yet."""
    found = connection.execute(
        "SELECT 1 FROM account JOIN meter ON number = meter WHERE site = ? AND scope = 'total'"
        " AND at_ms >= ? AND at_ms < ? LIMIT 1",
        (site.name, millis_of(hour), millis_of(hour + HOUR)),
    ).fetchone()
    return found is not None


def _slots(connection: sqlite3.Connection, site: Site, hour: datetime) -> list[Joules]:
    """Return the energy of each twelfth of an hour that the site's emissions are computed from."""
    start = seconds_of(hour)
    slots = [Joules(0)] * (HOUR // timedelta(seconds=SLOT))
    for at, energy in connection.execute(
        "SELECT start_s, energy_j FROM slot WHERE site = ? AND start_s >= ? AND start_s < ?",
        (site.name, start, seconds_of(hour + HOUR)),
    ):
        slots[(at - start) // SLOT] = Joules(energy)
    return slots


def _is_whole(hour: SiteHour) -> bool:
    """Tell whether an hour has all that its emissions are computed from: of one in which a meter of
    the grid was silent what was generated is not kept, nor was before version 3 of the ledger what
    came from the grid.
    """
    unmetered = hour.facility is None and Metered.GRID not in hour.coverages
    return hour.grid is not None or unmetered


def _changed(before: SiteHour, after: SiteHour, *, energy: bool) -> bool:
    """Tell whether something has changed that somebody was told.

    Of an hour that is over each meter's energy was told, beside the site's. A provider that says
    the same again at a later time has changed nothing.
    """
    sums = ("facility", "it", "water", "reused")
    told = ("closed", *sums, "pue", "emissions", "coverage", "coverages")
    return (
        (before.closed and energy)
        or any(getattr(before, name) != getattr(after, name) for name in told)
        or _factors(before) != _factors(after)
    )


def _factors(hour: SiteHour) -> list[tuple[object, ...]]:
    return sorted(
        (one.kind, one.value, one.source, one.estimated, str(one.fallback), one.coverage)
        for one in hour.intensities.values()
    )
