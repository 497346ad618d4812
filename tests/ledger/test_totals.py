"""Totals of a period as they stand in a real ledger, now and as they were known before."""

from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agent.accounting.metering.tree import Tree
from agent.accounting.periods.calendar import Period, day_of, period_of
from agent.accounting.periods.totals import Totals
from agent.accounting.site import Site
from agent.errors import ConfigError
from agent.ledger import Ledger, restatements_of
from agent.ledger.file import open_reader
from agent.ledger.hours.totals import totals
from agent.model import HOUR, Intensity, Kind, Metered, Reading, Role, SiteNow
from agent.units import JOULES_PER_KWH
from tests.accounting.places import TOTALS, meter
from tests.clocks import HandClock
from tests.ledger.books import day, intensity, open_ledger

GRID = [one for one in TOTALS if one.device == "grid"]
METERS = [one for one in TOTALS if one.device in {"grid", "rack-1-a"}]
RACKS = [one for one in TOTALS if one.device in {"grid", "rack-1-a", "rack-2-a"}]
KWH = JOULES_PER_KWH


def site_of(*, least: float = 0.0, timezone: str = "UTC") -> Site:
    return Site(name="fra", grid="de", timezone=timezone, least_coverage=least)


def read(folder: Path, site: Site, period: Period, until: datetime, **known: datetime) -> Totals:
    with closing(open_reader(folder / "ledger.db")) as connection:
        return totals(connection, site, period, until=until, **known)


def counted(meter: str, start: datetime, hours: float, watts: float) -> list[Reading]:
    """Readings of a meter that counts, every five minutes."""
    return day(meter, start, round(hours * 60), watts)[::5]


async def booked(ledger: Ledger, clock: HandClock, end: datetime, *readings: Reading) -> None:
    clock.at = end + timedelta(minutes=3)
    await ledger.book(list(readings))
    await ledger.tend()


async def present(ledger: Ledger) -> SiteNow:
    await ledger.tend()
    (found,) = (await ledger.now([])).sites
    return found


async def test_the_totals_of_a_day_in_a_zone_of_half_an_hour(tmp_path: Path) -> None:
    site = site_of(timezone="Asia/Kolkata")
    today = period_of("2026-03-10", site.timezone)
    clock = HandClock(today.start)
    ledger = open_ledger(tmp_path, clock, tree=Tree.of([site], METERS))
    start, end = today.start - 2 * HOUR, today.end + 2 * HOUR
    for device, watts in (("grid", 14_000), ("rack-1-a", 10_000)):
        await booked(ledger, clock, end, *counted(device, start, 28, watts))
    found = read(tmp_path, site, today, clock.now())
    assert (found.hours, found.facility, found.it) == (24, 336 * KWH, 240 * KWH)
    assert (found.coverage.measured, found.pue.value) == (1.0, pytest.approx(1.4))
    assert (found.pue.name, found.pue.coverage, found.provisional) == ("iPUE2", 1.0, 0)
    yesterday = read(tmp_path, site, period_of("2026-03-09", site.timezone), clock.now())
    assert (yesterday.facility, yesterday.coverage.known) == (28 * KWH, pytest.approx(2 / 24))
    ledger.close()


async def test_a_total_as_it_was_known_before_a_better_intensity_came(tmp_path: Path) -> None:
    site, today = site_of(), period_of("2026-03-10", "UTC")
    clock = HandClock(today.start)
    ledger = open_ledger(tmp_path, clock, tree=Tree.of([site], GRID))
    for number in range(4):
        hour = today.start + number * HOUR
        await ledger.book([intensity(300, hour, updated=hour, estimated=True)])
    await booked(ledger, clock, today.start + 4 * HOUR, *counted("grid", today.start, 4, 10_000))
    first = clock.now()
    clock.move(days=1)
    await ledger.book([intensity(200, today.start, updated=clock.now())])
    await ledger.tend()
    found = read(tmp_path, site, today, today.start + 4 * HOUR)
    direct = found.emissions[Kind.DIRECT]
    assert (direct.grams, found.version) == (pytest.approx(30 * 300 + 10 * 200), 2)
    assert (direct.final, direct.estimated) == (0.25, 0.75)
    then = read(tmp_path, site, today, clock.now(), known=first + timedelta(minutes=16))
    assert then.emissions[Kind.DIRECT].grams == pytest.approx(40 * 300)
    assert (then.hours, then.version, then.coverage.known) == (4, 1, 1.0)
    before = read(tmp_path, site, today, clock.now(), known=today.start)
    assert (before.hours, before.facility, before.refused) == (0, None, None)
    ledger.close()


