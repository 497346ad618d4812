"""Readings become minutes and hours, once, in whatever batches they come."""

import logging
import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.ledger import Keep, Ledger
from agent.model import MINUTE, STRONGEST, Basis, Entry, Minute, Reading, Scope, Zeroed
from agent.units import JOULES_PER_KWH, Joules
from tests.accounting.places import HOUR_9, tree
from tests.clocks import HandClock
from tests.ledger.books import REGISTER, START, day, open_ledger, reading, rows


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


@settings(max_examples=15, suppress_health_check=list(HealthCheck))
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


KWH = JOULES_PER_KWH


async def booked(folder: Path, readings: Sequence[Reading], cuts: Sequence[int] = ()) -> None:
    """Book readings one after another, with the daemon restarted at the cuts."""
    ledger = open_ledger(folder, HandClock(START))
    for number, one in enumerate(readings):
        if number in cuts:
            ledger.close()
            ledger = open_ledger(folder, HandClock(START))
        await ledger.book([one])
    ledger.close()


def with_energy(readings: Sequence[Reading], changes: dict[int, float]) -> list[Reading]:
    """The same readings, with other kWh in some."""
    return [
        replace(one, energy=Joules(round(changes[n] * KWH))) if n in changes else one
        for n, one in enumerate(readings)
    ]


@pytest.mark.parametrize("cuts", [(), (5,), (6,), (5, 6, 7)])
async def test_a_glitch_costs_nothing_and_is_said_also_across_restarts(
    tmp_path: Path, cuts: tuple[int, ...], caplog: pytest.LogCaptureFixture
) -> None:
    readings = with_energy(day("rack-1-a", START, 20, 6000), {5: 0})
    with caplog.at_level(logging.WARNING, logger="carbond.ledger"):
        await booked(tmp_path, readings, cuts)
    assert rows(tmp_path, "SELECT sum(energy_j), sum(measured_s) FROM hour") == [(2 * KWH, 1200.0)]
    assert rows(tmp_path, "SELECT booked_j, state FROM account") == [(2 * KWH, "{}")]
    found = rows(tmp_path, "SELECT at_ms, oddity, before_j, now_j, energy_j FROM finding")
    at = round(readings[5].at.timestamp() * 1000)
    assert found == [(at, "glitch", round(100.4 * KWH), 0, None)]
    assert "one absurd count" in caplog.text


async def test_the_minutes_of_a_held_count_keep_their_powers_and_their_energy(
    tmp_path: Path,
) -> None:
    readings = with_energy(day("rack-1-a", START + timedelta(seconds=17), 20, 6000), {5: 0})
    await booked(tmp_path, readings, cuts=(6,))
    ledger = open_ledger(tmp_path, HandClock(START))
    minutes = await all_minutes(ledger)
    ledger.close()
    assert [one.start for one in minutes] == [START + n * MINUTE for n in range(20)]
    assert {one.energy for one in minutes[1:]} == {6000 * 60}
    assert {one.power for one in minutes} == {6000.0}
    assert [one.at for one in minutes] == [one.at for one in readings[:20]]
    assert minutes[5].register is None, "what was held back is not what it showed"
    assert minutes[6].register == readings[6].energy


async def test_the_power_of_a_count_that_is_held_is_still_the_power_now(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path, HandClock(START))
    readings = with_energy(day("rack-1-a", START, 5, 6000), {5: 0})
    await ledger.book([*readings[:5], replace(readings[5], power=4321.0)])  # type: ignore[arg-type] # watts
    (now,) = (await ledger.now([])).meters
    assert (now.power, now.at, now.booked) == (4321.0, readings[5].at, round(0.4 * KWH))
    ledger.close()


async def test_a_reset_is_a_finding_and_its_seconds_are_not_measured(tmp_path: Path) -> None:
    readings = [replace(one, power=None) for one in day("rack-1-a", START, 10, 6000)]
    changes = {n: (n - 4.5) / 10 for n in range(5, 11)}
    await booked(tmp_path, with_energy(readings, changes), cuts=(6,))
    found = rows(tmp_path, "SELECT oddity, energy_j FROM finding")
    assert found == [("reset", round(0.05 * KWH))]
    hours = rows(tmp_path, "SELECT energy_j, measured_s, interpolated_s FROM hour")
    assert hours == [(round(0.95 * KWH), 540.0, 0.0)], "what was used beside it is missing"


async def test_a_stuck_register_is_put_into_the_hours_in_which_it_stood(tmp_path: Path) -> None:
    late = START + timedelta(minutes=40)
    readings = day("rack-1-a", late, 60, 6000)
    stuck = with_energy(readings, {n: 100.5 for n in range(5, 61)})
    await booked(tmp_path, stuck, cuts=(20, 36, 50))
    hours = rows(tmp_path, "SELECT energy_j, measured_s + interpolated_s FROM hour ORDER BY hour_s")
    assert [seconds for _, seconds in hours] == [1200.0, 2400.0]
    assert [energy / KWH for energy, _ in hours] == [pytest.approx(2, 0.02), pytest.approx(4, 0.02)]
    assert rows(tmp_path, "SELECT oddity FROM finding") == [("stuck",)]
    total = rows(tmp_path, "SELECT sum(energy_j) FROM hour")
    assert rows(tmp_path, "SELECT booked_j FROM account") == total


