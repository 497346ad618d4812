"""The hours of the last days and of this month, of each site, as they stand in the ledger."""

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from agent.accounting.periods.late import Late, LateHour
from agent.ledger.hours.site_hours import newest
from agent.ledger.times import from_seconds, seconds_of
from agent.model import HOUR, SiteHour


class LateHours:
    """Read once, and then again as far as they have been written: each write has its entry."""

    def __init__(self) -> None:
        self._position = 0
        self._read: dict[str, tuple[datetime, dict[datetime, LateHour]]] = {}

    def follow(self, connection: sqlite3.Connection) -> None:
        """Take what has been written since the last time. To be called before `of`."""
        (last,) = connection.execute("SELECT coalesce(max(position), 0) FROM entry").fetchone()
        if self._read:
            for site, first, until in self._written(connection, last):
                self._take(connection, site, first, until)
        self._position = last

    def of(self, connection: sqlite3.Connection, site: str, start: datetime) -> Late:
        """Return the hours of a site from a time on."""
        known = self._read.get(site)
        if known is None or known[0] > start:
            self._read[site] = start, {}
            self._take(connection, site, start, None)
        elif known[0] < start:
            kept = {hour: one for hour, one in known[1].items() if hour >= start}
            self._read[site] = start, kept
        return Late.of(self._read[site][1].values())

    def _written(
        self, connection: sqlite3.Connection, last: int
    ) -> Iterator[tuple[str, datetime, datetime]]:
        """Yield of each site the first and the last hour that were written, those left out that
        are older than what is kept.
        """
        for site, (start, _) in list(self._read.items()):
            first, until = connection.execute(
                "SELECT min(hour_s), max(hour_s) FROM entry WHERE position > ? AND position <= ?"
                " AND kind = 'hour' AND site = ? AND hour_s >= ?",
                (self._position, last, site, seconds_of(start)),
            ).fetchone()
            if first is not None:
                yield site, from_seconds(first), from_seconds(until) + HOUR

    def _take(
        self, connection: sqlite3.Connection, site: str, start: datetime, end: datetime | None
    ) -> None:
        found = newest(connection, site, start, end or datetime.max.replace(tzinfo=start.tzinfo))
        self._read[site][1].update((one.hour, LateHour.of(_slim(one))) for one in found)


def _slim(hour: SiteHour) -> SiteHour:
    """Return an hour without what is of no use here: a thousand of them are kept."""
    return replace(hour, intensities={}, losses={}, broken=())
