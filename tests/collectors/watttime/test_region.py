"""The region against the simulated service over real connections: what is read, and when."""

import itertools
from datetime import datetime, timedelta

import pytest

from agent.demo.grids import lb_per_mwh
from agent.model import HOUR, Intensity, Kind
from collectors.watttime.schedule import DAY, LONGEST, OLDEST, Schedule
from tests.collectors.stopped import NOON
from tests.collectors.watttime.conftest import Opened

POINT = timedelta(minutes=5)


def instants(rows: list[Intensity]) -> list[datetime]:
    return [row.start for row in rows]


async def test_the_first_poll_reads_the_backfill_point_by_point(served: Opened) -> None:
    bench = served(backfill="2d")
    rows = [row for row in await bench.region.collect() if row.start >= NOON - 2 * DAY]
    assert instants(rows) == [NOON - 2 * DAY + turn * POINT for turn in range(2 * 288 + 1)]
    for row in rows:
        assert (row.grid, row.source, row.zone) == ("west", "watttime", "EXAMPLE_NORTH")
        assert (row.kind, row.period) == (Kind.MARGINAL, POINT)
        assert row.method == "model 2026-03-01"


async def test_pounds_per_megawatt_hour_become_grams_per_kilowatt_hour(served: Opened) -> None:
    bench = served()
    for row in await bench.region.collect():
        said = bench.grid.intensity(Kind.MARGINAL, row.start, NOON, POINT)
        assert row.value == pytest.approx(round(lb_per_mwh(said.value), 1) * 0.45359237, rel=1e-12)
        assert row.updated_at == said.updated_at


async def test_imputed_points_are_marked_as_estimated(served: Opened) -> None:
    bench = served()
    rows = [row for row in await bench.region.collect() if row.start > NOON - DAY]
    assert {row.estimated for row in rows if row.start > NOON - 2 * HOUR} == {True}
    assert {row.estimated for row in rows if row.start < NOON - 4 * HOUR} == {False}
    assert all(params["include_imputed_marker"] == "true" for params in bench.asked())


async def test_a_long_range_is_cut_into_pieces_without_a_double_or_a_gap(served: Opened) -> None:
    bench = served(backfill="70d")
    rows = [row for row in await bench.region.collect() if row.start >= NOON - 70 * DAY]
    assert instants(rows) == [NOON - 70 * DAY + turn * POINT for turn in range(70 * 288 + 1)]
    for params in bench.asked():
        span = datetime.fromisoformat(params["end"]) - datetime.fromisoformat(params["start"])
        assert span < LONGEST


async def test_later_polls_ask_only_for_what_has_changed(served: Opened) -> None:
    bench = served()
    await bench.region.collect()
    bench.faults.asked.clear()
    bench.clock.move(minutes=15)
    rows = list(await bench.region.collect())
    (params,) = bench.asked()
    assert "updated_since" in params
    assert NOON + 3 * POINT in instants(rows)
    assert len(rows) < 288


def test_the_changes_of_a_month_are_one_request() -> None:
    schedule = Schedule(backfill=10 * DAY)
    schedule.recent_was_read(NOON)
    (piece,) = schedule.recent(NOON + timedelta(minutes=15))
    assert piece.end == NOON + timedelta(minutes=15)
    assert piece.end - piece.start < LONGEST


async def test_a_point_that_changes_comes_again_with_a_newer_version(near: Opened) -> None:
    bench = near()
    before = next(row for row in await bench.region.collect() if row.start == NOON)
    versions = [before.version]
    for _ in range(9):
        bench.clock.move(days=1)
        versions += [row.version for row in await bench.region.collect() if row.start == NOON]
    assert versions == sorted(versions)
    assert len(set(versions)) == 3


async def test_a_change_after_a_month_is_seen_within_a_day(near: Opened) -> None:
    bench = near(every="1d")
    versions = []
    for _ in range(33):
        versions += [row.version for row in await bench.region.collect() if row.start == NOON]
        bench.clock.move(days=1)
    assert versions[-1] == NOON + timedelta(days=30)


async def test_the_average_has_its_own_signal_and_region_and_kind(served: Opened) -> None:
    bench = served(kinds=["marginal", "direct"], average_region="EXAMPLE")
    rows = await bench.region.collect()
    places = {(params["signal_type"], params["region"]) for params in bench.asked()}
    assert places == {("co2_moer", "EXAMPLE_NORTH"), ("co2_aoer", "EXAMPLE")}
    assert {(row.kind, row.zone) for row in rows} == {
        (Kind.MARGINAL, "EXAMPLE_NORTH"),
        (Kind.DIRECT, "EXAMPLE"),
    }


