"""The days before a demo: true to the simulated site, and to the settings that go on from them."""

import asyncio
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agent.app import load
from agent.app.parts import tree_of as tree_of_settings
from agent.demo.files import SITE, write_settings
from agent.demo.grids_simulated import SimulatedGrid
from agent.demo.history import DEAD, PACE, ZEROED, book_history, faults_of, tree_of
from agent.demo.polls import Polls
from agent.demo.simulation import Simulation
from agent.demo.site import FEEDS, Site
from agent.ledger import findings_of, open_reader, restatements_of
from agent.ledger.hours.site_hours import newest
from agent.ledger.hours.total import total_of
from agent.model import HOUR, Kind, MeterId, Oddity
from tests.ledger.books import rows

START = datetime(2026, 3, 2, 21, 17, tzinfo=UTC)
LENGTH = timedelta(hours=10)


@pytest.fixture(scope="module")
def site() -> Site:
    return Site(start=START, seed=1)


@pytest.fixture(scope="module")
def folder(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("history")
    shares: list[float] = []
    booking = book_history(
        made / "ledger.db",
        site,
        SimulatedGrid(),
        start=START,
        end=START + LENGTH,
        said=shares.append,
    )
    asyncio.run(booking)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    return made


def test_what_is_booked_is_what_has_flowed(site: Site, folder: Path) -> None:
    total = total_of(folder / "ledger.db", SITE)
    for name in ("utility", DEAD, "rack-07-a"):
        first, last, booked = total.booked[MeterId(name)]
        assert booked == pytest.approx(site.energy(name, first, last), rel=0.002), name


def test_nothing_else_is_missing(folder: Path) -> None:
    coverage = total_of(folder / "ledger.db", SITE).coverage
    assert coverage == pytest.approx(1.0, abs=0.01)


def test_a_pdu_is_dead_for_an_hour_and_its_energy_is_known_all_the_same(folder: Path) -> None:
    ((interpolated,),) = rows(
        folder,
        "SELECT sum(interpolated_s) FROM hour JOIN meter ON meter = number WHERE id = ?",
        DEAD,
    )
    assert interpolated == pytest.approx(3600, abs=200)


def test_a_register_is_set_to_zero_and_that_is_found(folder: Path) -> None:
    found = findings_of(folder / "ledger.db")
    assert {finding.oddity for _, finding in found} == {Oddity.RESET}
    assert {meter.device for meter, _ in found} == {ZEROED}


def test_the_grid_takes_back_what_it_has_said_and_hours_are_restated(folder: Path) -> None:
    path = folder / "ledger.db"
    with closing(open_reader(path)) as connection:
        hours = newest(connection, SITE, START, START + LENGTH)
    whole = [hour for hour in hours if START < hour.hour < START + LENGTH - 2 * HOUR]
    assert all(set(hour.intensities) == set(Kind) for hour in whole)
    assert all(hour.pue is not None and hour.pue.measured for hour in whole)
    assert any(not hour.intensities[Kind.DIRECT].estimated for hour in whole)
    assert restatements_of(path, SITE)


async def test_its_metering_tree_is_that_of_the_demos_settings(site: Site, tmp_path: Path) -> None:
    """Else the daemon would begin with other places, and the past would look moved."""
    faults = faults_of(site, START, START + LENGTH)
    polls = Polls(site, site.seed, faults=faults, outlets=FEEDS, pace=PACE)
    async with Simulation(start=START + LENGTH, since=START) as simulation:
        path = write_settings(tmp_path, simulation.site, simulation.addresses)
    tree, settings = tree_of(polls), tree_of_settings(load(path))
    assert tree.sites == settings.sites
    assert tree.totals == settings.totals
