"""An hour in which a meter at the boundary was silent, in a real ledger."""

from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from agent.accounting.metering.tree import Tree
from agent.accounting.periods.calendar import period_of
from agent.accounting.site import Site
from agent.ledger import Ledger
from agent.ledger.file import open_reader
from agent.ledger.hours.site_hours import latest
from agent.ledger.hours.totals import totals
from agent.model import HOUR, Kind, Metered, Role, SiteHour
from agent.reports import Term, as_lines, explain_period, explain_site_hour
from agent.units import JOULES_PER_KWH as KWH
from tests.accounting.places import meter
from tests.clocks import HandClock
from tests.ledger.books import START, day, intensity, open_ledger

SITE = Site(name="fra", grid="de", pue_declared=1.5)
METERS = [
    meter("grid", Role.UTILITY),
    meter("genset", Role.GENERATOR),
    meter("roof", Role.ONSITE),
    meter("rack", Role.RACK, "grid"),
]
TODAY = period_of("2026-03-10", "UTC")
BEFORE = START - HOUR


async def a_blackout(folder: Path) -> tuple[Ledger, HandClock]:
    """The utility's meter answers in the hour before START and never again; all else goes on."""
    clock = HandClock(BEFORE)
    ledger = open_ledger(folder, clock, tree=Tree.of([SITE], METERS))
    await ledger.book(day("grid", BEFORE, 60, 11_000))
    for name, watts in (("genset", 3000), ("roof", 1000), ("rack", 10_000)):
        await ledger.book(day(name, BEFORE, 122, watts))
    clock.at = START + HOUR + timedelta(minutes=20)
    await ledger.book([intensity(300, one, updated=START + HOUR) for one in (BEFORE, START)])
    await ledger.tend()
    return ledger, clock


def the_hour(folder: Path) -> SiteHour:
    with closing(open_reader(folder / "ledger.db")) as connection:
        found = latest(connection, "fra", START)
    assert found is not None
    return found


def lines(term: Term) -> str:
    return "\n".join(as_lines(term))


async def test_it_x_pue_stands_in_for_the_energy_and_what_was_generated_has_no_grid_emission(
    tmp_path: Path,
) -> None:
    ledger, _ = await a_blackout(tmp_path)
    ledger.close()
    dark = the_hour(tmp_path)
    assert (dark.facility, dark.grid, dark.onsite) == (None, None, KWH)
    assert dark.emissions[Kind.DIRECT] == pytest.approx((10 * 1.5 - 3 - 1) * 300)
    with closing(open_reader(tmp_path / "ledger.db")) as connection:
        found = totals(connection, SITE, TODAY, until=START + HOUR)
        strict = replace(SITE, least_coverage=0.15)
        refused = totals(connection, strict, TODAY, until=START + HOUR)
    assert (found.energy, found.facility) == (30 * KWH, 15 * KWH)
    assert found.coverage.known == pytest.approx(2 / 10)
    assert found.coverages[Metered.FACILITY].known == pytest.approx(1 / 10)
    assert (refused.energy, refused.facility) == (30 * KWH, None)


async def test_a_revised_intensity_still_takes_off_what_was_generated(tmp_path: Path) -> None:
    ledger, clock = await a_blackout(tmp_path)
    clock.move(days=1)
    await ledger.book([intensity(200, START, updated=clock.now())])
    await ledger.tend()
    ledger.close()
    found = the_hour(tmp_path)
    assert (found.version, found.facility) == (2, None)
    assert found.emissions[Kind.DIRECT] == pytest.approx((10 * 1.5 - 3 - 1) * 200)


async def test_it_is_explained_that_it_x_pue_stands_in(tmp_path: Path) -> None:
    ledger, clock = await a_blackout(tmp_path)
    ledger.close()
    with closing(open_reader(tmp_path / "ledger.db")) as connection:
        hour = lines(explain_site_hour(connection, SITE, START))
        day_ = lines(explain_period(connection, SITE, TODAY, now=clock.now()))
        strict = replace(SITE, least_coverage=0.12)
        refused = lines(explain_period(connection, strict, TODAY, now=clock.now()))
    assert "of IT energy: measured 100.0 %" in hour
    assert "facility: – kWh  (sum of its meters, 1 of 3 missing; IT x PUE stands in for it" in hour
    assert "(IT x PUE less what the site generated itself) x intensity" in hour
    assert "energy: 3" in day_
    assert "the facility's, and where that is not known IT x PUE" in day_
    assert "facility: – kWh  (refused: energy across the boundary of 2026-03-10: " in refused


async def test_it_is_explained_of_which_meters_what_is_unattributed_may_be(tmp_path: Path) -> None:
    clock = HandClock(START)
    meters = [*METERS, meter("chiller", Role.COOLING, "grid")]
    ledger = open_ledger(tmp_path, clock, tree=Tree.of([SITE], meters))
    for name, watts in (("grid", 11_000), ("genset", 3000), ("roof", 1000), ("rack", 10_000)):
        await ledger.book(day(name, START, 62, watts))
    clock.at = START + HOUR + timedelta(minutes=20)
    await ledger.tend()
    ledger.close()
    strict = replace(SITE, least_coverage=0.04)
    with closing(open_reader(tmp_path / "ledger.db")) as connection:
        hour = lines(explain_site_hour(connection, SITE, START))
        refused = lines(explain_period(connection, strict, TODAY, now=START + HOUR))
    assert "unattributed: 5.000 kWh" in hour
    assert "it may be of meters that are missing: measured 50.0 %" in hour
    assert "unattributed: 5.000 kWh" in refused
    strict = replace(SITE, least_coverage=0.06)
    with closing(open_reader(tmp_path / "ledger.db")) as connection:
        refused = lines(explain_period(connection, strict, TODAY, now=START + HOUR))
    assert "unattributed: – kWh  (refused: unattributed energy of 2026-03-10: 5 %" in refused
