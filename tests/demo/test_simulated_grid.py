"""The grid that both services answer from: its truth, its estimates, its revisions."""

import itertools
from datetime import timedelta

import pytest

from agent.demo.grids import (
    SimulatedGrid,
)
from agent.model import HOUR, Kind, Mix
from tests.collectors.stopped import NOON

RUNNING = NOON.replace(minute=0)
POINT = timedelta(minutes=5)
DAY = timedelta(days=1)


@pytest.fixture
def grid() -> SimulatedGrid:
    return SimulatedGrid("XX-1", "EXAMPLE_NORTH", seed=7)


def test_the_truth_is_smooth_and_direct_is_a_third_to_a_half_of_life_cycle() -> None:
    for seed in range(5):
        grid = SimulatedGrid(seed=seed)
        hours = [NOON + turn * HOUR for turn in range(24 * 60)]
        values = [grid.truth(Kind.LIFECYCLE, hour) for hour in hours]
        direct = [grid.truth(Kind.DIRECT, hour) for hour in hours]
        assert min(values) > 80
        assert max(values) - min(values) > 200
        assert max(abs(a - b) for a, b in itertools.pairwise(values)) < 60
        assert all(0.3 < d / v < 0.5 for d, v in zip(direct, values, strict=True))
        assert all(grid.truth(Kind.MARGINAL, hour) > 200 for hour in hours)


def test_an_hour_is_estimated_for_three_hours_and_corrected_for_ninety_days(
    grid: SimulatedGrid,
) -> None:
    ages = [0, 0.9, 1, 2.9, 3, 19, 20, 24 * 8, 24 * 31, 24 * 95]
    said = [grid.intensity(Kind.DIRECT, RUNNING, RUNNING + age * HOUR) for age in ages]
    assert [row.estimated for row in said] == [True] * 4 + [False] * 6
    updates = [row.updated_at for row in said]
    assert updates == sorted(updates)
    assert len(set(updates)) == 7
    truth = grid.truth(Kind.DIRECT, RUNNING)
    assert said[-1].value == pytest.approx(truth)
    assert all(abs(row.value / truth - 1) <= 0.08 for row in said)
    assert said[0] == said[1]


def test_a_revision_changes_hours_that_were_already_measured(grid: SimulatedGrid) -> None:
    for kind in Kind:
        for before, after in ((4, 21), (21, 24 * 8), (24 * 8, 24 * 31)):
            hours = [RUNNING + turn * HOUR for turn in range(100)]
            said = [grid.intensity(kind, hour, hour + before * HOUR) for hour in hours]
            now = [grid.intensity(kind, hour, hour + after * HOUR) for hour in hours]
            changed = [round(a.value) != round(b.value) for a, b in zip(said, now, strict=True)]
            assert sum(changed) > 30
            assert not any(row.estimated for row in (*said, *now))
            assert all(a.updated_at < b.updated_at for a, b in zip(said, now, strict=True))


def test_a_forecast_is_made_anew_and_gets_better_as_the_hour_comes_nearer(
    grid: SimulatedGrid,
) -> None:
    errors = []
    for lead in (60, 20, 8, 2):
        hours = [RUNNING + turn * HOUR for turn in range(200)]
        said = [grid.intensity(Kind.DIRECT, hour, hour - lead * HOUR) for hour in hours]
        assert all(row.estimated and row.created_at <= row.updated_at < row.start for row in said)
        truth = [grid.truth(Kind.DIRECT, hour) for hour in hours]
        errors.append(sum(abs(a.value / b - 1) for a, b in zip(said, truth, strict=True)))
    assert errors == sorted(errors, reverse=True)


def test_what_is_produced_is_another_figure_than_what_is_used(grid: SimulatedGrid) -> None:
    for kind in (Kind.DIRECT, Kind.LIFECYCLE):
        made = grid.intensity(kind, RUNNING, NOON, mix=Mix.PRODUCTION)
        used = grid.intensity(kind, RUNNING, NOON)
        assert 0 < made.value < used.value


def test_the_same_seed_is_the_same_grid() -> None:
    first, second = (SimulatedGrid(seed=3).intensity(Kind.DIRECT, RUNNING, NOON) for _ in "ab")
    assert first == second
    assert first != SimulatedGrid(seed=4).intensity(Kind.DIRECT, RUNNING, NOON)


def test_what_has_changed_since_a_time_is_found_without_looking_at_the_rest(
    grid: SimulatedGrid,
) -> None:
    start, since = NOON - 100 * DAY, NOON - 2 * HOUR
    everything = grid.published(Kind.MARGINAL, start, NOON, NOON, POINT)
    changed = grid.published(Kind.MARGINAL, start, NOON, NOON, POINT, since=since)
    assert changed == [row for row in everything if row.updated_at >= since]
    assert 0 < len(changed) < len(everything) / 50
