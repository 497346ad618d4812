"""Coverage beside each sum: IT, grid, on site, water and heat, and what emissions are of."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.accounting.hourly import site_hour, with_intensities
from agent.accounting.periods.emissions import Standing, emitted
from agent.accounting.periods.figures import figures
from agent.accounting.periods.totals import Totals, totals_of
from agent.accounting.site import Site
from agent.model import HOUR, Coverage, Fallback, Kind, Metered, Role, SiteHour
from agent.units import Joules, Millilitres
from tests.accounting.booked import (
    MARCH,
    SITE,
    SOME_HOURS,
    TENTH,
    applied,
    day,
    hour,
    kwh,
)
from tests.accounting.places import HOUR_9, meter, planted, read

LAW = settings(max_examples=50)
END = HOUR_9 + HOUR
HALF = Coverage(measured=0.5)
WHOLE = Coverage(measured=1.0)

TREE = planted(
    meter("grid", Role.UTILITY),
    meter("roof", Role.ONSITE),
    meter("rack-1", Role.RACK, "grid"),
    meter("rack-2", Role.RACK, "grid"),
    meter("mains", Role.WATER),
    meter("well", Role.WATER),
)
ALL = {"grid": 10, "roof": 2, "rack-1": 4, "rack-2": 4, "mains": 1, "well": 1}


def summed(kwh: Mapping[str, float], **seconds: float) -> SiteHour:
    hours = read(TREE, kwh, **seconds)
    return site_hour(TREE, TREE.sites["fra"], HOUR_9, hours, {}, now=END, version=1)


def without(*devices: str) -> dict[str, float]:
    return {device: energy for device, energy in ALL.items() if device not in devices}


def totals(hours: list[SiteHour], *, least: float = 0.0) -> Totals:
    site = replace(SITE, least_coverage=least)
    return totals_of(site, TENTH, hours, until=TENTH.start + len(hours) * HOUR)


def test_each_sum_of_an_hour_is_covered_by_its_own_meters_alone() -> None:
    found = summed(ALL, rack_2=1800, mains=2700)
    assert found.coverage == WHOLE
    assert {name: one.measured for name, one in found.coverages.items()} == {
        Metered.FACILITY: 1.0,
        Metered.IT: pytest.approx(4 / 12 + 8 / 12 * 0.5),
        Metered.GRID: 1.0,
        Metered.ONSITE: 1.0,
        Metered.WATER: pytest.approx(3 / 7 + 4 / 7 * 0.75),
        Metered.UNATTRIBUTED: pytest.approx(4 / 12 + 8 / 12 * 0.5),
    }, "and what the site has no meter of is absent"


def test_a_silent_rack_is_missing_from_it_and_not_from_the_facility() -> None:
    found = summed(without("rack-2"))
    assert (found.facility, found.it) == (kwh(12), kwh(4))
    assert (found.coverage, found.coverages[Metered.IT]) == (WHOLE, HALF)


def test_where_nothing_measures_the_boundary_the_hour_is_covered_as_it_is() -> None:
    tree = planted(meter("rack-1", Role.RACK), meter("rack-2", Role.RACK))
    hours = read(tree, {"rack-1": 1})
    found = site_hour(tree, tree.sites["fra"], HOUR_9, hours, {}, now=END, version=1)
    assert found.coverage == found.coverages[Metered.IT] == HALF
    bare = planted(meter("mains", Role.WATER))
    nothing = site_hour(bare, bare.sites["fra"], HOUR_9, {}, {}, now=END, version=1)
    assert (nothing.coverage, nothing.coverages) == (Coverage(), {Metered.WATER: Coverage()})


def test_another_intensity_leaves_what_is_known_of_the_energy_as_it_was() -> None:
    found = summed(without("rack-2"))
    again = with_intensities(found, {Kind.DIRECT: applied()}, version=2)
    assert again.coverages == found.coverages


def with_water(one: SiteHour, millilitres: int | None, known: Coverage) -> SiteHour:
    water = None if millilitres is None else Millilitres(millilitres)
    return replace(one, water=water, coverages={**one.coverages, Metered.WATER: known})


def test_an_hour_that_lacks_a_sum_is_missing_from_it_alone() -> None:
    first, *rest = day(count=4)
    dry = [with_water(one, 1000, WHOLE) for one in rest]
    found = totals([with_water(first, None, HALF), *dry])
    assert found.coverages[Metered.WATER] == Coverage(measured=0.75)
    assert found.coverages[Metered.IT] == found.coverage == WHOLE
    assert found.coverages.keys() == {*(Metered.FACILITY, Metered.IT, Metered.GRID, Metered.WATER)}
    over = totals_of(SITE, TENTH, dry, until=TENTH.start + 6 * HOUR)
    assert over.coverages[Metered.WATER].known == pytest.approx(0.5), "three hours are not booked"


def test_a_sum_is_split_into_measured_and_interpolated_by_its_own_energy() -> None:
    bridged = {Metered.IT: Coverage(interpolated=1.0)}
    found = totals([hour(TENTH.start, it=9), hour(TENTH.start + HOUR, it=1, coverages=bridged)])
    it = found.coverages[Metered.IT]
    assert (it.measured, it.interpolated) == (pytest.approx(0.9), pytest.approx(0.1))
    assert found.coverage == WHOLE


def test_a_sum_of_which_too_little_is_known_is_refused_and_the_others_stand() -> None:
    silent = [replace(one, coverages={**one.coverages, Metered.IT: HALF}) for one in day(count=2)]
    found = totals([*silent, *day(start=TENTH.start + 2 * HOUR, count=2)], least=0.9)
    assert found.refusals == {
        Metered.IT: "IT energy of 2026-03-10: 75 % is known, less than the least coverage of 90 %"
        " that the settings ask of fra"
    }
    assert (found.it, found.refused) == (None, None)
    assert (found.facility, found.grid) == (kwh(56), kwh(56))
    assert totals(silent, least=0.5).refusals == {}


@pytest.mark.parametrize("name", ["onsite", "water", "reused"])
def test_each_other_sum_is_refused_by_its_own_coverage(name: str) -> None:
    part = [
        replace(one, **{name: 1000}, coverages={**one.coverages, Metered(name): HALF})  # type: ignore[arg-type] # joules or millilitres
        for one in day(count=2)
    ]
    found = totals(part, least=0.9)
    assert getattr(found, name) is None
    assert list(found.refusals) == [name]
    assert getattr(totals(part), name) == 2000


def test_where_the_boundary_is_not_known_what_stands_behind_it_is_still_told() -> None:
    dark = [
        replace(one, coverage=HALF, coverages={Metered.IT: WHOLE, Metered.GRID: HALF})
        for one in day(count=2)
    ]
    found = totals(dark, least=0.9)
    assert (found.facility, found.grid, found.it) == (None, None, kwh(20))
    assert list(found.refusals) == [Metered.FACILITY, Metered.GRID]


def test_emissions_are_refused_by_what_is_known_of_the_energy_they_are_of() -> None:
    sunny = [
        replace(
            hour(one.hour, facility=14, intensity=applied()),
            grid=kwh(1),
            onsite=kwh(13),
            coverage=Coverage(measured=0.95),
            coverages={Metered.IT: WHOLE, Metered.GRID: HALF, Metered.ONSITE: WHOLE},
        )
        for one in day(count=2)
    ]
    found = totals(sunny, least=0.9)
    assert (found.refused, found.emitting) == (None, HALF)
    refused = found.emissions[Kind.DIRECT].refused
    assert refused is not None
    assert "50 % is known" in refused
    assert totals(sunny, least=0.5).emissions[Kind.DIRECT].grams is not None


def test_hours_from_before_each_sum_had_its_coverage_count_by_what_was_kept_then() -> None:
    old = [
        replace(
            one,
            coverages={},
            coverage=Coverage(measured=0.8, interpolated=0.1),
            onsite=kwh(1),
            water=Millilitres(1000),
        )
        for one in day(count=2)
    ]
    found = totals(old).coverages
    grid = found[Metered.GRID]
    assert (grid.measured, grid.interpolated) == (pytest.approx(0.8), pytest.approx(0.1))
    assert found[Metered.ONSITE].known == pytest.approx(0.9)
    assert found[Metered.WATER] == Coverage(interpolated=1.0), "by what it was known is not kept"
    assert found[Metered.IT] == Coverage()
    assert Metered.REUSED not in found


def test_the_final_points_of_a_part_of_an_hour_are_final_for_that_part() -> None:
    half = [hour(one.hour, intensity=applied(points=0.5)) for one in day(count=4)]
    direct = totals(half).emissions[Kind.DIRECT]
    assert (direct.final, direct.estimated, direct.uncovered) == (0.5, 0.5, 0.0)
    assert direct.grams == pytest.approx(4 * 14 * 300), "their mean stands for all of the hour"
    assert (direct.covered, direct.strict) == (kwh(56), direct.grams)


@pytest.mark.parametrize(
    ("intensity", "standing"),
    [
        (applied(points=0.5, estimated=True), Standing.ESTIMATED),
        (applied(points=0.5, fallback=Fallback.FORECAST), Standing.FALLBACK),
    ],
)
def test_what_is_no_final_intensity_is_none_for_all_of_the_hour(
    intensity: object, standing: Standing
) -> None:
    found = totals([hour(TENTH.start, intensity=intensity)])  # type: ignore[arg-type] # HourIntensity
    assert found.emissions[Kind.DIRECT].shares[standing] == 1.0


def test_of_an_hour_that_runs_the_points_are_asked_for_that_have_been() -> None:
    running = hour(TENTH.start, intensity=applied(points=0.25), version=0)
    for minutes, final in ((15, 1.0), (20, 0.75), (30, 0.5)):
        until = TENTH.start + timedelta(minutes=minutes)
        found = totals_of(SITE, TENTH, [running], until=until).emissions[Kind.DIRECT]
        assert found.final == pytest.approx(final)
        assert found.estimated == pytest.approx(1 - final)


def test_the_figures_tell_the_three_shares_of_each_sum_and_why_it_is_refused() -> None:
    known = {Metered.IT: Coverage(measured=0.25, interpolated=0.25)}
    found = figures(totals([hour(TENTH.start, coverages=known)], least=0.9))
    assert [found[f"it_{one}_share"] for one in ("measured", "interpolated", "missing")] == [
        0.25,
        0.25,
        0.5,
    ]
    assert (found["it_kwh"], found["facility_kwh"]) == (None, 14)
    assert str(found["it_refused"]).startswith("IT energy of 2026-03-10: 50 % is known")
    assert (found["grid_missing_share"], found["grid_refused"]) == (0.0, None)
    assert (found["emissions_measured_share"], found["missing_share"]) == (1.0, 0.0)
    for share in ("measured", "interpolated", "missing"):
        assert found[f"water_{share}_share"] is None, "the site has no meter of it"


@LAW
@given(SOME_HOURS)
def test_the_shares_of_every_sum_add_up_to_one(hours: list[SiteHour]) -> None:
    found = totals_of(SITE, MARCH, hours, until=MARCH.end)
    for one in (*found.coverages.values(), found.emitting):
        assert min(one.measured, one.interpolated, one.missing) >= 0
        assert one.measured + one.interpolated + one.missing == pytest.approx(1)
    for name in found.coverages:
        assert found.coverages[name].known * found.hours <= found.counted[name] + 1e-6


@LAW
@given(SOME_HOURS, st.floats(0, 1), st.floats(0, 1))
def test_whoever_asks_for_more_of_a_sum_is_refused_more_and_never_shown_less(
    hours: list[SiteHour], one: float, other: float
) -> None:
    lenient, strict = (
        totals_of(
            Site(name=SITE.name, grid=SITE.grid, timezone=SITE.timezone, least_coverage=least),
            MARCH,
            hours,
            until=MARCH.end,
        )
        for least in sorted((one, other))
    )
    assert lenient.refusals.keys() <= strict.refusals.keys()
    for name in Metered:
        assert getattr(strict, name) in (None, getattr(lenient, name))
        assert getattr(strict, name) is None or name not in strict.refusals


@LAW
@given(SOME_HOURS)
def test_emissions_are_those_of_the_hours_whatever_they_stand_on(hours: list[SiteHour]) -> None:
    """Law: what is said of an intensity's points moves shares, and no grams and no energy."""
    found = totals_of(SITE, MARCH, hours, until=MARCH.end)
    for kind in Kind:
        total, parts = found.emissions[kind], [emitted(one, kind) for one in hours]
        grams = sum(one.grams or 0 for one in parts)
        assert (total.grams or 0) == pytest.approx(grams)
        assert total.covered + total.uncovered_energy == pytest.approx(
            sum(one.energy for one in parts), abs=2
        )
        assert sum(total.shares.values()) == pytest.approx(1)


