"""Software carbon intensity: what it is of, and what it is refused for."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.accounting.emissions.sci import added, embodied_of, energy_with_overhead, sci_of
from agent.units import JOULES_PER_KWH, Grams, GramsPerKwh, Joules

TEN_KWH = Joules(10 * JOULES_PER_KWH)
HOUR = timedelta(hours=1)
FOUR_YEARS = timedelta(hours=4 * 8760)


def test_a_score_is_operational_and_embodied_carbon_per_functional_unit() -> None:
    energy = energy_with_overhead(TEN_KWH, 1.25)
    embodied = embodied_of(Grams(1_200_000), HOUR, FOUR_YEARS, 8, 64)
    found = sci_of(energy, GramsPerKwh(400), embodied, 1000)
    assert found.operational == pytest.approx(5000)
    assert found.embodied == pytest.approx(4.280821917808)
    assert found.score == pytest.approx(5.004280821918)


@pytest.mark.parametrize("units", [0, -1, None, float("nan")])
def test_carbon_per_no_functional_unit_is_no_score(units: float | None) -> None:
    with pytest.raises(ValueError, match="functional units"):
        sci_of(TEN_KWH, GramsPerKwh(400), Grams(0), units)


def test_whatever_is_not_available_makes_the_score_fail_and_is_named() -> None:
    with pytest.raises(ValueError, match=r"the energy \(E\) is not available"):
        sci_of(None, GramsPerKwh(400), Grams(0), 1)
    with pytest.raises(ValueError, match=r"the intensity \(I\) is not available"):
        sci_of(TEN_KWH, None, Grams(0), 1)
    with pytest.raises(ValueError, match=r"the embodied carbon \(M\) is not available"):
        sci_of(TEN_KWH, GramsPerKwh(400), None, 1)
    with pytest.raises(ValueError, match="the PUE is not available"):
        energy_with_overhead(TEN_KWH, None)
    with pytest.raises(ValueError, match="the IT energy is not available"):
        energy_with_overhead(None, 1.2)
    with pytest.raises(ValueError, match="the total time is not available"):
        embodied_of(Grams(1), HOUR, None)
    with pytest.raises(ValueError, match="the resources reserved is not available"):
        embodied_of(Grams(1), HOUR, FOUR_YEARS, None, 64)


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="below 1"):
        energy_with_overhead(TEN_KWH, 0.8)
    with pytest.raises(ValueError, match="more resources is reserved"):
        embodied_of(Grams(1), HOUR, FOUR_YEARS, 65, 64)
    with pytest.raises(ValueError, match="more time is reserved"):
        embodied_of(Grams(1), 2 * FOUR_YEARS, FOUR_YEARS)
    with pytest.raises(ValueError, match="below zero"):
        sci_of(Joules(-1), GramsPerKwh(400), Grams(0), 1)


def test_components_add_up_over_one_functional_unit_and_over_no_other() -> None:
    one = sci_of(TEN_KWH, GramsPerKwh(400), Grams(100), 100)
    two = sci_of(TEN_KWH, GramsPerKwh(100), Grams(0), 100)
    assert added([one, two]) == pytest.approx(51)
    with pytest.raises(ValueError, match="one and the same"):
        added([one, sci_of(TEN_KWH, GramsPerKwh(100), Grams(0), 99)])
    with pytest.raises(ValueError, match="one and the same"):
        added([])


@given(
    energy=st.integers(0, 10**15),
    rate=st.floats(0, 1500),
    embodied=st.floats(0, 1e9),
    units=st.floats(1, 1e9),
    parts=st.integers(1, 12),
)
def test_a_score_is_the_sum_of_its_components_however_it_is_cut(
    energy: int, rate: float, embodied: float, units: float, parts: int
) -> None:
    """Law: components over one functional unit add up."""
    whole = sci_of(Joules(energy * parts), GramsPerKwh(rate), Grams(embodied * parts), units)
    part = sci_of(Joules(energy), GramsPerKwh(rate), Grams(embodied), units)
    assert added([part] * parts) == pytest.approx(whole.score, rel=1e-9, abs=1e-12)


@given(
    total=st.floats(0, 1e9),
    share=st.floats(0, 1),
    hours=st.integers(0, 35_040),
)
def test_no_piece_of_software_answers_for_more_than_the_device(
    total: float, share: float, hours: int
) -> None:
    """Law: 0 <= M <= TE."""
    found = embodied_of(Grams(total), hours * HOUR, FOUR_YEARS, share, 1)
    assert 0 <= found <= total * (1 + 1e-12)
