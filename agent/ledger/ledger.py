"""The ledger: one file, one writing thread, one cursor for each exporter.

`book` returns when what was seen is on disk. Readers have their own connection and never wait for
the writer.
"""

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import TypeVar

from agent.accounting.tree import Tree
from agent.clock import Clock
from agent.ledger import loading
from agent.ledger.booking import book_readings, replant
from agent.ledger.closing import compute_stale
from agent.ledger.entries import entries_after
from agent.ledger.file import lock, open_reader, open_writer
from agent.ledger.intensities import book_intensities
from agent.ledger.present import site_now
from agent.ledger.retention import Keep, retire
from agent.ledger.times import millis_of
from agent.ledger.writer import Writer
from agent.model import (
    DeviceNow,
    Entry,
    Intensity,
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
            connection = open_writer(path, tree)
            self._accounts = loading.accounts(connection, tree)
            self._reader = open_reader(path)
        except BaseException:
            self._lock.close()
            raise
        self._reading = threading.Lock()
        self._writer = Writer(connection, undone=self._load)

    async def book(self, seen: Seen) -> None:
        """Book readings or intensities; returns when they are on disk.

        Raises Unavailable if the disk is full. The same things booked twice change nothing.
        """
        readings = [one for one in seen if isinstance(one, Reading)]
        intensities = [one for one in seen if isinstance(one, Intensity)]
        now = self._clock.now()

        def job(connection: sqlite3.Connection) -> None:
            book_readings(
                connection, self._accounts, self.tree, readings, now=now, hourly=self._keep.hourly
            )
            book_intensities(connection, self.tree, intensities, now=now)

        await self._writer.do(job)

    async def tend(self) -> None:
        """Compute the hours that have changed. To be called each minute."""
        now = self._clock.now()
        await self._writer.do(lambda connection: compute_stale(connection, self.tree, now=now))

    async def retire(self) -> None:
        """Delete what need not be kept. To be called now and then."""
        now = self._clock.now()
        await self._writer.do(lambda connection: retire(connection, self._keep, now=now))

    async def entries_after(self, position: int, limit: int = 100) -> Sequence[Entry]:
        """Return up to `limit` entries past a position, in order."""
        return await self._read(
            lambda connection: entries_after(connection, self.tree, position, limit)
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

    async def forget_cursors(self, names: Collection[str]) -> None:
        """Drop the cursors of exporters that are not in `names`: they must not pin the entries."""
        marks = ", ".join("?" * len(names))

        def job(connection: sqlite3.Connection) -> None:
            connection.execute(
                f"DELETE FROM cursor WHERE name NOT IN ({marks})",  # noqa: S608 only marks
                [*names],
            )

        await self._writer.do(job)

    async def replant(self, tree: Tree) -> None:
        """Take another metering tree: meters keep their accounts and take their new places."""

        def job(connection: sqlite3.Connection) -> None:
            replant(connection, tree)
            self.tree = tree
            self._load(connection)

        await self._writer.do(job)

    async def note(self, device: DeviceNow) -> None:
        """Keep whether a device answers, for those who read the ledger from outside."""
        row = (device.name, device.kind, int(device.up), millis_of(device.since), device.error)

        def job(connection: sqlite3.Connection) -> None:
            connection.execute("INSERT OR REPLACE INTO device VALUES (?, ?, ?, ?, ?)", row)

        await self._writer.do(job)

    async def now(self, devices: Sequence[DeviceNow]) -> Now:
        """Return all that is shown of this moment."""
        at = self._clock.now()
        meters = await self._writer.do(lambda _: self._meters())
        by_id = {one.meter.id: one for one in meters}
        sites = await self._read(
            lambda connection: [
                site_now(connection, self.tree, site, by_id, now=at)
                for site in self.tree.sites.values()
            ]
        )
        return Now(at=at, sites=sites, meters=meters, devices=devices)

    def _load(self, connection: sqlite3.Connection) -> None:
        """Take the accounts from the disk, where conditions are not kept."""
        before, self._accounts = self._accounts, loading.accounts(connection, self.tree)
        for name in before.keys() & self._accounts.keys():
            self._accounts[name].conditions = before[name].conditions

    def _meters(self) -> list[MeterNow]:
        return [
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

    async def _read(self, query: Callable[[sqlite3.Connection], T]) -> T:
        def locked() -> T:
            with self._reading:
                return query(self._reader)

        return await asyncio.to_thread(locked)

    def close(self) -> None:
        """Commit what waits, close the file and let another process have it."""
        self._writer.close()
        self._reader.close()
        self._lock.close()


def _cursor(connection: sqlite3.Connection, name: str) -> int:
    connection.execute("INSERT OR IGNORE INTO cursor (name, position) VALUES (?, 0)", (name,))
    (position,) = connection.execute(
        "SELECT position FROM cursor WHERE name = ?", (name,)
    ).fetchone()
    return int(position)
