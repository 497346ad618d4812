"""What is known of a site's grids around now: how new it is, and what is forecast."""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from agent.accounting.emissions.carbon import of_one_mix
from agent.accounting.emissions.vintages import grid_of
from agent.accounting.hours import floor
from agent.accounting.site import Site
from agent.ledger.grids.intensities import known_rows, known_until
from agent.model import MINUTE, ForecastNow, Kind

HORIZON = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Grids:
    """Of each kind of intensity that a site has a grid for, as far as it is known."""

    known_until: Mapping[Kind, datetime]
    forecasts: Mapping[Kind, ForecastNow]


class LateGrids:
    """Read once a minute: grids are asked every quarter of an hour."""

    def __init__(self) -> None:
        self._read: dict[Site, tuple[datetime, Grids]] = {}

    def of(self, connection: sqlite3.Connection, site: Site, now: datetime) -> Grids:
        """Return what is known of a site's grids."""
        minute = floor(now, MINUTE)
        known = self._read.get(site)
        if known is None or known[0] != minute:
            known = self._read[site] = minute, grids(connection, site, now)
        return known[1]


def grids(connection: sqlite3.Connection, site: Site, now: datetime) -> Grids:
    """Read what is known of a site's grids."""
    wanted = {kind: grid for kind in Kind if (grid := grid_of(site, kind)) is not None}
    untils = {kind: known_until(connection, grid, kind) for kind, grid in wanted.items()}
    forecasts = {kind: _forecast(connection, grid, kind, now) for kind, grid in wanted.items()}
    return Grids(
        {kind: until for kind, until in untils.items() if until is not None},
        {kind: one for kind, one in forecasts.items() if one is not None},
    )


def _forecast(
    connection: sqlite3.Connection, grid: str, kind: Kind, now: datetime
) -> ForecastNow | None:
    rows = known_rows(connection)(grid, kind, now, now + HORIZON, forecast=True)
    values = [row.value for row in of_one_mix(rows)]
    return ForecastNow(lowest=min(values), highest=max(values)) if values else None
