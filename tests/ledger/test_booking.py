"""Readings become minutes and hours, once, in whatever batches they come."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.ledger import Keep, Ledger
from agent.model import MINUTE, Basis, Entry, Minute, Reading, Scope
from agent.units import JOULES_PER_KWH
from tests.accounting.places import HOUR_9
from tests.clocks import HandClock
from tests.ledger.books import START, day, open_ledger, reading, rows


async def all_minutes(ledger: Ledger) -> list[Minute]:
    entries: Sequence[Entry] = await ledger.entries_after(0, 10_000)
    return [minute for entry in entries for minute in entry.minutes]


async def test_a_minute_is_complete_once_the_reading_after_it_has_come(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path, HandClock(START))
    await ledger.book([reading("grid", START + timedelta(seconds=27), watts=1200)])
    assert await all_minutes(ledger) == []
    await ledger.book([reading("grid", START + timedelta(seconds=87), watts=1200)])
    await ledger.book([reading("grid", START + timedelta(seconds=147), watts=1800)])
    first, second = await all_minutes(ledger)
    assert (first.start, first.energy, first.covered) == (START, 39_600, 33.0)
    assert (first.power, first.basis) == (1200, Basis.INTEGRATED)
    assert (second.start, second.energy, second.covered) == (START + MINUTE, 81_900, 60.0)
    ledger.close()


async def test_the_minutes_and_the_hours_of_a_meter_add_up_to_its_counter(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path, HandClock(START))
    readings = day("rack-1-a", START + timedelta(seconds=17), 150, 6000)
    for start in range(0, len(readings), 10):
        await ledger.book(readings[start : start + 10])
    minutes = sum(minute.energy or 0 for minute in await all_minutes(ledger))
    hours = rows(tmp_path, "SELECT sum(energy_j), sum(measured_s) FROM hour")
    assert hours == [(15 * JOULES_PER_KWH, 9000.0)]
    assert minutes == pytest.approx(15 * JOULES_PER_KWH, abs=6000 * 60)
    ledger.close()


async def test_the_same_readings_twice_change_nothing(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path, HandClock(START))
    readings = day("rack-1-a", START, 5, 6000)
    await ledger.book(readings)
    before = rows(tmp_path, "SELECT * FROM hour"), await all_minutes(ledger)
    await ledger.book(readings)
    await ledger.book(readings[2:4])
    assert (rows(tmp_path, "SELECT * FROM hour"), await all_minutes(ledger)) == before
    ledger.close()


@settings(deadline=None, max_examples=15, suppress_health_check=list(HealthCheck))
@given(cuts=st.lists(st.integers(0, 90), max_size=8))
async def test_how_readings_are_batched_and_where_the_daemon_restarts_changes_nothing(
    cuts: list[int], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Law: a restart leaves no gap, and order within a batch of meters does not matter."""
    readings = day("rack-1-a", START, 90, 6000)
    other = day("grid", START, 90, 9000)
    sums = []
    for edges in ([], sorted(cuts)):
        folder = tmp_path_factory.mktemp("book")
        for start, end in zip([0, *edges], [*edges, 91], strict=True):
            ledger = open_ledger(folder, HandClock(START))
            await ledger.book([*other[start:end], *readings[start:end]])
            ledger.close()
        sums.append(
            rows(
                folder,
                "SELECT id, hour_s, energy_j, measured_s FROM hour JOIN meter"
                " ON number = meter ORDER BY id, hour_s",
            )
        )
    assert sums[0] == sums[1]


async def test_a_gap_of_hours_has_hours_that_are_interpolated_and_no_minutes(
    tmp_path: Path,
) -> None:
    ledger = open_ledger(tmp_path, HandClock(START))
    await ledger.book([reading("rack-1-a", START, kwh=100)])
    await ledger.book([reading("rack-1-a", START + timedelta(hours=3), kwh=118)])
    assert await all_minutes(ledger) == []
    found = rows(tmp_path, "SELECT energy_j, measured_s, interpolated_s FROM hour ORDER BY hour_s")
    assert found == [(6 * JOULES_PER_KWH, 0.0, 3600.0)] * 3
    ledger.close()


async def test_outlets_are_kept_by_the_hour_where_the_settings_say_so(
    tmp_path: Path,
) -> None:
    readings = [
        reading("rack-1-a/outlet/3", START + timedelta(minutes=n), watts=60) for n in range(4)
    ]
    for folder, hourly, expected in (("hours", (Scope.OUTLET,), 0), ("minutes", (), 3)):
        place = tmp_path / folder
        place.mkdir()
        ledger = open_ledger(place, HandClock(START), keep=Keep(hourly=hourly))
        await ledger.book(readings)
        assert len(await all_minutes(ledger)) == expected
        assert rows(place, "SELECT sum(energy_j) FROM hour") == [(60 * 180,)]
        ledger.close()


async def test_a_device_that_left_the_settings_is_left_out_and_the_others_go_on(
    tmp_path: Path,
) -> None:
    ledger = open_ledger(tmp_path, HandClock(START))
    seen: list[Reading] = [reading("gone", HOUR_9 + n * MINUTE, watts=60) for n in range(3)] + day(
        "grid", HOUR_9, 2, 600
    )
    await ledger.book(seen)
    assert {minute.meter.device for minute in await all_minutes(ledger)} == {"grid"}
    ledger.close()
