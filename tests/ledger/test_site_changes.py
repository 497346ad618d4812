"""A site changes: devices come and go, and the hours in which they were stay what they were."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from agent.accounting.metering.tree import Tree
from agent.accounting.site import Site
from agent.ledger import Ledger
from agent.model import HOUR, DeviceNow, Kind, Role, SiteHour
from agent.units import JOULES_PER_KWH
from tests.accounting.places import TOTALS, meter
from tests.clocks import HandClock
from tests.ledger.books import START, day, intensity, open_ledger, rows

END = START + HOUR
SITE = Site(name="fra", grid="de", marginal_grid="wt")
SMALL = [one for one in TOTALS if one.device in {"grid", "rack-1-a"}]


async def a_closed_hour(folder: Path, tree: Tree) -> tuple[Ledger, HandClock]:
    clock = HandClock(END + timedelta(minutes=3))
    ledger = open_ledger(folder, clock, tree=tree)
    for device, watts in (("grid", 14_000), ("rack-1-a", 6_000), ("rack-2-a", 4_000)):
        if device in tree.totals:
            await ledger.book(day(device, START, 60, watts))
    await ledger.tend()
    return ledger, clock


async def restated(ledger: Ledger) -> SiteHour:
    """The hour after a better intensity has come."""
    await ledger.book([intensity(250, START, updated=END + HOUR)])
    await ledger.tend()
    entries = await ledger.entries_after(0, 1000)
    found = [one.hour for one in entries if one.hour is not None and one.hour.hour == START]
    assert found[-1].version == 2
    return found[-1]


async def test_a_device_that_has_left_stays_in_the_hours_in_which_it_was(tmp_path: Path) -> None:
    racks = [*SMALL, meter("rack-2-a", Role.RACK)]
    ledger, _ = await a_closed_hour(tmp_path, Tree.of([SITE], racks))
    await ledger.replant(Tree.of([SITE], SMALL))
    hour = await restated(ledger)
    assert hour.it == 10 * JOULES_PER_KWH
    assert hour.pue is not None
    assert hour.pue.value == pytest.approx(1.4)
    assert {one.meter.device for one in hour.meters} == {"grid", "rack-1-a", "rack-2-a"}
    ledger.close()


async def test_a_new_device_is_not_missing_from_the_hours_before_it_came(tmp_path: Path) -> None:
    ledger, clock = await a_closed_hour(tmp_path, Tree.of([SITE], SMALL))
    await ledger.replant(Tree.of([SITE], [*SMALL, meter("rack-9-a", Role.RACK)]))
    clock.move(hours=5)
    await ledger.book(day("rack-9-a", clock.now(), 5, 1000))
    hour = await restated(ledger)
    assert hour.pue is not None
    assert hour.pue.measured
    assert hour.coverage.known == 1.0
    ledger.close()


async def test_what_a_device_that_has_left_was_booked_still_reaches_the_exporters(
    tmp_path: Path,
) -> None:
    ledger, _ = await a_closed_hour(tmp_path, Tree.of([SITE], SMALL))
    await ledger.replant(Tree.of([SITE], SMALL[:1]))
    minutes = [one for entry in await ledger.entries_after(0, 1000) for one in entry.minutes]
    assert sum(one.energy or 0 for one in minutes if one.meter.device == "rack-1-a") > 0
    ledger.close()


async def test_a_device_that_leaves_and_returns_has_no_gap(tmp_path: Path) -> None:
    ledger, clock = await a_closed_hour(tmp_path, Tree.of([SITE], SMALL))
    await ledger.replant(Tree.of([SITE], SMALL[:1]))
    await ledger.book(day("rack-1-a", END, 5, 6_000))
    await ledger.replant(Tree.of([SITE], SMALL))
    clock.move(hours=1)
    await ledger.book([day("rack-1-a", START, 120, 6_000)[-1]])
    assert (await ledger.now([])).meters[1].booked == 12 * JOULES_PER_KWH
    ledger.close()


async def test_an_hour_of_a_site_that_has_left_waits_for_its_return(tmp_path: Path) -> None:
    clock = HandClock(START + timedelta(minutes=30))
    ledger = open_ledger(tmp_path, clock)
    await ledger.book(day("grid", START, 30, 14_000))
    await ledger.tend()
    await ledger.replant(Tree.of([Site(name="ams")], []))
    clock.move(hours=2)
    await ledger.tend()
    await ledger.replant(Tree.of([SITE], SMALL))
    await ledger.tend()
    assert rows(tmp_path, "SELECT version FROM site_hour ORDER BY version") == [(0,), (1,)]
    ledger.close()


async def test_what_was_noted_of_a_device_goes_with_it_and_one_of_the_same_name_stays(
    tmp_path: Path,
) -> None:
    ledger = open_ledger(tmp_path, HandClock(START))
    for kind in ("snmp", "file"):
        await ledger.note(DeviceNow(name="north", kind=kind, up=True, since=START))
    assert rows(tmp_path, "SELECT count(*) FROM device") == [(2,)]
    await ledger.forget_others([], {("file", "north")})
    assert rows(tmp_path, "SELECT kind FROM device") == [("file",)]
    ledger.close()


async def test_two_sources_of_one_grid_are_never_mixed(tmp_path: Path) -> None:
    ledger, _ = await a_closed_hour(tmp_path, Tree.of([SITE], SMALL))
    newer = intensity(500, START, updated=END + HOUR)
    await ledger.book([intensity(300, START, updated=END), replace(newer, source="file")])
    await ledger.tend()
    found = [one.hour for one in await ledger.entries_after(0, 1000) if one.hour is not None]
    assert found[-1].intensities[Kind.DIRECT].value == 500
    assert found[-1].intensities[Kind.DIRECT].source == "file"
    ledger.close()


async def test_a_year_of_stale_hours_is_computed_in_one_go_and_bookings_come_between(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent.ledger.hours.closing.LONGEST", 0.0)
    clock = HandClock(START + 60 * HOUR)
    ledger = open_ledger(tmp_path, clock, tree=Tree.of([SITE], SMALL))
    readings = day("grid", START, 1, 600)
    end = day("grid", START, 59 * 60, 600)[-1]
    await ledger.book([*readings, end])
    await ledger.tend()
    assert rows(tmp_path, "SELECT count(*) FROM site_hour WHERE version = 1") == [(59,)]
    assert rows(tmp_path, "SELECT count(*) FROM stale_hour") == [(0,)]
    ledger.close()


async def test_a_morning_that_nobody_measured_is_missing_from_the_coverage_of_the_day(
    tmp_path: Path,
) -> None:
    clock = HandClock(START)
    ledger = open_ledger(tmp_path, clock, tree=Tree.of([SITE], SMALL[:1]))
    await ledger.book(day("grid", START - timedelta(days=1), 5, 600))
    gone = day("grid", START, 60, 600)
    await ledger.book([replace(one, energy=None) for one in gone])
    clock.at = END
    await ledger.tend()
    (site,) = (await ledger.now([])).sites
    assert site.coverage_today == pytest.approx(1 / 10), "9 hours of 10 are missing"
    ledger.close()
