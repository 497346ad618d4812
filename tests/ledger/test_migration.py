"""A ledger of an older carbond: it is brought up to date, and its hours go on."""

import sqlite3
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from agent.accounting.metering.tree import Tree
from agent.accounting.site import Site
from agent.ledger.schema import MIGRATIONS, VERSION
from agent.model import HOUR, Role
from agent.units import JOULES_PER_KWH
from tests.accounting.places import meter
from tests.clocks import HandClock
from tests.ledger.books import START, intensity, open_ledger, rows

START_S = int(START.timestamp())
METERS = [
    meter("grid", Role.UTILITY),
    meter("diesel", Role.GENERATOR),
    meter("rack-1-a", Role.RACK),
]
KWH = {"grid": 10, "diesel": 4, "rack-1-a": 10}


def an_older_ledger(path: Path) -> None:
    """Write a closed hour as the second version of the tables had it."""
    connection = sqlite3.connect(path)
    connection.executescript("".join(MIGRATIONS[:2]))
    for number, one in enumerate(METERS, start=1):
        connection.execute(
            "INSERT INTO meter VALUES (?, ?, ?, 'fra', ?, 'total', NULL, '{}')",
            (number, one.id, one.device, one.role),
        )
        connection.execute(
            "INSERT INTO account VALUES (?, ?, ?, NULL, 1.0, '', 0, 1, 0, ?, NULL, 0, NULL, NULL)",
            (number, START_S * 1000, (START_S + 3600) * 1000, START_S + 3600),
        )
        energy = KWH[one.device] * JOULES_PER_KWH
        connection.execute("INSERT INTO hour VALUES (?, ?, ?, 3600, 0)", (START_S, number, energy))
    connection.execute(
        "INSERT INTO site_hour VALUES ('fra', ?, 1, ?, ?, ?, 1.0, 1.4, 1, 2, 1.0)",
        (START_S, START_S * 1000, 14 * JOULES_PER_KWH, 10 * JOULES_PER_KWH),
    )
    connection.execute(
        "INSERT INTO site_emission VALUES ('fra', ?, 1, 'direct', 3000, 300, 'em', ?, 0, 1.0)",
        (START_S, START_S * 1000),
    )
    connection.execute(
        "INSERT INTO intensity VALUES"
        " ('de', 'direct', 'em', ?, 3600, ?, 'DE', 300, NULL, ?, 0, '')",
        (START_S, START_S * 1000, START_S * 1000),
    )
    connection.execute("PRAGMA user_version = 2")
    connection.commit()
    connection.close()


async def test_an_older_ledger_is_brought_up_to_date_and_its_hours_are_revised_rightly(
    tmp_path: Path,
) -> None:
    an_older_ledger(tmp_path / "ledger.db")
    clock = HandClock(START + timedelta(hours=30))
    tree = Tree.of([Site(name="fra", grid="de")], METERS)
    ledger = open_ledger(tmp_path, clock, tree=tree)
    assert rows(tmp_path, "PRAGMA user_version") == [(VERSION,)]
    assert rows(tmp_path, "SELECT coverages FROM site_hour") == [('{"it":[0,1.0]}',)], (
        "how much of IT is known was kept, and not how"
    )
    await ledger.book([intensity(250, START, updated=START + 5 * HOUR)])
    await ledger.tend()
    found = rows(tmp_path, "SELECT version, emission_g FROM site_emission ORDER BY version")
    assert found == [(1, 3000), (2, pytest.approx(2500))], "diesel is not from the grid"
    assert rows(
        tmp_path, "SELECT mix, forecast, estimated, count(*) FROM intensity GROUP BY 1, 2"
    ) == [("consumption", 0, 0, 2)]
    ledger.close()


def a_ledger_of_one_row_a_version(path: Path) -> None:
    """Write intensities as the third version of the tables had them."""
    connection = sqlite3.connect(path)
    connection.executescript("".join(MIGRATIONS[:3]))
    at = START_S * 1000
    connection.executemany(
        "INSERT INTO intensity VALUES"
        " ('de', 'direct', 'em', ?, 3600, ?, 'DE', ?, ?, ?, ?, 'M', 'consumption', ?)",
        [
            (START_S, at, 400, at, at + 60_000, 1, 0),
            (START_S, at + 3_600_000, 350, None, at + 3_600_000, 0, 0),
            (START_S, at - 3_600_000, 380, at - 3_600_000, at - 3_600_000, 1, 1),
        ],
    )
    connection.execute("PRAGMA user_version = 3")
    connection.commit()
    connection.close()


async def test_versions_of_a_ledger_that_had_one_row_of_each_go_on_where_they_were(
    tmp_path: Path,
) -> None:
    a_ledger_of_one_row_a_version(tmp_path / "ledger.db")
    ledger = open_ledger(tmp_path, HandClock(START + timedelta(hours=30)))
    query = (
        "SELECT forecast, g_per_kwh, version_ms - ?1, fetched_ms - ?1, said_ms - ?1, said_between,"
        " updated_ms - ?1, estimated, method FROM intensity"
        " ORDER BY forecast, version_ms, fetched_ms"
    )
    at, hour = START_S * 1000, 3_600_000
    assert rows(tmp_path, query, at) == [
        (0, 400, 0, 60_000, 60_000, "[]", 0, 1, "M"),
        (0, 350, hour, hour, hour, "[]", None, 0, "M"),
        (1, 380, -hour, -hour, -hour, "[]", -hour, 1, "M"),
    ]
    first = replace(intensity(400, START, updated=START, estimated=True), method="M")
    again = replace(first, fetched_at=START + timedelta(minutes=2))
    changed = replace(first, fetched_at=START + timedelta(minutes=3), estimated=False)
    await ledger.book([again, changed])
    assert [row[2:6] for row in rows(tmp_path, query, at) if not row[0]] == [
        (0, 60_000, 120_000, "[]"),
        (0, 180_000, 180_000, "[]"),
        (hour, hour, hour, "[]"),
    ]
    ledger.close()
