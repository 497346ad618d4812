"""What a source says of one value again and again: the same rows whatever the order of arrival."""

import sqlite3
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from itertools import pairwise, permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.accounting.emissions.carbon import current
from agent.ledger.grids.intensities import known_rows, versions_of
from agent.ledger.grids.versions import FULL
from agent.ledger.times import millis_of
from agent.model import HOUR, Intensity, Kind, Mix
from tests.accounting.grids import row
from tests.accounting.places import HOUR_9
from tests.ledger.test_intensities import (
    AROUND,
    MINUTES,
    book,
    book_of,
    content,
    entries,
    everything,
    stale,
    the_hour,
)

SPAN = (HOUR_9, HOUR_9 + HOUR)
ROWS = (
    "SELECT g_per_kwh, version_ms, fetched_ms, said_ms FROM intensity"
    " ORDER BY version_ms, fetched_ms"
)


def said(value: float, fetched: float, *, version: float | None = None) -> Intensity:
    """A value as it was fetched so many minutes later, under a version of so many."""
    updated = None if version is None else HOUR_9 + version * MINUTES
    return replace(row(value), updated_at=updated, fetched_at=HOUR_9 + fetched * MINUTES)


def kept(connection: sqlite3.Connection) -> list[tuple[float, ...]]:
    """Values, and the minutes of their version, of their first fetch and of their last."""
    start = millis_of(HOUR_9)
    return [
        (value, *((one - start) / 60_000 for one in times))
        for value, *times in connection.execute(ROWS)
    ]


def test_a_value_that_changes_under_one_version_is_kept_in_both_and_the_later_fetch_counts() -> (
    None
):
    estimated = replace(said(400, 60, version=10), estimated=True)
    final = said(300, 120, version=10)
    for order in permutations([estimated, final]):
        with book_of() as connection:
            book(connection, *order)
            assert the_hour(connection) == [final]
            assert the_hour(connection, HOUR_9 + 119 * MINUTES) == [estimated]
            assert the_hour(connection, HOUR_9 + 59 * MINUTES) == []
            assert versions_of(connection, "de", Kind.DIRECT, *SPAN) == [estimated, final]
            assert entries(connection) == [[final]]


def test_what_is_said_again_after_something_else_is_current_again_in_every_order() -> None:
    for version in (None, 5):
        fetches = [said(value, 10 * n, version=version) for n, value in enumerate((1, 2, 1))]
        for order in permutations(fetches):
            with book_of() as connection:
                for one in order:
                    book(connection, one)
                assert the_hour(connection) == [fetches[2]]
                assert versions_of(connection, "de", Kind.DIRECT, *SPAN) == fetches


def test_what_is_said_again_makes_no_row_and_says_when_it_was_heard_last() -> None:
    with book_of() as connection:
        book(connection, *(said(100, n, version=5) for n in (10, 20, 30)))
        assert kept(connection) == [(100, 5, 10, 30)]
        book(connection, *(said(100, n) for n in (50, 40, 60)))
        assert kept(connection) == [(100, 5, 10, 30), (100, 40, 40, 60)]


def test_what_was_fetched_earlier_and_comes_late_moves_the_row_back() -> None:
    with book_of() as connection:
        book(connection, said(100, 20, version=5))
        book(connection, said(100, 10, version=5))
        assert kept(connection) == [(100, 5, 10, 20)]


def test_something_else_from_between_splits_the_row_where_it_was_fetched() -> None:
    with book_of() as connection:
        book(connection, *(said(100, n, version=5) for n in (10, 20, 30, 40)))
        book(connection, said(200, 25, version=5))
        assert kept(connection) == [(100, 5, 10, 20), (200, 5, 25, 25), (100, 5, 30, 40)]


def test_of_two_values_in_one_fetch_the_greater_counts_and_joins_what_says_the_same() -> None:
    fetches = [said(200, 10), said(100, 20), said(200, 30), said(200, 20)]
    for order in permutations(fetches):
        with book_of() as connection:
            book(connection, *order)
            assert kept(connection) == [(200, 10, 10, 30)]


def test_an_older_version_that_is_said_again_later_is_not_current() -> None:
    """A source behind a cache says the old version after the new one."""
    with book_of() as connection:
        book(connection, said(1, 10, version=5), said(2, 20, version=15), said(1, 30, version=5))
        assert [one.value for one in the_hour(connection)] == [2]
        assert kept(connection) == [(1, 5, 10, 30), (2, 15, 20, 20)]


@pytest.mark.parametrize("version", [None, 5])
def test_fetching_what_is_unchanged_touches_no_hour_and_tells_no_exporter(
    version: float | None,
) -> None:
    with book_of(*AROUND) as connection:
        book(connection, said(100, 10, version=version))
        connection.execute("DELETE FROM stale_hour")
        for minutes in (20, 15, 10, 30, 30):
            book(connection, said(100, minutes, version=version))
        assert stale(connection) == set()
        assert len(entries(connection)) == 1


def test_the_same_fetch_twice_writes_nothing() -> None:
    fetches = [said(100, 10), said(100, 20), said(200, 30), said(100, 40, version=5)]
    with book_of() as connection:
        book(connection, *fetches)
        before = connection.total_changes
        for one in fetches:
            book(connection, one)
        assert connection.total_changes == before


