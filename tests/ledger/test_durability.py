"""What was booked stays booked: kill -9, a full disk, a second process, a newer file."""

import asyncio
import json
import signal
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from agent.errors import ConfigError, Unavailable
from agent.ledger import Ledger
from agent.ledger.file import open_reader
from agent.model import Reading, Refused
from agent.units import JOULES_PER_KWH
from tests.accounting import places
from tests.clocks import HandClock
from tests.ledger.books import START, day, open_ledger, reading, rows

BOOK_FOR_EVER = """
import asyncio, sys
from datetime import timedelta
from pathlib import Path
from tests.clocks import HandClock
from tests.ledger.books import START, open_ledger, reading

async def main():
    ledger = open_ledger(Path(sys.argv[1]), HandClock(START))
    for minute in range(1_000_000):
        at = START + timedelta(minutes=minute)
        await ledger.book([reading("rack-1-a", at, kwh=100 + minute / 10, watts=6000)])
        print(minute, flush=True)

asyncio.run(main())
"""


@pytest.mark.parametrize("kill_after", [1, 3, 8])
async def test_what_was_acknowledged_is_there_after_kill_9(tmp_path: Path, kill_after: int) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", BOOK_FOR_EVER, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    for line in child.stdout:
        if int(line) >= kill_after:
            break
    child.send_signal(signal.SIGKILL)
    acknowledged = [kill_after, *map(int, child.stdout.read().split())][-1]
    child.wait()
    child.stdout.close()
    (booked,) = rows(tmp_path, "SELECT booked_j FROM account")[0]
    assert booked >= acknowledged * JOULES_PER_KWH / 10
    ledger = open_ledger(tmp_path, HandClock(START))
    assert (await ledger.now([])).meters[0].booked == booked
    ledger.close()


async def test_a_full_disk_is_said_and_nothing_is_half_booked(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path, HandClock(START))
    readings = day("rack-1-a", START, 200, 6000)
    await ledger.book(readings[:2])
    limit = "PRAGMA max_page_count"
    (pages,) = await ledger._writer.do(lambda c: c.execute("PRAGMA page_count").fetchone())
    await ledger._writer.do(lambda c: c.execute(f"{limit} = {pages}").fetchall())
    fine = readings[2:4]
    await ledger.book(fine)
    before = rows(tmp_path, "SELECT at_ms, booked_j FROM account")
    many = [one for n in range(400) for one in day(f"rack-1-a/outlet/{n}", START, 60, 5)]
    with pytest.raises(Unavailable, match="the disk takes no more"):
        await ledger.book([*readings[4:], *many])
    assert rows(tmp_path, "SELECT at_ms, booked_j FROM account") == before
    await ledger._writer.do(lambda c: c.execute(f"{limit} = 1000000").fetchall())
    await ledger.book(readings)
    query = "SELECT booked_j FROM account JOIN meter ON number = meter WHERE id = 'rack-1-a'"
    booked = rows(tmp_path, query)
    assert booked == [(20 * JOULES_PER_KWH,)], "the counter has kept what could not be booked"
    ledger.close()


async def test_a_second_process_is_told_who_has_the_ledger(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path, HandClock(START))
    with pytest.raises(ConfigError, match=r"another carbond \(process \d+\) has it"):
        open_ledger(tmp_path, HandClock(START))
    ledger.close()
    open_ledger(tmp_path, HandClock(START)).close()


async def test_a_ledger_of_a_newer_version_is_left_as_it_is(tmp_path: Path) -> None:
    open_ledger(tmp_path, HandClock(START)).close()
    connection = sqlite3.connect(tmp_path / "ledger.db")
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(ConfigError, match=r"has version 99, .* install the newer carbond"):
        open_ledger(tmp_path, HandClock(START))
    with pytest.raises(ConfigError, match="has version 99"):
        open_reader(tmp_path / "ledger.db")
    assert rows(tmp_path, "PRAGMA user_version") == [(99,)]


async def test_the_database_of_another_program_is_named_and_left_alone(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "ledger.db")) as connection:
        connection.execute("CREATE TABLE meter (reading TEXT)")
    with pytest.raises(ConfigError, match="it is the database of another program"):
        open_ledger(tmp_path, HandClock(START))
    with pytest.raises(ConfigError, match="it is the database of another program"):
        open_reader(tmp_path / "ledger.db")
    assert rows(tmp_path, "SELECT name FROM sqlite_master") == [("meter",)]


async def test_a_file_that_is_no_ledger_is_named_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "ledger.db").write_text("this is a letter to my aunt" * 100)
    with pytest.raises(ConfigError, match="it is no ledger, or damaged"):
        open_ledger(tmp_path, HandClock(START))
    assert (tmp_path / "ledger.db").read_text().startswith("this is a letter")


async def test_a_folder_that_is_missing_is_named_with_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="make the folder"):
        open_ledger(tmp_path / "nowhere", HandClock(START))
    with pytest.raises(ConfigError, match="there is no ledger yet"):
        open_reader(tmp_path / "ledger.db")


