"""A backup is the ledger of one moment, whole, while bookings go on; or there is none."""

import asyncio
import shutil
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from agent.errors import ConfigError
from agent.ledger import Backup, Ledger, back_up, backup
from agent.units import JOULES_PER_KWH
from tests.clocks import HandClock
from tests.ledger.books import START, day, intensity, open_ledger, reading, rows
from tests.ledger.test_migration import an_older_ledger

BOOKED = "SELECT sum(booked_j) FROM account"


def nobody(_what: str, _done: int, _of: int) -> None:
    """Take no notice of how far it is."""


def copies(folder: Path) -> Sequence[str]:
    """What lies there of a copy, whole or in part."""
    return sorted(path.name for path in folder.glob("copy*"))


@pytest.fixture
async def ledger(tmp_path: Path) -> AsyncIterator[Ledger]:
    ledger = open_ledger(tmp_path, HandClock(START))
    for number in range(40):
        await ledger.book(day(f"rack-1-a/outlet/{number}", START, 60, 300))
    await ledger.book([intensity(300, START, updated=START)])
    yield ledger
    ledger.close()


@pytest.fixture
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backup, "AT_ONCE", 2)


@pytest.mark.usefixtures("small_steps")
async def test_it_is_of_one_moment_however_much_is_booked_meanwhile(
    ledger: Ledger, tmp_path: Path
) -> None:
    loop = asyncio.get_running_loop()
    steps: list[tuple[str, int, int]] = []

    async def book() -> None:
        at = START + timedelta(minutes=len(steps))
        await ledger.book([reading("rack-1-a", at, kwh=len(steps), watts=60_000)])

    def shows(what: str, done: int, of: int) -> None:
        steps.append((what, done, of))
        asyncio.run_coroutine_threadsafe(book(), loop).result(10)

    before = rows(tmp_path, BOOKED)
    made = await asyncio.to_thread(back_up, ledger.path, tmp_path / "copy.db", shows)
    assert rows(tmp_path, BOOKED) > before, "it was booked meanwhile"
    with closing(sqlite3.connect(made.path)) as copy:
        assert copy.execute(BOOKED).fetchall() == before
        assert copy.execute("SELECT count(*) FROM intensity").fetchall() == [(1,)]
        assert copy.execute("PRAGMA journal_mode").fetchall() == [("delete",)]
        assert copy.execute("SELECT max(position) FROM entry").fetchone() == (made.position,)
    assert made.last == START + timedelta(minutes=60)
    copied = [done for what, done, _ in steps if what == "copying pages"]
    assert len(copied) > 5
    assert copied == sorted(copied), "it never began anew"
    assert copies(tmp_path) == ["copy.db"]


async def test_what_is_restored_goes_on_where_the_copy_ends(ledger: Ledger, tmp_path: Path) -> None:
    await ledger.book([reading("grid", START, kwh=100, watts=6000)])
    other = tmp_path / "other"
    other.mkdir()
    back_up(ledger.path, other / "ledger.db", nobody)
    await ledger.book([reading("grid", START + timedelta(minutes=30), kwh=103, watts=6000)])
    clock = HandClock(START + timedelta(hours=2))
    restored = open_ledger(other, clock)
    await restored.book([reading("grid", clock.now(), kwh=112, watts=6000)])
    meters = {str(one.meter.id): one.booked for one in (await restored.now([])).meters}
    restored.close()
    assert meters["grid"] == 12 * JOULES_PER_KWH, "its register has kept what the copy lacks"


async def test_a_file_that_is_there_is_never_replaced(ledger: Ledger, tmp_path: Path) -> None:
    there = tmp_path / "copy.db"
    there.write_text("yesterday's")
    with pytest.raises(ConfigError, match=r"copy\.db: is there already: name another file"):
        back_up(ledger.path, there, nobody)
    assert there.read_text() == "yesterday's"
    with pytest.raises(ConfigError, match="is there already: name a file in it"):
        back_up(ledger.path, tmp_path, nobody)
    with pytest.raises(ConfigError, match="there is no folder"):
        back_up(ledger.path, tmp_path / "none" / "copy.db", nobody)
    with pytest.raises(ConfigError, match="is there already"):
        back_up(ledger.path, ledger.path, nobody)
    with pytest.raises(ConfigError, match="there is no folder"):
        back_up(ledger.path, there / "copy.db", nobody)