def test_each_version_of_a_forecast_is_kept_for_its_age_counts() -> None:
    fetches = [replace(said(100, n - 300), forecast=True) for n in (0, 15, 45, 60)]
    made = [replace(said(100, n - 300, version=n - 300), forecast=True) for n in (75, 121)]
    with book_of() as connection:
        book(connection, *fetches, *made, *(replace(one, fetched_at=HOUR_9) for one in made))
        assert versions_of(connection, "de", Kind.DIRECT, *SPAN) == [*fetches, *made]
        assert known_rows(connection)("de", Kind.DIRECT, *SPAN, forecast=True) == [made[-1]]


FETCHES = st.builds(
    lambda one, fetched, **more: replace(one, fetched_at=HOUR_9 + fetched * MINUTES, **more),
    st.builds(
        row,
        st.sampled_from([100.0, 200.0]),
        st.sampled_from([HOUR_9, HOUR_9 + 30 * MINUTES]),
        st.sampled_from([30, 60]),
        source=st.sampled_from(["em", "file"]),
        mix=st.sampled_from(Mix),
        estimated=st.booleans(),
        forecast=st.booleans(),
    ),
    st.integers(-8, 8),
    updated_at=st.none() | st.sampled_from([HOUR_9 - 5 * MINUTES, HOUR_9 - 2 * MINUTES]),
    method=st.sampled_from(["", "TIME_SLICER_AVERAGE"]),
    zone=st.sampled_from(["DE", "DE-LU"]),
)
# Of one value there is more to get wrong.
OF_ONE_VALUE = st.builds(
    lambda value, fetched, version, forecast: replace(
        said(value, fetched, version=version), forecast=forecast
    ),
    st.sampled_from([100, 200]),
    st.integers(-12, 0),
    st.sampled_from([None, None, -7, -4]),
    st.sampled_from([False, False, False, True]),
)
SEVERAL = st.lists(OF_ONE_VALUE, max_size=12) | st.lists(FETCHES, max_size=12)


@given(fetches=SEVERAL, data=st.data())
@settings(max_examples=200)
def test_the_rows_are_the_same_for_every_order_batch_and_repetition(
    fetches: list[Intensity], data: st.DataObject
) -> None:
    """And so is all that is read from them: what is current, and what was known at any time."""
    again = data.draw(st.lists(st.sampled_from(fetches), max_size=6) if fetches else st.just([]))
    order = data.draw(st.permutations([*fetches, *again]))
    with book_of() as connection:
        book(connection, *fetches)
        expected = everything(connection)
    with book_of() as connection:
        while order:
            size = data.draw(st.integers(1, len(order)))
            book(connection, *order[:size])
            order = order[size:]
        assert everything(connection) == expected


@given(fetches=SEVERAL)
@settings(max_examples=200)
def test_at_any_time_the_newest_of_what_had_been_fetched_by_then_is_known(
    fetches: list[Intensity],
) -> None:
    times = sorted({one.fetched_at for one in fetches})
    with book_of() as connection:
        book(connection, *fetches)
        for known in (None, *times, *(one - MINUTES / 2 for one in times)):
            seen = [one for one in fetches if known is None or one.fetched_at <= known]
            assert all_known(connection, known) == in_order(current(foretold(seen)))


def all_known(connection: sqlite3.Connection, known: datetime | None) -> list[Any]:
    look_up = known_rows(connection, known=known)
    return in_order(
        one for ahead in (False, True) for one in look_up("de", Kind.DIRECT, *SPAN, forecast=ahead)
    )


def foretold(rows: Iterable[Intensity]) -> list[Intensity]:
    return [one for one in rows if not one.forecast or one.version < HOUR_9]


def in_order(rows: Iterable[Intensity]) -> list[Any]:
    return sorted((content(one) for one in rows), key=repr)


@given(fetches=st.lists(OF_ONE_VALUE, max_size=12))
def test_a_row_is_what_is_said_from_one_change_to_the_next(fetches: list[Intensity]) -> None:
    actual = [one for one in fetches if not one.forecast and one.updated_at is None]
    by_time = sorted(actual, key=lambda one: (one.fetched_at, one.value))
    values = [one.value for one in {one.fetched_at: one for one in by_time}.values()]
    changes = sum(before != now for before, now in pairwise(values))
    with book_of() as connection:
        book(connection, *actual)
        assert len(everything(connection)) == (changes + 1 if values else 0)


def test_a_row_holds_so_many_fetches_and_what_is_current_stays_exact() -> None:
    count = 5 * FULL
    with book_of() as connection:
        book(connection, *(said(100, n) for n in range(count)))
        assert kept(connection) == [(100, 0, 0, count - 1)]
        ((steps,),) = connection.execute("SELECT json_array_length(said_between) FROM intensity")
        assert FULL / 2 <= steps <= FULL
        book(connection, said(200, count / 2 + 0.5))
        first, other, last = kept(connection)
        assert (first[0], other[0], last[0]) == (100, 200, 100)
        assert count / 2 - first[3] < 0.1 * count
        assert last[2] - count / 2 < 0.1 * count
        assert the_hour(connection)[0].value == 100
