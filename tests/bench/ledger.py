"""The ledger: a minute of 10,000 meters to disk, beside rows in SQLite."""

import asyncio
import sqlite3
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

from agent.clock import Clock
from agent.ledger import Ledger
from agent.model import Reading
from tests.bench.comparison import Comparison, Figure, Row
from tests.bench.ledger_fleet import START, Fleet
from tests.bench.rounds import cpu_of, interleaved

NAME = "ledger"
ROUNDS = 3
PEER = "rows in SQLite"
OURS = "ledger"
READINGS = 10_000
"""That CPU is said of, so that the loads can be compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """How the bookings of a minute fall together: so many devices wait for one commit."""

    what: str
    devices: int
    together: int


LOADS = (
    Load(what="10,000 meters, 1,000 a commit", devices=2_500, together=250),
    Load(what="600 meters, 40 a commit", devices=150, together=10),
)


async def rows() -> list[Row]:
    """Measure each load; the peer commits what we commit together, with the same fsync."""
    found: list[Row] = []
    for load in LOADS:
        found += await _rows(load)
    return found


async def _rows(load: Load) -> list[Row]:
    fleet = Fleet(load.devices)
    with tempfile.TemporaryDirectory() as folder:
        async with _ours(Path(folder), fleet, load) as ours:
            theirs = _Peer(Path(folder), fleet, load)
            figures = await interleaved({OURS: ours.minute, PEER: theirs.minute}, ROUNDS)
            sizes = _size_of(ours.sizes), _size_of(theirs.sizes)
            theirs.close()
    pairs = (
        (f"CPU-s/{READINGS:,} readings", (figures[OURS], figures[PEER])),
        ("B/reading", sizes),
    )
    return [
        Comparison(bench=NAME, what=load.what, unit=unit, peer=PEER, ours=own, theirs=other)
        for unit, (own, other) in pairs
    ]


class _Ours:
    """Books minute after minute, and keeps by how much each made the file larger."""

    def __init__(self, ledger: Ledger, fleet: Fleet, load: Load) -> None:
        self.sizes: list[Figure] = []
        self._ledger = ledger
        self._fleet = fleet
        self._together = load.together
        self._minute = 0

    async def minute(self) -> Figure:
        reader = sqlite3.connect(f"file:{self._ledger.path}?mode=ro", uri=True)
        before = _bytes_of(reader)
        batches = self._fleet.minute(self._minute)
        self._minute += 1

        async def work() -> None:
            for some in _groups(batches, self._together):
                await asyncio.gather(*(self._ledger.book(batch) for batch in some))

        figure = Figure(await cpu_of(work) * READINGS / self._fleet.readings)
        self.sizes.append(Figure((_bytes_of(reader) - before) / self._fleet.readings))
        reader.close()
        return figure


@asynccontextmanager
async def _ours(folder: Path, fleet: Fleet, load: Load) -> AsyncIterator[_Ours]:
    ledger = Ledger(folder / "ledger.db", fleet.tree(), Clock(start=START))
    try:
        ours = _Ours(ledger, fleet, load)
        # It opens the accounts; the round that warms up makes the rows of the hour.
        await ours.minute()
        ours.sizes.clear()
        yield ours
    finally:
        ledger.close()


class _Peer:
    """One row for each value, by time and series, and nothing else kept."""

    def __init__(self, folder: Path, fleet: Fleet, load: Load) -> None:
        self.sizes: list[Figure] = []
        self._fleet = fleet
        self._together = load.together
        self._minute = 0
        self._numbers: dict[str, int] = {}
        self._connection = sqlite3.connect(folder / "rows.db", isolation_level=None)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = FULL")
        self._connection.execute(
            "CREATE TABLE reading (ts INTEGER NOT NULL, series INTEGER NOT NULL, value NOT NULL,"
            " PRIMARY KEY (ts, series)) WITHOUT ROWID"
        )

    async def minute(self) -> Figure:
        before = _bytes_of(self._connection)
        batches = self._fleet.minute(self._minute)
        self._minute += 1

        async def work() -> None:
            for some in _groups(batches, self._together):
                self._connection.execute("BEGIN IMMEDIATE")
                for batch in some:
                    self._connection.executemany(
                        "INSERT INTO reading VALUES (?, ?, ?)", self._values(batch)
                    )
                self._connection.execute("COMMIT")

        figure = Figure(await cpu_of(work) * READINGS / self._fleet.readings)
        self.sizes.append(Figure((_bytes_of(self._connection) - before) / self._fleet.readings))
        return figure

    def _values(self, batch: Sequence[Reading]) -> list[tuple[int, int, float | None]]:
        values: list[tuple[int, int, float | None]] = []
        for reading in batch:
            number = self._numbers.setdefault(reading.meter, 2 * len(self._numbers))
            ts = int(reading.at.timestamp())
            values += [(ts, number, reading.energy), (ts, number + 1, reading.power)]
        return values

    def close(self) -> None:
        self._connection.close()


def _size_of(sizes: Sequence[Figure]) -> list[Figure]:
    """Return the mean of all rounds but the first: a file grows by whole pages."""
    return [Figure(mean(sizes[1:]))]


def _groups(
    batches: Sequence[Sequence[Reading]], together: int
) -> list[Sequence[Sequence[Reading]]]:
    return [batches[at : at + together] for at in range(0, len(batches), together)]


def _bytes_of(connection: sqlite3.Connection) -> int:
    """Return the bytes of the pages that are in use, those in the write-ahead log included."""
    (size,) = connection.execute("PRAGMA page_size").fetchone()
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    (free,) = connection.execute("PRAGMA freelist_count").fetchone()
    return int(size) * (int(pages) - int(free))
