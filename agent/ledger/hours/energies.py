"""What the meters of a site were booked in an hour, and how they stood to each other then."""

import sqlite3
from collections.abc import Sequence
from datetime import datetime

from agent.accounting.metering.pue import Hours
from agent.accounting.metering.tree import Tree
from agent.accounting.site import Site
from agent.ledger.hours.meter_hours import hour_rows
from agent.ledger.places.places import Places
from agent.ledger.times import seconds_of
from agent.model import HourEnergy, Scope


def energies(
    connection: sqlite3.Connection,
    places: Places,
    site: Site,
    hour: datetime,
    scopes: Sequence[Scope],
    *,
    known: datetime | None = None,
) -> Hours:
    """Return the energies of a site's meters of these scopes in an hour, by meter.

    With `known` the repairs are those that had been made by then, as `hour_rows` has it.
    """
    start, name = seconds_of(hour), site.name
    meter_of = places.in_hour(start)
    return {
        meter.id: HourEnergy(meter, hour, energy, measured, interpolated)
        for number, energy, measured, interpolated in hour_rows(
            connection, start, scopes, known=known
        )
        if (meter := meter_of(number)).site == name
    }


def tree_then(places: Places, site: Site, hour: datetime, hours: Hours) -> Tree:
    """Return the site's tree in an hour: who was read in it, and who should have been.

    A device that has left the settings is still in the hours in which it was there, and one that
    came later is not yet in them: an hour that is computed again months later must not change
    because the site has.
    """
    expected = places.expected(site.name, hour)
    return places.tree(site, [*expected, *(one.meter for one in hours.values())])
