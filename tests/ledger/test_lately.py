"""The present of a site, with its month, its budgets and its last days, out of a real ledger."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.accounting.metering.tree import Tree
from agent.ledger import Keep, Ledger
from agent.ledger.lately.lately import Lately
from agent.model import HOUR, BudgetPeriod, Kind, Rating, SiteNow
from agent.units import Grams, Watts
from tests.accounting.places import tree
from tests.clocks import HandClock
from tests.ledger.books import START, day, intensity, open_ledger, reading, rows

LONG_AGO = START - timedelta(days=40)
BUDGETS = {"budget_day": Grams(24 * 3600.0), "budget_month": Grams(31 * 24 * 3600.0)}
KILOWATTS = 12.0
GRAMS = KILOWATTS * 300
"""Of an hour."""

Advance = Callable[[float], None]


def planted(**site: object) -> Tree:
    return tree(timezone="Europe/Berlin", **BUDGETS, **site)


async def hours(ledger: Ledger, clock: HandClock, count: int, *, start: datetime = START) -> None:
    """Book so many hours at 12 kW and 300 g/kWh, and five minutes of the next one."""
    await ledger.book(day("grid", start, count * 60 + 5, KILOWATTS * 1000))
    said = [intensity(300, start + n * HOUR, updated=start) for n in range(count + 1)]
    await ledger.book(said)
    clock.at = start + count * HOUR + timedelta(minutes=5)
    await ledger.tend()


async def site(ledger: Ledger) -> SiteNow:
    (found,) = (await ledger.now([])).sites
    return found


@pytest.fixture
async def ledger(tmp_path: Path, clock: HandClock) -> AsyncIterator[Ledger]:
    opened = open_ledger(tmp_path, clock, tree=planted())
    yield opened
    opened.close()


@pytest.fixture
def clock() -> HandClock:
    return HandClock(START)


async def test_before_anything_is_read_nothing_is_known_but_the_budgets(ledger: Ledger) -> None:
    found = await site(ledger)
    assert (found.energy_month, found.emissions_month, found.grid_power) == (None, {}, None)
    assert (found.forecasts, found.known_until, found.residuals) == ({}, {}, ())
    month = found.budgets[BudgetPeriod.MONTH]
    assert (month.used, month.projected, month.burns) == (None, None, {})
    assert found.pue_now is not None
    assert (found.pue_now.day, found.pue_now.past, found.pue_now.drift) == (None, None, None)


async def test_the_month_and_its_budgets_are_what_the_hours_say(
    ledger: Ledger, clock: HandClock
) -> None:
    await hours(ledger, clock, 4)
    found = await site(ledger)
    so_far = 4 + 5 / 60
    assert found.energy_month == pytest.approx(KILOWATTS * so_far * 3.6e6)
    assert found.emissions_month == {Kind.DIRECT: pytest.approx(GRAMS * so_far)}
    assert found.grid_power == KILOWATTS * 1000
    one = found.budgets[BudgetPeriod.DAY]
    assert one.used == pytest.approx(GRAMS * so_far)
    assert one.projected == pytest.approx(GRAMS * 24)
    assert one.burns == pytest.approx({"1h": 1.0, "6h": 1.0})
    month = found.budgets[BudgetPeriod.MONTH]
    # March has an hour less in this zone.
    assert month.projected == pytest.approx(GRAMS * (31 * 24 - 1))
    assert month.burns == {}


async def test_a_month_begins_in_the_zone_of_the_site(ledger: Ledger, clock: HandClock) -> None:
    last = datetime.fromisoformat("2026-03-31T20:00:00+00:00")
    await hours(ledger, clock, 3, start=last)
    found = await site(ledger)
    # April began at 22:00 UTC.
    assert found.emissions_month == {Kind.DIRECT: pytest.approx(GRAMS * (1 + 5 / 60))}
    assert found.budgets[BudgetPeriod.MONTH].projected == pytest.approx(GRAMS * 30 * 24)


async def test_a_restated_hour_changes_the_month(ledger: Ledger, clock: HandClock) -> None:
    await hours(ledger, clock, 4)
    before = (await site(ledger)).emissions_month[Kind.DIRECT]
    await ledger.book([intensity(500, START + HOUR, updated=clock.at)])
    await ledger.tend()
    found = await site(ledger)
    assert found.emissions_month[Kind.DIRECT] == pytest.approx(before + KILOWATTS * 200)
    assert found.budgets[BudgetPeriod.MONTH].used == found.emissions_month[Kind.DIRECT]


async def test_where_too_little_of_a_month_is_known_it_is_refused(
    tmp_path: Path, clock: HandClock
) -> None:
    ledger = open_ledger(tmp_path, clock, tree=planted(least_coverage=0.9))
    try:
        await hours(ledger, clock, 4)
        known = await site(ledger)
        assert known.emissions_month
        assert known.budgets[BudgetPeriod.MONTH].projected is not None
        # A day later, of which nothing has been read.
        await hours(ledger, clock, 1, start=START + timedelta(days=1))
        found = await site(ledger)
    finally:
        ledger.close()
    assert (found.energy_month, found.emissions_month) == (None, {})
    month = found.budgets[BudgetPeriod.MONTH]
    assert (month.used, month.projected) == (None, None)


async def test_how_new_a_grid_is_and_what_it_forecasts_for_a_day(
    ledger: Ledger, clock: HandClock
) -> None:
    values = {1: 200, 12: 450, 23: 90, 24: 900}
    ahead = [
        replace(intensity(value, START + n * HOUR, updated=START - HOUR), forecast=True)
        for n, value in values.items()
    ]
    clock.at = START + timedelta(minutes=-30)
    await ledger.book([intensity(300, START - 3 * HOUR, updated=START - HOUR), *ahead])
    found = await site(ledger)
    assert found.known_until == {Kind.DIRECT: START - 2 * HOUR}
    (one,) = found.forecasts.items()
    assert (one[0], one[1].lowest, one[1].highest) == (Kind.DIRECT, 90, 450)
    clock.at = START + timedelta(minutes=30)
    assert (await site(ledger)).forecasts[Kind.DIRECT].highest == 900


async def test_the_nodes_are_those_of_the_last_hour_that_is_closed(
    ledger: Ledger, clock: HandClock
) -> None:
    for meter, watts in (("rack-1-a", 1000.0), ("server-1", 1200.0)):
        await ledger.book(day(meter, START, 70, watts))
    clock.at = START + timedelta(minutes=70)
    await ledger.tend()
    (node,) = (await site(ledger)).residuals
    assert (node.node, node.energy) == (("rack-1-a",), -200 * 3600)
    assert node.broken
    await ledger.book(day("rack-1-a", START, 120, 1000.0)[71:])
    clock.at += HOUR
    await ledger.tend()
    assert node in (await site(ledger)).residuals, "the next hour still waits for the server"
    clock.at += HOUR
    await ledger.tend()
    assert (await site(ledger)).residuals == [], "of the next hour the server is not known"


async def test_what_an_exporter_has_not_taken_and_since_when(
    ledger: Ledger, clock: HandClock
) -> None:
    assert await ledger.cursor("influx") == 0
    assert (await ledger.now([])).backlogs[0].entries == 0
    await hours(ledger, clock, 1)
    (found,) = (await ledger.now([])).backlogs
    entries = await ledger.entries_after(0, 10_000)
    assert (found.exporter, found.entries) == ("influx", len(entries))
    assert found.oldest == START
    await ledger.advance("influx", entries[0].position)
    (found,) = (await ledger.now([])).backlogs
    assert found.entries == len(entries) - 1
    await ledger.advance("influx", entries[-1].position)
    (found,) = (await ledger.now([])).backlogs
    assert (found.entries, found.oldest) == (0, None)


async def test_the_room_is_that_of_the_file_its_cap_and_its_disk(
    tmp_path: Path, clock: HandClock
) -> None:
    ledger = open_ledger(tmp_path, clock, keep=Keep(cap=10**9))
    try:
        found = (await ledger.now([])).ledger
    finally:
        ledger.close()
    assert found is not None
    assert (found.cap, found.size > 0, found.free > 0) == (10**9, True, True)


async def test_other_budgets_and_ratings_hold_at_once_and_move_no_hour(
    tmp_path: Path, clock: HandClock, ledger: Ledger
) -> None:
    await hours(ledger, clock, 2)
    before = await site(ledger)
    other = planted()
    rated = [replace(one, rating=Rating(power=Watts(50_000.0))) for one in other.totals.values()]
    sites = [replace(one, budget_month=Grams(1e6)) for one in other.sites.values()]
    await ledger.replant(Tree.of(sites, rated))
    await ledger.tend()
    after = await ledger.now([])
    assert after.sites[0].budgets[BudgetPeriod.MONTH].budget == 1e6
    assert after.sites[0].emissions_month == before.emissions_month
    assert [one.meter.rating and one.meter.rating.power for one in after.meters] == [50_000]
    for table in ("former_site", "former_place", "restatement"):
        assert rows(tmp_path, f"SELECT * FROM {table}") == []  # noqa: S608 a constant


steps = st.lists(
    st.one_of(
        st.tuples(st.just("minutes"), st.sampled_from([1, 20, 60, 150])),
        st.tuples(st.just("value"), st.integers(0, 5)),
        st.tuples(st.just("look"), st.just(0)),
        st.tuples(st.just("pass"), st.sampled_from([60, 60 * 24 * 3, 60 * 24 * 25])),
    ),
    max_size=8,
)


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps)
async def test_what_is_followed_is_what_is_read_anew(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int]]
) -> None:
    """However the ledger is written and looked at, what is kept of the hours is never out of date;
    what is read once a minute or an hour is not out of date in the next one.
    """
    clock = HandClock(START)
    ledger = open_ledger(tmp_path_factory.mktemp("book"), clock, tree=planted())
    kwh = 100.0
    try:
        await ledger.book([reading("grid", START, kwh=kwh, watts=6000)])
        for step, number in steps:
            if step == "minutes":
                clock.at += timedelta(minutes=number)
                kwh += number / 10
                await ledger.book([reading("grid", clock.at, kwh=kwh, watts=6000)])
            elif step == "value":
                hour = clock.at.replace(minute=0) - number * HOUR
                await ledger.book([intensity(100 + 10 * number, hour, updated=clock.at)])
            elif step == "pass":
                clock.at += timedelta(minutes=number)
            if step != "look":
                await ledger.tend()
            await ledger.now([])
        followed = await site(ledger)
        clock.at += HOUR
        later = await site(ledger)
        ledger._lately = Lately()
        assert later == await site(ledger)
        clock.at -= HOUR
        anew = await site(ledger)
    finally:
        ledger.close()
    for name in ("energy_month", "emissions_month", "budgets", "residuals"):
        assert getattr(followed, name) == getattr(anew, name), name
