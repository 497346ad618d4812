"""Repairs: new entries with who, when and why. Nothing is changed in place."""

import asyncio
import sqlite3
import threading
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.errors import ConfigError, Unavailable
from agent.ledger import Repair, repairs_of
from agent.ledger.corrections.repairs import book_repair
from agent.ledger.hours.meter_hours import hour_rows
from agent.ledger.places.meters import number_of
from agent.ledger.savepoint import attempt
from agent.ledger.schema import MIGRATIONS
from agent.model import FULLEST, HOUR, Coverage, MeterId, Quantity, Role, Scope
from agent.units import JOULES_PER_KWH, Joules
from tests.accounting import places
from tests.ledger.books import START, day, intensity, open_ledger, reading, rows
from tests.ledger.repairing import END, HOUR_S, a_clock, a_connection, booked, newest_hour, repair
from tests.waiting import until


async def test_a_repair_makes_a_new_version_with_its_reason_and_changes_nothing_in_place(
    tmp_path: Path,
) -> None:
    ledger = await booked(tmp_path, a_clock())
    before = rows(tmp_path, "SELECT * FROM hour ORDER BY meter")
    versions = rows(tmp_path, "SELECT * FROM site_hour")
    done = await ledger.repair(repair(kwh=7))
    await ledger.tend()
    assert (done.number, done.before, done.energy) == (1, 6 * JOULES_PER_KWH, 7 * JOULES_PER_KWH)
    assert rows(tmp_path, "SELECT * FROM hour ORDER BY meter") == before
    assert rows(tmp_path, "SELECT * FROM site_hour WHERE version = 1") == versions
    hour = await newest_hour(ledger)
    assert (hour.version, hour.it) == (2, 11 * JOULES_PER_KWH)
    energies = {one.meter.device: one for one in hour.meters}
    assert energies["rack-1-a"].energy == 7 * JOULES_PER_KWH
    assert (energies["rack-1-a"].measured, energies["rack-1-a"].interpolated) == (0, 3600)
    assert (energies["rack-2-a"].measured, energies["rack-2-a"].interpolated) == (3600, 0)
    log = rows(tmp_path, "SELECT before, after, why FROM restatement WHERE figure = 'it_j'")
    why = "repair 1 by facility-team: read from its display"
    assert log == [(10 * JOULES_PER_KWH, 11 * JOULES_PER_KWH, why)]
    ledger.close()


async def test_a_later_repair_of_the_same_hour_stacks_on_the_earlier_one(tmp_path: Path) -> None:
    ledger = await booked(tmp_path, a_clock())
    for kwh in (7, 5, None, 6.5):
        await ledger.repair(repair(kwh=kwh))
    await ledger.tend()
    assert (await newest_hour(ledger)).it == 10.5 * JOULES_PER_KWH
    kept = rows(tmp_path, "SELECT before_j, energy_j FROM repair_hour ORDER BY repair")
    unit = JOULES_PER_KWH
    assert kept == [(6 * unit, unit), (7 * unit, -2 * unit), (5 * unit, None), (None, 6.5 * unit)]
    ledger.close()


async def test_an_hour_of_which_a_person_says_that_nothing_is_known_is_missing(
    tmp_path: Path,
) -> None:
    ledger = await booked(tmp_path, a_clock())
    await ledger.repair(repair("rack-1-a", kwh=None))
    await ledger.tend()
    hour = await newest_hour(ledger)
    assert "rack-1-a" not in {one.meter.device for one in hour.meters}
    assert hour.it is None or hour.it == 4 * JOULES_PER_KWH
    await ledger.repair(repair("grid", kwh=None))
    await ledger.tend()
    hour = await newest_hour(ledger)
    assert hour.facility is None, "missing is never zero, and never what it was before"
    assert hour.coverage == Coverage()
    ledger.close()


async def test_an_hour_of_which_nothing_is_known_any_more_says_so(tmp_path: Path) -> None:
    clock = a_clock()
    ledger = open_ledger(tmp_path, clock)
    await ledger.book(day("rack-1-a", START, 60, 6_000))
    await ledger.tend()
    await ledger.repair(repair(kwh=None))
    await ledger.tend()
    hour = await newest_hour(ledger)
    assert (hour.version, hour.it, hour.emissions) == (2, None, {})
    ledger.close()


async def test_hours_without_a_row_become_known(tmp_path: Path) -> None:
    clock = a_clock()
    clock.move(hours=3)
    ledger = await booked(tmp_path, clock)
    done = await ledger.repair(repair("grid", kwh=28, hours=2, after=1))
    await ledger.tend()
    assert done.before is None
    found = rows(tmp_path, "SELECT hour_s, facility_j FROM site_hour ORDER BY hour_s")
    assert found == [(HOUR_S + n * 3600, 14 * JOULES_PER_KWH) for n in range(3)]
    ledger.close()


