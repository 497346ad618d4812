"""Minutes go when they are old and delivered; above the cap the oldest go, and it is said."""

import asyncio
import logging
from datetime import timedelta
from pathlib import Path

import pytest

from agent.ledger import Keep
from tests.clocks import HandClock
from tests.ledger.books import START, day, open_ledger, rows


async def test_old_entries_go_once_every_exporter_has_taken_them(tmp_path: Path) -> None:
    clock = HandClock(START)
    ledger = open_ledger(tmp_path, clock, keep=Keep(minutes=timedelta(days=2)))
    for start in range(3):
        await ledger.book(day("grid", START + timedelta(minutes=5 * start), 4, 600))
    await ledger.cursor("influx")
    await ledger.advance("influx", 2)
    clock.move(days=3)
    await ledger.retire()
    assert rows(tmp_path, "SELECT position FROM entry") == [(3,)]
    await ledger.forget_others(["other"], [])
    await ledger.retire()
    assert rows(tmp_path, "SELECT position FROM entry") == []
    assert rows(tmp_path, "SELECT count(*) FROM hour") == [(1,)], "hours are kept for good"
    ledger.close()


async def test_above_the_cap_the_oldest_go_and_the_loss_is_counted_and_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ledger = open_ledger(tmp_path, HandClock(START), keep=Keep(cap=1))
    await ledger.cursor("influx")
    await ledger.book(day("grid", START, 4, 600))
    with caplog.at_level(logging.WARNING, "carbond.ledger"):
        await ledger.retire()
    assert rows(tmp_path, "SELECT count(*) FROM entry") == [(0,)]
    assert rows(tmp_path, "SELECT lost FROM cursor") == [(1,)]
    assert "influx had not taken all of them" in caplog.text
    ledger.close()


@pytest.mark.usefixtures("paused")
async def test_bookings_that_wait_together_share_one_entry(tmp_path: Path) -> None:
    """Ten thousand devices that each had their own would be fourteen million entries a day."""
    ledger = open_ledger(tmp_path, HandClock(START))
    devices = [f"rack-1-a/inlet/{n}" for n in range(50)]
    async with asyncio.TaskGroup() as group:
        for device in devices:
            group.create_task(ledger.book(day(device, START, 2, 600)))
    ((entries,),) = rows(tmp_path, "SELECT count(*) FROM entry")
    assert entries < 10
    booked = [one for entry in await ledger.entries_after(0, 1000) for one in entry.minutes]
    assert len(booked) == 50 * 2
    ledger.close()


async def test_however_many_entries_are_old_they_all_go_and_the_file_shrinks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent.ledger.retention._AT_ONCE", 3)
    clock = HandClock(START)
    ledger = open_ledger(tmp_path, clock, keep=Keep(minutes=timedelta(days=2)))
    for start in range(10):
        many = [
            one
            for n in range(100)
            for one in day(f"rack-1-a/inlet/{n}", START + timedelta(minutes=5 * start), 4, n)
        ]
        await ledger.book(many)
    before = rows(tmp_path, "PRAGMA page_count")
    clock.move(days=3)
    await ledger.retire()
    assert rows(tmp_path, "SELECT count(*) FROM entry") == [(0,)]
    assert rows(tmp_path, "PRAGMA page_count") < before
    assert rows(tmp_path, "PRAGMA freelist_count") == [(0,)]
    assert (tmp_path / "ledger.db-wal").stat().st_size == 0
    ledger.close()


async def test_above_the_cap_they_go_until_it_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent.ledger.retention._AT_ONCE", 1)
    ledger = open_ledger(tmp_path, HandClock(START), keep=Keep(cap=1))
    for start in range(4):
        await ledger.book(day("grid", START + timedelta(minutes=5 * start), 4, 600))
    await ledger.retire()
    assert rows(tmp_path, "SELECT count(*) FROM entry") == [(0,)]
    ledger.close()


async def test_a_batch_is_bounded_by_the_meters_of_its_hours_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent.ledger.entries.AT_ONCE", 4)
    clock = HandClock(START + timedelta(hours=20))
    ledger = open_ledger(tmp_path, clock)
    for device in ("grid", "rack-1-a"):
        await ledger.book([day(device, START, 1, 600)[0], day(device, START, 600, 600)[-1]])
    await ledger.tend()
    first = await ledger.entries_after(0, 200)
    lines = [len(one.minutes) + (len(one.hour.meters) if one.hour else 0) for one in first]
    assert lines == [1, 1, 2]
    assert (await ledger.entries_after(first[-1].position, 200))[0].position == 4
    ledger.close()
