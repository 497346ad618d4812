"""A zone read from the simulated service, over a real connection or without one."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import httpx
import pytest
from starlette.applications import Starlette

from agent.demo.grids import Faults, SimulatedGrid, electricitymaps_app, faults_of, serving
from collectors.electricitymaps import ElectricityMaps, ElectricityMapsSettings
from collectors.electricitymaps.zone import Zone
from config import Secret
from tests.collectors.stopped import StoppedClock

KEY = "a-key-of-the-test"

PLAN = (
    '{"error":"Request unauthorized for zoneKey=XX-1,requestType=past,dataType=carbon-intensity.",'
    '"message":"You do not have access to this specific endpoint for this specific zone."}'
)


@dataclass(slots=True)
class Bench:
    """A collector, and the simulated service at the other end."""

    clock: StoppedClock
    grid: SimulatedGrid
    faults: Faults
    zone: Zone

    def asked(self, temporality: str) -> list[dict[str, str]]:
        """Return the parameters of the requests for one temporality."""
        return [dict(params) for path, params in self.faults.asked if path.endswith(temporality)]


Opened = Callable[..., Bench]


def settings_of(service: str, /, **options: object) -> ElectricityMapsSettings:
    fixed = {"name": "east", "zone": "XX-1", "key": Secret(KEY), "url": f"{service}/v4"}
    return ElectricityMapsSettings.model_validate({**fixed, **options})


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture
def grid() -> SimulatedGrid:
    return SimulatedGrid("XX-1")


@pytest.fixture
def app(grid: SimulatedGrid, clock: StoppedClock) -> Starlette:
    return electricitymaps_app(grid, clock, KEY)


@pytest.fixture
async def served(app: Starlette, clock: StoppedClock, grid: SimulatedGrid) -> AsyncIterator[Opened]:
    """Open a zone over a real connection to a real server."""
    plugin = ElectricityMaps(clock)
    async with serving(app) as url:

        def opened(**options: object) -> Bench:
            zone = plugin.collector(settings_of(url, **options))
            return Bench(clock, grid, faults_of(app), zone)

        yield opened
        await plugin.close()


@pytest.fixture
async def near(app: Starlette, clock: StoppedClock, grid: SimulatedGrid) -> AsyncIterator[Opened]:
    """Open a zone without a network, to run through many hours."""
    plugin = ElectricityMaps(clock, httpx.ASGITransport(app=app))

    def opened(**options: object) -> Bench:
        zone = plugin.collector(settings_of("http://service.test", **options))
        return Bench(clock, grid, faults_of(app), zone)

    yield opened
    await plugin.close()


async def one_request(bench: Bench) -> None:
    """Let polls that make one request each be what is left to do."""
    await bench.zone.collect()
    bench.clock.move(minutes=10)
    assert await bench.zone.collect()
    bench.faults.asked.clear()