async def test_what_a_counter_says_after_an_outage_is_not_added_to_what_was_said_of_it(
    tmp_path: Path,
) -> None:
    clock = a_clock()
    ledger = await booked(tmp_path, clock)
    clock.move(hours=4)
    await ledger.repair(repair("grid", kwh=20, hours=2, after=1))
    await ledger.book([reading("grid", START + 4 * HOUR, kwh=100 + 14 * 4, watts=14_000)])
    await ledger.tend()
    found = rows(
        tmp_path,
        "SELECT facility_j FROM site_hour s WHERE version = (SELECT max(version) FROM site_hour"
        " WHERE hour_s = s.hour_s) ORDER BY hour_s",
    )
    assert [joules / JOULES_PER_KWH for (joules,) in found] == [14, 10, 10, 14]
    ledger.close()


async def test_an_hour_that_is_to_be_computed_again_anyway_keeps_both_reasons(
    tmp_path: Path,
) -> None:
    clock = a_clock()
    ledger = await booked(tmp_path, clock)
    await ledger.book([intensity(250, START, updated=clock.now())])
    await ledger.repair(repair())
    await ledger.tend()
    ((why,),) = rows(tmp_path, "SELECT DISTINCT why FROM restatement")
    assert why.startswith("repair 1 by facility-team")
    assert "intensity" in why
    ledger.close()


async def test_a_meter_that_has_moved_is_repaired_where_it_stood_then(tmp_path: Path) -> None:
    clock = a_clock()
    ledger = await booked(tmp_path, clock)
    clock.move(hours=2)
    elsewhere = [replace(places.meter("rack-1-a", Role.RACK), site="ber")]
    others = [one for one in places.TOTALS if one.device != "rack-1-a"]
    sites = [*places.tree().sites.values(), replace(places.tree().sites["fra"], name="ber")]
    await ledger.replant(places.tree().of(sites, [*others, *elsewhere]))
    await ledger.repair(repair(kwh=7))
    assert rows(tmp_path, "SELECT site FROM stale_hour WHERE why != ''") == [("fra",)]
    ledger.close()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (repair("rack-1-b"), "no meter 'rack-1-b': did you mean rack-1-a?"),
        (repair("x" * 5000), "no meter 'xxx"),
        (repair(hours=2), "is not over yet, it is 2026-03-10T10:03 UTC"),
        (repair(hours=-1), "--to 2026-03-10T08 is not after --from 2026-03-10T09"),
        (repair(hours=0), "is not after --from"),
        (repair(hours=367 * 24, after=-400 * 24), "is more than 366 days"),
        (replace(repair(), energy=Joules(FULLEST + 1)), "must be from 0 to"),
        (replace(repair(), energy=Joules(-1)), "must be from 0 to"),
        (
            replace(repair(), measures=frozenset({Quantity.WATER})),
            "rack-1-a measures electricity: give --energy in J, Wh, kWh or MWh",
        ),
    ],
)
async def test_what_cannot_be_repaired_is_refused_in_words_and_writes_nothing(
    tmp_path: Path, wrong: Repair, words: str
) -> None:
    ledger = await booked(tmp_path, a_clock())
    with pytest.raises(ConfigError) as refused:
        await ledger.repair(wrong)
    assert words in str(refused.value)
    assert len(str(refused.value)) < 400
    assert rows(tmp_path, "SELECT count(*) FROM repair") == [(0,)]
    ledger.close()


async def test_a_bug_in_a_repair_takes_no_reading_with_it_that_is_booked_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def half_a_repair(connection: sqlite3.Connection, **_: object) -> None:
        connection.execute("INSERT INTO stale_hour VALUES ('fra', 0, 1, 'half')")
        raise KeyError("a bug")

    ledger = await booked(tmp_path, a_clock())
    monkeypatch.setattr("agent.ledger.ledger.book_repair", half_a_repair)
    begun, both_wait = threading.Event(), threading.Event()

    def hold(_: sqlite3.Connection) -> None:
        begun.set()
        both_wait.wait(30)

    busy = asyncio.create_task(ledger._writer.alone(hold))
    await until(begun.is_set)
    repairing = asyncio.create_task(ledger.repair(repair()))
    at = END + timedelta(minutes=1)
    booking = asyncio.create_task(ledger.book([reading("grid", at, kwh=114.2, watts=14_000)]))
    await until(lambda: ledger._writer._jobs.qsize() > 1)
    both_wait.set()
    await busy
    with pytest.raises(KeyError):
        await repairing
    await booking
    booked_j = "SELECT booked_j FROM account JOIN meter ON number = meter WHERE id = 'grid'"
    assert rows(tmp_path, booked_j)[0][0] > 14 * JOULES_PER_KWH
    assert rows(tmp_path, "SELECT count(*) FROM stale_hour WHERE why = 'half'") == [(0,)]
    ledger.close()


