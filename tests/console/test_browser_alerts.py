"""The page in a real browser while alerts fire: on every view that they do, and in words which."""

import re
from pathlib import Path

import pytest
from selenium.webdriver.common.by import By

from agent.console import Console, Desk
from agent.console import desk as desks
from agent.model import MINUTE
from config.http import HttpSettings
from tests.console.browsing import (
    Browser,
    barriers,
    each,
    hash_of_page,
    log_of,
    open_view,
    pictures,
    refreshed,
    shoot,
    sized,
    text_of,
    turn_to,
)
from tests.console.firing import RUNBOOK, moment, switched_off, watch_with
from tests.console.floor import END
from tests.servers import needs, wait_for

pytestmark = [needs("chromium", "chromium"), needs("chromedriver", "chromium-driver")]

EVIL = "<img src=x onerror=document.title=1>"
SIZES = ((375, 800, "light"), (1440, 900, "dark"))
LOADS = (("rack-1-a", "fra", 0.93), ("pdu-9", "muc", 0.83))


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """What has just changed is asked for at once."""
    monkeypatch.setattr(desks, "FRESH", 0.0)


def says(browser: Browser, words: str, selector: str) -> str:
    """Have the page ask again, wait until a part of it says some words, and return all of it."""
    refreshed(browser)
    wait_for(lambda: words in text_of(browser, selector) or None, words)
    return text_of(browser, selector)


async def test_an_alert_appears_on_every_view_leads_to_its_words_and_goes_away(
    browser: Browser, console: Console, desk: Desk
) -> None:
    desk.alerts = watch = watch_with()

    def before() -> None:
        sized(browser, 1440)
        open_view(browser, console.address, "device?hours=6")
        assert text_of(browser, "#fired") == "no alert"
        assert not browser.find_elements(By.CSS_SELECTOR, "#fired a")

    def follow() -> str:
        assert says(browser, "1 warning alert", "#fired") == "1 warning alert"
        browser.find_element(By.CSS_SELECTOR, "#fired a").click()
        wait_for(lambda: browser.find_elements(By.CSS_SELECTOR, "#looks") or None, "the list")
        assert hash_of_page(browser) == "/?hours=6"
        seen = "const place = document.getElementById('looks').getBoundingClientRect();"
        assert browser.execute_script(f"{seen} return place.top >= 0 && place.top < innerHeight")
        assert browser.switch_to.active_element.get_attribute("id") == "looks"
        return text_of(browser, "#looks")

    def after() -> str:
        assert says(browser, "no alert", "#fired") == "no alert"
        return says(browser, "No alert fires", "#looks")

    await each(before)
    await watch.look(moment(END, silent=[("rack-2-a", "snmp")]))
    text = await each(follow)
    assert "Alerts that fire warning rack-2-a (snmp) has not answered for 15m 0s" in text
    assert "fires since 10 Mar, 13:20 · value 15 min, fires above 10 min" in text
    for minutes in (1, 10):
        await watch.look(moment(END + minutes * MINUTE))
    text = await each(after)
    assert "rack-2-a" not in text
    assert "Nothing. Every meter reports" in text


async def test_what_fires_can_be_read_by_everybody_the_gravest_first_and_each_thing_once(
    browser: Browser, console: Console, desk: Desk, tmp_path: Path
) -> None:
    desk.alerts = watch = watch_with(runbook=RUNBOOK, hold={"CarbondLoadHigh": "10m"})
    await desk.health.bad("rack-2-a", "snmp", "no answer within 3 s")
    await desk.health.bad("chiller", "snmp", "no route to it")
    silent, folder = [("rack-2-a", "snmp"), (EVIL, "snmp")], pictures(tmp_path)
    for minutes in (0, 5):
        at = END + minutes * MINUTE
        await watch.look(moment(at, silent=silent, behind="influx", loads=LOADS if minutes else ()))

    def look() -> str:
        sized(browser, 1440)
        open_view(browser, console.address, "")
        for width, height, scheme in SIZES:
            sized(browser, width, height=height, scheme=scheme)
            assert barriers(browser) == [], (width, scheme)
            wide = browser.execute_script("return document.documentElement.scrollWidth")
            assert wide <= width, f"scrolls sideways at {width}: {wide}"
            shoot(browser, folder / f"alerts-{width}-{scheme}.png")
        assert text_of(browser, "#fired") == "3 alerts, 1 critical"
        assert browser.title == "Overview · carbond"
        assert log_of(browser) == []
        browser.find_element(By.CSS_SELECTOR, "#looks .soon summary").click()
        return text_of(browser, "#looks")

    text = await each(look)
    order = ["Alerts that fire", "The exporter influx", "rack-2-a (snmp)", "Also needs a look"]
    order += ["chiller does not answer", "pending: alerts that will fire", "rack-1-a carries"]
    assert [at for at, _ in sorted(enumerate(order), key=lambda one: text.index(one[1]))] == [
        *range(7)
    ]
    assert "value 7 h, fires above 6 h, as a warning above 15 min too" in text
    assert text.count("influx") == 1
    assert (
        "Also found, and shown once: rack-2-a does not answer: no answer within 3 s; since" in text
    )
    assert len(re.findall("rack-2-a does not answer", text)) == 1
    assert f"{EVIL} (snmp) has not answered" in text
    assert "at muc" in text
    links = browser.find_elements(By.CSS_SELECTOR, "#looks a[target]")
    assert (links[0].get_attribute("href") or "") == f"{RUNBOOK}#carbondexporterbacklog"


