"""Reductions against a baseline."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.accounting.emissions.baseline import reduction_of
from agent.units import JOULES_PER_KWH, GramsPerKwh, Joules, kilograms, kwh, tonnes


def kwhs(value: int) -> Joules:
    return Joules(value * JOULES_PER_KWH)


def test_a_reduction_is_the_baseline_less_what_was_used_after() -> None:
    found = reduction_of(kwhs(1_200_000), kwhs(950_000))
    emission = found.emission(GramsPerKwh(350))
    assert kwh(found.energy) == 250_000
    assert found.percent == pytest.approx(20.8333333333)
    assert kilograms(emission) == pytest.approx(87_500)
    assert tonnes(emission) == pytest.approx(87.5)


def test_an_increase_is_a_reduction_below_zero() -> None:
    found = reduction_of(kwhs(800), kwhs(900))
    assert kwh(found.energy) == -100
    assert found.percent == pytest.approx(-12.5)
    assert kilograms(found.emission(GramsPerKwh(400))) == pytest.approx(-40)


def test_a_baseline_of_zero_has_a_reduction_and_no_percentage() -> None:
    found = reduction_of(Joules(0), kwhs(10))
    assert kwh(found.energy) == -10
    with pytest.raises(ValueError, match="baseline of zero"):
        _ = found.percent


def test_half_a_comparison_is_none() -> None:
    with pytest.raises(ValueError, match="the energy of the baseline is not available"):
        reduction_of(None, kwhs(10))
    with pytest.raises(ValueError, match="the energy after the measure is not available"):
        reduction_of(kwhs(10), None)
    with pytest.raises(ValueError, match="the intensity is not available"):
        reduction_of(kwhs(10), kwhs(5)).emission(None)


@given(before=st.integers(1, 10**15), after=st.integers(0, 10**15), rate=st.floats(0, 1500))
def test_a_measure_that_is_undone_has_reduced_nothing(before: int, after: int, rate: float) -> None:
    """Law: the way there and back is zero, in energy and in grams."""
    there = reduction_of(Joules(before), Joules(after))
    back = reduction_of(Joules(after), Joules(before))
    assert there.energy + back.energy == 0
    assert there.emission(GramsPerKwh(rate)) + back.emission(GramsPerKwh(rate)) == 0
    assert there.percent <= 100