def test_nothing_is_known_of_a_sum_in_no_time() -> None:
    found = totals_of(SITE, TENTH, [], until=TENTH.start)
    assert (found.coverages, found.refusals, found.emitting) == ({}, {}, Coverage())
    idle = totals([replace(hour(TENTH.start), it=Joules(0))])
    assert idle.coverages[Metered.IT] == WHOLE, "where nothing flowed the shares are of time"


FED = planted(
    meter("grid", Role.UTILITY),
    meter("roof", Role.ONSITE),
    meter("ups", Role.UPS_OUTPUT, "grid"),
    meter("chiller", Role.COOLING, "grid"),
    meter("rack", Role.RACK, "ups"),
)
FLOWS = {"grid": 18, "roof": 2, "ups": 11, "chiller": 7, "rack": 10}


def left_over(silent: Collection[str] = (), **seconds: float) -> SiteHour:
    kwh_of = {name: one for name, one in FLOWS.items() if name not in silent}
    hours = read(FED, kwh_of, **seconds)
    return site_hour(FED, FED.sites["fra"], HOUR_9, hours, {}, now=END, version=1)


def test_what_is_unattributed_is_known_no_better_than_the_meters_it_is_left_over_of() -> None:
    assert left_over().coverages[Metered.UNATTRIBUTED] == WHOLE
    found = left_over(["chiller"])
    assert (found.unattributed, found.coverages[Metered.UNATTRIBUTED]) == (kwh(9), HALF)
    assert found.coverages[Metered.IT] == WHOLE, "a silent chiller takes nothing from IT"
    assert left_over(["rack"]).coverages[Metered.UNATTRIBUTED] == WHOLE
    late = left_over(ups=1800).coverages[Metered.UNATTRIBUTED].known
    assert late == pytest.approx(1 - 22 / (22 + 7) * 0.5)
    bare = summed(without("rack-1", "rack-2"))
    assert (bare.unattributed, bare.coverages[Metered.UNATTRIBUTED]) == (None, Coverage())


