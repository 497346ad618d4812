"""Where a site's energy flowed in an hour: the meters of its power chain, and the links between."""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from agent.accounting.metering.balance import residuals_of
from agent.accounting.site import Site
from agent.ledger.hours.energies import energies, tree_then
from agent.ledger.hours.site_hours import latest
from agent.ledger.places.meters import by_number
from agent.ledger.places.places import Places
from agent.model import HourEnergy, Meter, MeterId, Residual, Scope, SiteHour

SCOPES = (Scope.TOTAL, Scope.INPUT, Scope.OUTLET)


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Energy that flows from one meter to another."""

    source: MeterId
    target: MeterId
    share: float
    """Of the target's energy: what a meter with several feeds takes from each is not measured, so
    it is divided evenly.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Flows:
    """A site's power chain in an hour. Outlets are left out: what is behind one is behind its
    device.
    """

    hour: SiteHour | None
    """What was computed of the hour; None if nothing was yet."""

    meters: Sequence[Meter]
    energies: Mapping[MeterId, HourEnergy]
    links: Sequence[Link]
    residuals: Sequence[Residual]
    """Of each node of which all meters are known, outlets among them."""


def flows_in(connection: sqlite3.Connection, site: Site, hour: datetime) -> Flows:
    """Return where a site's energy flowed in an hour, as it stands in the ledger now."""
    places = Places(connection, by_number(connection, {}))
    hours = energies(connection, places, site, hour, SCOPES)
    tree = tree_then(places, site, hour, hours)
    meters = [one for one in tree.chain(site.name).meters.values() if one.scope is not Scope.OUTLET]
    return Flows(
        hour=latest(connection, site.name, hour),
        meters=meters,
        energies=hours,
        links=list(_links(tree.chain(site.name).upstream, meters)),
        residuals=residuals_of(tree, site.name, hours),
    )


def _links(
    upstream: Mapping[MeterId, Sequence[MeterId]], meters: Sequence[Meter]
) -> Iterator[Link]:
    """Yield the links between these meters; one through an outlet starts at its device."""
    known = {meter.id for meter in meters}
    for meter in meters:
        above = dict.fromkeys(
            name if name in known else MeterId(name.partition("/")[0])
            for name in upstream.get(meter.id, ())
        )
        sources = [name for name in above if name in known and name != meter.id]
        for source in sources:
            yield Link(source=source, target=meter.id, share=1 / len(sources))
