"""The page in a real browser, where something was put right: what was said, and is said now."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from agent.accounting.metering.tree import Tree
from agent.console import Console
from agent.ledger import Closure, Ledger, Readers, Repair
from agent.model import HOUR, MINUTE, MeterId
from agent.units import Joules
from config.http import HttpSettings
from tests.clocks import HandClock
from tests.console import floor
from tests.console.asking import asked
from tests.console.browsing import Browser, each, log_of, open_view, sized, text_of
from tests.console.desks import Calls, desk_on
from tests.console.floor import END, SITE, TOTALS, furnish
from tests.console.shown import mass, scaled
from tests.ledger.books import START, intensity, open_ledger, reading
from tests.servers import needs

pytestmark = [needs("chromium", "chromium"), needs("chromedriver", "chromium-driver")]

CLOSED = datetime(2026, 4, 2, 12, tzinfo=UTC)


@pytest.fixture
async def corrected(ledger: Ledger, clock: HandClock) -> Ledger:
    """Two intensities were revised, the month closed, one revised again; a register was reset
    with an outlet's, and a meter repaired.
    """
    clock.at = END + HOUR
    await ledger.tend()
    await revise(ledger, clock, 400, START)
    at = clock.at - HOUR
    for name in ("chiller", "chiller", "rack-2-a"):
        at += 2 * MINUTE
        await ledger.book([reading(name, at, kwh=0, watts=3e3)])
        await ledger.book([reading(name, at + MINUTE, kwh=0.05, watts=3e3)])
    clock.at = CLOSED
    await ledger.tend()
    await ledger.close_period(
        Closure(site="fra", month="2026-03", who="cfo", why="the annual report")
    )
    await revise(ledger, clock, 500, START)
    await ledger.repair(
        Repair(
            meter=MeterId("chiller"),
            start=START + HOUR,
            end=START + 2 * HOUR,
            energy=Joules(7_200_000),
            who="ops",
            why="the invoice, says so",
        )
    )
    await ledger.tend()
    return ledger


async def revise(ledger: Ledger, clock: HandClock, value: float, start: datetime) -> None:
    clock.at += HOUR
    await ledger.book([intensity(value, start, updated=clock.at)])
    await ledger.tend()


async def test_what_was_said_differently_before_is_told_in_words_and_units(
    browser: Browser, corrected: Ledger, console: Console, client: httpx.AsyncClient
) -> None:
    (period,) = (await asked(client, "/periods"))["items"]
    change = period["differences"]["emissions_location_kg"]
    found = (await asked(client, "/restatements"))["items"]
    twice = [one for one in found if one["figure"] == "emission_direct_g"]
    assert len(twice) == 2
    assert len({one["hour"] for one in twice}) == 1
    first, last = twice[-1]["before"] / 1000, twice[0]["after"] / 1000

    def look() -> str:
        sized(browser, 1440)
        open_view(browser, console.address, "carbon?month=2026-03")
        assert log_of(browser) == []
        return text_of(browser)

    text = await each(look)
    assert f"{mass(first).removesuffix(' kg')} → {mass(last)}" in text
    assert "2 times" in text, "an hour is one row, however often it was computed again"
    assert "new values of grid de (location-based)" in text
    assert "by cfo: the annual report" in text
    reported, now = change["reported"], change["now"]
    assert f"Location-based {mass(reported)} {mass(now)} +" in text
    assert f"{len(period['differences'])} figures are others now" in text
    unchanged = mass(period["figures"]["emissions_lifecycle_kg"])
    assert f"Life cycle {unchanged} {unchanged} same" in text
    assert "Wed 11 Mar – Tue 31 Mar" in text, "days of which nothing is known are one row"


async def test_what_registers_and_people_did_is_told_once(
    browser: Browser, corrected: Ledger, console: Console
) -> None:
    def look() -> str:
        sized(browser, 1440)
        open_view(browser, console.address, "quality?hours=720")
        assert log_of(browser) == []
        return text_of(browser)

    text = await each(look)
    assert "chiller began again at zero" in text
    assert ", 2 times, seen 10 Mar" in text
    assert "rack-2-a began again at zero" in text
    assert "3.00 kWh 2.00 kWh ops the invoice, says so" in text


@pytest.fixture
def contradicting(monkeypatch: pytest.MonkeyPatch) -> None:
    """The racks say more than the UPS before them."""
    monkeypatch.setitem(floor.WATTS, "rack-2-a", 9_000.0)


@pytest.mark.usefixtures("contradicting")
async def test_nodes_that_contradict_each_other_are_named(
    browser: Browser, console: Console, client: httpx.AsyncClient
) -> None:
    tree = await asked(client, "/sites/fra/tree", at=END - HOUR)
    (broken,) = [one for one in tree["residuals"] if one["broken"]]

    def look() -> str:
        sized(browser, 1440)
        open_view(browser, console.address, "quality")
        return text_of(browser)

    text = await each(look)
    assert f"1 of {len(tree['residuals'])} nodes" in text
    more, allowed = scaled(-broken["kwh"] * 1000, "Wh"), scaled(broken["bound_kwh"] * 1000, "Wh")
    assert f"{broken['node'][0]} {broken['stage']} {more} {allowed}" in text


@pytest.fixture
async def demanding(tmp_path: Path, clock: HandClock) -> AsyncIterator[Console]:
    """A site that refuses totals of which too little is known; nothing was read for two hours."""
    folder = tmp_path / "demanding"
    folder.mkdir()
    site = replace(SITE, least_coverage=0.9)
    ledger = open_ledger(folder, clock, tree=Tree.of([site], TOTALS))
    readers = Readers(ledger.path)
    try:
        await furnish(ledger, clock)
        clock.at = END + timedelta(hours=2)
        await ledger.tend()
        async with Console(
            HttpSettings(port=0), desk_on(ledger, clock, Calls(), readers)
        ) as console:
            yield console
    finally:
        readers.close()
        ledger.close()


async def test_each_refused_total_says_why(browser: Browser, demanding: Console) -> None:
    async with httpx.AsyncClient(base_url=demanding.address, trust_env=False) as client:
        (day,) = (await asked(client, "/emissions", step="day"))["items"]
    whys = {value for name, value in day.items() if name.endswith("refused") and value}
    assert len(whys) > 3

    def look() -> str:
        sized(browser, 1440)
        open_view(browser, demanding.address, "carbon")
        return text_of(browser)

    text = await each(look)
    assert [one for one in whys if one not in text] == []
