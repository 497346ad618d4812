"""Versions of intensities: all kept, the newest current, and the hours they touch stale."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.accounting.emissions.carbon import current
from agent.accounting.hours import EPOCH
from agent.accounting.metering.tree import Tree
from agent.accounting.site import Estimate, Forecast, LastYear, OtherSource, Site
from agent.ledger.grids.intensities import book_intensities, known_rows, versions_in, versions_of
from agent.ledger.places.sites import write_sites
from agent.ledger.schema import migrate
from agent.ledger.times import seconds_of
from agent.model import HOUR, Intensity, Kind, Mix
from tests.accounting.grids import row
from tests.accounting.places import HOUR_9
from tests.ledger.steps import counted

MINUTES = timedelta(minutes=1)
DAY = timedelta(days=1)
NOW = HOUR_9 + 30 * DAY
PLAIN = Site(name="fra", grid="de", marginal_grid="wt")

Stale = set[tuple[str, datetime]]


@contextmanager
def book_of(*hours: datetime) -> Iterator[sqlite3.Connection]:
    """An empty ledger, in which some hours have an energy."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        migrate(connection)
        connection.execute("INSERT INTO meter VALUES (1, 'a', 'a', 'fra', '', '', '', '', 0)")
        connection.executemany(
            "INSERT INTO hour (hour_s, meter, energy_j, measured_s, interpolated_s)"
            " VALUES (?, 1, 0, 0, 0)",
            [(seconds_of(hour),) for hour in hours],
        )
        yield connection


def book(
    connection: sqlite3.Connection, *rows: Intensity, sites: Sequence[Site] = (PLAIN,)
) -> None:
    write_sites(connection, Tree.of(sites, []), now=EPOCH)
    book_intensities(connection, rows, now=NOW)


def stale(connection: sqlite3.Connection) -> Stale:
    return {
        (site, datetime.fromtimestamp(hour, UTC))
        for site, hour in connection.execute("SELECT site, hour_s FROM stale_hour")
    }


def entries(connection: sqlite3.Connection) -> list[list[Intensity]]:
    bodies = connection.execute("SELECT body FROM entry ORDER BY position").fetchall()
    return [versions_in(connection, body) for (body,) in bodies]


def everything(connection: sqlite3.Connection) -> list[tuple[Any, ...]]:
    return connection.execute("SELECT * FROM intensity").fetchall()


def the_hour(connection: sqlite3.Connection, known: datetime | None = None) -> list[Intensity]:
    look_up = known_rows(connection, known=known)
    return list(look_up("de", Kind.DIRECT, HOUR_9, HOUR_9 + HOUR))


def content(one: Intensity) -> Intensity:
    """What is said, without when: a version that is said again is kept as it was said first."""
    return replace(one, fetched_at=HOUR_9, updated_at=None)


AROUND = [HOUR_9 + n * HOUR for n in range(-30, 30)]


def test_all_that_is_said_of_a_value_is_kept() -> None:
    said = replace(
        row(187.5, minutes=30, mix=Mix.PRODUCTION, estimated=True),
        method="TIME_SLICER_AVERAGE",
        fetched_at=NOW,
    )
    unsaid = replace(row(1, source="file"), updated_at=None)
    forecast = row(2, forecast=True)
    with book_of() as connection:
        book(connection, said, unsaid, forecast)
        found = versions_of(connection, "de", Kind.DIRECT, HOUR_9, HOUR_9 + HOUR)
    assert sorted(found, key=lambda one: one.value) == [unsaid, forecast, said]


@given(st.permutations([row(100 + n, updated=HOUR_9 + n * HOUR) for n in range(5)]), st.data())
def test_the_newest_version_is_current_in_whatever_order_and_batches_they_come(
    order: list[Intensity], data: st.DataObject
) -> None:
    with book_of(*AROUND) as connection:
        while order:
            size = data.draw(st.integers(1, len(order)))
            book(connection, *order[:size], *order[:1])
            order = order[size:]
        assert [one.value for one in the_hour(connection)] == [104]
        assert len(everything(connection)) == 5
        assert stale(connection) == {("fra", HOUR_9)}
        assert {one.value for entry in entries(connection) for one in entry} == {104}


