"""The ledger: one file, one writing thread, one cursor for each exporter.

`book` returns when what was seen is on disk. Readers have their own connection and never wait for
the writer.
"""

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Collection, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

from agent.accounting.metering.tree import Tree
from agent.clock import Clock
from agent.ledger import retention
from agent.ledger.accounts import loading
from agent.ledger.accounts.booking import Postings, post_readings, write_postings
from agent.ledger.accounts.sightings import Sightings
from agent.ledger.corrections.closed import ClosedPeriod, Closure, close_period
from agent.ledger.corrections.repairs import Repair, Repaired, book_repair, check_repair
from agent.ledger.entries import entries_after
from agent.ledger.file import lock, open_reader, open_writer
from agent.ledger.grids.intensities import book_intensities
from agent.ledger.hours.closing import FIRST, Stale, compute_stale
from agent.ledger.hours.present import site_now
from agent.ledger.lately.lately import Lately
from agent.ledger.lately.room import backlogs, room
from agent.ledger.places import meters, places
from agent.ledger.retention import Keep
from agent.ledger.savepoint import attempt
from agent.ledger.times import millis_of
from agent.ledger.writer import Writer
from agent.model import (
    DeviceNow,
    Entry,
    Intensity,
    Meter,
    MeterNow,
    Now,
    Reading,
    Refused,
    Seen,
)
from agent.units import Joules

T = TypeVar("T")


