"""Totals of a site over a period: sums of what is known, and how much that is."""

import json
import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.accounting.periods.calendar import day_of, period_of
from agent.accounting.periods.emissions import Emitted, Standing, emission_total
from agent.accounting.periods.figures import differences, figures
from agent.accounting.periods.totals import SUMS, Totals, totals_of
from agent.accounting.site import Site
from agent.model import HOUR, MINUTE, Coverage, Fallback, Kind, Metered, Residual, SiteHour, Stage
from agent.units import Grams, GramsPerKwh, Joules, grams_of
from tests.accounting.booked import (
    DECLARED,
    MARCH,
    SITE,
    SOME_HOURS,
    TENTH,
    applied,
    day,
    hour,
    kwh,
)

LAW = settings(max_examples=50)


def totals(hours: list[SiteHour], site: Site = SITE) -> Totals:
    return totals_of(site, TENTH, hours, until=TENTH.end)


def test_a_day_that_is_wholly_known() -> None:
    found = totals(day())
    assert (found.facility, found.it, found.energy) == (kwh(336), kwh(240), kwh(336))
    assert (found.hours, found.provisional, found.version) == (24, 0, 1)
    assert (found.coverage, found.refused) == (Coverage(measured=1.0), None)
    direct = found.emissions[Kind.DIRECT]
    assert direct.grams == pytest.approx(336 * 300)
    assert (direct.final, direct.uncovered, direct.covered) == (1.0, 0.0, kwh(336))
    assert (found.pue_shares.measured, found.pue.value) == (1.0, pytest.approx(1.4))


def test_an_hour_that_is_over_and_not_booked_is_missing() -> None:
    found = totals(day(count=18))
    assert found.facility == kwh(18 * 14)
    assert (found.coverage.known, found.coverage.missing) == (0.75, 0.25)
    assert found.counted["facility"] == 18


def test_of_a_day_that_runs_only_what_is_over_is_asked_for() -> None:
    until = TENTH.start + 6 * HOUR + 30 * MINUTE
    running = hour(until - 30 * MINUTE, facility=7, version=0)
    found = totals_of(SITE, TENTH, [*day(count=6), running], until=until)
    assert (found.hours, found.provisional, found.coverage.known) == (6, 1, 1.0)
    assert found.facility == kwh(6 * 14 + 7)
    late = totals_of(SITE, TENTH, day(count=6), until=until)
    assert late.coverage.known == 1.0, "the running hour has not been booked yet"
    half = replace(running, coverage=Coverage(measured=0.5))
    short = totals_of(SITE, TENTH, [*day(count=6), half], until=until)
    assert short.coverage.known == pytest.approx(6.25 / 6.5)


def test_nothing_is_known_of_a_period_that_has_not_begun() -> None:
    found = totals_of(SITE, TENTH, [], until=TENTH.start)
    assert (found.hours, found.facility, found.coverage.known) == (0, None, 0.0)
    assert found.emissions[Kind.DIRECT].grams is None
    assert found.emissions[Kind.DIRECT].uncovered == 1.0
    assert found.pue_shares.none == 1.0


def test_hours_of_another_day_and_of_the_future_are_left_out() -> None:
    hours = [*day(), hour(TENTH.end), hour(TENTH.start - HOUR)]
    assert totals(hours).facility == kwh(336)
    early = totals_of(SITE, TENTH, hours, until=TENTH.start + 2 * HOUR)
    assert early.facility == kwh(28)


def test_what_is_known_is_split_into_measured_and_interpolated_by_energy() -> None:
    counted = hour(TENTH.start, facility=30)
    bridged = hour(TENTH.start + HOUR, facility=10, coverage=Coverage(interpolated=1.0))
    found = totals_of(SITE, TENTH, [counted, bridged], until=TENTH.start + 4 * HOUR).coverage
    assert (found.measured, found.interpolated) == (pytest.approx(0.375), pytest.approx(0.125))
    idle = [replace(one, facility=Joules(0)) for one in (counted, bridged)]
    by_time = totals_of(SITE, TENTH, idle, until=TENTH.start + 4 * HOUR).coverage
    assert (by_time.measured, by_time.interpolated) == (0.25, 0.25)


def test_each_emission_says_on_what_its_energy_stands() -> None:
    start = TENTH.start
    hours = [
        hour(start, facility=10, intensity=applied(100)),
        hour(start + HOUR, facility=20, intensity=applied(100, estimated=True)),
        hour(start + 2 * HOUR, facility=30, intensity=applied(100, fallback=Fallback.ANNUAL)),
        hour(start + 3 * HOUR, facility=40),
    ]
    found = totals(hours).emissions[Kind.DIRECT]
    assert found.grams == pytest.approx(6000)
    assert (found.final, found.estimated, found.fallback, found.uncovered) == (0.1, 0.2, 0.3, 0.4)
    assert (found.covered, found.uncovered_energy) == (kwh(60), kwh(40))
    assert found.strict is None, "some of the energy has no intensity"
    assert totals(hours[:3]).emissions[Kind.DIRECT].strict == pytest.approx(6000)


