"""Charts of blocks: exact in small, and laws for all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.cli.charts import BLOCKS, axis_of, cell_of, columns_of, signs_of

VALUES = st.lists(st.none() | st.floats(0, 1e9), min_size=1, max_size=40)


def test_columns_stand_on_zero_and_gaps_stay_gaps() -> None:
    assert columns_of([16.0, None, 8.0, 4.0, 0.0], 2, 2) == ["█         ", "█   █ ▄ ▁ "]


@given(VALUES, st.integers(1, 5), st.integers(1, 3))
def test_a_column_is_empty_if_and_only_if_its_value_is_missing(
    values: list[float | None], height: int, cell: int
) -> None:
    lines = columns_of(values, height, cell)
    assert [len(line) for line in lines] == [len(values) * cell] * height
    drawn = [lines[-1][at * cell] != " " for at in range(len(values))]
    assert drawn == [value is not None for value in values]


@given(st.lists(st.floats(0, 1e9), min_size=2, max_size=40), st.integers(1, 5))
def test_a_greater_value_is_never_drawn_lower(values: list[float], height: int) -> None:
    lines = columns_of(values, height, 1)
    heights = [sum(BLOCKS.index(line[at]) for line in lines) for at in range(len(values))]
    by_value = sorted(zip(values, heights, strict=True))
    assert [one for _, one in by_value] == sorted(heights)


@pytest.mark.parametrize(("columns", "room", "cell"), [(24, 70, 2), (31, 50, 1), (12, 70, 3)])
def test_columns_take_the_room_there_is(columns: int, room: int, cell: int) -> None:
    assert cell_of(columns, room) == cell


def test_labels_begin_at_their_columns_and_never_touch() -> None:
    assert axis_of(["00", "", "02", "03"], 2) == "00  02"
    assert signs_of(["~", " ", "="], 2) == "~   ="
