"""A machine whose counters and clock the test moves."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from agent.model import Reading
from collectors.host import Host, HostSettings
from collectors.host.machine import Machine
from tests.collectors.host.nvml import FakeNvml
from tests.collectors.host.powercap import Powercap
from tests.collectors.stopped import StoppedClock

LIBRARY_NOT_FOUND = 12


class Bench(StoppedClock):
    """The clock; while the collector waits on it, energy flows."""

    flows: Callable[[float], None] | None = None

    async def sleep(self, seconds: float) -> None:
        if self.flows is not None:
            self.flows(seconds)
        await super().sleep(seconds)

    def pass_by(self, seconds: float) -> None:
        if self.flows is not None:
            self.flows(seconds)
        self.move(seconds=seconds)


@pytest.fixture
def clock() -> Bench:
    return Bench()


@pytest.fixture
def nvml() -> FakeNvml:
    return FakeNvml(missing=LIBRARY_NOT_FOUND)


Start = Callable[..., Machine]


@pytest.fixture
async def start(clock: Bench, nvml: FakeNvml, tmp_path: Path) -> AsyncIterator[Start]:
    plugin = Host(clock, nvml)
    started = []

    def make(**options: Any) -> Machine:  # noqa: ANN401 options of any type
        given = {"name": "host-1", "type": "host", "alone": True, "powercap": tmp_path / "powercap"}
        one = plugin.collector(HostSettings(**given | options))
        assert isinstance(one, Machine)
        started.append(one)
        return one

    yield make
    for one in started:
        await one.close()
    await plugin.close()


def by_part(readings: Any) -> dict[str, Reading]:  # noqa: ANN401 what collect returns
    return {one.meter.partition("/module/")[2]: one for one in readings}


def steady(powercap: Powercap, **watts: float) -> Callable[[float], None]:
    return lambda seconds: powercap.flow(seconds, **watts)