async def test_a_ledger_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there is no ledger yet"):
        read(tmp_path, site_of(), period_of("2026-03", "UTC"), datetime(2026, 4, 1, tzinfo=UTC))


async def a_morning_with_a_gap(folder: Path, least: float) -> tuple[Ledger, HandClock]:
    """Measured from midnight to three, and again from six: the meter has no counter."""
    today = period_of("2026-03-10", "UTC")
    site = site_of(least=least)
    clock = HandClock(today.start)
    ledger = open_ledger(folder, clock, tree=Tree.of([site], GRID))
    earlier = [without_counter(one) for one in day("grid", today.start - 2 * HOUR, 300, 10_000)]
    later = [without_counter(one) for one in day("grid", today.start + 6 * HOUR, 120, 10_000)]
    await booked(ledger, clock, today.start + 8 * HOUR, *earlier, *later)
    return ledger, clock


def without_counter(reading: Reading) -> Reading:
    return Reading(
        meter=reading.meter, at=reading.at, register=reading.register, power=reading.power
    )


async def test_today_is_refused_where_too_little_of_it_is_known(tmp_path: Path) -> None:
    ledger, clock = await a_morning_with_a_gap(tmp_path, least=0.9)
    clock.move(minutes=-1)
    found = await present(ledger)
    assert (found.energy_today, found.emissions_today) == (None, {})
    assert found.coverage_today == pytest.approx(5 / 8.03, rel=0.01), "that is said all the same"
    assert found.power == 10_000, "the present is no total"
    ledger.close()


async def test_a_rack_that_is_silent_for_an_hour_refuses_it_and_not_the_facility(
    tmp_path: Path,
) -> None:
    site, today = site_of(least=0.9), period_of("2026-03-10", "UTC")
    start = today.start + 9 * HOUR
    clock = HandClock(start)
    ledger = open_ledger(tmp_path, clock, tree=Tree.of([site], RACKS))
    silent = [without_counter(one) for one in day("rack-2-a", start, 240, 4_000)]
    del silent[60:120]
    await ledger.book([*day("rack-1-a", start, 240, 4_000), *silent])
    await booked(ledger, clock, start + 4 * HOUR, *day("grid", start, 240, 12_000))
    morning = replace(today, start=start, end=start + 4 * HOUR)
    found = read(tmp_path, site, morning, clock.now())
    assert (found.facility, found.it, found.refused) == (48 * KWH, None, None)
    it = found.coverages[Metered.IT]
    assert it.known == pytest.approx(0.875, abs=0.01)
    assert "IT energy of 2026-03-10: 87." in found.refusals[Metered.IT]
    shown = read(tmp_path, site_of(), morning, clock.now())
    assert (shown.it, shown.refusals) == (pytest.approx(28 * KWH, rel=0.01), {})
    ledger.close()


async def test_an_hour_of_water_whose_meter_was_silent_is_missing(tmp_path: Path) -> None:
    site, today = site_of(), period_of("2026-03-10", "UTC")
    start = today.start + 9 * HOUR
    clock = HandClock(start)
    ledger = open_ledger(tmp_path, clock, tree=Tree.of([site], [*GRID, meter("mains", Role.WATER)]))
    water = [without_counter(one) for one in day("mains", start, 180, 100)]
    del water[60:120]
    await booked(ledger, clock, start + 3 * HOUR, *water, *day("grid", start, 180, 10_000))
    found = read(tmp_path, site, replace(today, start=start, end=start + 3 * HOUR), clock.now())
    assert found.counted["water"] == 2
    assert found.coverages[Metered.WATER].missing == pytest.approx(1 / 3, abs=0.01)
    assert found.coverage.known == 1.0
    ledger.close()


