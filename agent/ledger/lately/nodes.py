"""The nodes of the power chain in the last hour that is closed."""

import sqlite3
from collections.abc import Sequence
from datetime import datetime

from agent.accounting.metering.balance import residuals_of
from agent.accounting.periods.late import Late
from agent.ledger.hours.energies import energies, tree_then
from agent.ledger.places.meters import by_number
from agent.ledger.places.places import Places
from agent.ledger.places.sites import Sites
from agent.ledger.times import seconds_of
from agent.model import Meter, Residual, Scope

SCOPES = (Scope.TOTAL, Scope.INPUT, Scope.OUTLET)
Version = tuple[datetime, int]


class LateNodes:
    """Computed once for each version of a site's last closed hour."""

    def __init__(self) -> None:
        self._computed: dict[str, tuple[Version, Sequence[Residual]]] = {}
        self._meters: dict[int, Meter] = {}

    def of(self, connection: sqlite3.Connection, site: str, late: Late) -> Sequence[Residual]:
        """Return the residuals of a site's nodes; nothing as long as no hour is closed."""
        closed = next((one.hour for one in reversed(late.hours) if one.hour.closed), None)
        if closed is None:
            return ()
        version = closed.hour, closed.version
        known = self._computed.get(site)
        if known is None or known[0] != version:
            found = self._residuals(connection, site, closed.hour)
            known = self._computed[site] = version, found
        return known[1]

    def _residuals(
        self, connection: sqlite3.Connection, name: str, hour: datetime
    ) -> Sequence[Residual]:
        site = Sites(connection).at(name, seconds_of(hour))
        if site is None:
            return ()
        places = Places(connection, by_number(connection, self._meters))
        hours = energies(connection, places, site, hour, SCOPES)
        return residuals_of(tree_then(places, site, hour, hours), name, hours)
