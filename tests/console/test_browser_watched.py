"""The page in a real browser while somebody watches: what moves, fails, and is not there yet."""

from pathlib import Path

import pytest
from selenium.webdriver.common.by import By

from agent.accounting.metering.tree import Tree
from agent.console import Console, Desk
from agent.console import desk as desks
from agent.ledger import Ledger, Readers
from agent.model import MINUTE
from config.http import HttpSettings
from tests.clocks import HandClock
from tests.console.browsing import (
    Browser,
    barriers,
    drawn,
    each,
    log_of,
    open_view,
    pictures,
    refreshed,
    shoot,
    sized,
    text_of,
    turn_to,
)
from tests.console.desks import Calls, desk_on
from tests.console.floor import END, SITE, WATTS
from tests.ledger.books import open_ledger, reading
from tests.servers import free_port, needs, wait_for

pytestmark = [needs("chromium", "chromium"), needs("chromedriver", "chromium-driver")]

KEPT = "window.kept = [document.querySelector('canvas'), document.querySelector('.big')]"
STAYED = (
    "return window.kept[0] === document.querySelector('canvas')"
    " && window.kept[1] === document.querySelector('.big')"
)


def saying(browser: Browser, words: str) -> str:
    """Wait until the page says some words, and return all that it says."""
    wait_for(lambda: words in text_of(browser) or None, words)
    return text_of(browser)


async def test_a_number_moves_in_its_place_and_charts_stay(
    browser: Browser,
    console: Console,
    ledger: Ledger,
    clock: HandClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # The present is taken at most every five seconds: here what was booked is asked for at once.
    monkeypatch.setattr(desks, "FRESH", 0.0)

    def watch() -> None:
        sized(browser, 1440)
        open_view(browser, console.address, "")
        drawn(browser)
        assert "14.0 kW" in text_of(browser)
        browser.execute_script(KEPT)

    def move(power: str) -> None:
        refreshed(browser)
        saying(browser, power)
        assert browser.execute_script(STAYED), "the number's element and the chart are the same"

    await each(watch)
    clock.at = END + 2 * MINUTE
    for name, watts in WATTS.items():
        kwh = 100 + watts * (200 / 60) / 1000 + watts * 1.5 * (2 / 60) / 1000
        await ledger.book([reading(name, clock.at, kwh=kwh, watts=watts * 1.5)])
    await ledger.tend()
    await each(move, "21.0 kW")


async def test_while_the_daemon_is_away_the_page_says_so_and_comes_back(
    browser: Browser, desk: Desk
) -> None:
    settings = HttpSettings(port=free_port())

    def lose() -> None:
        refreshed(browser)
        text = saying(browser, "No connection since")
        assert "may have been stopped" in text
        assert "What stands below is as of" in text
        assert "14.0 kW" in text, "what was known stays"
        assert browser.find_elements(By.CSS_SELECTOR, "main.old"), "and is marked old"

    def find() -> None:
        refreshed(browser)
        saying(browser, "meters reporting")
        assert "No connection" not in text_of(browser)
        assert not browser.find_elements(By.CSS_SELECTOR, "main.old")

    async with Console(settings, desk) as console:
        await each(open_view, browser, console.address, "")
        await each(saying, browser, "14.0 kW")
    await each(lose)
    async with Console(settings, desk):
        await each(find)


async def test_a_device_that_fails_while_it_is_watched_is_said_at_once(
    browser: Browser, console: Console, desk: Desk
) -> None:
    def now(words: str) -> str:
        refreshed(browser)
        return saying(browser, words)

    await each(open_view, browser, console.address, "device/rack-2-a")
    assert "silent" not in await each(text_of, browser)
    await desk.health.bad("rack-2-a", "snmp", "no answer within 3 s")
    text = await each(now, "silent since")
    assert "no answer within 3 s" in text
    assert "what to do" in text
    assert "5 of 6 meters reporting" in text
    await desk.health.good("rack-2-a", "snmp", seconds=0.02)
    assert "silent since" not in await each(now, "6 of 6 meters reporting")


async def test_what_is_not_there_is_said_and_the_page_is_well(
    browser: Browser, console: Console
) -> None:
    def look(view: str, words: str) -> None:
        browser.execute_script("location.hash = arguments[0]", f"/{view}")
        text = saying(browser, words)
        assert "meters reporting" in text
        assert " since " not in text_of(browser, "#state")

    await each(open_view, browser, console.address, "rack")
    await each(look, "explain/nobody", "nobody")
    await each(look, "device/nobody", "No device is called nobody")
    await each(look, "nowhere", "There is no such view")


TEACHING = {
    "": ["carbond probe ADDRESS", "role: utility", "upstream:", "role: rack", "says why"],
    "rack": ["role: rack", "feed: A"],
    "device": ["carbond probe ADDRESS --yaml"],
    "grid": ["Nothing has come in this time"],
    "carbon": ["Nothing is known of", "carbond ledger close --site fra --month"],
    "quality": ["No meter of this site is known yet", "carbond ledger repair"],
    "explain": ["facility"],
}
"""What each view says of a ledger in which nothing stands: the way to something."""


async def test_an_empty_ledger_teaches(browser: Browser, tmp_path: Path) -> None:
    clock, folder = HandClock(END), pictures(tmp_path)
    ledger = open_ledger(tmp_path, clock, tree=Tree.of([SITE], []))
    readers = Readers(ledger.path)

    def look(address: str) -> None:
        sized(browser, 375)
        open_view(browser, address, "")
        for view, words in TEACHING.items():
            turn_to(browser, view)
            text = text_of(browser)
            assert [word for word in words if word not in text] == [], f"{view}: {text}"
            assert "NaN" not in text
            assert "undefined" not in text
            shoot(browser, folder / f"empty-{view or 'overview'}-375-light.png")
        assert barriers(browser) == []
        assert log_of(browser) == []

    try:
        desk = desk_on(ledger, clock, Calls(), readers)
        async with Console(HttpSettings(port=0), desk) as console:
            await each(look, console.address)
    finally:
        readers.close()
        ledger.close()


async def test_a_file_is_fetched_with_the_token_that_a_link_would_not_send(
    browser: Browser, console: Console
) -> None:
    def click() -> list[str]:
        open_view(browser, console.address, "rack")
        browser.execute_script(
            "sessionStorage.setItem('token', 'x'); window.sent = []; const before = fetch;"
            "window.fetch = (path, more) => { window.sent.push(`${path} "
            "${more.headers.Authorization}`); return before(path, more); };"
        )
        try:
            browser.find_element(By.CSS_SELECTOR, "a[download]").click()
            script = "return window.sent.filter((one) => one.includes('format=csv'))"
            return wait_for(lambda: browser.execute_script(script) or None, "the file")
        finally:
            browser.execute_script("sessionStorage.removeItem('token')")

    (sent,) = await each(click)
    assert sent.endswith(" Bearer x")


async def test_the_colours_follow_the_system_until_a_person_chooses(
    browser: Browser, console: Console
) -> None:
    def ground() -> str:
        found: str = browser.execute_script(
            "return getComputedStyle(document.body).backgroundColor"
        )
        return found

    def look() -> list[str]:
        open_view(browser, console.address, "rack")
        seen = []
        for scheme in ("light", "dark"):
            sized(browser, 375, scheme=scheme)
            seen.append(ground())
        browser.find_element(By.ID, "theme").click()
        browser.execute_script("localStorage.removeItem('theme')")
        return [*seen, ground()]

    light, dark = "rgb(245, 246, 244)", "rgb(18, 22, 21)"
    assert await each(look) == [light, dark, light]
