"""Reading the ledger in order of position, as the exporters do."""

import logging
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from typing import Any

from agent.accounting.hours import hour_of
from agent.ledger.grids.intensities import versions_in
from agent.ledger.hours.meter_hours import hour_rows
from agent.ledger.hours.site_hours import latest
from agent.ledger.pack import Damaged, unpack
from agent.ledger.places.meters import MeterOf
from agent.ledger.places.places import Places
from agent.ledger.times import from_seconds, seconds_of
from agent.model import Entry, HourEnergy, Minute, SiteHour
from agent.units import Joules

log = logging.getLogger("carbond.ledger")

AT_ONCE = 50_000
"""Minutes, and meters of hours, that are handed out at once: some 20 MB."""


def entries_after(
    connection: sqlite3.Connection, meter: MeterOf, position: int, limit: int
) -> list[Entry]:
    """Return up to `limit` entries past a position, in order, and not many more than AT_ONCE lines.

    An entry that is damaged is logged and comes back empty, so that the cursor can pass it.
    """
    rows = connection.execute(
        "SELECT position, kind, site, hour_s, version, body FROM entry WHERE position > ?"
        " ORDER BY position LIMIT ?",
        (position, limit),
    )
    with closing(rows):
        return list(_within(AT_ONCE, (_entry(connection, meter, row) for row in rows)))


def _within(lines: int, entries: Iterable[Entry]) -> Iterator[Entry]:
    """Yield entries until so many lines are reached: one at least."""
    for entry in entries:
        yield entry
        lines -= len(entry.minutes) + (len(entry.hour.meters) if entry.hour else 0)
        if lines <= 0:
            return


def _entry(connection: sqlite3.Connection, meter: MeterOf, row: Sequence[Any]) -> Entry:
    position, kind, site, hour_s, version, body = row
    if kind == "hour":
        hour = latest(connection, site, from_seconds(hour_s))
        if hour is None or version < hour.version:
            # A later entry hands on the newer version: a backlog has a hundred of each hour.
            return Entry(position=position)
        return Entry(position=position, hour=_with_meters(connection, meter, hour))
    if kind == "intensities":
        return Entry(position=position, intensities=versions_in(connection, body))
    try:
        minutes = unpack(body, meter)
    except Damaged as error:
        log.error("ledger: entry %d is lost: %s", position, error)
        return Entry(position=position)
    places = Places(connection, meter)
    if places.moved:
        minutes = [_as_it_stood(places, one) for one in minutes]
    return Entry(position=position, minutes=minutes)


def _as_it_stood(places: Places, minute: Minute) -> Minute:
    """Return a minute with its meter in the place of its own time."""
    meter = places.of(minute.meter, seconds_of(hour_of(minute.start)))
    return minute if meter is minute.meter else replace(minute, meter=meter)


def _with_meters(connection: sqlite3.Connection, meter: MeterOf, hour: SiteHour) -> SiteHour:
    """Add the energies of all the site's meters to an hour that is over, as they stood in it."""
    if not hour.closed:
        return hour
    start, places = seconds_of(hour.hour), Places(connection, meter)
    energies = [
        HourEnergy(
            meter=places.at(number, start),
            hour=hour.hour,
            energy=Joules(energy),
            measured=measured,
            interpolated=interpolated,
        )
        for number, energy, measured, interpolated in hour_rows(connection, start)
        if places.at(number, start).site == hour.site
    ]
    return replace(hour, meters=energies)
