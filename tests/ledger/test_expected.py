"""Who should have been read in an hour: the same ones whatever was asked before."""

import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from agent.ledger.places.meters import by_number, number_of
from agent.ledger.places.places import Places
from agent.ledger.schema import migrate
from agent.model import Role
from tests.accounting.places import meter, planted

HOURS = 12
SITES = ("fra", "ams")
PDUS = [meter(f"rack-{number}", Role.RACK) for number in range(3)]
OUTLETS = planted(*PDUS, parts=" ".join(f"{one.device}/outlet/1" for one in PDUS)).parts
METERS = [*PDUS, *OUTLETS.values()]

seconds = st.integers(0, HOURS * 3600)
starts = st.integers(0, HOURS).map(lambda hour: hour * 3600)
spans = st.tuples(seconds, seconds).map(sorted)
lives = st.lists(spans, min_size=len(METERS), max_size=len(METERS))
stays = st.lists(st.tuples(st.integers(1, len(PDUS)), starts, st.none() | starts))
moves = st.lists(st.tuples(st.integers(1, len(PDUS)), starts))


@given(lives, stays, moves, st.permutations(range(-1, HOURS + 2)))
def test_who_is_expected_in_an_hour_does_not_depend_on_what_was_asked_before(
    read: Sequence[tuple[int, int]],
    members: Sequence[tuple[int, int, int | None]],
    moved: Sequence[tuple[int, int]],
    asked: Sequence[int],
) -> None:
    connection = sqlite3.connect(":memory:")
    migrate(connection)
    for one, (first, last) in zip(METERS, read, strict=True):
        connection.execute(
            "INSERT INTO account (meter, first_ms, at_ms, source, least_j, most_j, booked_j,"
            " minute_s, minute_covered_s) VALUES (?, ?, ?, 'counter', 0, 0, 0, 0, 0)",
            (number_of(connection, one), first * 1000, last * 1000 + 1),
        )
    connection.executemany("INSERT OR IGNORE INTO membership VALUES (?, ?, ?)", members)
    connection.executemany(
        "INSERT OR IGNORE INTO former_place VALUES (?, ?, 'ams', 'rack', '', '{}', NULL)", moved
    )
    again = new_places(connection)
    for hour in (datetime.fromtimestamp(number * 3600, UTC) for number in asked):
        for site in SITES:
            assert again.expected(site, hour) == new_places(connection).expected(site, hour)
    connection.close()


def new_places(connection: sqlite3.Connection) -> Places:
    return Places(connection, by_number(connection, {}))
