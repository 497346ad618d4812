"""The zone against the simulated service over real connections: what is read, and when."""

from collections import Counter
from datetime import datetime, timedelta

import pytest

from agent.model import HOUR, Intensity, Kind, Mix
from collectors.electricitymaps.schedule import AGES, DAY, Schedule, hour_of
from tests.collectors.electricitymaps.conftest import Opened
from tests.collectors.stopped import NOON

RUNNING = hour_of(NOON)


def hours_of(rows: list[Intensity], kind: Kind) -> list[datetime]:
    return sorted({row.start for row in rows if row.kind is kind})


async def test_the_first_poll_reads_ten_days_without_a_hole_for_both_kinds(served: Opened) -> None:
    bench = served()
    rows = list(await bench.zone.collect())
    for kind in (Kind.DIRECT, Kind.LIFECYCLE):
        recent = [hour for hour in hours_of(rows, kind) if hour >= RUNNING - 10 * DAY]
        assert recent == [RUNNING - 10 * DAY + turn * HOUR for turn in range(241)]
        for row in rows:
            assert row.value > 0
            assert (row.grid, row.source, row.zone) == ("east", "electricitymaps", "XX-1")
            assert row.period == HOUR


async def test_what_is_read_is_what_the_service_says_at_that_time(served: Opened) -> None:
    bench = served()
    rows = await bench.zone.collect()
    for row in rows:
        said = bench.grid.intensity(row.kind, row.start, NOON)
        assert row.value == float(round(said.value))
        assert row.updated_at == said.updated_at
        assert row.estimated is said.estimated
        assert row.method == ("FORECASTS_HIERARCHY" if said.estimated else "")


async def test_direct_is_asked_for_apart_from_life_cycle_and_is_smaller(served: Opened) -> None:
    bench = served()
    rows = await bench.zone.collect()
    factors = Counter(params["emissionFactorType"] for params in bench.asked("history"))
    assert factors == {"direct": 1, "lifecycle": 1}
    running = {row.kind: row.value for row in rows if row.start == RUNNING}
    assert 0 < running[Kind.DIRECT] < running[Kind.LIFECYCLE] / 1.8


async def test_only_the_kinds_of_the_settings_are_asked_for(served: Opened) -> None:
    bench = served(kinds=["direct"])
    rows = await bench.zone.collect()
    assert {row.kind for row in rows} == {Kind.DIRECT}
    assert {params["emissionFactorType"] for _, params in bench.faults.asked} == {"direct"}


async def test_the_callers_place_never_stands_in_for_the_zone(served: Opened) -> None:
    bench = served()
    await bench.zone.collect()
    assert bench.faults.asked
    for _, params in bench.faults.asked:
        assert params["disableCallerLookup"] == "true"
        assert params["zone"] == "XX-1"
        assert params["flowTraced"] == "true"


async def test_what_is_produced_is_asked_for_and_marked_as_such(served: Opened) -> None:
    bench = served(mix="production", kinds=["direct"], forecast="6h")
    rows = await bench.zone.collect()
    assert {params["flowTraced"] for _, params in bench.faults.asked} == {"false"}
    assert {row.mix for row in rows} == {Mix.PRODUCTION}
    for row in rows:
        said = bench.grid.intensity(Kind.DIRECT, row.start, NOON, mix=Mix.PRODUCTION)
        used = bench.grid.intensity(Kind.DIRECT, row.start, NOON)
        assert row.value == float(round(said.value)) < used.value


