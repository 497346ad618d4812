"""The page in a real browser on the demo's own history: seen by everybody, at every size.

Pictures of all views are written to the folder that CARBOND_SCREENSHOTS names.
"""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from agent.console import Console
from agent.demo.grids_simulated import SimulatedGrid
from agent.demo.history import PACE, book_history, tree_of
from agent.demo.polls import Polls
from agent.demo.site import FEEDS, Site
from agent.ledger import Keep, Ledger, Readers
from config.http import HttpSettings
from config.settings import KeepSettings
from tests.clocks import HandClock
from tests.console.browsing import (
    Browser,
    barriers,
    drawn,
    each,
    hash_of_page,
    log_of,
    open_view,
    pictures,
    shoot,
    sized,
    text_of,
    turn_to,
)
from tests.console.desks import Calls, desk_on
from tests.servers import needs, wait_for

pytestmark = [
    needs("chromium", "chromium"),
    needs("chromedriver", "chromium-driver"),
    pytest.mark.asyncio(loop_scope="module"),
]

START = datetime(2026, 3, 2, 21, 17, tzinfo=UTC)
END = START + timedelta(hours=6)
VIEWS = {
    "overview": (
        "",
        "Power by role",
        "Where it goes",
        "rack-12",
        "Unattributed",
        "of 16.0 t",
        "projected",
    ),
    "racks": ("rack", "rack-01", "Order by", "Feeds"),
    "rack": ("rack/rack-02", "Last 12 hours", "Outlets of rack-02-a", "server-02"),
    "devices": ("device", "rack-02-a", "server-40", "utility"),
    "device": ("device/rack-02-a", "Register", "How its energy is known", "reset"),
    "grid": ("grid", "Cleanest ahead", "How a value changed", "estimated"),
    "carbon": ("carbon", "Market-based", "Restatements", "kg", "--site demo --month"),
    "quality": ("quality", "What emissions stand on", "Findings", "25 registers began again"),
    "explain": ("explain", "facility", "emissions, location-based", "3 Mar, 04:00"),
}
"""By a name for its picture: the address of each view, and what it must say."""

SIZES = ((1440, 900, "light"), (375, 800, "light"), (1920, 1080, "dark"))
HEARD = {(375, "light"), (1920, "dark")}
"""At which of them axe-core is asked: in both colours, and both ways to lay tables."""

UNNAMED = (
    "return [...document.querySelectorAll('.chart')].filter((one) => "
    "!one.getAttribute('aria-label') || !one.parentElement.querySelector('table')).length"
)
"""Counts the charts without a name and a table for who cannot see them."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def console(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Console]:
    """Six hours of the demo's history, and a console on them."""
    path, site = tmp_path_factory.mktemp("demo") / "ledger.db", Site(start=START, seed=1)
    await book_history(path, site, SimulatedGrid(), start=START, end=END, said=lambda share: None)
    tree = tree_of(Polls(site, site.seed, outlets=FEEDS, pace=PACE))
    clock = HandClock(END)
    ledger = Ledger(path, tree, clock, keep=Keep(hourly=KeepSettings().hourly))
    readers = Readers(path)
    try:
        async with Console(
            HttpSettings(port=0), desk_on(ledger, clock, Calls(), readers)
        ) as console:
            yield console
    finally:
        readers.close()
        ledger.close()


@pytest.mark.parametrize("name", VIEWS)
async def test_a_view_can_be_read_by_everybody_at_every_size_light_and_dark(
    name: str, browser: Browser, console: Console, tmp_path: Path
) -> None:
    view, *words = VIEWS[name]
    folder = pictures(tmp_path)

    def look() -> None:
        sized(browser, 1440)
        if not browser.current_url.startswith(console.address):
            open_view(browser, console.address, "")
        turn_to(browser, view)
        drawn(browser)
        text = text_of(browser)
        assert [word for word in words if word not in text] == [], text
        for width, height, scheme in SIZES:
            sized(browser, width, height=height, scheme=scheme)
            if (width, scheme) in HEARD:
                assert barriers(browser) == [], (width, scheme)
            wide = browser.execute_script("return document.documentElement.scrollWidth")
            assert wide <= width, f"scrolls sideways at {width}: {wide}"
            shoot(browser, folder / f"{name}-{width}-{scheme}.png")
        assert log_of(browser) == []
        assert browser.execute_script(UNNAMED) == 0
        asked = "return performance.getEntriesByType('resource').map((one) => one.name)"
        names = browser.execute_script(asked)
        assert [one for one in names if not one.startswith(console.address)] == []

    await each(look)
    for width, _, scheme in SIZES:
        assert (folder / f"{name}-{width}-{scheme}.png").stat().st_size > 0


PLACES = """
const [at, done] = arguments, place = document.querySelector('[data-keep="power"]');
import("/page/charts/index.js").then(({ echarts }) => {
  const one = echarts.getInstanceByDom(place);
  done([0, 1].map((xAxisIndex) => one.convertToPixel({ xAxisIndex }, at)));
});
"""


