"""A clock that steps costs nothing that a counter holds, and stops nobody."""

from datetime import timedelta
from pathlib import Path

import pytest

from agent.model import MINUTE
from agent.units import JOULES_PER_KWH
from tests.accounting import places
from tests.clocks import HandClock
from tests.ledger.books import START, day, open_ledger, reading, rows


async def test_a_clock_that_is_put_back_by_hours_loses_no_energy_of_a_counter(
    tmp_path: Path,
) -> None:
    wrong = START + timedelta(hours=2)
    clock = HandClock(wrong)
    ledger = open_ledger(tmp_path, clock)
    await ledger.book([reading("rack-1-a", wrong, kwh=100)])
    clock.move(minutes=1)
    await ledger.book([reading("rack-1-a", clock.now(), kwh=100.1)])
    clock.at = START
    for minute in range(4):
        clock.at = START + minute * MINUTE
        await ledger.book([reading("rack-1-a", clock.now(), kwh=100.2 + minute / 10)])
    booked = rows(tmp_path, "SELECT booked_j FROM account")
    assert booked == [(JOULES_PER_KWH // 2,)]
    at_once = rows(tmp_path, "SELECT measured_s FROM hour ORDER BY hour_s LIMIT 1")
    assert at_once == [(180.0,)], "it is measured again from the first reading on"
    ledger.close()


async def test_a_late_reading_is_no_clock_that_was_put_back(tmp_path: Path) -> None:
    clock = HandClock(START + timedelta(minutes=30))
    ledger = open_ledger(tmp_path, clock)
    await ledger.book(day("rack-1-a", START, 30, 6000))
    before = rows(tmp_path, "SELECT * FROM account")
    await ledger.book([reading("rack-1-a", START + timedelta(minutes=3, seconds=7), kwh=100.31)])
    assert rows(tmp_path, "SELECT * FROM account") == before
    ledger.close()


async def test_a_clock_that_is_wrong_by_years_spreads_nothing_over_them(tmp_path: Path) -> None:
    clock = HandClock(START)
    ledger = open_ledger(tmp_path, clock)
    await ledger.book([reading("rack-1-a", START, kwh=100)])
    clock.move(days=3650)
    await ledger.book([reading("rack-1-a", clock.now(), kwh=100.1)])
    assert rows(tmp_path, "SELECT count(*) FROM hour") == [(0,)]
    clock.move(minutes=1)
    await ledger.book([reading("rack-1-a", clock.now(), kwh=100.2)])
    assert rows(tmp_path, "SELECT booked_j FROM account") == [(JOULES_PER_KWH // 10,)]
    ledger.close()


async def test_a_device_that_returns_after_a_month_has_all_of_its_energy(tmp_path: Path) -> None:
    clock = HandClock(START)
    ledger = open_ledger(tmp_path, clock)
    await ledger.book([reading("rack-1-a", START, kwh=100)])
    clock.move(days=30)
    await ledger.book([reading("rack-1-a", clock.now(), kwh=820)])
    found = rows(tmp_path, "SELECT count(*), sum(energy_j), sum(interpolated_s) FROM hour")
    assert found == [(720, 720 * JOULES_PER_KWH, 720 * 3600.0)]
    ledger.close()


async def test_a_clock_put_back_by_two_minutes_loses_nothing_and_replaces_no_meter(
    tmp_path: Path,
) -> None:
    clock = HandClock(START)
    ledger = open_ledger(tmp_path, clock, tree=places.tree())
    watts = 6_200
    true = 0.0
    steps = ((600, 600), (60, 660), (59, 719), (61, 660), (60, 719.9), (5, 725), (60, 785))
    for passed, wall in steps:
        true += passed
        clock.at = START + timedelta(seconds=wall)
        await ledger.book([reading("rack-1-a", clock.at, kwh=watts * true / 3.6e6, watts=watts)])
    (booked,) = [one.booked for one in (await ledger.now([])).meters]
    assert booked == pytest.approx(watts * (true - 600), abs=3600)
    assert rows(tmp_path, "SELECT count(*) FROM finding") == [(0,)]
    ledger.close()