@pytest.mark.parametrize(("ahead", "hours"), [("6h", 6), ("1d", 24), ("48h", 48), ("72h", 72)])
async def test_a_forecast_is_one_row_more_than_its_hours_and_says_when_it_was_made(
    served: Opened, ahead: str, hours: int
) -> None:
    bench = served(forecast=ahead, kinds=["direct"], backfill="1d")
    rows = [row for row in await bench.zone.collect() if row.forecast]
    assert [row.start for row in rows] == [RUNNING + turn * HOUR for turn in range(hours + 1)]
    assert [params["horizonHours"] for params in bench.asked("forecast")] == [str(hours)]
    for row in rows:
        said = bench.grid.intensity(Kind.DIRECT, row.start, NOON)
        assert row.value == float(round(said.value))
        assert NOON <= row.version < NOON + timedelta(seconds=2)
        assert row.updated_at == row.version
        assert (row.estimated, row.method) == (True, "forecast")
        assert (row.kind, row.mix, row.period) == (Kind.DIRECT, Mix.CONSUMPTION, HOUR)


async def test_the_running_hour_is_an_estimate_and_a_forecast_apart(served: Opened) -> None:
    bench = served(forecast="24h", kinds=["direct"])
    running = [row for row in await bench.zone.collect() if row.start == RUNNING]
    assert [(row.forecast, row.estimated, row.method) for row in running] == [
        (False, True, "FORECASTS_HIERARCHY"),
        (True, True, "forecast"),
    ]
    bench.clock.move(minutes=15)
    (latest,) = await bench.zone.collect()
    assert not latest.forecast
    assert latest.estimated


async def test_a_forecast_is_read_once_an_hour_for_each_kind_and_gets_better(near: Opened) -> None:
    bench = near(forecast="24h", every="15m")
    versions: dict[datetime, list[Intensity]] = {}
    for _ in range(4 * 24):
        for row in await bench.zone.collect():
            if row.forecast and row.kind is Kind.DIRECT:
                versions.setdefault(row.start, []).append(row)
        bench.clock.at = bench.clock.at.replace(second=0) + timedelta(minutes=15)
    factors = Counter(params["emissionFactorType"] for params in bench.asked("forecast"))
    assert factors == {"direct": 25, "lifecycle": 25}
    tomorrow = versions[RUNNING + 24 * HOUR]
    assert len({row.version for row in tomorrow}) == len(tomorrow) == 25
    assert len({row.value for row in tomorrow}) > 2


async def test_without_the_setting_no_forecast_is_asked_for(near: Opened) -> None:
    bench = near()
    rows = await bench.zone.collect()
    assert bench.asked("forecast") == []
    assert not any(row.forecast for row in rows)


async def test_a_zone_and_kind_costs_one_small_request_a_poll(near: Opened) -> None:
    bench = near(kinds=["direct"])
    for _ in range(4 * 24):
        await bench.zone.collect()
        bench.clock.at = bench.clock.at.replace(second=0) + timedelta(minutes=15)
    paths = Counter(path.rpartition("/")[2] for path, _ in bench.faults.asked)
    assert paths["history"] == 25
    assert paths["latest"] == 71
    # Three at the start (10 days, and those of 32 and 95 days ago), then the four ages once a day.
    assert paths["past-range"] == 3 + 4


async def test_an_estimated_hour_comes_again_measured_with_a_newer_version(near: Opened) -> None:
    bench = near()
    first = [row for row in await bench.zone.collect() if row.start == RUNNING]
    assert all(row.estimated for row in first)
    bench.clock.move(hours=4)
    later = [row for row in await bench.zone.collect() if row.start == RUNNING]
    assert len(later) == len(first) == 2
    for before, now in zip(first, later, strict=True):
        assert not now.estimated
        assert now.version > before.version


def ages_read(schedule: Schedule, hours: int, asleep: range = range(0)) -> dict[int, set[int]]:
    """Return for each hour, counted from the start, the ages in hours at which it was read."""
    ages: dict[int, set[int]] = {}
    for turn in range(hours):
        now = NOON + turn * HOUR
        if turn in asleep:
            continue
        for hour in range(turn - 23, turn + 1):
            ages.setdefault(hour, set()).add(turn - hour)
        schedule.history_was_read(now)
        for window in list(schedule.windows(now)):
            assert window.end - window.start <= 10 * DAY
            first = round((window.start - RUNNING) / HOUR)
            for hour in range(first, first + round((window.end - window.start) / HOUR)):
                ages.setdefault(hour, set()).add(turn - hour)
            schedule.was_read(window)
    return ages