def test_emissions_are_weighed_by_what_came_from_the_grid() -> None:
    sunny = replace(hour(TENTH.start, facility=14, intensity=applied()), grid=kwh(4))
    dark = replace(hour(TENTH.start + HOUR, facility=14), grid=kwh(12))
    assert totals([sunny, dark]).emissions[Kind.DIRECT].final == pytest.approx(0.25)


def test_it_alone_stands_with_its_pue() -> None:
    alone = hour(TENTH.start, facility=None, pue=DECLARED, intensity=applied())
    bare = hour(TENTH.start + HOUR, facility=None, pue=None)
    found = totals([alone, bare])
    assert (found.facility, found.energy, found.it) == (None, kwh(15), kwh(20))
    assert found.emissions[Kind.DIRECT].uncovered == pytest.approx(10 / 25)
    assert (found.pue_shares.declared, found.pue_shares.none) == (0.5, 0.5)


def test_sums_are_of_the_hours_in_which_each_is_known() -> None:
    hours = day(count=3)
    hours[0] = replace(hours[0], onsite=kwh(2), losses={Stage.UPS: kwh(1)}, unattributed=kwh(3))
    hours[1] = replace(hours[1], onsite=kwh(1), losses={Stage.UPS: kwh(1), Stage.RACK: kwh(2)})
    residual = Residual(node=("pdu",), stage=Stage.RACK, energy=Joules(-50), bound=Joules(10))
    hours[2] = replace(hours[2], broken=[residual, replace(residual, node=("pdu-2",))])
    found = totals(hours)
    assert (found.onsite, found.counted["onsite"]) == (kwh(3), 2)
    assert (found.unattributed, found.counted["unattributed"]) == (kwh(3), 1)
    assert (found.water, found.counted["water"]) == (None, 0)
    assert found.losses == {Stage.UPS: kwh(2), Stage.RACK: kwh(2)}
    assert found.broken == 2


def test_a_total_of_which_too_little_is_known_is_refused_and_not_shown_smaller() -> None:
    found = totals(day(count=22), replace(SITE, least_coverage=0.95))
    assert found.refused == (
        "2026-03-10: 91.66 % is known, less than the least coverage of 95 % that the settings ask"
        " of fra"
    )
    assert [getattr(found, name) for name in SUMS] == [None] * len(SUMS)
    assert found.losses == {}
    direct = found.emissions[Kind.DIRECT]
    assert direct.grams is None
    assert direct.refused is not None
    assert found.coverage.known == pytest.approx(22 / 24), "what is known is still said"


def test_a_share_that_is_less_by_rounding_only_is_not_refused() -> None:
    rounded = Coverage(measured=0.7 + 0.1, interpolated=0.2 - 1e-9)
    hours = [replace(one, coverage=rounded) for one in day()]
    assert totals(hours, replace(SITE, least_coverage=1.0)).refused is None
    short = [replace(one, coverage=Coverage(measured=0.9999)) for one in day()]
    refused = totals(short, replace(SITE, least_coverage=1.0)).refused
    assert refused is not None
    assert "99.99 % is known" in refused


def test_emissions_that_lack_intensities_are_refused_where_the_energy_is_not() -> None:
    hours = [*day(count=20), *(hour(TENTH.start + n * HOUR) for n in range(20, 24))]
    found = totals(hours, replace(SITE, least_coverage=0.9))
    assert found.facility == kwh(336)
    direct = found.emissions[Kind.DIRECT]
    assert direct.grams is None
    assert direct.refused is not None
    assert direct.refused.startswith("direct emissions of 2026-03-10: 83.33 % is known")


def test_plain_series_have_a_strict_total_and_a_covered_one() -> None:
    parts = [
        Emitted(energy=kwh(10), grams=grams_of(kwh(10), GramsPerKwh(200)), standing=Standing.FINAL),
        Emitted(energy=kwh(5), grams=None, standing=Standing.UNCOVERED),
    ]
    found = emission_total(parts)
    assert (found.strict, found.grams) == (None, 2000)
    assert (found.covered, found.uncovered_energy) == (kwh(10), kwh(5))
    nothing = emission_total([Emitted(energy=0, grams=Grams(0), standing=Standing.FINAL)])
    assert (nothing.grams, nothing.final) == (0, 1.0)


def test_figures_are_plain_and_come_back_from_json_as_they_were() -> None:
    found = figures(totals(day()))
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert found["facility_kwh"] == 336
    assert found["emissions_location_kg"] == pytest.approx(100.8)
    assert (found["start"], found["end"]) == ("2026-03-09T23:00:00Z", "2026-03-10T23:00:00Z")
    assert (found["pue"], found["pue_name"]) == (pytest.approx(1.4), "iPUE2")
    assert (found["wue_l_per_kwh"], found["emissions_marginal_kg"]) == (None, None)


