"""A service for any of the trees, the plug-in that reads it, and a clock that the test moves."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from agent.model import Reading
from collectors.redfish import Redfish, RedfishSettings
from collectors.redfish.device import RedfishDevice
from config import Secret
from tests.clocks import HandClock
from tests.collectors.redfish.service import HOST, PASSWORD, USER, Certificate, Service

TREES = Path(__file__).parent / "trees"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def recording(name: str) -> dict[str, Any]:
    """A tree, what to read of it, and what that gives."""
    loaded: dict[str, Any] = json.loads((TREES / f"{name}.json").read_text())
    return loaded


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return Certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture
def clock() -> HandClock:
    return HandClock(NOON)


@pytest.fixture
async def redfish(clock: HandClock) -> AsyncIterator[Redfish]:
    plugin = Redfish(clock)
    yield plugin
    await plugin.close()


def settings_of(service: Service, **options: Any) -> RedfishSettings:  # noqa: ANN401 as written
    """Settings for a service, as people write them."""
    given: dict[str, Any] = {
        "name": "server-1",
        "type": "redfish",
        "address": HOST,
        "port": service.port,
        "user": USER,
        "password": Secret(PASSWORD),
        "tls": {"ca": service.certificate.path},
    }
    return RedfishSettings(**given | options)


@asynccontextmanager
async def reading(
    redfish: Redfish,
    service: Service,
    **options: Any,  # noqa: ANN401 as people write them
) -> AsyncIterator[RedfishDevice]:
    """A collector that ends its session."""
    collector = redfish.collector(settings_of(service, **options))
    try:
        yield collector
    finally:
        await collector.close()


async def power_of(collector: RedfishDevice) -> float | None:
    """Poll once, for the power of the whole."""
    return total_of(await collector.collect()).power


def total_of(readings: Sequence[Reading]) -> Reading:
    (total,) = [one for one in readings if one.meter == "server-1"]
    return total


async def eventually(condition: Callable[[], bool]) -> None:
    """Wait until it is true."""
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 what is waited for happens in the kernel
            await asyncio.sleep(0.005)
