"""Contracts against the load, hour by hour and by volume, and carbon-free energy."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.accounting.emissions.cfe import cfe_annual, cfe_contracted, cfe_hourly
from agent.accounting.emissions.market import (
    Contract,
    Instrument,
    Supply,
    emissions_annual,
    emissions_hourly,
    market_factor,
    matched_annual,
    matched_hourly,
    mix_of,
    renewable,
    strict_sum,
    supply_of,
)
from agent.units import JOULES_PER_KWH, GramsPerKwh, Joules, grams_of, kilograms


def energies(*kwh: float | None) -> list[Joules | None]:
    return [None if one is None else Joules(int(one * JOULES_PER_KWH)) for one in kwh]


def rates(*values: float | None) -> list[GramsPerKwh | None]:
    return [None if one is None else GramsPerKwh(one) for one in values]


def supply(*kwh: float | None) -> Supply:
    return supply_of([Contract(market="DE", hours=energies(*kwh))], "DE", len(kwh))


LOAD = energies(10, 10, 10, 10)
PPA = supply(0, 18, 14, 0)


def test_by_the_hour_at_most_the_load_of_the_same_hour_is_matched() -> None:
    matching = matched_hourly(LOAD, PPA)
    assert list(matching.matched) == energies(0, 10, 10, 0)
    assert list(matching.surplus) == energies(0, 8, 4, 0)
    found = emissions_hourly(matching, rates(450, 450, 450, 450))
    assert found.total is not None
    assert kilograms(found.total) == pytest.approx(9.0)


def test_by_volume_the_surplus_of_one_hour_covers_another() -> None:
    matching = matched_annual(LOAD, PPA)
    assert matching.matched == 32 * JOULES_PER_KWH
    assert matching.surplus == 0
    total = emissions_annual(matching, GramsPerKwh(450)).total
    assert total is not None
    assert kilograms(total) == pytest.approx(3.6)


def test_a_contracts_meter_below_zero_counts_as_nothing_and_its_hours_are_counted() -> None:
    plants = [
        Contract(market="DE", hours=energies(-1, 4, -2)),
        Contract(market="DE", hours=energies(3, 5, -1)),
    ]
    found = supply_of(plants, "DE", 3)
    assert list(found.hours) == energies(3, 9, 0)
    assert found.negative_hours == 2


def test_a_contract_of_another_market_delivers_nothing() -> None:
    there = Contract(market="FR", hours=energies(9, 9))
    assert list(supply_of([there], "DE", 2).hours) == energies(0, 0)
    here = Contract(market="DE", hours=energies(1, 2))
    assert list(supply_of([there, here], "DE", 2).hours) == energies(1, 2)


def test_an_hour_that_is_not_known_leaves_the_strict_totals_and_not_what_is_covered() -> None:
    matching = matched_hourly(energies(10, None, 10, 10), supply(4, 4, None, 4))
    assert strict_sum(matching.matched) is None
    found = emissions_hourly(matching, rates(500, 500, 500, None))
    assert found.total is None
    assert found.missing_hours == 3
    assert kilograms(found.emissions) == pytest.approx(3)
    assert found.uncovered == 6 * JOULES_PER_KWH
    annual = matched_annual(energies(10, None), supply(4, 4))
    assert (annual.matched, annual.unmatched) == (None, None)
    assert emissions_annual(annual, GramsPerKwh(500)).total is None


def test_an_hour_that_is_matched_in_full_needs_no_residual_mix() -> None:
    found = emissions_hourly(matched_hourly(energies(10, 10), supply(10, 4)), rates(None, 400))
    assert found.total is not None
    assert kilograms(found.total) == pytest.approx(2.4)
    assert mix_of(energies(0, 10), rates(None, 400)) == 400
    assert mix_of(energies(5, 10), rates(None, 400)) is None
    assert mix_of(energies(0, 0), rates(1, 2)) is None


def test_a_contract_with_a_rate_of_its_own_emits_what_it_says() -> None:
    rate = GramsPerKwh(50)
    hourly = emissions_hourly(matched_hourly(LOAD, PPA), rates(450, 450, 450, 450), rate)
    annual = emissions_annual(matched_annual(LOAD, PPA), GramsPerKwh(450), rate)
    assert hourly.total is not None
    assert annual.total is not None
    assert kilograms(hourly.total) == pytest.approx(10.0)
    assert kilograms(annual.total) == pytest.approx(5.2)


def test_what_does_not_fit_together_is_refused() -> None:
    with pytest.raises(ValueError, match="a load of 1 hours has a supply of 2"):
        matched_hourly(energies(1), supply(1, 2))
    with pytest.raises(ValueError, match="below zero"):
        matched_annual(energies(-1), supply(1))
    with pytest.raises(ValueError, match="not 3 hours long"):
        supply_of([Contract(market="DE", hours=energies(1))], "DE", 3)
    with pytest.raises(ValueError, match="zip"):
        emissions_hourly(matched_hourly(LOAD, PPA), rates(450))
    with pytest.raises(ValueError, match="4 hours have 1 carbon-free shares"):
        cfe_hourly(matched_hourly(LOAD, PPA), [0.5])
    with pytest.raises(ValueError, match="is it a percentage"):
        cfe_hourly(matched_hourly(LOAD, PPA), [30, 60, 70, 20])


def test_the_best_factor_there_is_is_taken_and_a_missing_one_is_not_zero() -> None:
    known = {
        Instrument.GRID_AVERAGE: GramsPerKwh(300),
        Instrument.RESIDUAL_MIX: GramsPerKwh(450),
        Instrument.CONTRACT: None,
    }
    assert market_factor(known) == (Instrument.RESIDUAL_MIX, 450)
    known[Instrument.CERTIFICATE] = GramsPerKwh(0)
    assert market_factor(known) == (Instrument.CERTIFICATE, 0)
    assert market_factor({}) is None


def test_what_was_sold_to_others_is_nobody_elses_renewable_energy() -> None:
    assert renewable(Joules(300), Joules(250), Joules(100), Joules(50)) == 600
    assert renewable(Joules(300), Joules(250), None, Joules(0)) is None
    assert renewable(Joules(300), Joules(250), Joules(0), None) is None
    with pytest.raises(ValueError, match="more guarantees"):
        renewable(Joules(300), Joules(10), Joules(10), Joules(21))


def test_the_three_metrics_of_carbon_free_energy_are_three_types() -> None:
    hourly, annual = matched_hourly(LOAD, PPA), matched_annual(LOAD, PPA)
    assert cfe_hourly(hourly, [0.3, 0.6, 0.7, 0.2]).score == pytest.approx(0.625)
    assert cfe_contracted(hourly).score == pytest.approx(0.5)
    assert cfe_annual(annual).score == pytest.approx(0.8)


def test_a_score_of_what_is_not_known_is_not_available_beside_that_of_the_rest() -> None:
    matching = matched_hourly(energies(10, 10, None), supply(5, None, 5))
    found = cfe_hourly(matching, [0.5, 0.5, 0.5])
    assert found.score is None
    assert found.covered == pytest.approx(0.75)
    assert cfe_contracted(matching).score is None
    assert cfe_contracted(matching).covered == pytest.approx(0.5)
    assert cfe_annual(matched_annual(energies(10, None), supply(5, 5))).score is None
    nothing = matched_hourly(energies(0), supply(5))
    assert cfe_hourly(nothing, [0.5]).score is None
    assert cfe_annual(matched_annual(energies(0), supply(5))).score is None


Amounts = st.integers(0, 10**12)
Hours = st.lists(
    st.tuples(Amounts, st.integers(-(10**9), 10**12), st.floats(0, 1500), st.floats(0, 1)),
    min_size=1,
    max_size=48,
)
Hour = tuple[int, int, float, float]


def sides(hours: Sequence[Hour]) -> tuple[list[Joules | None], Supply]:
    load: list[Joules | None] = [Joules(used) for used, *_ in hours]
    made = [Joules(made) for _, made, *_ in hours]
    return load, supply_of([Contract(market="DE", hours=made)], "DE", len(hours))


def mass(hours: Sequence[Hour]) -> float:
    load, made = sides(hours)
    total = emissions_hourly(matched_hourly(load, made), rates(*(rate for *_, rate, _ in hours)))
    assert total.total is not None
    return total.total


@given(hours=Hours)
def test_less_is_matched_by_the_hour_than_by_volume_and_never_more_than_either_side(
    hours: list[Hour],
) -> None:
    """Law: hourly matched <= annual matched <= load and contract."""
    load, made = sides(hours)
    hourly, annual = matched_hourly(load, made), matched_annual(load, made)
    matched, used, supplied = (strict_sum(one) for one in (hourly.matched, load, made.hours))
    assert matched is not None
    assert annual.matched is not None
    assert used is not None
    assert supplied is not None
    assert 0 <= matched <= annual.matched <= min(used, supplied)
    for one in (strict_sum(hourly.surplus), annual.surplus, annual.unmatched):
        assert one is not None
        assert one >= 0
    assert matched + (strict_sum(hourly.unmatched) or 0) == used


@given(hours=Hours)
def test_no_score_leaves_its_range_and_the_grid_can_only_add_to_contracts(
    hours: list[Hour],
) -> None:
    """Law: 0 <= contracted <= hourly <= 1, and contracted <= annual."""
    load, made = sides(hours)
    matching = matched_hourly(load, made)
    hourly = cfe_hourly(matching, [share for *_, share in hours]).score
    contracted, annual = (
        cfe_contracted(matching).score,
        cfe_annual(matched_annual(load, made)).score,
    )
    if not strict_sum(load):
        assert (hourly, contracted, annual) == (None, None, None)
        return
    assert hourly is not None
    assert contracted is not None
    assert annual is not None
    assert 0 <= contracted <= hourly + 1e-12
    assert hourly <= 1
    assert contracted <= annual <= 1


@given(hours=Hours, cut=st.integers(0, 48))
def test_the_emissions_of_the_parts_add_up_to_the_whole(hours: list[Hour], cut: int) -> None:
    """Law: a period is the sum of its parts, wherever it is cut."""
    first, second = hours[:cut], hours[cut:]
    parts = sum(mass(one) for one in (first, second) if one)
    assert parts == pytest.approx(mass(hours), rel=1e-9, abs=1e-6)


@given(hours=Hours, data=st.data())
def test_nothing_changes_when_the_hours_come_in_another_order(
    hours: list[Hour], data: st.DataObject
) -> None:
    """Law: a total does not depend on the order of its hours."""
    other = data.draw(st.permutations(hours))
    assert mass(other) == mass(hours)
    (load, made), (again, made_again) = sides(hours), sides(other)
    assert matched_annual(load, made) == matched_annual(again, made_again)


@given(hours=Hours, times=st.integers(2, 1000))
def test_twice_the_energy_emits_twice_as_much_at_the_same_score(
    hours: list[Hour], times: int
) -> None:
    """Law: emissions scale with energy, shares do not."""
    scaled = [(used * times, made * times, rate, share) for used, made, rate, share in hours]
    assert mass(scaled) == pytest.approx(times * mass(hours), rel=1e-9, abs=1e-9)
    (load, made), (more, made_more) = sides(hours), sides(scaled)
    score = cfe_contracted(matched_hourly(load, made)).score
    assert cfe_contracted(matched_hourly(more, made_more)).score == (
        None if score is None else pytest.approx(score, rel=1e-12)
    )


@given(hours=Hours)
def test_a_contract_never_makes_the_market_based_figure_greater_or_negative(
    hours: list[Hour],
) -> None:
    """Law: 0 <= market-based <= load x residual mix; a surplus makes no negative emission."""
    whole = sum(grams_of(Joules(used), GramsPerKwh(rate)) for used, _, rate, _ in hours)
    assert 0 <= mass(hours) <= whole * (1 + 1e-9)
