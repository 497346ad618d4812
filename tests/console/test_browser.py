"""The page in a real browser: it shows what the API says, to everybody, and breaks no rule."""

import asyncio
import re
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from agent.console import Console, Desk
from agent.console.access.tokens import hash_of
from config.http import HttpSettings, TokenSettings
from tests.servers import needs, wait_for

pytestmark = [needs("chromium", "chromium"), needs("chromedriver", "chromium-driver")]

FLAGS = (
    "--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run --hide-scrollbars "
    "--disable-background-networking --disable-component-update --disable-sync"
)
VIEWS = {
    "": ["14.0", "kW", "Needs a look"],
    "rack": ["6.00", "4.00", "rack-1-a"],
    "rack/1": ["6.00", "rack-1-a", "server-1"],
    "device": ["rack-1-a", "ups-a", "chiller"],
    "device/rack-1-a": ["6.00", "outlet/2", "3.60"],
    "grid": ["g/kWh", "estimated"],
    "carbon": ["Location-based", "2026-03"],
    "quality": ["Coverage", "Findings"],
    "explain": ["facility", "kWh"],
}
"""What each view must say of the small site."""

Browser = webdriver.Chrome


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    options = webdriver.ChromeOptions()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        for flag in (*FLAGS.split(), f"--user-data-dir={profile}"):
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        driver = webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))
        try:
            yield driver
        finally:
            driver.quit()


@pytest.fixture
async def console(desk: Desk) -> AsyncIterator[Console]:
    async with Console(HttpSettings(port=0), desk) as console:
        yield console


def sized(browser: Browser, width: int, *, scheme: str = "light") -> None:
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600},
    )
    media = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", media)


def open_view(browser: Browser, address: str, view: str) -> None:
    """Open a view as a link does, in a page of its own."""
    browser.get("about:blank")
    log_of(browser)
    browser.get(f"{address}/#/{view}")
    wait_for(lambda: browser.find_elements(By.CSS_SELECTOR, "[data-view]") or None, view)


def log_of(browser: Browser) -> list[Any]:
    """What the page has complained of since: errors, and what the policy forbids."""
    found: list[Any] = browser.get_log("browser")  # type: ignore[no-untyped-call] # selenium's
    return found


def text_of(browser: Browser) -> str:
    return browser.find_element(By.TAG_NAME, "body").text.replace("\u2009", " ")


async def each(work: Callable[..., Any], *arguments: object) -> Any:  # noqa: ANN401 as `work` says
    """Do what waits for the browser in a thread: the server is in this one."""
    return await asyncio.to_thread(work, *arguments)


async def test_every_view_says_what_the_ledger_knows_and_breaks_no_rule(
    browser: Browser, console: Console
) -> None:
    def look() -> None:
        for width in (1440, 375):
            sized(browser, width)
            for view, words in VIEWS.items():
                open_view(browser, console.address, view)
                text = text_of(browser)
                missing = [word for word in words if word not in text]
                assert not missing, f"{view} at {width}: {missing} not in\n{text}"
                wide = browser.execute_script("return document.documentElement.scrollWidth")
                assert wide <= width, f"{view} scrolls sideways at {width}: {wide}"
                assert log_of(browser) == [], view

    await each(look)


async def test_it_asks_nobody_else(browser: Browser, console: Console) -> None:
    def asked() -> list[str]:
        sized(browser, 1440)
        open_view(browser, console.address, "")
        wait_for(lambda: browser.find_elements(By.TAG_NAME, "canvas") or None, "a chart")
        script = "return performance.getEntriesByType('resource').map((one) => one.name)"
        found: list[str] = browser.execute_script(script)
        return found

    names = await each(asked)
    assert len(names) > 10
    assert [name for name in names if not name.startswith(console.address)] == []


async def test_the_numbers_are_there_without_the_charts(browser: Browser, console: Console) -> None:
    def look() -> str:
        browser.execute_cdp_cmd("Network.enable", {})
        browser.execute_cdp_cmd("Network.setBlockedURLs", {"urls": ["*/page/charts/*"]})
        try:
            open_view(browser, console.address, "")
            wait_for(lambda: "could not be loaded" in text_of(browser) or None, "why no chart")
            return text_of(browser)
        finally:
            browser.execute_cdp_cmd("Network.setBlockedURLs", {"urls": []})

    assert "14.0 kW" in (await each(look)).replace("\n", " ")


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
                    lambda: browser.current_url if "#/rack/" in browser.current_url else None,
                    "the rack",
                )
        return "no rack"

    assert (await each(walk)).endswith("#/rack/1")


async def test_what_is_silent_is_said_with_why_and_the_way_out(
    browser: Browser, console: Console, desk: Desk
) -> None:
    await desk.health.bad("rack-2-a", "snmp", "no answer within 3 s")

    def look() -> str:
        open_view(browser, console.address, "")
        return text_of(browser)

    text = await each(look)
    assert re.search(r"rack-2-a does not answer: no answer within 3 s since", text)
    assert "look at its power" in text


async def test_dark_and_light_can_be_read(browser: Browser, console: Console) -> None:
    """WCAG 2.2, 1.4.3: a contrast of 4.5 to 1 for text."""

    def colours(scheme: str) -> dict[str, str]:
        sized(browser, 1440, scheme=scheme)
        open_view(browser, console.address, "")
        script = (
            "const style = getComputedStyle(document.documentElement);"
            "return Object.fromEntries(['ground', 'card', 'ink', 'quiet', 'accent', 'act']"
            ".map((name) => [name, style.getPropertyValue('--' + name).trim()]))"
        )
        found: dict[str, str] = browser.execute_script(script)
        return found

    light, dark = await each(colours, "light"), await each(colours, "dark")
    assert light["ground"] != dark["ground"]
    for found in (light, dark):
        for ink in ("ink", "quiet", "accent", "act"):
            for ground in ("ground", "card"):
                assert contrast(found[ink], found[ground]) >= 4.5, (ink, ground, found)


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


async def test_a_token_is_asked_for_until_it_is_right(browser: Browser, desk: Desk) -> None:
    tokens = (TokenSettings(name="me", sha256=hash_of("open sesame")),)

    def enter(address: str) -> str:
        browser.get("about:blank")
        browser.get(address)
        for token in ("wrong", "open sesame"):
            field = wait_for(lambda: shown(browser), "the question for a token")
            field.send_keys(token, Keys.ENTER)
        wait_for(lambda: browser.find_elements(By.CSS_SELECTOR, "[data-view]") or None, "figures")
        return text_of(browser)

    async with Console(HttpSettings(port=0, tokens=tokens), desk) as console:
        assert "Power now" in await each(enter, console.address)


def shown(browser: Browser) -> Any:  # noqa: ANN401 an element of selenium, or None
    field = browser.find_element(By.ID, "token-text")
    return field if field.is_displayed() and not field.get_attribute("value") else None
