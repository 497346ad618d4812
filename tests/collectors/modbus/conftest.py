"""Collectors that are closed after each test, and what many tests read."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import Any

import pytest

from agent.clock import Clock
from agent.errors import Unavailable
from agent.model import Reading
from collectors.modbus import Modbus
from collectors.modbus.device import ModbusDevice
from collectors.modbus.settings import ModbusSettings
from tests.collectors.modbus.servers import HOST

Make = Callable[..., ModbusDevice]

METER: dict[str, Any] = {
    "limit_watts": 10_000,
    "meters": [
        {
            "scope": "total",
            "power": {"register": 100, "type": "int16", "unit": "W"},
            "energy": {"register": 101, "type": "uint32", "unit": "Wh"},
        }
    ],
}
"""A map of one request: 500 W and 1000 Wh are in WORDS."""

WORDS = {100: 500, 101: 0, 102: 1000}


def settings(port: int, **changed: Any) -> ModbusSettings:  # noqa: ANN401 options of any shape
    options: dict[str, Any] = {
        "name": "meter",
        "type": "modbus",
        "address": HOST,
        "port": port,
        "timeout": "500ms",
        "pause": "1ms",
    }
    if "profile" not in changed:
        options["registers"] = METER
    return ModbusSettings.model_validate(options | changed)


@pytest.fixture
async def plugin() -> AsyncIterator[Modbus]:
    made = Modbus(Clock())
    yield made
    await made.close()


@pytest.fixture
async def make(plugin: Modbus) -> AsyncIterator[Make]:
    made: list[ModbusDevice] = []

    def collector(port: int, **options: Any) -> ModbusDevice:  # noqa: ANN401 options of any shape
        made.append(plugin.collector(settings(port, **options)))
        return made[-1]

    yield collector
    for one in made:
        await one.close()


async def only(collector: ModbusDevice) -> Reading:
    (reading,) = await collector.collect()
    return reading


async def by_suffix(collector: ModbusDevice) -> dict[str, Reading]:
    return {one.meter.removeprefix(collector.name): one for one in await collector.collect()}


async def until_read(collector: ModbusDevice) -> Reading:
    """The reading of a device that is back: a connection is not tried again at once."""
    async with asyncio.timeout(5):
        while True:
            with suppress(Unavailable):
                return await only(collector)
            await asyncio.sleep(0.01)
