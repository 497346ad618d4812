"""Figures in words, wherever people read them."""

import pytest

from agent.accounting.periods.figures import Figure
from agent.cli.figures import change_of, difference_of
from agent.wording import percent


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.0, "0.0 %"),
        (0.0002, "0.1 %"),
        (0.984, "98.4 %"),
        (0.99996, "99.9 %"),
        (1.0, "100.0 %"),
        (1.25, "125.0 %"),
    ],
)
def test_only_all_is_a_hundred_percent_and_only_nothing_is_zero(share: float, text: str) -> None:
    assert percent(share) == text


def test_what_is_left_of_adding_floats_is_no_tenth_of_a_percent() -> None:
    assert percent(1 - (0.1 + 0.2 + 0.7)) == "0.0 %"
    assert percent(sum([0.1] * 10)) == "100.0 %"


@pytest.mark.parametrize(
    ("before", "after", "difference"),
    [(True, False, None), (1, None, None), ("a", "b", None), (True, 2, None), (3, 5.5, 2.5)],
)
def test_only_numbers_have_a_difference(
    before: Figure, after: Figure, difference: float | None
) -> None:
    assert difference_of(before, after) == difference


def test_a_change_has_its_sign_and_unit() -> None:
    assert change_of("it_kwh", 3.0, 5.0) == "+2.000 kWh"
    assert change_of("missing_share", 0.25, 0.125) == "-12.5 points"
    assert change_of("interim", True, False) == ""  # noqa: FBT003 a figure that is no number