async def test_a_cursor_survives_and_dead_letters_are_kept(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path, HandClock(START))
    assert await ledger.cursor("influx") == 0
    await ledger.advance("influx", 7, [Refused(line="m x=1", reason="bad")])
    ledger.close()
    ledger = open_ledger(tmp_path, HandClock(START))
    assert await ledger.cursor("influx") == 7
    assert rows(tmp_path, "SELECT exporter, position, line, reason FROM dead_letter") == [
        ("influx", 7, "m x=1", "bad")
    ]
    ledger.close()


async def test_anybody_can_read_the_ledger_while_it_is_written(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path, HandClock(START))
    await ledger.book(day("grid", START, 3, 600))
    shell = subprocess.run(
        [
            sys.executable,
            "-c",
            "import json, sqlite3, sys; print(json.dumps(sqlite3.connect("
            "f'file:{sys.argv[1]}?mode=ro', uri=True)"
            ".execute('SELECT id, site, role FROM meter JOIN account ON number = meter')"
            ".fetchall()))",
            str(tmp_path / "ledger.db"),
        ],
        capture_output=True,
        check=True,
        text=True,
        timeout=30,
    )
    assert json.loads(shell.stdout) == [["grid", "fra", "utility"]]
    await ledger.book(day("grid", START + timedelta(minutes=4), 3, 600))
    ledger.close()


@pytest.fixture
async def full(tmp_path: Path, paused: None) -> AsyncIterator[Ledger]:
    """A ledger whose disk is full, from which only what is small can be read."""
    ledger = open_ledger(tmp_path, HandClock(START))
    await ledger.book(day("grid", START, 3, 600))
    (pages,) = await ledger._writer.do(lambda c: c.execute("PRAGMA page_count").fetchone())
    await ledger._writer.do(lambda c: c.execute(f"PRAGMA max_page_count = {pages}").fetchall())
    yield ledger
    ledger.close()


def too_much() -> list[Reading]:
    return [one for n in range(400) for one in day(f"rack-1-a/outlet/{n}", START, 60, 5)]


async def test_on_a_full_disk_the_present_is_still_shown(full: Ledger) -> None:
    """It waits for the writer together with a booking that fails, and must not fail with it."""
    booking = asyncio.create_task(full.book(too_much()))
    await asyncio.sleep(0)
    now = await full.now([])
    assert [one.booked for one in now.meters] == [600 * 180]
    with pytest.raises(Unavailable):
        await booking


async def test_a_new_tree_that_a_full_disk_does_not_take_leaves_the_old_one(full: Ledger) -> None:
    before = full.tree
    booking = asyncio.create_task(full.book(too_much()))
    await asyncio.sleep(0)
    with pytest.raises(Unavailable):
        await full.replant(places.tree(grid="fr"))
    assert full.tree is before
    with pytest.raises(Unavailable):
        await booking
    await full.replant(places.tree(grid="fr"))
    assert full.tree.sites["fra"].grid == "fr"


async def test_a_writer_that_cannot_even_roll_back_says_so_and_nobody_waits_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = open_ledger(tmp_path, HandClock(START))

    def broken(*_: object) -> None:
        raise sqlite3.DatabaseError("disk image is malformed")

    monkeypatch.setattr("agent.ledger.accounts.loading.accounts", broken)
    for _ in range(2):
        with pytest.raises(sqlite3.DatabaseError, match="malformed"):
            async with asyncio.timeout(10):
                await ledger._writer.do(lambda c: c.execute("SELECT nothing"))
    ledger.close()


async def test_a_booking_that_is_cancelled_leaves_the_ledger_whole(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path, HandClock(START))
    readings = day("grid", START, 10, 600)
    await ledger.book(readings[:2])
    booking = asyncio.create_task(ledger.book(readings[2:6]))
    await asyncio.sleep(0)
    booking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await booking
    await ledger.book(readings)
    assert rows(tmp_path, "SELECT booked_j FROM account") == [(600 * 600,)]
    assert rows(tmp_path, "SELECT sum(energy_j) FROM hour") == [(600 * 600,)]
    ledger.close()


async def test_closing_books_what_waits_and_leaves_one_file(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path, HandClock(START))
    bookings = [asyncio.create_task(ledger.book([one])) for one in day("grid", START, 10, 600)]
    await asyncio.sleep(0)
    ledger.close()
    await asyncio.gather(*bookings)
    assert not (tmp_path / "ledger.db-wal").exists()
    assert rows(tmp_path, "SELECT booked_j FROM account") == [(600 * 600,)]


@pytest.mark.parametrize(
    "broken",
    [{"energy": 2**64 * 3600}, {"energy": -1}, {"power": float("nan")}, {"meter": "grid/lid/1"}],
)
def test_what_no_ledger_can_book_is_no_reading(broken: dict[str, Any]) -> None:
    """It is the collector's bug, then, and not the ledger's end."""
    with pytest.raises(ValueError):
        replace(reading("grid", START, watts=600), **broken)