async def test_nothing_but_login_and_historical_is_ever_asked(served: Opened) -> None:
    bench = served(kinds=["marginal", "direct"], average_region="EXAMPLE")
    await bench.region.collect()
    assert {path for path, _ in bench.faults.asked} == {"/login", "/v3/historical"}


@pytest.mark.parametrize(("ahead", "hours"), [("1h", 1), ("24h", 24), ("3d", 72)])
async def test_a_forecast_is_of_the_hours_ahead_and_says_when_it_was_made(
    served: Opened, ahead: str, hours: int
) -> None:
    bench = served(forecast=ahead)
    rows = [row for row in await bench.region.collect() if row.forecast]
    assert instants(rows) == [NOON + turn * POINT for turn in range(12 * hours)]
    for row in rows:
        said = bench.grid.intensity(Kind.MARGINAL, row.start, NOON, POINT)
        assert row.value == pytest.approx(round(lb_per_mwh(said.value), 1) * 0.45359237, rel=1e-12)
        assert (row.kind, row.period, row.version) == (Kind.MARGINAL, POINT, NOON)
        assert (row.estimated, row.method) == (True, "forecast, model 2026-03-01")
    (params,) = [dict(params) for path, params in bench.faults.asked if path == "/v3/forecast"]
    assert params["horizon_hours"] == str(hours)
    assert (params["region"], params["signal_type"]) == ("EXAMPLE_NORTH", "co2_moer")


async def test_a_forecast_is_read_once_an_hour_and_by_the_model_of_its_first_answer(
    near: Opened,
) -> None:
    bench = near(forecast="24h", kinds=["marginal", "direct"], average_region="EXAMPLE")
    versions = set()
    for turn in range(4 * 6):
        rows = [row for row in await bench.region.collect() if row.forecast]
        versions |= {row.version for row in rows}
        assert {row.method for row in rows} <= {"forecast, model 2026-03-01"}
        bench.faults.model = "2026-04-01" if turn else bench.faults.model
        bench.clock.move(minutes=15)
    asked = [params.get("model") for path, params in bench.faults.asked if path == "/v3/forecast"]
    assert asked == [None] + ["2026-03-01"] * 6
    assert len(versions) == 7


async def test_one_login_serves_two_regions_for_half_an_hour(near: Opened) -> None:
    first, second = near(), near(name="copy")
    for _ in range(4):
        await first.region.collect()
        await second.region.collect()
        first.clock.move(minutes=5)
    assert first.logins == 1
    first.clock.move(minutes=5)
    await first.region.collect()
    assert first.logins == 2


async def test_the_first_model_is_kept_to_when_a_newer_one_comes(near: Opened) -> None:
    bench = near()
    await bench.region.collect()
    bench.faults.model = "2026-04-01"
    bench.clock.move(minutes=15)
    rows = await bench.region.collect()
    assert bench.asked()[-1]["model"] == "2026-03-01"
    assert {row.method for row in rows} == {"model 2026-03-01"}


async def test_a_model_of_the_settings_is_asked_for_from_the_first_request(near: Opened) -> None:
    bench = near(model="2025-02-01")
    rows = await bench.region.collect()
    assert {params["model"] for params in bench.asked()} == {"2025-02-01"}
    assert {row.method for row in rows} == {"model 2025-02-01"}


def test_after_an_outage_longer_than_a_piece_nothing_is_left_out() -> None:
    schedule = Schedule(backfill=10 * DAY)
    schedule.recent_was_read(NOON)
    pieces = schedule.recent(NOON + 45 * DAY)
    assert pieces[0].start <= NOON
    assert pieces[-1].end == NOON + 45 * DAY
    for before, after in itertools.pairwise(pieces):
        assert after.start - before.end == timedelta(seconds=1)


def test_older_points_are_asked_for_once_a_day_back_to_95_days() -> None:
    schedule = Schedule(backfill=10 * DAY)
    pieces = schedule.old(NOON)
    assert pieces[0].start == NOON - OLDEST
    assert pieces[-1].end < NOON - LONGEST
    assert {piece.since for piece in pieces} == {NOON - 10 * DAY}
    schedule.old_was_read(NOON)
    assert not schedule.old_is_due(NOON + 23 * HOUR)
    assert schedule.old_is_due(NOON + DAY)
    assert {piece.since for piece in schedule.old(NOON + DAY)} == {NOON - HOUR}


def test_a_clock_set_back_begins_anew() -> None:
    schedule = Schedule(backfill=10 * DAY)
    schedule.recent_was_read(NOON + 365 * DAY)
    schedule.old_was_read(NOON + 365 * DAY)
    assert [piece.since for piece in schedule.recent(NOON)] == [None]
    assert schedule.old_is_due(NOON)
    assert {piece.since for piece in schedule.old(NOON)} == {NOON - 10 * DAY}