ROWS = st.builds(
    row,
    st.integers(1, 5).map(float),
    st.sampled_from([-24 * 60, -60, -30, 0, 5, 30, 55, 60]).map(lambda n: HOUR_9 + n * MINUTES),
    st.sampled_from([5, 30, 60, 24 * 60]),
    st.integers(-3, 3).map(lambda n: HOUR_9 + n * HOUR),
    grid=st.sampled_from(["de", "fr"]),
    kind=st.sampled_from([Kind.DIRECT, Kind.LIFECYCLE]),
    source=st.sampled_from(["em", "file"]),
    mix=st.sampled_from(Mix),
    estimated=st.booleans(),
    forecast=st.booleans(),
)
# What is said under one version may change from one fetch to the next.
FETCHED = st.builds(
    lambda one, later, versioned: replace(
        one,
        fetched_at=one.version + later * HOUR,
        updated_at=one.updated_at if versioned else None,
    ),
    ROWS,
    st.integers(0, 3),
    st.booleans(),
)


@given(rows=st.lists(FETCHED, max_size=12), at=st.none() | st.integers(-4, 7), data=st.data())
def test_what_was_known_at_any_time_is_the_newest_of_what_had_been_fetched(
    rows: list[Intensity], at: int | None, data: st.DataObject
) -> None:
    known = None if at is None else HOUR_9 + at * HOUR
    expected = [
        content(one)
        for one in current(one for one in rows if known is None or one.fetched_at <= known)
        if (one.grid, one.kind, one.forecast) == ("de", Kind.DIRECT, False)
        and one.start < HOUR_9 + HOUR
        and one.start + one.period > HOUR_9
    ]
    with book_of() as connection:
        book(connection, *data.draw(st.permutations(rows)))
        found = the_hour(connection, known)
    assert sorted(map(content, found), key=repr) == sorted(expected, key=repr)


@given(rows=st.lists(FETCHED, max_size=8), data=st.data())
def test_in_any_order_the_same_is_current_and_the_same_hours_are_stale(
    rows: list[Intensity], data: st.DataObject
) -> None:
    site = replace(PLAIN, fallback=(OtherSource(grid="fr"), Forecast(), LastYear()))
    seen = []
    for order in (rows, data.draw(st.permutations(rows))):
        with book_of(*AROUND) as connection:
            book(connection, *order, sites=[site])
            now = [*map(tuple, the_hour_of_each(connection))]
            seen.append((now, stale(connection)))
    assert seen[0] == seen[1]


def the_hour_of_each(connection: sqlite3.Connection) -> Iterator[list[Intensity]]:
    look_up = known_rows(connection)
    for grid in ("de", "fr"):
        for kind in Kind:
            for forecast in (False, True):
                yield list(look_up(grid, kind, HOUR_9, HOUR_9 + HOUR, forecast=forecast))


def test_booking_the_same_again_changes_nothing() -> None:
    rows = [row(100), row(200, forecast=True), replace(row(300, source="file"), updated_at=None)]
    with book_of(*AROUND) as connection:
        book(connection, *rows)
        before = everything(connection), len(entries(connection))
        connection.execute("DELETE FROM stale_hour")
        book(connection, *rows)
        assert (everything(connection), len(entries(connection))) == before
        found = list(the_hour_of_each(connection))
        book(connection, *(replace(one, fetched_at=one.fetched_at + HOUR) for one in rows))
        assert (len(everything(connection)), len(entries(connection))) == (3, before[1])
        assert list(the_hour_of_each(connection)) == found
        assert stale(connection) == set()


def unsaid(value: float, hours: int) -> Intensity:
    """A value whose source gives no version, as it was fetched so many hours later."""
    return replace(row(value), updated_at=None, fetched_at=HOUR_9 + hours * HOUR)