class Ledger:
    """Books what is seen, and hands it on in order. Open it once, in one process."""

    def __init__(
        self,
        path: Path,
        tree: Tree,
        clock: Clock,
        *,
        keep: Keep | None = None,
    ) -> None:
        """Open or make the file. Raises ConfigError if it cannot be had."""
        self.path = path
        self.tree = tree
        self._clock = clock
        self._keep = keep or Keep()
        self._lock = lock(path)
        try:
            connection = open_writer(path, tree, now=clock.now())
            self._accounts = loading.accounts(connection, tree)
            self._reader = open_reader(path)
        except BaseException:
            self._lock.close()
            raise
        self._postings = Postings()
        self._sightings = Sightings()
        self._numbered: dict[int, Meter] = {}
        self._standing: dict[int, Meter] = {}
        self._reading = threading.Lock()
        self._lately = Lately()
        self._writer = Writer(connection, finish=self._write, undone=self._load)

    async def book(self, seen: Seen) -> None:
        """Book readings or intensities; returns when they are on disk.

        Raises Unavailable if the disk is full. The same things booked twice change nothing.
        """
        readings = [one for one in seen if isinstance(one, Reading) and one.books]
        sightings = [one for one in seen if isinstance(one, Reading) and not one.books]
        intensities = [one for one in seen if isinstance(one, Intensity)]
        now = self._clock.now()

        def job(connection: sqlite3.Connection) -> None:
            post_readings(
                connection,
                self._accounts,
                self.tree,
                readings,
                self._postings,
                now=now,
                hourly=self._keep.hourly,
            )
            book_intensities(connection, intensities, now=now)
            self._sightings.take(sightings, self.tree)

        await self._writer.do(job)

    async def tend(self) -> None:
        """Compute the hours that have changed. To be called about each minute."""
        now = self._clock.now()
        after: Stale | None = FIRST
        while after is not None:
            job = partial(compute_stale, after=after, now=now, meters=self._standing)
            after = await self._writer.do(job)

    async def retire(self) -> None:
        """Delete what need not be kept, a part at a time. To be called each hour."""
        old = partial(retention.drop_old, keep=self._keep, now=self._clock.now())
        while await self._writer.do(old):
            pass
        above_cap = partial(retention.drop_above_cap, keep=self._keep)
        while await self._writer.do(above_cap):
            pass
        await self._writer.alone(retention.give_back)

    async def entries_after(self, position: int, limit: int = 100) -> Sequence[Entry]:
        """Return up to `limit` entries past a position, in order."""
        return await self._read(
            lambda connection: entries_after(
                connection, meters.by_number(connection, self._numbered), position, limit
            )
        )

    async def cursor(self, name: str) -> int:
        """Return the position that an exporter has taken; a new one begins before the first."""
        return await self._writer.do(lambda connection: _cursor(connection, name))

    async def advance(self, name: str, position: int, refused: Sequence[Refused] = ()) -> None:
        """Move an exporter's cursor, and bury with it the lines that were refused."""
        buried = millis_of(self._clock.now())
        letters = [(name, position, one.line, one.reason, buried) for one in refused]

        def job(connection: sqlite3.Connection) -> None:
            connection.execute("UPDATE cursor SET position = ? WHERE name = ?", (position, name))
            connection.executemany(
                "INSERT INTO dead_letter (exporter, position, line, reason, buried_ms)"
                " VALUES (?, ?, ?, ?, ?)",
                letters,
            )

        await self._writer.do(job)

    async def forget_others(
        self, exporters: Collection[str], devices: Collection[tuple[str, str]]
    ) -> None:
        """Drop the cursors of other exporters than these, which must not pin the entries, and what
        was noted of other devices, by kind and name. What was booked stays.
        """

        def job(connection: sqlite3.Connection) -> None:
            for name in _others(
                connection, "SELECT name FROM cursor", {(one,) for one in exporters}
            ):
                connection.execute("DELETE FROM cursor WHERE name = ?", name)
            for key in _others(connection, "SELECT kind, name FROM device", devices):
                connection.execute("DELETE FROM device WHERE kind = ? AND name = ?", key)

        await self._writer.do(job)

    async def replant(self, tree: Tree) -> None:
        """Take another metering tree: meters keep their accounts and take their new places.

        Raises Unavailable if the disk is full; the tree is the old one then.
        """
        await self._writer.do(partial(places.replant, tree=tree, now=self._clock.now()))

        def plant(connection: sqlite3.Connection) -> None:
            self.tree = tree
            self._numbered = {}
            self._standing = {}
            self._lately = Lately()
            self._sightings.clear()
            self._load(connection)

        await self._writer.alone(plant)

    async def note(self, device: DeviceNow) -> None:
        """Keep whether a device answers, for those who read the ledger from outside."""
        row = (device.kind, device.name, int(device.up), millis_of(device.since), device.error)

        def job(connection: sqlite3.Connection) -> None:
            connection.execute("INSERT OR REPLACE INTO device VALUES (?, ?, ?, ?, ?)", row)

        await self._writer.do(job)

    async def now(self, devices: Sequence[DeviceNow]) -> Now:
        """Return all that is shown of this moment."""
        at = self._clock.now()
        seen = await self._writer.alone(lambda _: self._meters())
        by_id = {one.meter.id: one for one in seen}
        lately = self._lately

        def look(connection: sqlite3.Connection) -> Now:
            tree = self.tree.with_outlets([one.meter for one in seen if one.is_booked])
            lately.follow(connection)
            return Now(
                at=at,
                sites=[
                    site_now(connection, tree, site, by_id, lately, now=at)
                    for site in tree.sites.values()
                ],
                meters=seen,
                devices=devices,
                backlogs=backlogs(connection),
                ledger=room(self.path, self._keep),
            )

        return await self._read(look)

    async def repair(self, repair: Repair) -> Repaired:
        """Book what a person says of a meter's energy; its hours are computed again by `tend`.

        Raises ConfigError if it cannot be said of this meter and these hours, Unavailable if the
        disk is full.
        """
        now = self._clock.now()
        await self._read(partial(check_repair, repair=repair, now=now))
        return await self._attempt(partial(book_repair, repair=repair, now=now))

    async def close_period(self, closure: Closure) -> ClosedPeriod:
        """Freeze the figures of a site's month as they are now, for good.

        Raises ConfigError if it cannot be closed, Unavailable if the disk is full.
        """
        now = self._clock.now()

        def job(connection: sqlite3.Connection) -> ClosedPeriod:
            # What waits in this transaction may belong to the month.
            self._write(connection)
            return close_period(connection, closure, now=now)

        return await self._attempt(job)

    async def _attempt(self, job: Callable[[sqlite3.Connection], T]) -> T:
        """Do what a person asks for: its errors are raised here, and undo nothing of others."""
        outcome = await self._writer.do(partial(attempt, work=job))
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def _write(self, connection: sqlite3.Connection) -> None:
        """Write what the bookings of this transaction have posted."""
        write_postings(connection, self._postings, now=self._clock.now())
        self._postings.clear()

    def _load(self, connection: sqlite3.Connection) -> None:
        """Take the accounts from the disk, where conditions are not kept."""
        self._postings.clear()
        before, self._accounts = self._accounts, loading.accounts(connection, self.tree)
        for name in before.keys() & self._accounts.keys():
            self._accounts[name].conditions = before[name].conditions

    def _meters(self) -> list[MeterNow]:
        booked = [
            MeterNow(
                meter=account.meter,
                since=account.first,
                at=account.mark.at,
                power=account.mark.power,
                booked=Joules(account.booked),
                conditions=account.conditions,
            )
            for account in self._accounts.values()
        ]
        return self._sightings.added_to(booked)

    async def _read(self, query: Callable[[sqlite3.Connection], T]) -> T:
        def locked() -> T:
            with self._reading:
                return query(self._reader)

        return await asyncio.to_thread(locked)

    def close(self) -> None:
        """Commit what waits, close the file and let another process have it."""
        with self._reading:  # A reader that was cancelled may still be at work in its thread.
            self._reader.close()
        self._writer.close()
        self._lock.close()


def _others(
    connection: sqlite3.Connection, query: str, keep: Collection[tuple[str, ...]]
) -> list[tuple[str, ...]]:
    """Return the rows of a query that are not to be kept."""
    return [row for row in connection.execute(query).fetchall() if row not in keep]


def _cursor(connection: sqlite3.Connection, name: str) -> int:
    connection.execute("INSERT OR IGNORE INTO cursor (name, position) VALUES (?, 0)", (name,))
    (position,) = connection.execute(
        "SELECT position FROM cursor WHERE name = ?", (name,)
    ).fetchone()
    return int(position)