async def test_a_moment_stands_at_one_place_in_both_charts_of_the_overview(
    browser: Browser, console: Console
) -> None:
    def look() -> list[float]:
        sized(browser, 1440)
        open_view(browser, console.address, "")
        drawn(browser)
        found: list[float] = browser.execute_async_script(PLACES, END.timestamp() * 1000)
        return found

    power, intensity = await each(look)
    assert power == pytest.approx(intensity, abs=0.5)


async def test_a_page_that_keeps_people_out_is_found_out(browser: Browser) -> None:
    browser.get("data:text/html,<title>grey</title><p style='color:%23999'>grey on white")
    found = await each(barriers, browser)
    assert any("color-contrast" in one for one in found)
    assert any("html-has-lang" in one for one in found)


async def test_a_click_on_a_chart_explains_the_hour_under_it(
    browser: Browser, console: Console
) -> None:
    def look(view: str) -> str:
        sized(browser, 1440)
        open_view(browser, console.address, view)
        drawn(browser)
        chart = browser.find_element(By.CSS_SELECTOR, ".chart")
        ActionChains(browser).move_to_element_with_offset(chart, -20, 20).click().perform()
        wait_for(lambda: "/explain" in browser.current_url or None, f"an explanation of {view}")
        wait_for(lambda: "measured" in text_of(browser) or None, f"its terms, of {view}")
        return hash_of_page(browser)

    assert (await each(look, "?hours=6")).startswith("/explain?hours=6&hour=2026-03-0")
    assert (await each(look, "device/ups-a?hours=6")).startswith("/explain/ups-a?hours=6&hour=2026")
    assert (await each(look, "rack/rack-02?hours=6")).startswith("/explain/rack-02-")


async def test_the_table_behind_a_chart_leads_to_the_same_by_keyboard(
    browser: Browser, console: Console
) -> None:
    def walk() -> str:
        sized(browser, 1440)
        open_view(browser, console.address, "device/ups-a?hours=6")
        summary = browser.find_element(By.CSS_SELECTOR, "#device-power summary")
        summary.send_keys(Keys.ENTER)
        summary.send_keys(Keys.TAB)
        while browser.switch_to.active_element.tag_name != "a":
            browser.switch_to.active_element.send_keys(Keys.TAB)
        time = browser.switch_to.active_element.find_element(By.TAG_NAME, "time")
        assert (time.get_attribute("title") or "").endswith(" UTC")
        browser.switch_to.active_element.send_keys(Keys.ENTER)
        wait_for(lambda: "2 Mar, 22:00 to 23:00" in text_of(browser) or None, "the explanation")
        return hash_of_page(browser)

    assert (await each(walk)).startswith("/explain/ups-a?hours=6&hour=2026-03-02T21")


@pytest.fixture
def downloads(browser: Browser, tmp_path: Path) -> Iterator[Path]:
    allowed = {"behavior": "allow", "downloadPath": str(tmp_path)}
    browser.execute_cdp_cmd("Browser.setDownloadBehavior", allowed)
    yield tmp_path
    browser.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "default"})


async def test_each_chart_is_saved_as_png_and_its_data_as_csv(
    browser: Browser, console: Console, downloads: Path
) -> None:
    def saved(name: str) -> bytes:
        path = downloads / name
        return wait_for(lambda: path.read_bytes() or None if path.exists() else None, name)

    def save(view: str) -> list[str]:
        sized(browser, 1440)
        open_view(browser, console.address, view)
        drawn(browser)
        charts = browser.find_elements(By.CSS_SELECTOR, "section:has(.chart)")
        assert charts
        for chart in charts:
            tools = chart.find_element(By.CLASS_NAME, "tools")
            tools.find_element(By.TAG_NAME, "button").click()
            tools.find_element(By.CSS_SELECTOR, "a[download]").click()
        return [link.get_attribute("download") or "" for link in csv_of(charts)]

    names = [name for view in ("", "quality", "grid") for name in await each(save, view)]
    for name in names:
        head, *rows = (await each(saved, name)).decode().splitlines()
        assert "," in head, name
        assert rows, name
    for name in ("power-by-role", "where-it-goes", "coverage", "standing", "intensity-direct"):
        assert (await each(saved, f"{name}.png")).startswith(b"\x89PNG"), name


def csv_of(charts: list[Any]) -> list[Any]:
    return [one.find_element(By.CSS_SELECTOR, "a[download]") for one in charts]


async def test_links_keep_the_range_and_what_is_chosen(browser: Browser, console: Console) -> None:
    def look() -> None:
        sized(browser, 1440)
        open_view(browser, console.address, "rack?hours=6&sort=power")
        chosen = browser.find_elements(By.CSS_SELECTOR, ".range a[aria-current]")
        assert [one.text for one in chosen] == ["power"]
        links = [
            one.get_attribute("href") or ""
            for one in browser.find_elements(By.CSS_SELECTOR, "nav a, td a")
        ]
        assert links
        assert all("hours=6" in link for link in links)

    await each(look)
