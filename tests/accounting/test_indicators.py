"""PUE, WUE, CUE, REF and ERF: ratios of sums over the hours in which both sides are known."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.accounting.periods import ratios
from agent.accounting.periods.booked import PeriodHours
from agent.accounting.periods.calendar import Period, period_of, rolling_year
from agent.accounting.periods.indicators import Indicator, period_indicators
from agent.accounting.periods.pue import PeriodPue, period_pue
from agent.accounting.site import Site
from agent.model import HOUR, Coverage, Metered, SiteHour
from agent.units import Millilitres
from tests.accounting.booked import (
    DECLARED,
    MARCH,
    MEASURED,
    SITE,
    SOME_HOURS,
    TENTH,
    applied,
    day,
    hour,
    kwh,
)

LAW = settings(max_examples=50)


def pue(
    hours: list[SiteHour],
    *,
    period: Period = TENTH,
    site: Site = SITE,
    until: datetime | None = None,
) -> PeriodPue:
    return period_pue(site, PeriodHours.of(period, hours, until=until or period.end))


def indicator(name: str, hours: list[SiteHour], site: Site = SITE) -> Indicator:
    booked = PeriodHours.of(TENTH, hours, until=TENTH.end)
    return next(one for one in period_indicators(site, booked) if one.name == name)


def test_pue_is_a_ratio_of_sums_and_not_the_mean_of_ratios() -> None:
    found = ratios.pue([1180.0, 1325.5, 990.0], [1000.0, 1100.0, 600.0])
    assert found.value == pytest.approx(1.29462962963)
    assert found.coverage == 1.0


def test_an_interval_with_either_side_missing_leaves_both_sums() -> None:
    found = ratios.pue([14.0, None, 13.0, 99.0], [10.0, 10.0, 10.0, None])
    assert (found.value, found.kept, found.of) == (pytest.approx(1.35), 2, 4)
    assert ratios.pue([14.0, None], [None, 10.0]).value is None
    assert ratios.pue([], []).coverage == 0.0


def test_series_of_different_times_are_not_divided() -> None:
    with pytest.raises(ValueError, match="shorter"):
        ratios.pue([1.0, 2.0], [1.0])


def test_nothing_is_divided_by_nothing() -> None:
    assert ratios.wue([5.0], [0.0]).value is None


def test_wue_is_in_litres_per_kilowatt_hour() -> None:
    assert ratios.wue([1_860_000.0], [1_240_000.0]).value == pytest.approx(1.5)


def test_cue_of_one_grid_supply_is_pue_times_its_intensity() -> None:
    assert ratios.cue([1.4 * 0.3], [1.0]).value == pytest.approx(0.42)


def test_shares_of_the_energy_are_from_zero_to_one() -> None:
    assert ratios.ref([2.0], [10.0]).value == pytest.approx(0.2)
    assert ratios.erf([10.0], [10.0]).value == 1.0
    with pytest.raises(ValueError, match=r"ERF is 1\.1 and must be from 0 to 1"):
        ratios.erf([11.0], [10.0])
    with pytest.raises(ValueError, match=r"REF is -0\.1"):
        ratios.ref([-1.0], [10.0])


def test_the_pue_of_a_day_says_its_category_its_coverage_and_that_it_is_interim() -> None:
    hours = [*day(count=12), hour(TENTH.start + 12 * HOUR, facility=39, it=30)]
    found = pue(hours)
    # The last hour's PUE of 1.4 and its energies differ: IT was known in part only.
    assert found.value == pytest.approx(1.4)
    assert (found.name, found.category, found.interim) == ("iPUE2", 2, True)
    assert (found.kept, found.of, found.coverage) == (13, 24, 13 / 24)
    assert found.facility / found.it == pytest.approx(1.4)


def test_the_energy_of_whole_hours_is_the_ratio() -> None:
    second = hour(TENTH.start + HOUR, facility=39, it=30, pue=replace(MEASURED, value=1.3))
    found = pue([*day(count=1), second])
    assert found.value == pytest.approx((14 + 39) / 40)
    assert (found.facility, found.it) == (kwh(53), kwh(40))


def test_a_declared_pue_is_not_in_the_measured_one() -> None:
    found = pue([*day(count=2), hour(TENTH.start + 2 * HOUR, pue=DECLARED)])
    assert (found.value, found.kept, found.declared) == (pytest.approx(1.4), 2, 1)
    only = pue([hour(TENTH.start, pue=DECLARED)])
    assert (only.value, only.category, only.name, only.declared) == (None, None, "iPUE", 1)


def test_categories_are_never_mixed() -> None:
    ups = replace(MEASURED, value=1.2, category=1)
    hours = [*day(count=3), *(hour(TENTH.start + n * HOUR, pue=ups) for n in (3, 4))]
    found = pue(hours)
    assert (found.value, found.category, found.others) == (pytest.approx(1.4), 2, {1: 2})
    assert found.coverage == 3 / 24
    even = pue(hours[1:])
    assert (even.category, even.others) == (2, {1: 2}), "the one nearer to the IT equipment"


def test_the_pue_of_a_part_is_a_partial_one() -> None:
    found = pue(day(), site=replace(SITE, partial=True))
    assert (found.name, found.partial, found.interim) == ("pPUE2", True, True)


def year_of(period: Period, *, without: slice | None = None) -> list[SiteHour]:
    hours = [hour(at) for at in period]
    if without is not None:
        del hours[without]
    return hours


def test_twelve_months_make_an_annual_pue() -> None:
    year = period_of("2025", SITE.timezone)
    hours = year_of(year)
    found = pue(hours, period=year)
    assert (found.name, found.interim, found.coverage) == ("PUE2", False, 1.0)
    assert pue(hours, period=year, until=year.end - HOUR).interim, "the year is not over"
    rolling = rolling_year(year.end + timedelta(days=40), SITE.timezone)
    assert not pue(year_of(rolling), period=rolling).interim


def test_what_began_in_the_middle_of_a_year_is_not_of_twelve_months() -> None:
    year = period_of("2025", SITE.timezone)
    assert pue(year_of(year, without=slice(0, 60 * 24)), period=year).interim
    assert not pue(year_of(year, without=slice(0, 6 * 24)), period=year).interim


def test_a_pue_of_which_too_little_is_known_is_refused_in_words() -> None:
    strict = replace(SITE, least_coverage=0.95)
    found = pue(day(count=22), site=strict)
    assert found.value is None
    assert found.refused is not None
    assert "PUE of 2026-03-10: 91.66 % is known, less than the least coverage of 95 %" in (
        found.refused
    )
    assert pue(day(), site=strict).refused is None


def water(hours: list[SiteHour], litres: int) -> list[SiteHour]:
    return [replace(one, water=Millilitres(litres * 1000)) for one in hours]


def test_wue_of_a_day_states_which_water() -> None:
    found = indicator("WUE", water(day(count=12), 15))
    assert (found.value, found.unit, found.coverage) == (pytest.approx(1.5), "L/kWh", 0.5)
    assert found.means == "water that the site takes in"
    assert found.interim


def test_cue_of_a_day_states_which_emissions() -> None:
    found = indicator("CUE", day())
    assert (found.value, found.unit) == (pytest.approx(0.42), "kg/kWh")
    assert "location-based" in found.means
    missing = indicator("CUE", [*day(count=23), hour(TENTH.start + 23 * HOUR)])
    assert (missing.value, missing.kept) == (pytest.approx(0.42), 23)


def test_ref_counts_what_is_generated_on_site() -> None:
    hours = [replace(one, onsite=kwh(2.8)) for one in day()]
    assert indicator("REF", hours).value == pytest.approx(0.2)


def test_erf_counts_the_heat_used_outside() -> None:
    hours = [replace(one, reused=kwh(7)) for one in day()]
    assert indicator("ERF", hours).value == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("name", "sum_", "metered"),
    [
        ("WUE", "water", Metered.WATER),
        ("REF", "onsite", Metered.ONSITE),
        ("ERF", "reused", Metered.REUSED),
    ],
)
def test_an_hour_of_which_a_side_is_known_in_part_leaves_both_sums(
    name: str, sum_: str, metered: Metered
) -> None:
    hours = [
        replace(one, **{sum_: 1000}, coverages={**one.coverages, metered: Coverage(measured=known)})  # type: ignore[arg-type] # joules or millilitres
        for one, known in zip(day(count=3), (1.0, 0.995, 0.5), strict=True)
    ]
    assert indicator(name, hours).kept == 2


def test_more_heat_reused_than_energy_used_is_refused_in_words() -> None:
    found = indicator("ERF", [replace(one, reused=kwh(15)) for one in day()])
    assert found.value is None
    assert found.refused is not None
    assert found.refused.startswith("ERF is 1.071 and must be from 0 to 1")


@pytest.mark.parametrize("name", ["WUE", "REF", "ERF"])
def test_an_indicator_without_a_meter_for_it_is_absent_and_not_refused(name: str) -> None:
    found = indicator(name, day(), replace(SITE, least_coverage=0.99))
    assert (found.value, found.kept, found.refused) == (None, 0, None)


def test_an_indicator_of_too_few_hours_is_refused() -> None:
    hours = [*water(day(count=12), 15), *day(start=TENTH.start + 12 * HOUR, count=12)]
    found = indicator("WUE", hours, replace(SITE, least_coverage=0.9))
    assert (found.value, found.kept, found.of) == (None, 12, 24)
    assert found.refused is not None
    assert "WUE of 2026-03-10: 50 % is known" in found.refused


def test_an_hour_of_which_it_is_not_wholly_known_is_in_no_ratio_over_it() -> None:
    half = Coverage(measured=0.5)
    for part in (
        hour(TENTH.start, coverages={Metered.IT: half}, intensity=applied()),
        hour(TENTH.start, coverages={Metered.GRID: half}, intensity=applied()),
        hour(TENTH.start, facility=None, coverage=half, intensity=applied()),
    ):
        assert indicator("CUE", [part]).kept == 0
    declared = hour(TENTH.start, pue=DECLARED, intensity=applied())
    assert indicator("CUE", [declared]).kept == 1, "IT is known whatever its PUE is"
    whole = hour(TENTH.start, facility=None, pue=DECLARED, intensity=applied())
    assert indicator("CUE", [whole]).value == pytest.approx(0.45), "declared PUE x intensity"


@LAW
@given(SOME_HOURS)
def test_the_pue_of_a_period_lies_between_those_of_its_hours(hours: list[SiteHour]) -> None:
    found = pue(hours, period=MARCH)
    values = [
        one.pue.value
        for one in hours
        if one.pue and one.pue.measured and one.it and one.pue.category == found.category
    ]
    if found.value is None:
        assert not values
    else:
        assert min(values) - 1e-6 <= found.value <= max(values) + 1e-6
        assert found.kept == len(values)


@LAW
@given(st.lists(st.tuples(st.floats(0, 1e6) | st.none(), st.floats(0, 1e6) | st.none())))
def test_what_leaves_a_ratio_is_as_if_it_had_not_been(
    pairs: list[tuple[float | None, float | None]],
) -> None:
    whole = [(a, b) for a, b in pairs if a is not None and b is not None]
    every = ratios.ratio([a for a, _ in pairs], [b for _, b in pairs])
    kept = ratios.ratio([a for a, _ in whole], [b for _, b in whole])
    assert (every.value, every.kept) == (kept.value, kept.kept)