def test_an_error_of_the_disk_is_everybodys() -> None:
    def full(_: sqlite3.Connection) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        connection.execute("BEGIN")
        with pytest.raises(sqlite3.OperationalError):
            attempt(connection, full)


async def test_a_full_disk_refuses_a_repair_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        error = sqlite3.OperationalError("database or disk is full")
        error.sqlite_errorcode = sqlite3.SQLITE_FULL
        raise error

    ledger = await booked(tmp_path, a_clock())
    monkeypatch.setattr("agent.ledger.ledger.book_repair", full)
    with pytest.raises(Unavailable, match="the disk takes no more"):
        await ledger.repair(repair())
    ledger.close()


async def test_repairs_are_listed_with_what_was_before(tmp_path: Path) -> None:
    clock = a_clock()
    ledger = await booked(tmp_path, clock)
    await ledger.repair(repair("rack-1-a", kwh=7))
    await ledger.repair(repair("grid", kwh=None))
    ledger.close()
    first, second = repairs_of(tmp_path / "ledger.db")
    assert (first.meter, first.before, first.energy) == ("rack-1-a", 21_600_000, 25_200_000)
    assert (first.who, first.why, first.at) == (
        "facility-team",
        "read from its display",
        clock.now(),
    )
    assert (second.before, second.energy) == (14 * JOULES_PER_KWH, None)
    assert repairs_of(tmp_path / "ledger.db", "grid") == [second]
    with pytest.raises(ConfigError, match="did you mean grid"):
        repairs_of(tmp_path / "ledger.db", "gird")


def test_a_ledger_of_an_older_version_is_not_read_and_the_way_out_is_said(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "ledger.db", isolation_level=None)) as connection:
        connection.executescript(MIGRATIONS[0])
        connection.execute("PRAGMA user_version = 1")
    with pytest.raises(ConfigError, match=r"an older carbond has written it .* `carbond run`"):
        repairs_of(tmp_path / "ledger.db")


said = st.tuples(
    st.integers(0, 5), st.integers(1, 6), st.one_of(st.none(), st.integers(0, int(FULLEST)))
)


@settings(max_examples=60)
@given(had=st.dictionaries(st.integers(0, 11), st.integers(0, 10**12)), repairs=st.lists(said))
def test_the_newest_repair_of_an_hour_holds_and_its_hours_add_up_to_what_was_said(
    had: dict[int, int], repairs: list[tuple[int, int, int | None]]
) -> None:
    with a_connection() as connection:
        connection.executemany(
            "INSERT INTO hour (hour_s, meter, energy_j, measured_s, interpolated_s)"
            " VALUES (?, 1, ?, 3600, 0)",
            [(HOUR_S + hour * 3600, energy) for hour, energy in had.items()],
        )
        expected: dict[int, int | None] = dict(had)
        book = partial(book_repair, connection, now=START + 20 * HOUR)
        for after, hours, energy in repairs:
            one = repair("grid", hours=hours, after=after)
            done = book(replace(one, energy=None if energy is None else Joules(energy)))
            touched = range(after, after + hours)
            known = [expected[n] for n in touched if expected.get(n) is not None]
            assert done.before == (sum(known) if known else None)  # type: ignore[arg-type] # none is None
            now = {n: energy_in(connection, n) for n in touched}
            if energy is None:
                assert set(now.values()) == {None}
            else:
                assert sum(one or 0 for one in now.values()) == energy
                assert max(now.values()) - min(now.values()) <= 1  # type: ignore[type-var,operator] # none is None
            expected |= now
        assert {n: energy_in(connection, n) for n in range(12)} == {
            n: expected.get(n) for n in range(12)
        }


def energy_in(connection: sqlite3.Connection, hour: int) -> int | None:
    found = hour_rows(connection, HOUR_S + hour * 3600, [Scope.TOTAL])
    assert found == hour_rows(connection, HOUR_S + hour * 3600)
    return found[0][1] if found else None


def test_repairs_of_outlets_are_asked_for_by_their_scope() -> None:
    with a_connection() as connection:
        outlet = places.tree().meter(MeterId("rack-1-a/outlet/1"))
        assert outlet is not None
        number = number_of(connection, outlet)
        book_repair(connection, repair("rack-1-a/outlet/1"), now=END)
        assert hour_rows(connection, HOUR_S, [Scope.TOTAL]) == []
        expected = [(number, 7 * JOULES_PER_KWH, 0.0, 3600.0)]
        assert hour_rows(connection, HOUR_S, [Scope.TOTAL, Scope.OUTLET]) == expected
