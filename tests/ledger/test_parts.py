"""The parts of a device: expected as long as nothing has said that they are gone."""

from datetime import timedelta
from pathlib import Path

import pytest

from agent.accounting.metering.tree import Tree
from agent.accounting.site import Site
from agent.ledger.file import open_reader
from agent.ledger.hours.site_hours import latest
from agent.model import HOUR, Metered, Role, SiteHour
from agent.units import JOULES_PER_KWH
from tests.accounting.places import meter
from tests.clocks import HandClock
from tests.ledger.books import START, day, open_ledger

SITE = Site(name="fra", it_role=Role.OUTLET)
METERS = [
    meter("grid", Role.UTILITY),
    *(meter(name, Role.RACK, "grid") for name in ("rack-1-a", "rack-1-b")),
]
A, B, OTHER_B = "rack-1-a/outlet/1", "rack-1-b/outlet/1", "rack-1-b/outlet/2"


async def an_hour(folder: Path, *, leaving: str = "", **watts: float) -> SiteHour:
    """The hour at START: outlets A and B have been read before it, and in it what has watts."""
    clock = HandClock(START)
    ledger = open_ledger(folder, clock, tree=Tree.of([SITE], METERS))
    live = {"grid": watts["grid"], A: watts["a"], OTHER_B: watts.get("other_b")}
    await ledger.book(day(B, START - HOUR, 50, 5000))
    if leaving:
        await ledger.replant(Tree.of([SITE], [one for one in METERS if one.device != leaving]))
    for name, drawn in live.items():
        if drawn is not None:
            await ledger.book(day(name, START - HOUR, 122, drawn))
    clock.at = START + HOUR + timedelta(minutes=20)
    await ledger.tend()
    ledger.close()
    return the_hour(folder)


def the_hour(folder: Path) -> SiteHour:
    connection = open_reader(folder / "ledger.db")
    try:
        found = latest(connection, "fra", START)
    finally:
        connection.close()
    assert found is not None
    return found


async def test_the_outlets_of_a_pdu_that_is_dead_are_missing_from_the_it_energy(
    tmp_path: Path,
) -> None:
    found = await an_hour(tmp_path, grid=12_000, a=5000)
    assert found.pue is None
    assert found.coverages[Metered.IT].known == pytest.approx(0.5)


async def test_an_outlet_without_which_its_pdu_answers_is_no_longer_expected(
    tmp_path: Path,
) -> None:
    found = await an_hour(tmp_path, grid=12_000, a=5000, other_b=5000)
    assert found.pue is not None
    assert found.pue.value == pytest.approx(1.2)


async def test_the_outlets_of_a_pdu_that_has_left_the_settings_are_not_expected(
    tmp_path: Path,
) -> None:
    found = await an_hour(tmp_path, leaving="rack-1-b", grid=6000, a=5000)
    assert found.pue is not None
    assert found.pue.value == pytest.approx(1.2)


async def test_outlets_that_are_read_less_often_than_their_pdu_are_missing_once_it_is_dead(
    tmp_path: Path,
) -> None:
    clock = HandClock(START)
    ledger = open_ledger(tmp_path, clock, tree=Tree.of([SITE], METERS))
    await ledger.book(day(A, START - HOUR, 122, 5000))
    await ledger.book(day(B, START - HOUR, 35, 5000))
    await ledger.book(day("rack-1-b", START - HOUR, 49, 5000))
    clock.at = START + HOUR + timedelta(minutes=20)
    await ledger.tend()
    ledger.close()
    assert the_hour(tmp_path).coverages[Metered.IT].known == pytest.approx(0.5)


async def test_a_pdu_that_has_never_answered_is_missing_from_the_it_energy(tmp_path: Path) -> None:
    clock = HandClock(START)
    ledger = open_ledger(tmp_path, clock, tree=Tree.of([SITE], METERS))
    for name, watts in (("grid", 12_000), ("rack-1-a", 5100), (A, 5000)):
        await ledger.book(day(name, START - HOUR, 122, watts))
    clock.at = START + HOUR + timedelta(seconds=90)
    await ledger.tend()
    (site,) = (await ledger.now([])).sites
    assert (site.power, site.it_power) == (12_000, None)
    clock.at = START + HOUR + timedelta(minutes=20)
    await ledger.tend()
    ledger.close()
    found = the_hour(tmp_path)
    assert (found.it, found.pue) == (5 * JOULES_PER_KWH, None)
    assert found.coverages[Metered.IT].known == pytest.approx(0.5)


async def test_a_pdu_that_is_added_later_is_in_no_hour_before(tmp_path: Path) -> None:
    clock = HandClock(START - HOUR)
    before = [one for one in METERS if one.device != "rack-1-b"]
    ledger = open_ledger(tmp_path, clock, tree=Tree.of([SITE], before))
    for name, watts in (("grid", 6000), (A, 5000)):
        await ledger.book(day(name, START - HOUR, 122, watts))
    clock.at = START + HOUR + timedelta(minutes=20)
    await ledger.replant(Tree.of([SITE], METERS))
    await ledger.tend()
    ledger.close()
    found = the_hour(tmp_path)
    assert found.pue is not None
    assert (found.pue.value, found.pue.category) == (pytest.approx(1.2), 3)


async def test_a_pdu_without_outlet_meters_is_in_the_it_energy_with_its_total(
    tmp_path: Path,
) -> None:
    clock = HandClock(START)
    ledger = open_ledger(tmp_path, clock, tree=Tree.of([SITE], METERS))
    for name, watts in (("grid", 12_000), (A, 5000), ("rack-1-b", 5000)):
        await ledger.book(day(name, START - HOUR, 122, watts))
    clock.at = START + HOUR + timedelta(seconds=90)
    await ledger.tend()
    (site,) = (await ledger.now([])).sites
    assert site.it_power == 10_000
    clock.at = START + HOUR + timedelta(minutes=20)
    await ledger.tend()
    ledger.close()
    found = the_hour(tmp_path)
    assert found.pue is not None
    assert (found.pue.value, found.pue.category) == (pytest.approx(1.2), 2)


async def test_a_pdu_that_answers_without_any_outlet_is_measured_by_its_total_from_then_on(
    tmp_path: Path,
) -> None:
    clock = HandClock(START)
    ledger = open_ledger(tmp_path, clock, tree=Tree.of([SITE], METERS))
    await ledger.book(day(B, START - 2 * HOUR, 50, 5000))
    for name, watts in (("grid", 12_000), (A, 5000), ("rack-1-b", 5000)):
        await ledger.book(day(name, START - 2 * HOUR, 182, watts))
    clock.at = START + HOUR + timedelta(minutes=20)
    await ledger.tend()
    ledger.close()
    found = the_hour(tmp_path)
    assert (found.it, found.pue and found.pue.category) == (10 * JOULES_PER_KWH, 2)
