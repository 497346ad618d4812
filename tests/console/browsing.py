"""A real browser for the tests of the page, and what is read off it."""

import asyncio
import base64
import os
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import httpx
from aiohttp import web
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By

from tests.servers import wait_for

FLAGS = (
    "--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run --hide-scrollbars "
    "--disable-background-networking --disable-component-update --disable-sync"
)

Browser = webdriver.Chrome


@contextmanager
def browsing() -> Iterator[Browser]:
    """A Chromium with a profile of its own. Its driver is Debian's: nothing is downloaded."""
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


def sized(browser: Browser, width: int, *, height: int = 900, scheme: str = "light") -> None:
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600},
    )
    media = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", media)


def open_view(browser: Browser, address: str, view: str) -> None:
    """Open a view as a link does, in a page of its own."""
    browser.get("about:blank")
    log_of(browser)
    browser.get(f"{address}/#/{view}")
    wait_for(lambda: browser.find_elements(By.CSS_SELECTOR, "[data-view]") or None, view)


def turn_to(browser: Browser, view: str) -> None:
    """Go to a view from another one, as a click on a link does."""
    browser.execute_script("location.hash = arguments[0]", f"/{view}")
    name = view.partition("?")[0] or "overview"
    selector = f'[data-view="{name if "/" in name else name + "/"}"]'
    wait_for(lambda: browser.find_elements(By.CSS_SELECTOR, selector) or None, view)


def log_of(browser: Browser) -> list[Any]:
    """What the page has complained of since: errors, and what the policy forbids."""
    found: list[Any] = browser.get_log("browser")  # type: ignore[no-untyped-call] # selenium's
    return found


def text_of(browser: Browser, selector: str = "body") -> str:
    """What stands on the page, in one line, with plain spaces."""
    said = browser.find_element(By.CSS_SELECTOR, selector).text
    return " ".join(said.replace("\u202f", " ").split())


def drawn(browser: Browser) -> None:
    """Wait until all charts of the view are drawn."""
    script = "return !document.querySelector('.chart:not(:has(canvas))')"
    wait_for(lambda: browser.execute_script(script) or None, "the charts")


def refreshed(browser: Browser) -> None:
    """Have the page ask again now, as it does when somebody comes back to it."""
    browser.execute_script("document.dispatchEvent(new Event('visibilitychange'))")


@cache
def _axe() -> str:
    return files("axe_core_python").joinpath("axe.min.js").read_text()


def barriers(browser: Browser) -> list[str]:
    """What axe-core says keeps people from reading the page."""
    browser.execute_script(_axe())
    script = (
        "const [done] = arguments, said = ({ id, nodes }) => [id, ...nodes.map((one) => one.html)];"
        "axe.run({ resultTypes: ['violations'] }).then((found) => done(found.violations.map(said)))"
    )
    found: list[list[str]] = browser.execute_async_script(script)
    return [": ".join(one) for one in found]


KEPT = "CARBOND_SCREENSHOTS"
"""Names the folder in which pictures are kept."""


def pictures(otherwise: Path) -> Path:
    """The folder for pictures, which is another one if none is to be kept."""
    folder = Path(os.environ.get(KEPT) or otherwise)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def shoot(browser: Browser, path: Path) -> None:
    """Write what the window shows as a PNG; the whole page if pictures are kept."""
    size = browser.execute_cdp_cmd("Page.getLayoutMetrics", {})["cssContentSize"]
    whole = {"captureBeyondViewport": True, "clip": {**size, "scale": 1}}
    asked = whole if os.environ.get(KEPT) else {}
    found = browser.execute_cdp_cmd("Page.captureScreenshot", {"format": "png", **asked})
    path.write_bytes(base64.b64decode(found["data"]))


def hash_of_page(browser: Browser) -> str:
    """The part of the address that says which view is open."""
    return browser.current_url.partition("#")[2]


async def each(work: Callable[..., Any], *arguments: object) -> Any:  # noqa: ANN401 as `work` says
    """Do what waits for the browser in a thread: the server is in this one."""
    return await asyncio.to_thread(work, *arguments)


@asynccontextmanager
async def late(address: str, path: str, gate: asyncio.Event) -> AsyncIterator[str]:
    """Yield an address at which all of another is served, but what begins with `path` only once
    the gate is open.
    """
    async with httpx.AsyncClient(base_url=address, trust_env=False) as client:

        async def forward(request: web.Request) -> web.Response:
            if request.path.startswith(path):
                await gate.wait()
            found = await client.get(request.path_qs)
            kept = {name: found.headers[name] for name in ("content-security-policy",)}
            kind = found.headers["content-type"]
            return web.Response(
                body=found.content, status=found.status_code, headers={**kept, "Content-Type": kind}
            )

        app = web.Application()
        app.router.add_get("/{rest:.*}", forward)
        runner = web.AppRunner(app, shutdown_timeout=0)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        try:
            port = runner.addresses[0][1]
            yield f"http://127.0.0.1:{port}"
        finally:
            gate.set()
            await runner.cleanup()