def test_what_is_unattributed_is_refused_where_it_may_be_energy_of_a_silent_meter() -> None:
    silent = replace(left_over(["chiller"]), hour=TENTH.start)
    lenient, strict = totals([silent]), totals([silent], least=0.9)
    assert (lenient.unattributed, lenient.coverages[Metered.UNATTRIBUTED]) == (kwh(9), HALF)
    assert (strict.unattributed, strict.facility, strict.it) == (None, kwh(20), kwh(10))
    assert strict.refusals == {
        Metered.UNATTRIBUTED: "unattributed energy of 2026-03-10: 50 % is known, less than the"
        " least coverage of 90 % that the settings ask of fra"
    }
    told = figures(strict)
    assert (told["unattributed_kwh"], told["unattributed_missing_share"]) == (None, 0.5)
    assert told["unattributed_refused"] == strict.refusals[Metered.UNATTRIBUTED]
    unseen = replace(silent, unattributed=None)
    assert totals([unseen]).coverages[Metered.UNATTRIBUTED] == Coverage()


def test_what_is_unattributed_below_zero_is_covered_like_any_other() -> None:
    over = [
        replace(left_over(), hour=TENTH.start, unattributed=kwh(-1)),
        replace(left_over(), hour=TENTH.start + HOUR, unattributed=kwh(3)),
    ]
    over[1] = replace(over[1], coverages={Metered.UNATTRIBUTED: Coverage(interpolated=1.0)})
    found = totals(over)
    assert (found.unattributed, found.coverages[Metered.UNATTRIBUTED]) == (
        kwh(2),
        Coverage(measured=0.5, interpolated=0.5),
    )


def test_of_what_older_hours_left_over_it_is_not_known_how_much_was_silent() -> None:
    old = replace(left_over(), hour=TENTH.start, coverages={})
    assert totals([old]).coverages[Metered.UNATTRIBUTED] == Coverage()
    assert totals([old], least=0.5).unattributed is None


@LAW
@given(silent=st.sets(st.sampled_from(list(FLOWS))), ups=st.integers(0, 3600))
def test_what_is_unattributed_is_wholly_known_only_where_all_that_it_is_made_of_is(
    silent: set[str], ups: int
) -> None:
    found = left_over(silent, ups=float(ups))
    covered = found.coverages[Metered.UNATTRIBUTED]
    made_of = set(FLOWS) - {"rack"}
    known = silent.isdisjoint(made_of) and ups == 3600
    assert (covered.known == pytest.approx(1)) == known
    assert covered.known <= found.coverages[Metered.FACILITY].known + 1e-9
    assert min(covered.measured, covered.interpolated, covered.missing) >= 0
