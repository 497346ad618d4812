"""What a site's present needs of its last days, put together."""

import sqlite3
from dataclasses import dataclass, replace
from datetime import datetime

from agent.accounting.hours import hour_of
from agent.accounting.periods.budgets import budget_now
from agent.accounting.periods.calendar import Period, day_of, month_of
from agent.accounting.periods.drift import DAY, PAST, pue_now
from agent.accounting.periods.late import Late
from agent.accounting.periods.refusing import refusal
from agent.accounting.site import Site
from agent.ledger.lately.grids import LateGrids
from agent.ledger.lately.hours import LateHours
from agent.ledger.lately.nodes import LateNodes
from agent.model import FRESH, HOUR, BudgetNow, BudgetPeriod, Kind, PueNow, SiteNow
from agent.units import Grams, Joules


class Lately:
    """Follows the ledger, as long as the settings are the same. Not to be used by two threads at
    once.
    """

    def __init__(self) -> None:
        self._hours = LateHours()
        self._grids = LateGrids()
        self._nodes = LateNodes()
        self._pues: dict[Site, tuple[datetime, PueNow]] = {}

    def follow(self, connection: sqlite3.Connection) -> None:
        """Take what has been written since the last time. To be called before `added_to`."""
        self._hours.follow(connection)

    def added_to(
        self,
        now: SiteNow,
        connection: sqlite3.Connection,
        site: Site,
        *,
        at: datetime,
        since: datetime | None,
    ) -> SiteNow:
        """Return the present of a site with its last days; it was first read at `since`."""
        month = month_of(hour_of(at), site.timezone)
        start = min(month.start, hour_of(at) - DAY - PAST)
        late = self._hours.of(connection, site.name, start)
        grids = self._grids.of(connection, site, at)
        known = _Known(site, late, at, since)
        return replace(
            now,
            energy_month=known.energy(month),
            emissions_month=known.emissions(month),
            budgets=known.budgets(),
            pue_now=self._pue(site, late, at),
            forecasts=grids.forecasts,
            known_until=grids.known_until,
            residuals=self._nodes.of(connection, site.name, late),
        )

    def _pue(self, site: Site, late: Late, at: datetime) -> PueNow:
        hour = hour_of(at - FRESH)
        known = self._pues.get(site)
        if known is None or known[0] != hour:
            known = self._pues[site] = hour, pue_now(site, late, now=hour)
        return known[1]


@dataclass(frozen=True, slots=True)
class _Known:
    """The hours of a site, and whether enough is known of a period."""

    site: Site
    late: Late
    now: datetime
    since: datetime | None

    def budgets(self) -> dict[BudgetPeriod, BudgetNow]:
        found = {}
        for kind, budget in self.site.budgets.items():
            of = day_of if kind is BudgetPeriod.DAY else month_of
            period = of(hour_of(self.now), self.site.timezone)
            refused = self._is_refused(period, Kind.DIRECT)
            found[kind] = budget_now(self.late, budget, kind, period, now=self.now, refused=refused)
        return found

    def energy(self, period: Period) -> Joules | None:
        """Return the energy of a period so far; None where too little of it is known."""
        return None if self._is_refused(period) else self.late.energy(period.start, period.end)

    def emissions(self, period: Period) -> dict[Kind, Grams]:
        """Return the emissions of a period so far, of the kinds of which enough is known."""
        return {
            kind: grams
            for kind in Kind
            if (grams := self.late.grams(period.start, period.end, kind)) is not None
            and not self._is_refused(period, kind)
        }

    def _is_refused(self, period: Period, kind: Kind | None = None) -> bool:
        """Tell whether less of a period is known than the site asks for, by its hours that are
        over, past the one in which it was first read.
        """
        if not self.site.least_coverage:
            return False
        start = period.start if self.since is None else hour_of(self.since) + HOUR
        start, end = max(period.start, start), hour_of(self.now - FRESH)
        if end <= start:
            return False
        late = self.late
        known = late.known(start, end) if kind is None else late.emitted(start, end, kind).seconds
        share = known / (end - start).total_seconds()
        return refusal(self.site, period.name, share) is not None
