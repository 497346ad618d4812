"""Hours in versions: what moves them, what does not, and what the restatement log says."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.accounting.metering.tree import Tree
from agent.accounting.site import Annual, Estimate, Forecast, LastYear, OtherSource, Site
from agent.ledger import Ledger, open_reader, site_named
from agent.ledger.corrections.repairs import Repair
from agent.ledger.hours.site_hours import latest
from agent.model import HOUR, Intensity, Kind, MeterId, Role
from agent.units import JOULES_PER_KWH, GramsPerKwh, Joules
from tests.accounting.places import TOTALS, meter
from tests.clocks import HandClock
from tests.ledger.books import START, day, intensity, open_ledger, rows

END = START + HOUR
KWH = JOULES_PER_KWH
LOG = "SELECT version, figure, before, after, why FROM restatement ORDER BY number"
SITE = Site(name="fra", grid="de")
SMALL = [one for one in TOTALS if one.device in {"grid", "rack-1-a"}]


async def a_closed_hour(folder: Path, grams: float = 300) -> tuple[Ledger, HandClock]:
    clock = HandClock(END + timedelta(minutes=3))
    ledger = open_ledger(folder, clock, tree=Tree.of([SITE], SMALL))
    await ledger.book(day("grid", START, 60, 14_000))
    await ledger.book(day("rack-1-a", START, 60, 10_000))
    await ledger.book([intensity(grams, START, updated=END)])
    await ledger.tend()
    return ledger, clock


async def test_a_revised_intensity_is_logged_with_what_was_said_before(tmp_path: Path) -> None:
    ledger, clock = await a_closed_hour(tmp_path)
    clock.move(days=1)
    await ledger.book([intensity(250, START, updated=END + HOUR)])
    await ledger.tend()
    assert rows(tmp_path, LOG) == [
        (2, "intensity_direct_g_per_kwh", 300, 250, "intensity direct of de"),
        (2, "emission_direct_g", 4200, 3500, "intensity direct of de"),
    ]
    ledger.close()


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
async def test_a_value_that_changes_under_one_version_restates_the_hour_in_either_order(
    tmp_path: Path, order: Sequence[int]
) -> None:
    ledger, clock = await a_closed_hour(tmp_path)
    clock.move(days=1)
    estimated = intensity(400, START, updated=END + HOUR, estimated=True)
    said = [
        estimated,
        replace(intensity(250, START, updated=END + HOUR), fetched_at=END + 2 * HOUR),
    ]
    for number in order:
        await ledger.book([said[number]])
    await ledger.tend()
    assert rows(tmp_path, LOG) == [
        (2, "intensity_direct_g_per_kwh", 300, 250, "intensity direct of de"),
        (2, "emission_direct_g", 4200, 3500, "intensity direct of de"),
    ]
    query = "SELECT g_per_kwh, estimated FROM intensity ORDER BY version_ms, fetched_ms"
    assert rows(tmp_path, query) == [(300, 0), (400, 1), (250, 0)]
    ledger.close()


async def test_what_is_fetched_again_unchanged_computes_no_hour_and_exports_nothing(
    tmp_path: Path,
) -> None:
    ledger, clock = await a_closed_hour(tmp_path)
    clock.move(days=1)
    before = rows(tmp_path, "SELECT max(position) FROM entry")
    await ledger.book([replace(intensity(300, START, updated=END), fetched_at=clock.now())])
    assert rows(tmp_path, "SELECT count(*) FROM stale_hour WHERE why != ''") == [(0,)]
    assert rows(tmp_path, "SELECT max(position) FROM entry") == before
    assert rows(tmp_path, "SELECT (said_ms - fetched_ms) / 3600000 FROM intensity") == [(24,)]
    ledger.close()


async def test_an_intensity_that_comes_first_for_a_closed_hour_was_missing_before(
    tmp_path: Path,
) -> None:
    ledger, _ = await a_closed_hour(tmp_path)
    await ledger.book([intensity(400, START, updated=END, kind=Kind.LIFECYCLE)])
    await ledger.tend()
    assert ("emission_lifecycle_g", None, 5600.0) in [row[1:4] for row in rows(tmp_path, LOG)]
    ledger.close()


async def test_the_same_value_in_a_newer_version_restates_nothing(tmp_path: Path) -> None:
    ledger, _ = await a_closed_hour(tmp_path)
    await ledger.book([intensity(300, START, updated=END + HOUR)])
    await ledger.tend()
    assert rows(tmp_path, "SELECT max(version) FROM site_hour") == [(1,)]
    assert rows(tmp_path, LOG) == []
    assert rows(tmp_path, "SELECT count(*) FROM intensity") == [(2,)]
    ledger.close()


async def test_tending_twice_changes_nothing(tmp_path: Path) -> None:
    ledger, _ = await a_closed_hour(tmp_path)
    before = rows(tmp_path, "SELECT * FROM site_hour")
    await ledger.tend()
    assert rows(tmp_path, "SELECT * FROM site_hour") == before
    ledger.close()


async def test_a_late_reading_is_logged_with_its_energy(tmp_path: Path) -> None:
    clock = HandClock(END + timedelta(minutes=18))
    ledger = open_ledger(tmp_path, clock, tree=Tree.of([SITE], SMALL))
    await ledger.book(day("grid", START, 30, 14_000))
    await ledger.tend()
    clock.move(hours=1)
    await ledger.book([day("grid", START, 120, 14_000)[-1]])
    await ledger.tend()
    assert (2, "facility_j", 7 * JOULES_PER_KWH, 14 * JOULES_PER_KWH) in [
        row[:4] for row in rows(tmp_path, LOG)
    ]
    ledger.close()


async def test_a_late_reading_of_a_server_reaches_the_exporters_though_no_sum_has_changed(
    tmp_path: Path,
) -> None:
    clock = HandClock(END + timedelta(minutes=18))
    servers = [*SMALL, meter("server-1", Role.DEVICE, "rack-1-a")]
    ledger = open_ledger(tmp_path, clock, tree=Tree.of([SITE], servers))
    await ledger.book([*day("grid", START, 60, 14_000), *day("rack-1-a", START, 60, 10_000)])
    await ledger.book(day("server-1", START, 30, 600))
    await ledger.tend()
    await ledger.book([day("server-1", START, 60, 600)[-1]])
    await ledger.tend()
    found = [one.hour for one in await ledger.entries_after(0, 1000) if one.hour is not None]
    energies = {one.meter.device: one.energy for one in found[-1].meters}
    assert (found[-1].version, energies["server-1"]) == (2, 0.6 * JOULES_PER_KWH)
    ledger.close()


async def test_an_hour_waits_for_a_meter_that_is_read_each_five_minutes(tmp_path: Path) -> None:
    clock = HandClock(END + timedelta(minutes=3))
    ledger = open_ledger(tmp_path, clock, tree=Tree.of([SITE], SMALL[:1]))
    readings = day("grid", START, 65, 14_000)[2::5]
    await ledger.book([one for one in readings if one.at < END])
    await ledger.tend()
    assert rows(tmp_path, "SELECT version FROM site_hour") == [(0,)]
    clock.move(minutes=1)
    await ledger.book(readings)
    await ledger.tend()
    assert rows(tmp_path, "SELECT max(version) FROM site_hour") == [(1,)]
    assert rows(tmp_path, LOG) == []
    ledger.close()


async def test_what_was_known_at_an_earlier_time_can_be_asked_for(tmp_path: Path) -> None:
    ledger, clock = await a_closed_hour(tmp_path)
    then = clock.now()
    clock.move(days=8)
    await ledger.book([intensity(250, START, updated=END + timedelta(days=8))])
    await ledger.tend()
    connection = open_reader(tmp_path / "ledger.db")
    for known, grams in ((then, 4200), (clock.now(), 3500)):
        hour = latest(connection, "fra", START, known=known)
        assert hour is not None
        assert hour.emissions[Kind.DIRECT] == pytest.approx(grams)
    assert latest(connection, "fra", START, known=then - HOUR) is None
    connection.close()
    ledger.close()


async def test_a_meter_that_moves_leaves_its_past_where_it_stood(tmp_path: Path) -> None:
    ledger, clock = await a_closed_hour(tmp_path)
    clock.move(days=1)
    moved = [SMALL[0], meter("rack-1-a", Role.COOLING)]
    await ledger.replant(Tree.of([SITE], moved))
    await ledger.book([intensity(250, START, updated=clock.now())])
    for device, watts in (("grid", 14_000), ("rack-1-a", 10_000)):
        await ledger.book([day(device, START, 26 * 60, watts)[-1]])
    await ledger.tend()
    connection = open_reader(tmp_path / "ledger.db")
    then = latest(connection, "fra", START)
    now = latest(connection, "fra", START + 25 * HOUR)
    assert then is not None
    assert now is not None
    assert then.it == 10 * JOULES_PER_KWH
    assert then.pue is not None
    assert now.it is None, "it is cooling now"
    connection.close()
    ledger.close()


VERSIONS = [intensity(value, START, updated=END + n * HOUR) for n, value in enumerate((3, 1, 2))]


@given(order=st.permutations(VERSIONS), tends=st.sets(st.integers(0, 2)))
@settings(max_examples=20)
async def test_the_newest_version_counts_whatever_the_order_of_arrival(
    tmp_path_factory: pytest.TempPathFactory, order: Sequence[Intensity], tends: set[int]
) -> None:
    folder = tmp_path_factory.mktemp("order")
    ledger, clock = await a_closed_hour(folder)
    clock.move(hours=5)
    for number, one in enumerate(order):
        await ledger.book([one, one])
        if number in tends:
            await ledger.tend()
    await ledger.tend()
    assert grams(folder) == [pytest.approx(14 * 2)]
    ledger.close()


def grams(folder: Path) -> list[float]:
    """What the newest versions of the hours emit."""
    query = (
        "SELECT emission_g FROM site_emission e WHERE version ="
        " (SELECT max(version) FROM site_hour h WHERE h.hour_s = e.hour_s) ORDER BY hour_s"
    )
    return [value for (value,) in rows(folder, query)]


async def test_finer_intensities_are_weighed_with_the_energy_of_their_own_minutes(
    tmp_path: Path,
) -> None:
    clock = HandClock(END + timedelta(minutes=3))
    ledger = open_ledger(tmp_path, clock, tree=Tree.of([SITE], SMALL[:1]))
    first = day("grid", START, 30, 20_000)
    at = first[-1].at
    second = [
        replace(
            one, at=at + (one.at - START), energy=Joules((one.energy or 0) + 10 * JOULES_PER_KWH)
        )
        for one in day("grid", START, 30, 0)
    ]
    await ledger.book([*first, *(one for one in second if one.at > at)])
    await ledger.book([quarter(number, value) for number, value in enumerate((100, 300, 500, 700))])
    await ledger.tend()
    assert grams(tmp_path) == [pytest.approx(10 * 200, rel=0.01)]
    ledger.close()


def quarter(number: int, value: float) -> Intensity:
    minutes = timedelta(minutes=15)
    whole = intensity(value, START + number * minutes, updated=END)
    return replace(whole, period=minutes)


async def test_a_ledger_tells_its_sites_without_settings(tmp_path: Path) -> None:
    site = Site(
        name="fra",
        timezone="Europe/Berlin",
        grid="de",
        it_role=Role.UPS_OUTPUT,
        least_coverage=0.9,
        partial=True,
        fallback=(
            Estimate(),
            OtherSource(grid="fr"),
            Forecast(oldest=timedelta(hours=6)),
            LastYear(),
            Annual(value=GramsPerKwh(380), year=2025, source="table"),
        ),
    )
    ledger = open_ledger(tmp_path, HandClock(START), tree=Tree.of([site], SMALL))
    ledger.close()
    with closing(open_reader(ledger.path)) as connection:
        assert site_named(connection, "fra") == site


async def test_what_a_site_is_set_to_today_does_not_move_the_hours_before(tmp_path: Path) -> None:
    ledger, clock = await a_closed_hour(tmp_path)
    clock.move(days=1)
    declared = Site(name="fra", grid="fr", pue_measured=False, pue_declared=1.9)
    await ledger.replant(Tree.of([declared], SMALL))
    await ledger.book([intensity(50, START, updated=clock.now(), grid="fr")])
    await ledger.tend()
    assert grams(tmp_path) == [pytest.approx(14 * 300)], "another grid says nothing of it"
    await ledger.book([intensity(250, START, updated=clock.now())])
    await ledger.tend()
    assert grams(tmp_path) == [pytest.approx(14 * 250)], "its own grid does"
    await ledger.repair(
        Repair(
            meter=MeterId("rack-1-a"),
            start=START,
            end=END,
            energy=Joules(KWH * 7),
            who="a",
            why="b",
        )
    )
    await ledger.tend()
    found = rows(tmp_path, "SELECT pue, pue_measured FROM site_hour ORDER BY version DESC LIMIT 1")
    assert found == [(pytest.approx(2.0), 1)]
    ledger.close()


async def test_hours_of_a_site_that_has_left_are_still_computed(tmp_path: Path) -> None:
    ledger, clock = await a_closed_hour(tmp_path)
    clock.move(days=1)
    await ledger.replant(Tree.of([Site(name="ams")], []))
    await ledger.book([intensity(250, START, updated=clock.now())])
    await ledger.tend()
    assert grams(tmp_path) == [pytest.approx(14 * 250)]
    ledger.close()


async def test_energy_from_before_a_move_is_booked_where_the_meter_stood(tmp_path: Path) -> None:
    ledger, clock = await a_closed_hour(tmp_path)
    clock.move(hours=3)
    elsewhere = [meter(one.device, one.role, site="ams") for one in SMALL]
    await ledger.replant(Tree.of([SITE, Site(name="ams")], elsewhere))
    await ledger.book([day("grid", START, 250, 14_000)[-1]])
    clock.move(hours=2)
    await ledger.tend()
    query = "SELECT site, count(*) FROM site_hour WHERE facility_j > 0 AND version = 1 GROUP BY 1"
    assert dict(rows(tmp_path, query)) == {"fra": 4, "ams": 1}
    ledger.close()


async def test_a_device_that_has_never_answered_is_missing(tmp_path: Path) -> None:
    clock = HandClock(START)
    both = [*SMALL, meter("grid-b", Role.UTILITY)]
    ledger = open_ledger(tmp_path, clock, tree=Tree.of([SITE], both))
    clock.at = END + timedelta(minutes=3)
    await ledger.book(day("grid", START, 60, 14_000))
    await ledger.book(day("rack-1-a", START, 60, 10_000))
    await ledger.tend()
    assert rows(tmp_path, "SELECT pue, coverage FROM site_hour") == [(None, 0.0)]
    await ledger.replant(Tree.of([SITE], SMALL))
    await ledger.repair(
        Repair(
            meter=MeterId("rack-1-a"),
            start=START,
            end=END,
            energy=Joules(KWH * 10),
            who="a",
            why="b",
        )
    )
    await ledger.tend()
    assert rows(tmp_path, "SELECT max(version), coverage FROM site_hour") == [(2, 0.0)]
    ledger.close()
