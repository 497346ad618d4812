"""As few requests as holes and limits allow, and never a register that a map does not have."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.modbus.layout import Request, requests_of
from collectors.modbus.numbers import Place


def place(first: int, length: int = 2, function: str = "holding") -> Place:
    return Place(function, first, length, "uint32", "high-first", "high-first")  # type: ignore[arg-type]  # literal


def spans(requests: tuple[Request, ...]) -> list[tuple[int, int]]:
    return [(one.first, one.count) for one in requests]


@pytest.mark.parametrize(
    ("places", "blocks", "most", "expected"),
    [
        ([0, 2, 4], [], 125, [(0, 6)]),
        ([0, 4], [], 125, [(0, 2), (4, 2)]),
        ([0, 4], [(0, 5)], 125, [(0, 6)]),
        ([0, 4], [(2, 3)], 125, [(0, 6)]),
        ([0, 4], [(0, 2)], 125, [(0, 2), (4, 2)]),
        ([0, 4], [(3, 9)], 125, [(0, 2), (4, 2)]),
        ([0, 123], [(0, 200)], 125, [(0, 125)]),
        ([0, 124], [(0, 200)], 125, [(0, 2), (124, 2)]),
        ([0, 2, 4, 6], [], 5, [(0, 4), (4, 4)]),
        ([4, 0, 2, 0], [], 125, [(0, 6)]),
        ([0, 1], [], 125, [(0, 3)]),
    ],
)
def test_values_are_read_together_where_they_may(
    places: list[int], blocks: list[tuple[int, int]], most: int, expected: list[tuple[int, int]]
) -> None:
    assert spans(requests_of(map(place, places), blocks, most)) == expected


def test_holding_and_input_registers_are_two_requests() -> None:
    made = requests_of([place(0), place(2, function="input"), place(4)], [(0, 9)], 125)
    assert [(one.function, one.first, one.count) for one in made] == [
        ("holding", 0, 6),
        ("input", 2, 2),
    ]


PLACES = st.lists(st.tuples(st.integers(0, 60), st.sampled_from([1, 2, 4])), min_size=1, max_size=9)
BLOCKS = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 30)), max_size=3)


@given(PLACES, BLOCKS, st.integers(4, 30))
def test_all_is_read_nothing_else_and_nothing_too_long(
    places: list[tuple[int, int]], ranges: list[tuple[int, int]], most: int
) -> None:
    blocks = [(first, first + length) for first, length in ranges]
    made = requests_of(itertools.starmap(place, places), blocks, most)
    asked = [set(range(one.first, one.first + one.count)) for one in made]
    for first, length in places:
        assert any(set(range(first, first + length)) <= one for one in asked)
    wanted = {one for first, length in places for one in range(first, first + length)}
    there = wanted | {one for first, last in blocks for one in range(first, last + 1)}
    assert set().union(*asked) <= there
    assert all(one.count <= most for one in made)


@given(PLACES, st.integers(4, 30))
def test_no_fewer_requests_would_do(places: list[tuple[int, int]], most: int) -> None:
    made = requests_of(itertools.starmap(place, places), [(0, 100)], most)
    ordered = sorted(set(places))

    def fewest(start: int) -> int:
        if start == len(ordered):
            return 0
        best = len(ordered)
        for stop in range(start + 1, len(ordered) + 1):
            chunk = ordered[start:stop]
            if max(first + length for first, length in chunk) - chunk[0][0] <= most:
                best = min(best, 1 + fewest(stop))
        return best

    assert len(made) == fewest(0)