def test_every_hour_is_read_again_after_an_hour_and_1_8_32_and_95_days() -> None:
    ages = ages_read(Schedule(backfill=10 * DAY, longest=10 * DAY), 24 * 130)
    for hour in range(-23, 24 * 30):
        read = ages[hour]
        assert set(range(max(0, -hour), 24)) <= read
        for days in (1, 8, 32, 95):
            due = range(days * 24, days * 24 + 25)
            assert len(read.intersection(due)) == 1, (hour, days)
    assert all(len(read) <= 24 + len(AGES) for hour, read in ages.items() if hour >= 0)


def test_an_outage_of_any_length_is_caught_up_with_once_it_is_over() -> None:
    for asleep in (range(50, 73), range(50, 74), range(50, 75), range(50, 90), range(50, 700)):
        ages = ages_read(Schedule(backfill=10 * DAY, longest=10 * DAY), 800, asleep)
        assert all(hour in ages for hour in range(-240, 770)), asleep


def test_a_clock_set_back_does_not_stop_the_reading_again() -> None:
    schedule = Schedule(backfill=10 * DAY, longest=10 * DAY)
    for window in list(schedule.windows(NOON + 365 * DAY)):
        schedule.was_read(window)
    assert list(schedule.windows(NOON)) == []
    assert {window.age for window in schedule.windows(NOON + DAY)} == set(AGES)


def test_a_window_that_was_not_read_is_due_until_it_is() -> None:
    schedule = Schedule(backfill=25 * DAY, longest=10 * DAY)
    oldest, middle, youngest = (w for w in schedule.windows(NOON) if w.age == AGES[0])
    schedule.was_read(oldest)
    schedule.was_read(youngest)
    assert [w for w in schedule.windows(NOON) if w.age == AGES[0]] == [middle, youngest]


async def test_finer_rows_carry_the_period_of_the_answer(served: Opened) -> None:
    bench = served(granularity="15_minutes", backfill="1d", kinds=["lifecycle"])
    rows = [row for row in await bench.zone.collect() if row.start > RUNNING - 20 * HOUR]
    assert {row.period for row in rows} == {timedelta(minutes=15)}
    assert len(rows) >= 80


async def test_finer_rows_are_never_asked_for_more_than_a_day_at_once(served: Opened) -> None:
    bench = served(granularity="5_minutes", kinds=["direct"])
    await bench.zone.collect()
    spans = [
        datetime.fromisoformat(params["end"]) - datetime.fromisoformat(params["start"])
        for params in bench.asked("past-range")
    ]
    assert len(spans) > 9
    assert max(spans) == DAY


async def test_requests_are_as_far_apart_as_the_settings_say(served: Opened) -> None:
    bench = served(requests_per_minute=2, every="15m")
    before = bench.clock.now()
    await bench.zone.collect()
    asked = len(bench.faults.asked)
    assert asked > 4
    assert bench.clock.now() - before == (asked - 1) * timedelta(seconds=30)


async def test_a_slow_account_leaves_the_rest_for_the_next_poll(served: Opened) -> None:
    bench = served(requests_per_minute=0.25, every="15m")
    polls = [await bench.zone.collect()]
    assert len(bench.faults.asked) == 4
    for _ in range(3):
        bench.clock.move(minutes=15)
        polls.append(await bench.zone.collect())
    hours = {row.start for rows in polls for row in rows if row.kind is Kind.LIFECYCLE}
    assert RUNNING - 10 * DAY in hours
    assert RUNNING - 96 * DAY in hours


async def test_zones_of_one_key_share_its_pace(served: Opened) -> None:
    first = served(requests_per_minute=2, kinds=["direct"])
    second = served(requests_per_minute=2, kinds=["direct"], name="copy")
    before = first.clock.now()
    await first.zone.collect()
    await second.zone.collect()
    asked = len(first.faults.asked)
    assert first.clock.now() - before == (asked - 1) * timedelta(seconds=30)