def test_without_a_version_of_its_source_a_value_is_new_only_when_it_has_changed() -> None:
    with book_of(*AROUND) as connection:
        for hours, value in enumerate((100, 100, 250, 250, 100)):
            book(connection, unsaid(value, hours))
        found = versions_of(connection, "de", Kind.DIRECT, HOUR_9, HOUR_9 + HOUR)
        assert [(one.value, one.version) for one in found] == [
            (100, HOUR_9),
            (250, HOUR_9 + 2 * HOUR),
            (100, HOUR_9 + 4 * HOUR),
        ]
        assert the_hour(connection) == [unsaid(100, 4)]


def test_a_value_that_was_fetched_earlier_and_comes_later_is_not_current() -> None:
    with book_of() as connection:
        book(connection, unsaid(250, 2))
        book(connection, unsaid(100, 0))
        assert the_hour(connection) == [unsaid(250, 2)]
        assert the_hour(connection, HOUR_9 + HOUR) == [unsaid(100, 0)]


def test_what_was_known_then_is_what_had_been_fetched_by_then() -> None:
    """A version may be older than the time it was first seen here."""
    late = replace(row(90, updated=HOUR_9 + 2 * HOUR), fetched_at=HOUR_9 + 9 * HOUR)
    rows = [row(100, updated=HOUR_9 + HOUR), late, row(80, updated=HOUR_9 + 5 * HOUR)]
    with book_of() as connection:
        book(connection, *rows)
        values = [
            [one.value for one in the_hour(connection, HOUR_9 + hours * HOUR)]
            for hours in (0, 1, 4, 5, 9)
        ]
        assert values == [[], [100], [100], [80], [80]]
        known = HOUR_9 + 4 * HOUR
        found = versions_of(connection, "de", Kind.DIRECT, HOUR_9, HOUR_9 + HOUR, known=known)
        assert [one.value for one in found] == [100]


def test_a_forecast_is_looked_up_as_it_was_said_before_the_hour() -> None:
    said = [row(n, forecast=True, updated=HOUR_9 + n * 10 * MINUTES) for n in (-3, -2, 0, 1)]
    with book_of() as connection:
        book(connection, *said, row(100))
        look_up = known_rows(connection)
        span = (HOUR_9, HOUR_9 + HOUR)
        assert look_up("de", Kind.DIRECT, *span, forecast=True) == [said[1]]
        assert look_up("de", Kind.DIRECT, *span) == [row(100)]


def test_forecasts_are_not_told_to_exporters() -> None:
    with book_of(*AROUND) as connection:
        book(connection, row(200, forecast=True))
        assert entries(connection) == []
        book(connection, row(300, forecast=True, updated=HOUR_9 - 10 * MINUTES), row(100))
        assert entries(connection) == [[row(100)]]


def test_an_entry_has_each_value_once_in_its_newest_version() -> None:
    first, second = row(100, updated=HOUR_9 + DAY), row(120, updated=HOUR_9 + 2 * DAY)
    with book_of() as connection:
        book(connection, second)
        book(connection, first, second, row(90, updated=HOUR_9))
        assert entries(connection) == [[second], [second]]


def test_exactly_the_hours_that_a_row_touches_become_stale() -> None:
    half = HOUR_9 + 30 * MINUTES
    cases: list[tuple[Intensity, list[datetime]]] = [
        (row(1), [HOUR_9]),
        (row(1, half, 5), [HOUR_9]),
        (row(1, half), [HOUR_9, HOUR_9 + HOUR]),
        (row(1, HOUR_9 + 45 * MINUTES, 15), [HOUR_9]),
        (row(1, HOUR_9, 120), [HOUR_9, HOUR_9 + HOUR]),
        (row(1, grid="wt"), []),
        (row(1, grid="wt", kind=Kind.MARGINAL), [HOUR_9]),
        (row(1, kind=Kind.MARGINAL), []),
        (row(1, grid="fr"), []),
        (row(1, HOUR_9 + 99 * DAY), []),
        (row(1, forecast=True), []),
    ]
    for one, hours in cases:
        with book_of(*AROUND) as connection:
            book(connection, one)
            assert stale(connection) == {("fra", hour) for hour in hours}, one


