"""Where each meter stood, and when: an old hour is computed with the places of its own time."""

import sqlite3
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Self

from agent.accounting.hours import hour_of
from agent.accounting.metering.tree import Tree
from agent.accounting.site import Site
from agent.ledger.places.meters import COLUMNS, MeterOf, meter_of, number_of
from agent.ledger.places.sites import write_sites
from agent.ledger.times import millis_of, seconds_of
from agent.model import HOUR, Meter, MeterId

SPREAD_MS = 17 * 60_000
"""The readings of one device are at most so far apart: some parts are read each quarter of an hour,
and what a device publishes by itself comes one by one.
"""

_HOUR_S = int(HOUR.total_seconds())
_PLACE = "site, role, upstream, tags, accuracy"

# Of each part its first and last reading, that of its device, and the device's total.
_PARTS = """
SELECT first_ms, at_ms, max(at_ms) OVER (PARTITION BY device) AS device_ms, number, total, scope
FROM account JOIN meter m ON number = meter
JOIN (SELECT device, number AS total FROM meter WHERE scope = 'total') USING (device)
"""


def replant(connection: sqlite3.Connection, tree: Tree, *, now: datetime) -> None:
    """Give the meters that are known their places in a metering tree, from this hour on.

    A place that a meter leaves is kept for the hours before.
    """
    until = seconds_of(hour_of(now))
    for row in connection.execute(f"SELECT {COLUMNS} FROM meter").fetchall():  # noqa: S608 a constant
        before, meter = meter_of(row), tree.meter(MeterId(row[0]))
        if meter is not None and meter != before:
            number = number_of(connection, meter)
            connection.execute(
                f"INSERT OR IGNORE INTO former_place (meter, until_s, {_PLACE})"  # noqa: S608 a constant
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (number, until, *row[2:4], *row[5:]),
            )
    _write_members(connection, tree, until)
    write_sites(connection, tree, now=now)


def _write_members(connection: sqlite3.Connection, tree: Tree, hour_s: int) -> None:
    """Keep which devices the settings have, from this hour on: they are to be read."""
    wanted = {number_of(connection, meter) for meter in tree.totals.values()}
    known = {
        number
        for (number,) in connection.execute("SELECT meter FROM membership WHERE until_s IS NULL")
    }
    connection.executemany(
        "UPDATE membership SET until_s = ? WHERE meter = ? AND until_s IS NULL",
        [(hour_s, number) for number in known - wanted],
    )
    connection.executemany(
        "INSERT OR REPLACE INTO membership VALUES (?, ?, NULL)",
        [(number, hour_s) for number in wanted - known],
    )


