"""Counters and powers become intervals: examples of the rules, and laws for all of them."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.accounting.registers.intervals import interval_between
from agent.accounting.registers.marks import Mark, mark_of
from agent.model import Basis, Interval, MeterId, Oddity, Reading, Register
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


def only(before: Mark, now: Reading) -> tuple[Interval | None, Mark]:
    """The interval of a reading that has at most one."""
    found = interval_between(before, now)
    assert len(found.intervals) <= 1
    return (found.intervals[0] if found.intervals else None), found.mark


def test_equal_counts_are_no_energy_and_not_missing() -> None:
    interval, _ = only(mark_of(reading(0, counts(5))), reading(60, counts(5)))
    assert interval is not None
    assert (interval.energy, interval.basis) == (0, Basis.COUNTER)


def test_power_alone_is_integrated_over_a_short_gap_and_not_over_a_long_one() -> None:
    before = mark_of(reading(0, power=1000))
    interval, _ = only(before, reading(60, power=2000))
    assert interval is not None
    assert (interval.energy, interval.basis) == (90_000, Basis.INTEGRATED)
    assert only(before, reading(301, power=2000))[0] is None


def test_a_counter_over_a_long_gap_keeps_its_energy_and_is_marked_interpolated() -> None:
    before = mark_of(reading(0, counts(100), 6000))
    interval, _ = only(before, reading(7200, counts(220), 6000))
    assert interval is not None
    assert (interval.energy, interval.basis) == (12 * JOULES_PER_KWH, Basis.INTERPOLATED)


def test_two_ways_of_reading_a_meter_are_not_mixed_in_one_interval() -> None:
    before = mark_of(reading(0, power=1000, source="dcmi"))
    found = interval_between(before, reading(60, power=1000, source="sdr"))
    assert found.intervals == ()
    assert found.mark.source == "sdr"
    assert found.findings == (), "another way of reading a power is no other meter"


def test_another_meter_in_its_place_is_a_finding_and_no_energy() -> None:
    before = mark_of(reading(0, counts(5000), 1000, source="A1"))
    found = interval_between(before, reading(60, counts(7), 1000, source="B2"))
    assert found.intervals == ()
    assert [one.oddity for one in found.findings] == [Oddity.REPLACED]


@pytest.mark.parametrize("seconds", [0, -1, -3600])
def test_a_reading_that_is_not_newer_changes_nothing(seconds: float) -> None:
    before = mark_of(reading(0, counts(5), 100))
    assert only(before, reading(seconds, counts(9), 100)) == (None, before)


def test_the_power_shapes_the_minutes_of_a_register_with_coarse_steps() -> None:
    # 1.2 kW moves a register of 0.1 kWh each fifth minute; each minute still has its 72 kJ.
    mark = mark_of(reading(0, counts(10), 1200))
    minutes = []
    for minute in range(1, 31):
        energy = counts(10) + 1200 * 60 * minute // counts(1) * counts(1)
        interval, mark = only(mark, reading(60 * minute, energy, 1200))
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
        interval, mark = only(mark, reading(at, shown, said_power, register))
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
        interval, mark = only(mark, reading(at, total, None, register))
        assert interval is not None
        booked += interval.energy
    assert booked == total
