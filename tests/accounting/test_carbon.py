"""Energy x PUE x intensity, and what happens when one of them is missing."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.accounting.carbon import current, emission_of, emissions_of, hour_intensity
from agent.model import HOUR, Coverage, HourIntensity, Intensity, Kind, Pue, SiteHour
from agent.units import GramsPerKwh, Joules, grams_of, intensity_from_lb_per_mwh
from tests.accounting.places import HOUR_9, energy

LATER = HOUR_9 + timedelta(days=1)


def row(
    value: float,
    start: datetime = HOUR_9,
    minutes: float = 60,
    updated: datetime = LATER,
    *,
    estimated: bool = False,
) -> Intensity:
    return Intensity(
        grid="de",
        kind=Kind.DIRECT,
        source="em",
        zone="DE",
        start=start,
        period=timedelta(minutes=minutes),
        value=GramsPerKwh(value),
        fetched_at=LATER,
        updated_at=updated,
        estimated=estimated,
    )


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
