"""Counters and powers become intervals: examples of the rules, and laws for all of them."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.accounting.energy import Mark, counted, interval_between, mark_of
from agent.model import Basis, MeterId, Reading, Register
from agent.units import JOULES_PER_KWH, Joules, Watts

START = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
TENTH_KWH = Register(
    step=Joules(JOULES_PER_KWH // 10),
    span=Joules(2**32 * JOULES_PER_KWH // 10),
    limit=Watts(500_000),
)


def reading(
    seconds: float,
    energy: float | None = None,
    power: float | None = None,
    register: Register = TENTH_KWH,
    source: str = "",
) -> Reading:
    return Reading(
        meter=MeterId("m"),
        at=START + timedelta(seconds=seconds),
        register=register,
        energy=None if energy is None else Joules(int(energy)),
        power=None if power is None else Watts(power),
        source=source,
    )


def counts(count: int) -> int:
    return count * JOULES_PER_KWH // 10


def test_a_lower_count_that_is_plausible_is_a_rollover() -> None:
    found = counted(Joules(counts(4294967290)), Joules(counts(14)), TENTH_KWH, 60)
    assert found == (2 * JOULES_PER_KWH, Basis.COUNTER)


def test_a_lower_count_that_is_not_plausible_is_a_reset_and_a_lower_bound() -> None:
    found = counted(Joules(counts(1234567)), Joules(counts(35)), TENTH_KWH, 60)
    assert found == (3.5 * JOULES_PER_KWH, Basis.LOWER_BOUND)


def test_without_a_known_span_nothing_is_guessed_and_a_lower_count_is_a_reset() -> None:
    register = Register(step=Joules(counts(1)))
    found = counted(Joules(counts(4294967290)), Joules(counts(14)), register, 60)
    assert found == (counts(14), Basis.LOWER_BOUND)


def test_a_step_that_the_device_cannot_draw_has_no_interval() -> None:
    assert counted(Joules(0), Joules(counts(1000)), TENTH_KWH, 60) is None
    assert counted(Joules(counts(2000)), Joules(counts(1000)), TENTH_KWH, 60) is None


def test_equal_counts_are_no_energy_and_not_missing() -> None:
    interval, _ = interval_between(mark_of(reading(0, counts(5))), reading(60, counts(5)))
    assert interval is not None
    assert (interval.energy, interval.basis) == (0, Basis.COUNTER)


def test_power_alone_is_integrated_over_a_short_gap_and_not_over_a_long_one() -> None:
    before = mark_of(reading(0, power=1000))
    interval, _ = interval_between(before, reading(60, power=2000))
    assert interval is not None
    assert (interval.energy, interval.basis) == (90_000, Basis.INTEGRATED)
    assert interval_between(before, reading(301, power=2000))[0] is None


def test_a_counter_over_a_long_gap_keeps_its_energy_and_is_marked_interpolated() -> None:
    before = mark_of(reading(0, counts(100), 6000))
    interval, _ = interval_between(before, reading(7200, counts(220), 6000))
    assert interval is not None
    assert (interval.energy, interval.basis) == (12 * JOULES_PER_KWH, Basis.INTERPOLATED)


def test_two_ways_of_reading_a_meter_are_not_mixed_in_one_interval() -> None:
    before = mark_of(reading(0, power=1000, source="dcmi"))
    interval, mark = interval_between(before, reading(60, power=1000, source="sdr"))
    assert interval is None
    assert mark.source == "sdr"


@pytest.mark.parametrize("seconds", [0, -1, -3600])
def test_a_reading_that_is_not_newer_changes_nothing(seconds: float) -> None:
    before = mark_of(reading(0, counts(5), 100))
    assert interval_between(before, reading(seconds, counts(9), 100)) == (None, before)


def test_the_power_shapes_the_minutes_of_a_register_with_coarse_steps() -> None:
    # 1.2 kW moves a register of 0.1 kWh each fifth minute; each minute still has its 72 kJ.
    mark = mark_of(reading(0, counts(10), 1200))
    minutes = []
    for minute in range(1, 31):
        energy = counts(10) + 1200 * 60 * minute // counts(1) * counts(1)
        interval, mark = interval_between(mark, reading(60 * minute, energy, 1200))
        assert interval is not None
        minutes.append(interval.energy)
    assert set(minutes) == {72_000}


Steps = st.lists(
    st.tuples(st.integers(0, 40_000), st.integers(0, 40_000), st.integers(1, 600)),
    min_size=1,
    max_size=60,
)


@given(steps=Steps, step=st.sampled_from([1, 3600, 360_000]), first=st.integers(0, 10**9))
def test_whatever_the_power_says_the_sum_stays_within_one_step_of_the_counter(
    steps: list[tuple[int, int, int]], step: int, first: int
) -> None:
    """Law: energy booked over any time differs from the counter's by at most one step."""
    register = Register(step=Joules(step))
    true, at, booked = first, 0, 0
    mark: Mark = mark_of(reading(0, first // step * step, 1000, register))
    for true_power, said_power, seconds in steps:
        true += true_power * seconds
        at += seconds
        shown = true // step * step
        interval, mark = interval_between(mark, reading(at, shown, said_power, register))
        assert interval is not None
        assert interval.energy >= 0
        booked += interval.energy
        assert abs(booked - (shown - first // step * step)) <= step


@given(steps=Steps)
def test_counter_differences_without_powers_add_up_exactly(
    steps: list[tuple[int, int, int]],
) -> None:
    register = Register(step=Joules(3600))
    mark, total, booked, at = mark_of(reading(0, 0, None, register)), 0, 0, 0
    for watts, _, seconds in steps:
        total, at = total + watts * seconds, at + seconds
        interval, mark = interval_between(mark, reading(at, total, None, register))
        assert interval is not None
        booked += interval.energy
    assert booked == total