@dataclass(frozen=True, slots=True)
class _Read:
    """When devices were to be read, and when their parts were, in seconds and milliseconds."""

    members: Sequence[tuple[int, int | None, int]]
    parts: Sequence[tuple[int, int, int, int, int]]

    @classmethod
    def of(cls, connection: sqlite3.Connection) -> Self:
        # What was read before it is said to be there was there.
        members = connection.execute(
            "SELECT CASE WHEN since_s = (SELECT min(since_s) FROM membership f"
            " WHERE f.meter = m.meter) THEN min(since_s, coalesce(first_ms / 1000, since_s))"
            " ELSE since_s END, until_s, m.meter FROM membership m"
            " LEFT JOIN account a ON a.meter = m.meter ORDER BY m.meter"
        ).fetchall()
        parts = connection.execute(
            "SELECT first_ms, at_ms, device_ms, number, total FROM"  # noqa: S608 a constant
            f" ({_PARTS}) WHERE scope IN ('input', 'outlet') ORDER BY number"
        ).fetchall()
        return cls(members, parts)

    def times(self) -> Iterator[int]:
        """Yield when another one came or went, in seconds since 1970."""
        for since, until, _ in self.members:
            yield from (since, since if until is None else until)
        for first, last, *_ in self.parts:
            yield from (first // 1000, last // 1000)

    def expected(self, hour: datetime) -> Iterator[int]:
        hour_s, end_s = seconds_of(hour), seconds_of(hour + HOUR)
        start, end = millis_of(hour), millis_of(hour + HOUR)
        members = dict.fromkeys(
            number
            for since, until, number in self.members
            if since < end_s and (until is None or hour_s < until)
        )
        yield from members
        for first, last, device, number, total in self.parts:
            # A part is gone once its device answers without it; of a silent device none is.
            silent = total in members and device - last <= SPREAD_MS
            if first < end and (last >= start or silent):
                yield number


def _around(times: Iterable[int]) -> list[int]:
    """Return the hours that these seconds since 1970 are in, and those after them, in order."""
    starts = {time // _HOUR_S * _HOUR_S for time in times}
    return sorted(starts.union(start + _HOUR_S for start in starts))


class Places:
    """The meters of a ledger, each as it stood in an hour."""

    def __init__(self, connection: sqlite3.Connection, meter: MeterOf) -> None:
        """`meter` looks up where a meter stands now."""
        self._connection = connection
        self._meter = meter
        self._former: dict[int, list[tuple[int, Meter]]] = {}
        self._trees: dict[str, tuple[Sequence[Meter], Tree]] = {}
        self._read: _Read | None = None
        self._changes: Sequence[int] = ()
        self._expected: dict[str, tuple[int, Sequence[Meter]]] = {}
        columns = COLUMNS.replace("site, role, scope", "f.site, f.role, scope")
        for name in ("upstream", "tags", "accuracy"):
            columns = columns.replace(name, f"f.{name}")
        for number, until, *row in connection.execute(
            f"SELECT number, until_s, {columns} FROM former_place f"  # noqa: S608 a constant
            " JOIN meter ON number = f.meter ORDER BY until_s"
        ):
            self._former.setdefault(number, []).append((until, meter_of(row)))
        self._numbers = {places[0][1].id: number for number, places in self._former.items()}

    @property
    def moved(self) -> bool:
        """Whether any meter has ever stood elsewhere."""
        return bool(self._former)

    def at(self, number: int, hour_s: int) -> Meter:
        """Return a meter as it stood in an hour, given in seconds since 1970."""
        for until, meter in self._former.get(number, ()) if self._former else ():
            if hour_s < until:
                return meter
        return self._meter(number)

    def in_hour(self, hour_s: int) -> MeterOf:
        """Return a look-up of meters by their number, as they stood in an hour."""
        return partial(self.at, hour_s=hour_s) if self._former else self._meter

    def of(self, meter: Meter, hour_s: int) -> Meter:
        """Return a meter that is known as it stands now, as it stood in an hour."""
        number = self._numbers.get(meter.id)
        return meter if number is None else self.at(number, hour_s)

    def expected(self, site: str, hour: datetime) -> Sequence[Meter]:
        """Return who should have been read in an hour: the totals of a site's devices that were in
        the settings then, and their parts, from their first reading until the device is read
        without them.
        """
        if self._read is None:
            self._read = _Read.of(self._connection)
            moves = (until for places in self._former.values() for until, _ in places)
            self._changes = _around([*self._read.times(), *moves])
        start = seconds_of(hour)
        changes = bisect_right(self._changes, start)
        known = self._expected.get(site)
        # From one change to the next it is the same ones.
        if known is None or known[0] != changes:
            meters = map(self.in_hour(start), self._read.expected(hour))
            known = changes, [one for one in meters if one.site == site]
            self._expected[site] = known
        return known[1]

    def tree(self, site: Site, meters: Sequence[Meter]) -> Tree:
        """Return the tree of a site's meters: the last one again, as long as they are the same."""
        known = self._trees.get(site.name)
        if known is None or known[0] != meters:
            known = self._trees[site.name] = (meters, Tree.of([site], meters))
        return known[1]