async def test_a_rack_and_the_grid_have_their_own_and_what_is_no_address_is_no_link(
    browser: Browser, console: Console, desk: Desk
) -> None:
    hold = {"CarbondLoadHigh": "1ms"}
    desk.alerts = watch = watch_with(runbook="javascript:document.title=1", hold=hold)
    loads = [("rack-1-a", "fra", 0.9), ("rack-2-a", "fra", 0.91)]
    for minutes in (0, 1):
        at = END + minutes * MINUTE
        await watch.look(moment(at, loads=loads, silent=[("de", "electricitymaps")]))
    await desk.health.bad("de", "electricitymaps", "HTTP 401")

    def look_at_grid() -> str:
        turn_to(browser, "grid")
        return text_of(browser, "#grid-looks")

    def look() -> tuple[str, list[str | None]]:
        sized(browser, 1440)
        open_view(browser, console.address, "rack/1")
        links = browser.find_elements(By.CSS_SELECTOR, "#rack-looks a")
        return text_of(browser, "#rack-looks"), [one.get_attribute("href") for one in links]

    text, links = await each(look)
    assert "rack-1-a carries 90% of its rating" in text
    assert "value 90.0 %, fires above 80.0 %" in text
    assert "rack-2-a" not in text
    assert "What to do: carbond alerts runbook CarbondLoadHigh" in text
    assert "javascript:" not in text
    assert links == [f"{console.address}/#/device/rack-1-a"]
    text = await each(look_at_grid)
    assert "de (electricitymaps) has not answered" in text
    assert "de tells no intensity: HTTP 401" in text
    assert "rack-1-a" not in text


async def test_where_no_alerts_are_evaluated_the_page_says_so_and_how_they_are(
    browser: Browser, console: Console, desk: Desk
) -> None:
    desk.alerts = switched_off()

    def look() -> tuple[str, str]:
        sized(browser, 375)
        open_view(browser, console.address, "")
        return text_of(browser, "#fired"), text_of(browser, "#looks")

    fired, text = await each(look)
    assert fired == "alerts are off"
    assert "No alerts are evaluated here" in text
    assert "alerts.disabled of the settings lists all of them" in text


async def test_many_alerts_are_folded_and_what_stands_when_the_daemon_goes_is_marked_old(
    browser: Browser, desk: Desk
) -> None:
    desk.alerts = watch = watch_with()
    await desk.health.bad("rack-2-a", "snmp", "no answer within 3 s")
    silent = [(f"pdu-{n}", "snmp") for n in range(60)]
    await watch.look(moment(END, silent=silent))
    await watch.look(moment(END + MINUTE, silent=[*silent, ("rack-2-a", "snmp")]))

    def look() -> str:
        sized(browser, 375)
        open_view(browser, console.address, "")
        assert text_of(browser, "#fired") == "61 warning alerts"
        return text_of(browser, "#looks")

    def in_its_rack() -> str:
        turn_to(browser, "rack/2")
        return text_of(browser, "#rack-looks")

    async with Console(HttpSettings(port=0), desk) as console:
        text = await each(look)
        rack = await each(in_its_rack)
    assert text.count("has not answered") == 10
    assert "40 more" in text
    assert "The gravest 50 alerts" in text
    assert re.search(r"rack-2-a does not answer: .* An alert says the same\.", text)
    assert "warning rack-2-a (snmp) has not answered" in rack
    assert "as of 13:20" in await each(says, browser, "as of", "#fired")
