"""A region read from the simulated service, over a real connection or without one."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import httpx
import pytest
from starlette.applications import Starlette

from agent.demo.grids import Faults, SimulatedGrid, faults_of, serving, watttime_app
from collectors.watttime import WattTime, WattTimeSettings
from collectors.watttime.region import Region
from config import Secret
from tests.collectors.stopped import StoppedClock

USER = "reader"
PASSWORD = "a-password-of-the-test"  # noqa: S105 it opens only the simulated service


@dataclass(slots=True)
class Bench:
    """A collector, and the simulated service at the other end."""

    clock: StoppedClock
    grid: SimulatedGrid
    faults: Faults
    region: Region

    def asked(self) -> list[dict[str, str]]:
        """Return the parameters of the requests for points."""
        return [dict(params) for path, params in self.faults.asked if path == "/v3/historical"]

    @property
    def logins(self) -> int:
        return sum(path == "/login" for path, _ in self.faults.asked)


Opened = Callable[..., Bench]


def settings_of(service: str, /, **options: object) -> WattTimeSettings:
    fixed = {
        "name": "west",
        "user": USER,
        "password": Secret(PASSWORD),
        "region": "EXAMPLE_NORTH",
        "backfill": "1d",
        "url": service,
    }
    return WattTimeSettings.model_validate({**fixed, **options})


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture
def grid() -> SimulatedGrid:
    return SimulatedGrid(region="EXAMPLE_NORTH")


@pytest.fixture
def app(grid: SimulatedGrid, clock: StoppedClock) -> Starlette:
    return watttime_app(grid, clock, USER, PASSWORD)


@pytest.fixture
async def served(app: Starlette, clock: StoppedClock, grid: SimulatedGrid) -> AsyncIterator[Opened]:
    """Open a region over a real connection to a real server."""
    plugin = WattTime(clock)
    async with serving(app) as url:

        def opened(**options: object) -> Bench:
            region = plugin.collector(settings_of(url, **options))
            return Bench(clock, grid, faults_of(app), region)

        yield opened
        await plugin.close()


@pytest.fixture
async def near(app: Starlette, clock: StoppedClock, grid: SimulatedGrid) -> AsyncIterator[Opened]:
    """Open a region without a network, to run through many hours."""
    plugin = WattTime(clock, httpx.ASGITransport(app=app))

    def opened(**options: object) -> Bench:
        region = plugin.collector(settings_of("http://service.test", **options))
        return Bench(clock, grid, faults_of(app), region)

    yield opened
    await plugin.close()