async def test_a_disk_without_room_is_said_before_anything_is_copied(
    ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = type(shutil.disk_usage(tmp_path))(1000, 999, 1)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: full)
    with pytest.raises(ConfigError, match="its disk has room for 1: free some space"):
        back_up(ledger.path, tmp_path / "copy.db", nobody)
    assert copies(tmp_path) == []


async def test_a_disk_that_fills_up_leaves_no_half_a_copy(
    ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def small(part: Path) -> sqlite3.Connection:
        copy = sqlite3.connect(part, isolation_level=None)
        copy.execute("PRAGMA max_page_count = 4")
        return copy

    monkeypatch.setattr(backup, "_new", small)
    with pytest.raises(ConfigError, match="the disk takes no more"):
        back_up(ledger.path, tmp_path / "copy.db", nobody)
    assert copies(tmp_path) == []


async def test_a_damaged_ledger_gives_no_copy_and_says_so(ledger: Ledger, tmp_path: Path) -> None:
    await ledger.retire()  # empties the log, so that what is read is the file itself
    size = 4096
    (root,) = rows(tmp_path, "SELECT rootpage FROM sqlite_master WHERE name = 'entry_booked'")[0]
    with ledger.path.open("r+b") as file:
        file.seek((root - 1) * size + 8)
        file.write(b"\xff" * 200)
    with pytest.raises(ConfigError, match="the ledger is damaged"):
        back_up(ledger.path, tmp_path / "copy.db", nobody)
    assert copies(tmp_path) == []


async def test_an_older_ledger_is_copied_as_it_is_before_it_is_brought_up_to_date(
    tmp_path: Path,
) -> None:
    an_older_ledger(tmp_path / "ledger.db")
    made = back_up(tmp_path / "ledger.db", tmp_path / "copy.db", nobody)
    assert made.last == START + timedelta(hours=1)
    with closing(sqlite3.connect(made.path)) as copy:
        assert copy.execute("PRAGMA user_version").fetchall() == [(2,)]
    restored = tmp_path / "restored"
    restored.mkdir()
    made.path.rename(restored / "ledger.db")
    open_ledger(restored, HandClock(START)).close()


async def test_a_copy_that_somebody_else_makes_meanwhile_is_left_alone(
    ledger: Ledger, tmp_path: Path
) -> None:
    """Two of the same name, one of which is done while the other copies: both or one is whole."""
    to = tmp_path / "copy.db"
    second: list[Backup] = []

    def shows(what: str, done: int, of: int) -> None:
        if not second:
            second.append(back_up(ledger.path, to, nobody))

    with pytest.raises(ConfigError, match=r"copy\.db: is there already"):
        back_up(ledger.path, to, shows)
    assert second[0].size == to.stat().st_size
    with closing(sqlite3.connect(to)) as copy:
        assert copy.execute(BOOKED).fetchall() == rows(tmp_path, BOOKED)
    assert copies(tmp_path) == ["copy.db"]


async def test_a_file_of_somebody_else_that_ends_in_part_is_left_alone(
    ledger: Ledger, tmp_path: Path
) -> None:
    other = tmp_path / "copy.db.part"
    other.write_text("not ours")
    back_up(ledger.path, tmp_path / "copy.db", nobody)
    assert other.read_text() == "not ours"
    with pytest.raises(ConfigError, match="there already"):
        back_up(ledger.path, tmp_path / "copy.db", nobody)
    assert other.read_text() == "not ours"


async def test_nobody_else_can_read_a_copy_of_a_ledger_that_nobody_else_can_read(
    ledger: Ledger, tmp_path: Path
) -> None:
    ledger.path.chmod(0o600)
    modes: set[int] = set()

    def shows(what: str, done: int, of: int) -> None:
        modes.update(one.stat().st_mode & 0o777 for one in tmp_path.glob("copy*"))

    made = back_up(ledger.path, tmp_path / "copy.db", shows)
    assert modes == {0o600}, "while it is made too"
    assert made.path.stat().st_mode & 0o777 == 0o600