async def test_a_daily_register_has_the_days_of_its_site(tmp_path: Path) -> None:
    register = replace(REGISTER, zeroed=Zeroed.DAILY)
    tree_there = tree(timezone="Asia/Kathmandu")
    midnight = START.replace(hour=18, minute=15)
    ledger = open_ledger(tmp_path, HandClock(START), tree=tree_there)
    readings = [
        replace(reading("rack-1-a", midnight + timedelta(minutes=n), kwh=kwh), register=register)
        for n, kwh in ((-60, 3), (60, 5))
    ]
    await ledger.book(readings)
    ledger.close()
    assert rows(tmp_path, "SELECT oddity, energy_j FROM finding") == [("day", 5 * KWH)]


async def test_an_hour_keeps_the_last_register_that_was_read_in_it(tmp_path: Path) -> None:
    readings = day("rack-1-a", START, 90, 6000)
    await booked(tmp_path, readings)
    await booked(tmp_path, [reading("rack-1-a", START + timedelta(minutes=91), watts=6000)])
    hours = rows(tmp_path, "SELECT register_j, register_ms FROM hour ORDER BY hour_s")
    expected = [
        (one.energy, round(one.at.timestamp() * 1000)) for one in (readings[60], readings[90])
    ]
    assert hours == expected


async def test_slots_hold_what_shapes_a_site_and_add_up_to_its_hours(tmp_path: Path) -> None:
    await booked(tmp_path, day("grid", START + timedelta(seconds=17), 90, 6000))
    await booked(tmp_path, day("rack-1-a", START, 90, 6000))
    slots = rows(tmp_path, "SELECT site, start_s, energy_j FROM slot ORDER BY start_s")
    assert {site for site, _, _ in slots} == {"fra"}
    assert len(slots) == 19
    assert [energy for _, _, energy in slots[1:-1]] == [6000 * 300] * 17
    grid = "SELECT sum(energy_j) FROM hour JOIN meter ON number = meter WHERE id = 'grid'"
    assert rows(tmp_path, "SELECT sum(energy_j) FROM slot") == rows(tmp_path, grid)


async def test_a_power_cut_that_resets_many_registers_is_few_lines(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ledger = open_ledger(tmp_path, HandClock(START))
    names = [f"rack-1-a/outlet/{n}" for n in range(30)]
    for minute, kwh in enumerate((5.0, 0.0, 0.01)):
        at = START + minute * MINUTE
        await ledger.book([reading(name, at, kwh=kwh) for name in names])
    ledger.close()
    assert rows(tmp_path, "SELECT count(*) FROM finding") == [(30,)]
    assert len(caplog.records) == 6
    assert "25 more meters" in caplog.records[-1].getMessage()


@settings(max_examples=20, suppress_health_check=list(HealthCheck))
@given(
    events=st.lists(st.sampled_from(["", "", "", "lost", "glitch", "reset", "bare"]), max_size=40),
    cuts=st.sets(st.integers(0, 45), max_size=4),
)
async def test_where_the_daemon_restarts_changes_nothing_whatever_the_register_does(
    events: list[str], cuts: set[int], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Law: and the hours add up to what the account has booked."""
    readings, zero = [], 0.0
    for number, event in enumerate(["", *events, "", "", "", "", ""]):
        true = 100 + number / 10
        zero = true - 0.05 if event == "reset" else zero
        kwh = {"glitch": 10.0**7, "bare": None}.get(event, true - zero)
        if event != "lost":
            readings.append(reading("grid", START + number * MINUTE, kwh=kwh, watts=6000))
    results = []
    for edges in ((), sorted(cuts)):
        folder = tmp_path_factory.mktemp("book")
        await booked(folder, [*readings, *readings[-3:]], edges)
        hours = rows(folder, "SELECT hour_s, energy_j, measured_s, interpolated_s FROM hour")
        findings = rows(folder, "SELECT at_ms, oddity, energy_j FROM finding ORDER BY 1, 2")
        ((total,),) = rows(folder, "SELECT booked_j FROM account")
        assert sum(energy for _, energy, _, _ in hours) == total
        assert rows(folder, "SELECT coalesce(sum(energy_j), 0) FROM slot") == [(total,)]
        results.append((hours, findings, total))
    assert results[0] == results[1]


@pytest.mark.parametrize("watts", [1e17, -1e299, math.inf, math.nan])
def test_a_power_that_no_ledger_could_book_is_no_reading(watts: float) -> None:
    with pytest.raises(ValueError, match="has a power of"):
        reading("grid", START, watts=watts)


async def test_the_strongest_power_for_the_longest_gap_is_booked(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path, HandClock(START))
    for minutes in (0, 5):
        await ledger.book([reading("grid", START + minutes * MINUTE, watts=STRONGEST)])
    ((energy,),) = rows(tmp_path, "SELECT energy_j FROM hour")
    assert energy == STRONGEST * 300
    ledger.close()


async def test_a_meter_that_is_kept_by_the_hour_has_the_same_hours(tmp_path: Path) -> None:
    """Law: minutes are a finer view, and leave nothing else."""
    books = []
    for folder, hourly in ((tmp_path / "a", ()), (tmp_path / "b", (Scope.TOTAL,))):
        folder.mkdir()
        ledger = open_ledger(folder, HandClock(START), keep=Keep(hourly=hourly))
        await ledger.book(day("rack-1-a", START + timedelta(seconds=17), 150, 6000))
        books.append(rows(folder, "SELECT * FROM hour"))
        assert bool(await all_minutes(ledger)) is not bool(hourly)
        ledger.close()
    assert books[0] == books[1]
