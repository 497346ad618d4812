"""A year of 1,000 meters computed again: by the grid's revised data, and by revised energies."""

import sqlite3
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from agent.accounting.metering.tree import Tree
from agent.accounting.site import Site
from agent.clock import Clock
from agent.ledger import Ledger
from agent.model import HOUR, Intensity, Kind, Meter, MeterId, Reading, Register, Role
from agent.units import GramsPerKwh, Joules, Watts
from tests.bench.comparison import Comparison, Figure, Row, Target

NAME = "restating"
METERS = 1_000
HOURS = 8_760
START = datetime(2025, 1, 1, tzinfo=UTC)
END = START + HOUR * HOURS
PEER_HOURS = 200
"""Of the peer, and its figure is scaled up to the year: it takes minutes for all of it."""

PEER = "emission rows in SQLite"
UNIT = "s/year"
LONGEST = Target(most=60)
HOUR_J = 1_800_000
STARTS = [START + HOUR * number for number in range(HOURS)]


async def rows() -> list[Row]:
    """Restate the year once for each reason, on one core, beside a row for each meter and hour."""
    with tempfile.TemporaryDirectory() as folder:
        theirs = [_peer(Path(folder))]
        path = Path(folder, "ledger.db")
        await _opened(path)
        _fill(path)
        clock = Clock(start=END + timedelta(days=1))
        ledger = Ledger(path, _tree(), clock)
        try:
            await ledger.book(_intensities(300, END))
            first = await _tended(ledger)
            await ledger.book(_intensities(290, END + HOUR))
            revised = await _tended(ledger)
        finally:
            ledger.close()
        _check(path)
    return [
        Comparison(
            bench=NAME, what=what, unit=UNIT, peer=PEER, ours=[ours], theirs=theirs, target=LONGEST
        )
        for what, ours in (
            (f"{METERS:,} meters, energies and all", first),
            (f"{METERS:,} meters, a revised intensity", revised),
        )
    ]


def _tree() -> Tree:
    totals = [
        Meter(
            id=MeterId(f"m-{number}"),
            device=f"m-{number}",
            site="site",
            role=Role.RACK if number else Role.UTILITY,
            upstream=("m-0",) if number else (),
        )
        for number in range(METERS)
    ]
    return Tree.of([Site(name="site", grid="grid")], totals)


async def _opened(path: Path) -> None:
    """Open an account for each meter, with two readings before the year."""
    ledger = Ledger(path, _tree(), Clock(start=START))
    for minutes in (2, 1):
        at = START - timedelta(minutes=minutes)
        await ledger.book(
            [
                Reading(meter=MeterId(f"m-{n}"), at=at, register=Register(), power=Watts(500.0))
                for n in range(METERS)
            ]
        )
    ledger.close()


def _fill(path: Path) -> None:
    """Write the hours of a year, each half a kilowatt-hour, as if they had been read."""
    connection = sqlite3.connect(path)
    connection.execute(
        "WITH RECURSIVE hours (h) AS"
        " (SELECT ?1 UNION ALL SELECT h + 3600 FROM hours WHERE h + 3600 < ?2)"
        " INSERT INTO hour (hour_s, meter, energy_j, measured_s, interpolated_s)"
        " SELECT h, number, CASE id WHEN 'm-0' THEN ?3 * ?4 ELSE ?4 END, 3600, 0"
        " FROM hours, meter",
        (int(START.timestamp()), int(END.timestamp()), METERS, HOUR_J),
    )
    connection.execute(
        "INSERT INTO stale_hour (site, hour_s, energy)"
        " SELECT DISTINCT 'site', hour_s, 1 FROM hour WHERE hour_s >= ?",
        (int(START.timestamp()),),
    )
    connection.commit()
    connection.close()


def _intensities(value: float, updated: datetime) -> Sequence[Intensity]:
    return [
        Intensity(
            grid="grid",
            kind=kind,
            source="bench",
            zone="XX",
            start=start,
            period=HOUR,
            value=GramsPerKwh(value),
            fetched_at=updated,
            updated_at=updated,
        )
        for start in STARTS
        for kind in (Kind.DIRECT, Kind.LIFECYCLE)
    ]


async def _tended(ledger: Ledger) -> Figure:
    start = time.process_time()
    await ledger.tend()
    return Figure(time.process_time() - start)


def _check(path: Path) -> None:
    """Make sure that what was measured was done: two versions of each hour, at the newer value."""
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    found = connection.execute(
        "SELECT count(*), min(intensity_g_per_kwh), max(emission_g) FROM site_emission"
        " WHERE version = 2 AND kind = 'direct' AND hour_s >= ?",
        (int(START.timestamp()),),
    ).fetchone()
    connection.close()
    energy = Joules(METERS * HOUR_J)
    if found != (HOURS, 290.0, energy * 290.0 / 3_600_000):
        raise RuntimeError(f"the year was not restated: {found}")


def _peer(folder: Path) -> Figure:
    """Write the emission of each meter in each hour again, an hour a transaction."""
    connection = sqlite3.connect(folder / "rows.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(
        "CREATE TABLE emission (hour INTEGER, meter INTEGER, joules INTEGER, grams REAL,"
        " PRIMARY KEY (hour, meter)) WITHOUT ROWID"
    )
    connection.execute("BEGIN")
    connection.executemany(
        "INSERT INTO emission VALUES (?, ?, ?, 0)",
        ((hour, meter, HOUR_J) for hour in range(PEER_HOURS) for meter in range(METERS)),
    )
    connection.execute("COMMIT")
    start = time.process_time()
    for hour in range(PEER_HOURS):
        connection.execute("UPDATE emission SET grams = joules * ? WHERE hour = ?", (8e-5, hour))
    took = time.process_time() - start
    connection.close()
    return Figure(took * HOURS / PEER_HOURS)