def test_all_periods_have_the_same_figures_in_one_order() -> None:
    full = replace(day(count=1)[0], losses={Stage.UPS: kwh(1)}, broken=())
    assert list(figures(totals([full]))) == list(figures(totals([])))


def test_what_has_become_of_frozen_figures_is_a_difference() -> None:
    frozen = json.loads(json.dumps(figures(totals(day()))))
    assert differences(frozen, figures(totals(day()))) == {}
    restated = [replace(one, version=2) for one in day()]
    assert differences(frozen, figures(totals(restated))) == {}, "nothing but a version"
    later = figures(totals(day(count=23)))
    found = differences(frozen, later)
    assert found["facility_kwh"] == (336, 322)
    before, after = found["missing_share"]
    assert (before, after) == (0.0, pytest.approx(1 / 24))
    del frozen["facility_kwh"]
    assert "facility_kwh" not in differences(frozen, later), "nobody was told it"
    assert differences({"gone": 1.0}, later) == {"gone": (1.0, None)}


@LAW
@given(SOME_HOURS)
def test_the_totals_of_the_days_add_up_to_those_of_the_month(hours: list[SiteHour]) -> None:
    month = totals_of(SITE, MARCH, hours, until=MARCH.end)
    days = [
        totals_of(SITE, period_of(f"2026-03-{n:02}", SITE.timezone), hours, until=MARCH.end)
        for n in range(1, 32)
    ]
    assert sum(one.hours for one in days) == month.hours
    assert sum(one.provisional for one in days) == month.provisional
    for name in SUMS:
        assert sum(getattr(one, name) or 0 for one in days) == (getattr(month, name) or 0)
        assert sum(one.counted[name] for one in days) == month.counted[name]
    for kind in Kind:
        grams = sum(one.emissions[kind].grams or 0 for one in days)
        assert grams == pytest.approx(month.emissions[kind].grams or 0)
    known = sum(one.coverage.known * one.hours for one in days)
    assert known == pytest.approx(month.coverage.known * month.hours)


@LAW
@given(SOME_HOURS, st.integers(0, 800))
def test_shares_add_up_to_one(hours: list[SiteHour], elapsed: int) -> None:
    found = totals_of(SITE, MARCH, hours, until=MARCH.start + elapsed * HOUR + 20 * MINUTE)
    coverage = found.coverage
    assert min(coverage.measured, coverage.interpolated, coverage.missing) >= 0
    assert coverage.measured + coverage.interpolated + coverage.missing == pytest.approx(1)
    pue = found.pue_shares
    assert pue.measured + pue.declared + pue.none == pytest.approx(1)
    for one in found.emissions.values():
        assert one.final + one.estimated + one.fallback + one.uncovered == pytest.approx(1)


@LAW
@given(SOME_HOURS, st.randoms(use_true_random=False))
def test_the_order_of_the_hours_does_not_matter(
    hours: list[SiteHour], order: random.Random
) -> None:
    shuffled = list(hours)
    order.shuffle(shuffled)
    first, second = (totals_of(SITE, MARCH, one, until=MARCH.end) for one in (hours, shuffled))
    assert first == second
    assert figures(first) == figures(second)


@LAW
@given(SOME_HOURS, st.floats(0, 1), st.floats(0, 1))
def test_whoever_asks_for_more_is_refused_more(
    hours: list[SiteHour], one: float, other: float
) -> None:
    lenient, strict = (
        totals_of(replace(SITE, least_coverage=least), MARCH, hours, until=MARCH.end)
        for least in sorted((one, other))
    )
    assert not lenient.refused or strict.refused
    for kind in Kind:
        assert not lenient.emissions[kind].refused or strict.emissions[kind].refused
    assert not lenient.pue.refused or strict.pue.refused
    if not strict.refused and Metered.FACILITY not in strict.refusals:
        assert strict.facility == lenient.facility, "a total is refused or whole, never smaller"
    if strict.refused or Metered.FACILITY in strict.refusals:
        assert strict.facility is None, "what is refused is not shown"


@LAW
@given(SOME_HOURS, st.floats(0, 1))
def test_knowing_more_never_makes_a_total_refused(hours: list[SiteHour], least: float) -> None:
    site = replace(SITE, least_coverage=least)
    full = [replace(one, coverage=Coverage(measured=1.0)) for one in hours]
    before, after = (totals_of(site, MARCH, one, until=MARCH.end) for one in (hours, full))
    assert before.refused or not after.refused


def test_a_day_of_each_length_is_whole() -> None:
    for text, count in (("2026-03-29", 23), ("2026-10-25", 25), ("2024-02-29", 24)):
        period = period_of(text, SITE.timezone)
        found = totals_of(SITE, period, [hour(at) for at in period], until=period.end)
        assert (found.hours, found.facility) == (count, kwh(14 * count))
        assert found.coverage.known == 1.0
        assert day_of(period.start, SITE.timezone) == period
