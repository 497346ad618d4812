"""A simulated BMC, the plug-in that reads it, and a clock that stands still."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from agent.clock import Clock
from agent.demo.bmc import Bmc
from agent.demo.bmc_sensors import Sensor
from agent.model import Collector, Reading
from collectors.ipmi import Ipmi, IpmiSettings
from config import Secret

WATTS = 312.0


class StillClock(Clock):
    """A clock that only moves when told to, or when somebody sleeps."""

    def __init__(self, speed: float = 1.0) -> None:
        super().__init__(speed=speed)
        self.time = datetime(2026, 3, 1, 12, tzinfo=UTC)
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += timedelta(seconds=seconds)
        await asyncio.sleep(0)


@pytest.fixture
async def bmc() -> AsyncIterator[Bmc]:
    async with Bmc(lambda: WATTS) as running:
        yield running


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
async def ipmi(clock: StillClock) -> AsyncIterator[Ipmi]:
    plugin = Ipmi(clock)
    yield plugin
    await plugin.close()


def settings_of(bmc: Bmc, **options: Any) -> IpmiSettings:  # noqa: ANN401 as people write them
    """Settings for a BMC; an answer is waited for a long time, so that nothing is sent twice."""
    given: dict[str, Any] = {
        "name": "server-1",
        "type": "ipmi",
        "address": bmc.host,
        "port": bmc.port,
        "user": "admin",
        "password": Secret("secret"),
        "timeout": "5s",
    }
    return IpmiSettings(**given | options)


def sensor(number: int, name: str, watts: float | None, **options: Any) -> Sensor:  # noqa: ANN401 its fields
    """A sensor of a constant power; None is marked as unavailable."""
    return Sensor(number=number, name=name, value=lambda: watts, **options)


HASTY: dict[str, Any] = {"timeout": "100ms", "tries": 2}
"""Options for a BMC that will be silent."""


async def power_of(collector: Collector) -> Reading:
    """Poll once, for the one reading."""
    (reading,) = await collector.collect()
    assert isinstance(reading, Reading)
    return reading


async def powers_of(collector: Collector) -> dict[str, float | None]:
    """Poll once, for the powers by meter."""
    readings = await collector.collect()
    return {one.meter: one.power for one in readings if isinstance(one, Reading)}


async def eventually(condition: Callable[[], bool]) -> None:
    """Wait until it is true."""
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 what it waits for raises no event
            await asyncio.sleep(0.002)
