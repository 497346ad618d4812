"""What the plan of a key does not cover: said once, gone on without, and tried again."""

import logging

import pytest

from agent.demo.grids import Said
from agent.model import HOUR
from tests.collectors.electricitymaps.conftest import PLAN, Opened, one_request


async def test_a_plan_without_past_ranges_is_said_once_and_the_last_day_is_read(
    near: Opened, caplog: pytest.LogCaptureFixture
) -> None:
    bench = near()
    bench.faults.past = False
    rows = await bench.zone.collect()
    assert len({row.start for row in rows}) == 24
    assert len(bench.asked("past-range")) == 1
    for _ in range(4 * 30):
        bench.clock.move(minutes=15)
        assert await bench.zone.collect()
    assert len(bench.asked("past-range")) == 2
    said = [line for line in caplog.messages if "goes on without past-range" in line]
    assert len(said) == 1
    assert "the key is good, its plan does not cover this" in said[0]


async def test_a_plan_that_is_widened_is_noticed_and_the_gap_is_filled(
    near: Opened, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    bench = near(kinds=["direct"])
    bench.faults.past = False
    seen = {row.start for row in await bench.zone.collect()}
    bench.faults.past = True
    bench.clock.move(days=3)
    seen |= {row.start for row in await bench.zone.collect()}
    newest = max(seen)
    assert {newest - turn * HOUR for turn in range(13 * 24)} <= seen
    assert "east: the plan now covers past-range" in caplog.messages


async def test_a_plan_without_history_still_reads_the_running_hour(near: Opened) -> None:
    bench = near(kinds=["direct"])
    bench.faults.past = False
    bench.faults.answers.append(Said(status=401, text=PLAN))
    rows = await bench.zone.collect()
    assert len(rows) == 1
    bench.clock.move(hours=1)
    assert len(await bench.zone.collect()) == 1
    assert len(bench.asked("history")) == 1
    bench.clock.move(days=1)
    assert len(await bench.zone.collect()) == 24


async def test_a_plan_without_forecasts_is_said_once_and_the_rest_is_read(
    near: Opened, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    bench = near(forecast="24h")
    bench.faults.forecast = False
    for _ in range(4 * 20):
        assert not any(row.forecast for row in await bench.zone.collect())
        bench.clock.move(minutes=15)
    assert len(bench.asked("forecast")) == 1
    (said,) = [line for line in caplog.messages if line.startswith("east: ")]
    assert "the key is good, its plan does not cover this (401)" in said
    assert said.endswith(": it goes on without forecast")
    bench.faults.forecast = True
    bench.clock.move(hours=4)
    assert any(row.forecast for row in await bench.zone.collect())
    assert "east: the plan now covers forecast" in caplog.messages


async def test_a_forecast_that_failed_is_due_at_the_next_poll(near: Opened) -> None:
    bench = near(kinds=["direct"], forecast="24h")
    await one_request(bench)
    bench.clock.move(hours=1)
    fine = (
        '{"zone":"XX-1","history":[{"datetime":"2026-03-10T13:00:00.000Z","carbonIntensity":80}]}'
    )
    bench.faults.answers.extend([Said(status=200, text=fine), Said(status=500)])
    assert [row.forecast for row in await bench.zone.collect()] == [False]
    bench.clock.move(minutes=15)
    assert len([row for row in await bench.zone.collect() if row.forecast]) == 25


async def test_a_forecast_that_is_refused_as_wrong_is_asked_for_again_tomorrow(
    near: Opened,
) -> None:
    bench = near(kinds=["direct"], forecast="24h")
    await one_request(bench)
    bench.clock.move(hours=1)
    fine = (
        '{"zone":"XX-1","history":[{"datetime":"2026-03-10T13:00:00.000Z","carbonIntensity":80}]}'
    )
    refused = Said(status=400, text='{"error":"Valid horizons are: 6, 24"}')
    bench.faults.answers.extend([Said(status=200, text=fine), refused])
    assert await bench.zone.collect()
    bench.faults.asked.clear()
    for _ in range(22):
        bench.clock.move(hours=1)
        assert not any(row.forecast for row in await bench.zone.collect())
    assert bench.asked("forecast") == []
    bench.clock.move(hours=3)
    assert any(row.forecast for row in await bench.zone.collect())
