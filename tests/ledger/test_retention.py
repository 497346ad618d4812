"""Minutes go when they are old and delivered; above the cap the oldest go, and it is said."""

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
    await ledger.forget_cursors(["other"])
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
