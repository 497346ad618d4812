"""How much of an hour is known, weighed by what each meter draws."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.accounting.metering.coverage import coverage_of
from agent.model import HOUR, Coverage, HourEnergy, MeterId, Role
from agent.units import Joules
from tests.accounting.places import HOUR_9, meter

LAW = settings(max_examples=100)

BIG, SMALL = meter("big", Role.RACK), meter("small", Role.RACK)
END = HOUR_9 + HOUR


def known(
    of: str, energy: int, measured: float, interpolated: float = 0.0
) -> dict[MeterId, HourEnergy]:
    one = HourEnergy(
        meter=meter(of, Role.RACK),
        hour=HOUR_9,
        energy=Joules(energy),
        measured=measured,
        interpolated=interpolated,
    )
    return {one.meter.id: one}


def test_each_meter_weighs_by_its_mean_power() -> None:
    hours = known("big", 9_000 * 1800, 1800) | known("small", 1_000 * 3600, 3600)
    found = coverage_of([BIG, SMALL], hours, HOUR_9, END)
    assert found.measured == pytest.approx(0.9 * 0.5 + 0.1)
    assert found.missing == pytest.approx(0.45)


def test_a_meter_of_which_nothing_is_known_counts_by_time() -> None:
    found = coverage_of([BIG, SMALL], known("small", 3600, 3600), HOUR_9, END)
    assert found == Coverage(measured=0.5)


def test_where_nothing_flows_the_shares_are_of_time() -> None:
    hours = known("big", 0, 1800) | known("small", 0, 3600)
    assert coverage_of([BIG, SMALL], hours, HOUR_9, END).measured == pytest.approx(0.75)


def test_energy_that_covers_no_time_says_nothing_of_a_meter() -> None:
    hours = known("big", 5000, 0) | known("small", 3600, 3600)
    assert coverage_of([BIG, SMALL], hours, HOUR_9, END).measured == pytest.approx(0.5)


def test_a_meter_cannot_stand_in_for_another_by_being_known_for_too_long() -> None:
    hours = known("big", 3600, 3600) | known("small", 5400, 5400)
    found = coverage_of([BIG, SMALL], hours, HOUR_9, HOUR_9 + timedelta(minutes=30))
    assert found == Coverage(measured=1.0)
    assert coverage_of([BIG, SMALL], known("big", 7200, 7200), HOUR_9, END).known == 0.5


def test_measured_and_interpolated_are_said_apart() -> None:
    found = coverage_of([BIG], known("big", 3600, 1800, 900), HOUR_9, END)
    assert (found.measured, found.interpolated, found.missing) == (0.5, 0.25, 0.25)


def test_an_hour_that_has_not_begun_and_a_site_without_meters_are_not_known() -> None:
    assert coverage_of([BIG], known("big", 1, 60), HOUR_9, HOUR_9).known == 0.0
    assert coverage_of([], {}, HOUR_9, END).known == 0.0


SECONDS = st.floats(0, 4000)


@LAW
@given(
    st.lists(st.tuples(st.integers(0, 10**9), SECONDS, SECONDS) | st.none(), max_size=6),
    st.floats(0, 4000),
)
def test_shares_add_up_to_one(
    meters: list[tuple[int, float, float] | None], elapsed: float
) -> None:
    hours: dict[MeterId, HourEnergy] = {}
    for number, one in enumerate(meters):
        if one is not None:
            hours |= known(f"m{number}", *one)
    wanted = [meter(f"m{number}", Role.RACK) for number in range(len(meters))]
    found = coverage_of(wanted, hours, HOUR_9, HOUR_9 + timedelta(seconds=elapsed))
    assert min(found.measured, found.interpolated, found.missing) >= 0
    assert found.measured + found.interpolated + found.missing == pytest.approx(1)
