"""The page in a real browser: it shows what the API says, to everybody, and breaks no rule."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

from agent.accounting.metering.tree import Tree
from agent.accounting.site import Site
from agent.console import Console, Desk
from agent.console.access.tokens import hash_of
from agent.ledger import Readers
from config.http import HttpSettings, TokenSettings
from tests.clocks import HandClock
from tests.console.asking import asked
from tests.console.browsing import (
    Browser,
    each,
    hash_of_page,
    late,
    log_of,
    open_view,
    sized,
    text_of,
    turn_to,
)
from tests.console.desks import Calls, desk_on
from tests.console.floor import SITE, TOTALS, furnish
from tests.console.shown import digits, mass, percent, scaled
from tests.ledger.books import open_ledger
from tests.servers import needs, wait_for

pytestmark = [needs("chromium", "chromium"), needs("chromedriver", "chromium-driver")]


async def test_the_numbers_of_the_page_are_those_of_the_api(
    browser: Browser, console: Console, client: httpx.AsyncClient
) -> None:
    (site,) = (await asked(client, "/sites"))["items"]
    month = await asked(client, "/emissions", period="month")
    today = await asked(client, "/emissions", period="today")
    rack = await asked(client, "/meters/rack-1-a")
    (newest,) = (await asked(client, "/intensity", kind="direct"))["items"][-1:]
    day = today["period"]
    whole = await asked(client, "/explain", day=day)
    expected = {
        "": [
            scaled(site["power_watts"], "W"),
            f"IT {scaled(site['it_power_watts'], 'W')}",
            f"{site['hour']['pue']:.2f}",
            mass(site["today"]["emissions_kg"]["location"]),
        ],
        "rack": ["6.00 kW", "4.00 kW", "10.0 kW"],
        "rack/1": [scaled(rack["power_watts"], "W"), "rack-1-a", "server-1"],
        "device": ["rack-1-a", "ups-a", "chiller"],
        "device/rack-1-a": [scaled(rack["power_watts"], "W"), "outlet/2", "3.60 kW"],
        "grid": [f"{digits(newest['value_g_per_kwh'])} g/kWh"],
        "carbon": [
            *(mass(month[f"emissions_{one}_kg"]) for one in ("location", "lifecycle", "marginal")),
            scaled(month["energy_kwh"] * 1000, "Wh"),
            f"{month['pue']:.2f}",
            f"{percent(month['emissions_location_estimated_share'])} estimated",
        ],
        "quality": [
            f"{percent(today['measured_share'])} measured",
            f"{percent(month['missing_share'])} missing",
            f"{percent(today['emissions_location_final_share'])} final",
        ],
        f"explain?day={day}": [f"{one['name']}: " for one in whole["terms"]],
    }

    def look() -> None:
        sized(browser, 1440)
        open_view(browser, console.address, "rack")
        for view, numbers in expected.items():
            turn_to(browser, view)
            text = text_of(browser)
            assert [one for one in numbers if one not in text] == [], f"{view}:\n{text}"
        assert log_of(browser) == []

    await each(look)


async def test_the_numbers_are_there_before_the_charts(browser: Browser, console: Console) -> None:
    gate = asyncio.Event()

    def before(address: str) -> None:
        sized(browser, 1440)
        open_view(browser, address, "")
        assert "14.0 kW" in text_of(browser)
        assert not browser.find_elements(By.TAG_NAME, "canvas")

    def after() -> None:
        wait_for(lambda: browser.find_elements(By.TAG_NAME, "canvas") or None, "a chart")
        assert "14.0 kW" in text_of(browser)

    async with late(console.address, "/page/charts/", gate) as address:
        await each(before, address)
        gate.set()
        await each(after)


async def test_without_the_charts_the_page_says_so_and_keeps_its_numbers(
    browser: Browser, console: Console
) -> None:
    def look() -> str:
        browser.execute_cdp_cmd("Network.enable", {})
        browser.execute_cdp_cmd("Network.setBlockedURLs", {"urls": ["*/page/charts/*"]})
        try:
            open_view(browser, console.address, "")
            wait_for(lambda: "could not be loaded" in text_of(browser) or None, "why no chart")
            return text_of(browser)
        finally:
            browser.execute_cdp_cmd("Network.setBlockedURLs", {"urls": []})

    assert "14.0 kW" in await each(look)


async def test_the_keyboard_reaches_a_rack_and_opens_it(browser: Browser, console: Console) -> None:
    def walk() -> str:
        sized(browser, 1440)
        open_view(browser, console.address, "")
        for _ in range(60):
            browser.switch_to.active_element.send_keys(Keys.TAB)
            here = browser.switch_to.active_element
            if "rack" in (here.get_attribute("class") or "").split():
                here.send_keys(Keys.ENTER)
                return wait_for(
                    lambda: hash_of_page(browser) if "/rack/" in browser.current_url else None,
                    "the rack",
                )
        return "no rack"

    assert await each(walk) == "/rack/1"


async def test_what_is_silent_is_said_with_why_and_the_way_out(
    browser: Browser, console: Console, desk: Desk, client: httpx.AsyncClient
) -> None:
    await desk.health.bad("rack-2-a", "snmp", "no answer within 3 s")
    (site,) = (await asked(client, "/sites"))["items"]
    reporting, total = site["meters"]["reporting"], site["meters"]["total"]
    assert reporting == total - 1

    def look() -> tuple[str, str, str]:
        sized(browser, 1440)
        open_view(browser, console.address, "")
        state = browser.find_element(By.ID, "state")
        return text_of(browser), text_of(browser, "#state"), state.get_attribute("class") or ""

    text, state, kind = await each(look)
    assert re.search(r"rack-2-a does not answer: no answer within 3 s since", text)
    assert "look at its power" in text
    assert f"{reporting} of {total} meters reporting" in state
    assert "bad" in kind.split()


async def test_a_token_is_asked_for_until_it_is_right(browser: Browser, desk: Desk) -> None:
    tokens = (TokenSettings(name="me", sha256=hash_of("open sesame")),)

    def enter(address: str) -> str:
        browser.get("about:blank")
        browser.get(address)
        for token in ("wrong", "open sesame"):
            field = wait_for(lambda: shown(browser), "the question for a token")
            assert not browser.find_elements(By.CSS_SELECTOR, "[data-view]")
            field.send_keys(token, Keys.ENTER)
        wait_for(lambda: browser.find_elements(By.CSS_SELECTOR, "[data-view]") or None, "figures")
        return text_of(browser)

    async with Console(HttpSettings(port=0, tokens=tokens), desk) as console:
        assert "Power now" in await each(enter, console.address)


def shown(browser: Browser) -> Any:  # noqa: ANN401 an element of selenium, or None
    field = browser.find_element(By.ID, "token-text")
    return field if field.is_displayed() and not field.get_attribute("value") else None


@pytest.fixture
async def two_sites(tmp_path: Path, clock: HandClock) -> AsyncIterator[Console]:
    """Beside the small site one of which nothing is metered."""
    sites = [SITE, Site(name="muc", timezone="Europe/Berlin")]
    folder = tmp_path / "two"
    folder.mkdir()
    ledger = open_ledger(folder, clock, tree=Tree.of(sites, TOTALS))
    readers = Readers(ledger.path)
    try:
        await furnish(ledger, clock)
        async with Console(
            HttpSettings(port=0), desk_on(ledger, clock, Calls(), readers)
        ) as console:
            yield console
    finally:
        readers.close()
        ledger.close()


async def test_a_link_carries_the_view_the_range_the_sum_and_the_site(
    browser: Browser, two_sites: Console
) -> None:
    def chosen() -> list[str]:
        found = browser.find_elements(By.CSS_SELECTOR, ".range a[aria-current]")
        return [one.text.replace("\u202f", " ") for one in found]

    def look() -> None:
        sized(browser, 1440)
        open_view(browser, two_sites.address, "quality?site=fra&hours=6&sum=it")
        assert chosen() == ["6 h", "IT"]
        links = browser.find_elements(By.CSS_SELECTOR, "#views a")
        assert all("site=fra" in (one.get_attribute("href") or "") for one in links)
        open_view(browser, two_sites.address, "quality?site=muc&hours=24")
        assert "carbond · muc" in text_of(browser)
        assert chosen() == ["24 h", "The site"]
        select = Select(browser.find_element(By.ID, "site"))
        select.select_by_visible_text("fra")
        wait_for(lambda: "carbond · fra" in text_of(browser) or None, "the other site")
        assert hash_of_page(browser) == "/quality?site=fra&hours=24"

    await each(look)
