"""Devices on pages: of a fake server that says what it is told, on a clock that is moved."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from aiohttp import web

from agent.model import Reading
from collectors.prometheus import Prometheus, PrometheusSettings
from collectors.prometheus.endpoint import Endpoint
from tests.collectors.stopped import StoppedClock
from tests.servers import Fake, Reply, fake_server

TEXT = "text/plain; version=0.0.4; charset=utf-8"
OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture
async def server() -> AsyncIterator[Fake]:
    async with fake_server() as fake:
        yield fake


def page(text: str, kind: str = TEXT) -> Reply:
    return lambda _: web.Response(body=text.encode(), headers={"Content-Type": kind})


Start = Callable[..., Endpoint]


@pytest.fixture
async def plugin(clock: StoppedClock) -> AsyncIterator[Prometheus]:
    made = Prometheus(clock)
    yield made
    await made.close()


@pytest.fixture
async def start(plugin: Prometheus, server: Fake) -> Start:
    def make(**options: Any) -> Endpoint:  # noqa: ANN401 options of any type
        given = {"name": "server-1", "type": "prometheus", "url": f"{server.url}/metrics"}
        one = plugin.collector(PrometheusSettings(**given | options))
        assert isinstance(one, Endpoint)
        return one

    return make


def by_part(readings: Any) -> dict[str, Reading]:  # noqa: ANN401 what collect returns
    return {one.meter.partition("/")[2]: one for one in readings}


def watts(metric: str, **labels: str) -> dict[str, object]:
    """The total of a device, as a power of one metric."""
    return {"power": [{"metric": metric, "labels": labels}]}
