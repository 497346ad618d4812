"""What the meters of a site were booked in an hour, and how they stood to each other then."""

import sqlite3
from collections.abc import Collection, Sequence
from datetime import datetime

from agent.accounting.metering.pue import Hours
from agent.accounting.metering.tree import Tree
from agent.accounting.site import Site
from agent.ledger.hours import hour_rows
from agent.ledger.places import Places
from agent.ledger.times import seconds_of
from agent.model import HourEnergy, Scope
from agent.units import Joules


def energies(
    connection: sqlite3.Connection,
    places: Places,
    site: Site,
    hour: datetime,
    scopes: Sequence[Scope],
) -> Hours:
    """Return the energies of a site's meters of these scopes in an hour, by meter."""
    start = seconds_of(hour)
    found = [
        HourEnergy(
            meter=places.at(number, start),
            hour=hour,
            energy=Joules(energy),
            measured=measured,
            interpolated=interpolated,
        )
        for number, energy, measured, interpolated in hour_rows(connection, start, scopes)
    ]
    return {one.meter.id: one for one in found if one.meter.site == site.name}


def tree_then(
    places: Places, site: Site, hour: datetime, hours: Hours, devices: Collection[str]
) -> Tree:
    """Return the site's tree in an hour: who was read in it, and who of `devices` should have been.

    A device that has left the settings is still in the hours in which it was read, and one that was
    first read later is not yet in them: an hour that is computed again months later must not change
    because the site has.
    """
    expected = [one for one in places.expected(site.name, hour) if one.device in devices]
    return places.tree(site, [*expected, *(one.meter for one in hours.values())])