def test_hours_become_stale_for_the_sites_for_which_a_row_may_stand_in() -> None:
    next_year = HOUR_9.replace(year=2027)
    sites = [
        Site(name="other", grid="fr", fallback=(OtherSource(grid="de"),)),
        Site(name="year", grid="de", fallback=(LastYear(),)),
        Site(name="year-of-other", grid="fr", fallback=(LastYear(), OtherSource(grid="de"))),
        Site(name="forecast", grid="de", fallback=(Forecast(oldest=2 * HOUR), Estimate())),
    ]
    with book_of(HOUR_9, next_year) as connection:
        book(connection, row(1), sites=sites)
        assert stale(connection) == {
            ("other", HOUR_9),
            ("year", HOUR_9),
            ("year", next_year),
            ("year-of-other", HOUR_9),
            ("forecast", HOUR_9),
        }
        connection.execute("DELETE FROM stale_hour")
        book(connection, row(1, forecast=True, updated=HOUR_9 - 3 * HOUR), sites=sites)
        book(connection, row(1, forecast=True, updated=HOUR_9), sites=sites)
        assert stale(connection) == set()
        book(connection, row(1, forecast=True, updated=HOUR_9 - 2 * HOUR), sites=sites)
        assert stale(connection) == {("forecast", HOUR_9)}


def reasons(connection: sqlite3.Connection) -> list[tuple[int, str]]:
    return connection.execute("SELECT energy, why FROM stale_hour").fetchall()


def test_a_stale_hour_says_which_intensities_have_come_and_keeps_that_its_energy_has() -> None:
    with book_of(HOUR_9) as connection:
        book(connection, row(1))
        assert reasons(connection) == [(0, "intensity direct of de")]
        book(connection, row(2, updated=NOW), row(3, kind=Kind.LIFECYCLE))
        assert reasons(connection) == [
            (0, "intensity direct of de, intensity lifecycle of de"),
        ]
        connection.execute("UPDATE stale_hour SET energy = 1, why = ''")
        book(connection, row(4, updated=NOW + HOUR))
        assert reasons(connection) == [(1, "intensity direct of de")]


def test_the_reasons_of_a_stale_hour_stay_short_and_a_grid_is_not_taken_for_a_longer_name() -> None:
    grids = ["de-north", "de", *(f"grid-{n}" for n in range(50))]
    site = replace(PLAIN, fallback=tuple(OtherSource(grid=one) for one in grids))
    with book_of(HOUR_9) as connection:
        for grid in grids:
            book(connection, row(1, grid=grid), sites=[site])
        ((_, why),) = reasons(connection)
    assert why.startswith("intensity direct of de-north, intensity direct of de, ")
    assert len(why) < 250


def test_a_row_that_changes_nothing_makes_no_hour_stale() -> None:
    with book_of(*AROUND) as connection:
        book(connection, unsaid(100, 1))
        connection.execute("DELETE FROM stale_hour")
        book(connection, unsaid(100, 2))
        assert stale(connection) == set()


@pytest.mark.parametrize("minutes", [5, 15, 60])
def test_an_hour_is_looked_up_without_reading_the_day_before_it(minutes: int) -> None:
    """What it costs must not grow with what is booked: a year has a hundred thousand points."""

    def steps(days: int) -> int:
        points = [
            row(1, HOUR_9 - n * minutes * MINUTES, minutes)
            for n in range(-60 // minutes, days * 24 * 60 // minutes)
        ]
        with book_of() as connection:
            book(connection, *points, sites=[])
            return counted(connection, lambda: the_hour(connection))

    assert steps(8) < steps(1) * 1.1
