"""The sites of a ledger, each with the settings of its own time.

An hour is computed by what was in force in it: a grid, a PUE or a stand-in that is set today says
nothing of last month. And whoever reads the ledger later needs no settings.
"""

import json
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from math import inf
from typing import Any

from agent.accounting.hours import hour_of
from agent.accounting.metering.tree import Tree
from agent.accounting.site import (
    Annual,
    Estimate,
    Forecast,
    LastYear,
    OtherSource,
    Site,
    StandIn,
)
from agent.ledger.times import seconds_of
from agent.model import Kind, Role

_STAND_INS: Mapping[str, type[StandIn]] = {
    one.__name__: one for one in (Annual, Estimate, Forecast, LastYear, OtherSource)
}


OF_NOW = frozenset({"budget_day", "budget_month"})
"""What says nothing of how an hour is computed: it may change without a new reign."""


def write_sites(connection: sqlite3.Connection, tree: Tree, *, now: datetime) -> None:
    """Keep the sites' settings, from this hour on; those before hold for the hours before."""
    until = seconds_of(hour_of(now))
    stored = dict(connection.execute("SELECT name, policy FROM site").fetchall())
    for site in tree.sites.values():
        policy = _written(site)
        if stored.get(site.name) == policy:
            continue
        if site.name in stored:
            connection.execute(
                "INSERT OR IGNORE INTO former_site VALUES (?, ?, ?)",
                (site.name, until, stored[site.name]),
            )
        connection.execute("INSERT OR REPLACE INTO site VALUES (?, ?)", (site.name, policy))


def sites_in(connection: sqlite3.Connection) -> list[Site]:
    """Return the sites of a ledger as they are now, those too that have left the settings."""
    rows = connection.execute("SELECT policy FROM site ORDER BY name")
    return [_read(policy) for (policy,) in rows]


@dataclass(frozen=True, slots=True)
class Reign:
    """The settings of a site, and the hours in which they are in force: [start, end), in seconds
    since 1970.
    """

    site: Site
    start: float
    end: float


class Sites:
    """The sites of a ledger, each as it was in an hour."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Read them all: a site has few settings in its life."""
        self._reigns: dict[str, list[Reign]] = {}
        rows = connection.execute(
            "SELECT site, until_s, policy FROM former_site"
            " UNION ALL SELECT name, NULL, policy FROM site ORDER BY 1, 2 NULLS LAST"
        )
        for name, until, policy in rows:
            before = self._reigns.setdefault(name, [])
            start = before[-1].end if before else -inf
            before.append(Reign(_read(policy), start, inf if until is None else until))

    def __iter__(self) -> Iterator[Reign]:
        return (one for reigns in self._reigns.values() for one in reigns)

    def at(self, name: str, hour_s: int) -> Site | None:
        """Return a site as it was in an hour; None if the ledger has never known it."""
        for one in self._reigns.get(name, ()):
            if one.start <= hour_s < one.end:
                return one.site
        return None


def _written(site: Site) -> str:
    fields = {name: value for name, value in asdict(site).items() if name not in OF_NOW}
    fields["fallback"] = [_stand_in(one) for one in site.fallback]
    return json.dumps(fields, sort_keys=True)


def _stand_in(one: StandIn) -> dict[str, Any]:
    fields = {"is": type(one).__name__, **asdict(one)}
    if isinstance(one, Forecast):
        fields["oldest"] = one.oldest.total_seconds()
    return fields


def _read(policy: str) -> Site:
    fields = json.loads(policy)
    fields["fallback"] = tuple(_stand_in_of(one) for one in fields["fallback"])
    if fields["it_role"] is not None:
        fields["it_role"] = Role(fields["it_role"])
    return Site(**fields)


def _stand_in_of(fields: dict[str, Any]) -> StandIn:
    kind = _STAND_INS[fields.pop("is")]
    if kind is Forecast:
        fields["oldest"] = timedelta(seconds=fields["oldest"])
    if kind is Annual:
        fields["kind"] = Kind(fields["kind"])
    return kind(**fields)