async def test_more_points_of_the_same_value_restate_on_what_an_hour_stands(
    tmp_path: Path,
) -> None:
    site, today = site_of(), period_of("2026-03-10", "UTC")
    clock = HandClock(today.start)
    ledger = open_ledger(tmp_path, clock, tree=Tree.of([site], GRID))
    await ledger.book(points(today.start, range(6), clock))
    await booked(ledger, clock, today.start + HOUR, *day("grid", today.start, 60, 10_000))
    first = replace(today, end=today.start + HOUR)
    before = read(tmp_path, site, first, clock.now()).emissions[Kind.DIRECT]
    assert (before.final, before.estimated, before.grams) == (0.5, 0.5, pytest.approx(3000))
    clock.move(hours=1)
    await ledger.book(points(today.start, range(6, 12), clock))
    await ledger.tend()
    after = read(tmp_path, site, first, clock.now())
    assert (after.version, after.emissions[Kind.DIRECT].final) == (2, 1.0)
    assert after.emissions[Kind.DIRECT].grams == pytest.approx(3000)
    (said,) = restatements_of(ledger.path, "fra")
    assert (said.figure, said.before, said.after) == ("intensity_direct_coverage", 0.5, 1.0)
    ledger.close()


def points(start: datetime, numbers: range, clock: HandClock) -> list[Intensity]:
    """Points of five minutes, all of one value."""
    step = timedelta(minutes=5)
    one = replace(intensity(300, start, updated=clock.now()), period=step)
    return [replace(one, start=start + n * step) for n in numbers]


async def test_today_is_shown_where_enough_of_it_is_known(tmp_path: Path) -> None:
    ledger, _ = await a_morning_with_a_gap(tmp_path, least=0.5)
    assert (await present(ledger)).energy_today == 50 * KWH
    ledger.close()


async def test_a_day_is_not_judged_in_its_first_hour(tmp_path: Path) -> None:
    site, start = site_of(least=1.0), period_of("2026-03-10", "UTC").start
    clock = HandClock(start)
    ledger = open_ledger(tmp_path, clock, tree=Tree.of([site], GRID))
    await ledger.book(day("grid", start - 2 * HOUR, 120, 6_000))
    await ledger.book(day("grid", start, 2, 6_000)[1:])
    clock.at = start + timedelta(minutes=2, seconds=50)
    found = await present(ledger)
    assert found.energy_today == pytest.approx(0.2 * KWH, rel=0.01)
    ledger.close()


async def test_the_hour_in_which_a_site_was_first_read_is_not_held_against_it(
    tmp_path: Path,
) -> None:
    site, start = site_of(least=0.95), period_of("2026-03-10", "UTC").start
    clock = HandClock(start)
    ledger = open_ledger(tmp_path, clock, tree=Tree.of([site], GRID))
    first = start + timedelta(hours=9, minutes=40)
    await booked(ledger, clock, start + 11 * HOUR, *day("grid", first, 80, 6_000))
    assert (await present(ledger)).energy_today == 8 * KWH
    ledger.close()


async def test_intensities_that_are_missing_refuse_the_emissions_of_today(tmp_path: Path) -> None:
    site, start = site_of(least=0.9), period_of("2026-03-10", "UTC").start
    clock = HandClock(start)
    ledger = open_ledger(tmp_path, clock, tree=Tree.of([site], GRID))
    await ledger.book([intensity(300, start, updated=start)])
    await booked(ledger, clock, start + 2 * HOUR, *day("grid", start, 120, 10_000))
    found = await present(ledger)
    assert (found.energy_today, found.emissions_today) == (20 * KWH, {})
    await ledger.book([intensity(200, start + HOUR, updated=start)])
    assert (await present(ledger)).emissions_today == {Kind.DIRECT: pytest.approx(5000)}
    ledger.close()


async def test_until_an_hour_starts_in_a_day_the_day_before_goes_on(tmp_path: Path) -> None:
    site = site_of(timezone="Asia/Kolkata")
    clock = HandClock(datetime(2026, 3, 9, 18, 45, tzinfo=UTC))
    start = day_of(clock.now() - HOUR, site.timezone).start
    ledger = open_ledger(tmp_path, clock, tree=Tree.of([site], GRID))
    await ledger.book(day("grid", start, 24 * 60 - 15, 6_000)[::5])
    found = await present(ledger)
    assert found.energy_today == pytest.approx(6 * 23.75 * KWH), "it is a quarter past midnight"
    assert found.hour is not None
    assert found.hour.version == 0
    clock.move(minutes=20)
    assert (await present(ledger)).energy_today is None, "nothing has come of the new day yet"
    ledger.close()
