"""Energy x PUE x intensity, and what happens when one of them is missing."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.accounting.emissions.carbon import (
    current,
    emission_of,
    emissions_of,
    hour_intensity,
    restated,
)
from agent.model import HOUR, Coverage, HourIntensity, Intensity, Kind, Mix, Pue, Role, SiteHour
from agent.units import JOULES_PER_KWH, Joules, grams_of, intensity_from_lb_per_mwh
from tests.accounting.grids import LATER, row
from tests.accounting.places import HOUR_9, energy, meter

MINUTES = timedelta(minutes=1)
KWH = Joules(JOULES_PER_KWH)
NOTHING = Joules(0)


def kwh(number: int) -> Joules:
    return Joules(number * JOULES_PER_KWH)


def site_hour(intensities: Sequence[HourIntensity], pue: Pue | None) -> SiteHour:
    return SiteHour(
        site="fra",
        hour=HOUR_9,
        version=1,
        closed=True,
        facility=None,
        it=None,
        pue=pue,
        intensities={one.kind: one for one in intensities},
        emissions={},
        coverage=Coverage(measured=1.0),
        meters=(),
    )


def applied(value: float) -> HourIntensity:
    found = hour_intensity([row(value)], HOUR_9, until=LATER)
    assert found is not None
    return found


MEASURED = Pue(value=1.4, measured=True, category=2, coverage=1.0)


def test_grams_are_kilowatt_hours_times_grams_per_kilowatt_hour() -> None:
    moer = intensity_from_lb_per_mwh(870)
    assert moer == pytest.approx(394.6253619, rel=1e-9)
    assert grams_of(Joules(45_000_000), moer) == pytest.approx(4932.81702375, rel=1e-9)


def test_pue_applies_to_it_and_not_to_what_already_holds_the_overhead() -> None:
    hour = site_hour([applied(300)], MEASURED)
    assert emission_of(energy("rack-1-a", 10), hour, Kind.DIRECT) == pytest.approx(4200)
    assert emission_of(energy("grid", 14), hour, Kind.DIRECT) == pytest.approx(4200)
    assert emission_of(energy("chiller", 2), hour, Kind.DIRECT) == pytest.approx(600)


def test_without_an_intensity_or_a_pue_there_is_no_emission_and_it_is_not_zero() -> None:
    assert emission_of(energy("rack-1-a", 10), site_hour([], MEASURED), Kind.DIRECT) is None
    assert emission_of(energy("rack-1-a", 10), site_hour([applied(300)], None), Kind.DIRECT) is None
    assert emissions_of(None, Joules(1), None, {Kind.DIRECT: applied(300)}) == {}
    assert emissions_of(Joules(1), None, None, {}) == {}


def test_a_site_emits_what_came_from_the_grid_else_it_times_pue() -> None:
    used = {Kind.DIRECT: applied(300)}
    ten = energy("grid", 10).energy
    assert emissions_of(ten, None, None, used)[Kind.DIRECT] == pytest.approx(3000)
    assert emissions_of(None, ten, MEASURED, used)[Kind.DIRECT] == pytest.approx(4200)


def test_with_the_utilitys_meter_silent_own_generation_is_not_billed_to_the_grid() -> None:
    used = {Kind.DIRECT: applied(300)}
    found = emissions_of(None, kwh(10), MEASURED, used, own=kwh(5))
    assert found[Kind.DIRECT] == pytest.approx((14 - 5) * 300)
    assert emissions_of(None, kwh(1), MEASURED, used, own=kwh(5))[Kind.DIRECT] == 0


def test_finer_points_are_averaged_and_too_few_of_them_are_missing() -> None:
    points = [row(100 + n, HOUR_9 + timedelta(minutes=5 * n), 5) for n in range(12)]
    found = hour_intensity(points, HOUR_9, until=LATER)
    assert found is not None
    assert found.value == pytest.approx(105.5)
    assert found.coverage == 1.0
    assert hour_intensity(points[:5], HOUR_9, until=LATER) is None
    running = hour_intensity(points[:5], HOUR_9, until=HOUR_9 + timedelta(minutes=26))
    assert running is not None
    assert running.value == pytest.approx(102)


def test_an_hour_of_a_zone_with_a_half_hour_offset_is_shared_by_the_two_it_touches() -> None:
    half = timedelta(minutes=30)
    found = hour_intensity([row(100, HOUR_9 - half), row(200, HOUR_9 + half)], HOUR_9, until=LATER)
    assert found is not None
    assert found.value == pytest.approx(150)


def test_the_hour_is_estimated_if_any_of_its_points_is() -> None:
    half = timedelta(minutes=30)
    rows = [row(100, minutes=30), row(200, HOUR_9 + half, 30, estimated=True)]
    found = hour_intensity(rows, HOUR_9, until=LATER)
    assert found is not None
    assert found.estimated


@given(order=st.permutations(range(6)))
def test_the_newest_version_is_current_whatever_the_order_of_arrival(order: list[int]) -> None:
    rows = [row(100 + n, updated=LATER + n * HOUR) for n in range(6)]
    (found,) = current([rows[n] for n in order])
    assert found.value == 105.0


def test_a_version_that_comes_twice_is_what_it_was_when_it_was_last_fetched() -> None:
    first = row(400, estimated=True)
    again = replace(row(300), fetched_at=LATER + HOUR)
    assert current([first, again]) == current([again, first]) == [again]
    assert restated([again, first]) == -100


def test_of_two_values_in_one_fetch_it_is_always_the_same_one_that_counts() -> None:
    for one, other in ((row(100), row(200)), (row(100), row(200, estimated=True))):
        assert current([one, other]) == current([other, one])


def test_series_of_another_kind_mix_or_forecast_are_other_values() -> None:
    rows = [
        row(100),
        row(200, kind=Kind.LIFECYCLE),
        row(300, mix=Mix.PRODUCTION),
        row(400, forecast=True),
        row(500, grid="fr"),
        row(600, minutes=30),
    ]
    assert current(rows) == rows


@given(order=st.permutations(range(4)))
def test_a_restatement_is_the_current_value_less_the_first_published(order: list[int]) -> None:
    rows = [row(value, updated=LATER + n * HOUR) for n, value in enumerate((310, 250, 400, 295))]
    assert restated([rows[n] for n in order]) == -15
    assert restated(rows[:1]) == 0


def points(minutes: int, *values: float) -> list[Intensity]:
    return [row(one, HOUR_9 + n * minutes * MINUTES, minutes) for n, one in enumerate(values)]


def test_finer_points_are_weighed_with_the_energy_that_flowed_in_each() -> None:
    quarters = points(15, 100, 300, 500, 700)
    slots = [*[kwh(3)] * 3, *[NOTHING] * 3, *[KWH] * 3, *[NOTHING] * 3]
    found = hour_intensity(quarters, HOUR_9, until=LATER, slots=slots)
    assert found is not None
    assert found.value == pytest.approx((9 * 100 + 3 * 500) / 12)
    assert found.period == timedelta(minutes=15)


@pytest.mark.parametrize("slots", [None, [], [NOTHING] * 12])
def test_without_the_energy_of_the_slots_points_are_weighed_by_time(
    slots: list[Joules] | None,
) -> None:
    found = hour_intensity(points(30, 100, 300), HOUR_9, until=LATER, slots=slots)
    assert found is not None
    assert found.value == pytest.approx(200)


def test_energy_in_slots_without_a_point_leaves_both_sums() -> None:
    slots = [*[KWH] * 6, *[kwh(3)] * 3, *[kwh(100)] * 3]
    found = hour_intensity(points(15, 100, 200, 300), HOUR_9, until=LATER, slots=slots)
    assert found is not None
    assert found.value == pytest.approx((3 * 100 + 3 * 200 + 9 * 300) / 15)
    assert found.coverage == 0.75
    idle = [NOTHING] * 9 + [KWH] * 3
    found = hour_intensity(points(15, 100, 200, 300), HOUR_9, until=LATER, slots=idle)
    assert found is not None
    assert found.value == pytest.approx(200), "by time: no energy flowed while a point is known"


def test_energy_that_flowed_while_the_grid_was_free_of_carbon_emits_nothing() -> None:
    slots = [KWH] * 6 + [NOTHING] * 6
    found = hour_intensity(points(30, 0, 300), HOUR_9, until=LATER, slots=slots)
    assert found is not None
    assert found.value == 0.0


def test_a_value_of_a_whole_day_stands_for_its_hours() -> None:
    rows = [row(210, HOUR_9.replace(hour=0), 24 * 60)]
    found = hour_intensity(rows, HOUR_9, until=LATER, slots=[KWH] * 12)
    assert found is not None
    assert (found.value, found.coverage, found.period) == (210, 1.0, timedelta(days=1))


def test_the_series_that_covers_most_is_taken_then_the_finer_then_the_newer_one() -> None:
    hourly, fine = row(100), points(5, *[200] * 12)
    newer = row(300, updated=LATER + HOUR, source="file")

    def value(*rows: Intensity) -> float | None:
        found = hour_intensity(rows, HOUR_9, until=LATER)
        return found.value if found else None

    assert value(hourly, *fine[:11]) == 100
    assert value(hourly, *fine) == 200
    assert value(hourly, newer) == value(newer, hourly) == 300


def test_what_is_produced_in_a_zone_never_stands_for_what_is_used_there() -> None:
    produced = row(50, mix=Mix.PRODUCTION)
    few = points(5, *[200] * 5)
    assert hour_intensity([produced, *few], HOUR_9, until=LATER) is None
    found = hour_intensity([produced], HOUR_9, until=LATER)
    assert found is not None
    assert (found.value, found.source) == (50, "em, production")


def test_the_emissions_of_it_meters_add_up_to_the_sites_with_generation_on_site() -> None:
    hour = replace(site_hour([applied(300)], MEASURED), facility=kwh(14), grid=kwh(7), it=kwh(10))
    parts = [emission_of(energy(name, 5), hour, Kind.DIRECT) for name in ("rack-1-a", "rack-2-a")]
    assert sum(one or 0 for one in parts) == pytest.approx(7 * 300)
    assert emission_of(energy("grid", 7), hour, Kind.DIRECT) == pytest.approx(7 * 300)


def test_what_does_not_come_from_the_grid_has_no_emission_by_its_intensity() -> None:
    for role in (Role.GENERATOR, Role.ONSITE, Role.WATER, Role.HEAT_REUSE):
        other = energy("grid", 7)._replace(meter=meter("other", role))
        assert emission_of(other, site_hour([applied(300)], MEASURED), Kind.DIRECT) is None
