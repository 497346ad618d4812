"""Reading the ledger in order of position, as the exporters do."""

import logging
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from agent.accounting.tree import Tree
from agent.ledger.intensities import versions_in
from agent.ledger.pack import Damaged, unpack
from agent.ledger.site_hours import latest
from agent.ledger.times import from_seconds
from agent.model import Entry, HourEnergy, Meter, MeterId, SiteHour
from agent.units import Joules

log = logging.getLogger("carbond.ledger")

AT_ONCE = 500_000
"""Bytes of packed minutes that are unpacked at once: some 50,000 minutes."""

MeterOf = Callable[[int], Meter | None]


def entries_after(
    connection: sqlite3.Connection, tree: Tree, position: int, limit: int
) -> list[Entry]:
    """Return up to `limit` entries past a position, in order, and about AT_ONCE bytes of minutes.

    An entry that is damaged is logged and comes back empty, so that the cursor can pass it.
    """
    rows = connection.execute(
        "SELECT position, kind, site, hour_s, body FROM entry WHERE position > ?"
        " ORDER BY position LIMIT ?",
        (position, limit),
    ).fetchall()
    meters = meters_by_number(connection, tree)
    return [_entry(connection, meters, row) for row in _within(rows, AT_ONCE)]


def _within(rows: Sequence[Any], most: int) -> Iterator[Any]:
    """Yield the first row, and those after it while their bodies are within so many bytes."""
    size = 0
    for row in rows:
        size += len(row[-1] or b"")
        if size > most and size > len(row[-1] or b""):
            return
        yield row


def meters_by_number(connection: sqlite3.Connection, tree: Tree) -> MeterOf:
    """Return a look-up of meters by their number; None for what the settings no longer have."""
    known: dict[int, Meter | None] = {}

    def meter(number: int) -> Meter | None:
        if number not in known:
            (name,) = connection.execute(
                "SELECT id FROM meter WHERE number = ?", (number,)
            ).fetchone()
            known[number] = tree.meter(MeterId(name))
        return known[number]

    return meter


def _entry(connection: sqlite3.Connection, meter: MeterOf, row: Sequence[Any]) -> Entry:
    position, kind, site, hour_s, body = row
    if kind == "hour":
        hour = latest(connection, site, from_seconds(hour_s))
        return Entry(position=position, hour=hour and _with_meters(connection, meter, hour))
    if kind == "intensities":
        return Entry(position=position, intensities=versions_in(connection, body))
    try:
        return Entry(position=position, minutes=unpack(body, meter))
    except Damaged as error:
        log.error("ledger: entry %d is lost: %s", position, error)
        return Entry(position=position)


def _with_meters(connection: sqlite3.Connection, meter: MeterOf, hour: SiteHour) -> SiteHour:
    """Add the energies of all the site's meters to an hour that is over."""
    if not hour.closed:
        return hour
    rows = connection.execute(
        "SELECT meter, energy_j, measured_s, interpolated_s FROM hour JOIN meter ON number = meter"
        " WHERE hour_s = ? AND site = ?",
        (int(hour.hour.timestamp()), hour.site),
    )
    energies = [
        HourEnergy(
            meter=known,
            hour=hour.hour,
            energy=Joules(energy),
            measured=measured,
            interpolated=interpolated,
        )
        for number, energy, measured, interpolated in rows
        if (known := meter(number)) is not None
    ]
    return replace(hour, meters=energies)
