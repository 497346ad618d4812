"""Alerts at a real broker: retained for as long as they fire."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import aiomqtt
import pytest

from agent.alerts.mqtt import Mqtt
from agent.alerts.states import State
from agent.clock import Clock
from config.alerts import AlertMqttSettings
from tests.alerts.standing import alert
from tests.collectors.mqtt.conftest import Broker, needs_mosquitto
from tests.waiting import until

pytestmark = needs_mosquitto


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    broker = Broker(tmp_path)
    broker.start()
    yield broker
    broker.stop()


@asynccontextmanager
async def publishing(broker: Broker) -> AsyncIterator[Mqtt]:
    settings = AlertMqttSettings(address="127.0.0.1", port=broker.port, topic="dc/alerts")
    outlet = Mqtt(settings, Clock(speed=50))
    running = asyncio.create_task(outlet.run())
    try:
        yield outlet
    finally:
        running.cancel()
        await asyncio.wait([running])


class Retained:
    """What a broker holds under the topic, as somebody sees it who subscribes and stays."""

    def __init__(self) -> None:
        self.held: dict[str, str] = {}
        self.passed: list[str] = []

    def take(self, message: aiomqtt.Message) -> None:
        payload = bytes(message.payload).decode()
        meter = message.topic.value.rpartition("/")[2]
        if not payload:
            self.held.pop(meter, None)
            return
        data = json.loads(payload)
        self.passed.append(data["state"])
        if data["state"] == "firing":
            self.held[meter] = data["labels"]["meter"]


@asynccontextmanager
async def watching(broker: Broker) -> AsyncIterator[Retained]:
    seen = Retained()

    async def listen() -> None:
        async with aiomqtt.Client("127.0.0.1", broker.port) as client:
            await client.subscribe("dc/alerts/#", qos=1)
            with suppress(aiomqtt.MqttError):
                async for message in client.messages:
                    seen.take(message)

    listening = asyncio.create_task(listen())
    try:
        yield seen
    finally:
        listening.cancel()
        await asyncio.wait([listening])


async def test_an_alert_is_retained_while_it_fires_and_its_end_is_said(broker: Broker) -> None:
    async with publishing(broker) as outlet:
        outlet.tell([alert("a"), alert("b")], [alert("a"), alert("b")])
        async with watching(broker) as seen:
            await until(lambda: sorted(seen.held.values()) == ["a", "b"])
            outlet.tell([alert("a", state=State.RESOLVED)], [alert("b")])
            await until(lambda: list(seen.held.values()) == ["b"])
            assert "resolved" in seen.passed
        async with watching(broker) as later:
            await until(lambda: list(later.held.values()) == ["b"])
            assert later.passed == ["firing"]


async def test_what_an_earlier_run_has_left_is_taken_away_and_others_topics_are_not(
    broker: Broker,
) -> None:
    left = {"state": "firing", "labels": {"meter": "old"}}
    await broker.publish("dc/alerts/CarbondLoadHigh/0123", left, retain=True)
    async with watching(broker) as seen:
        await until(lambda: list(seen.held.values()) == ["old"])
        async with publishing(broker) as outlet:
            outlet.tell([alert("a")], [alert("a")])
            await until(lambda: list(seen.held.values()) == ["a"])


async def test_after_an_outage_all_that_fires_is_published_again(
    broker: Broker, caplog: pytest.LogCaptureFixture
) -> None:
    async with publishing(broker) as outlet:
        outlet.tell([alert("a")], [alert("a")])
        async with watching(broker) as seen:
            await until(lambda: list(seen.held.values()) == ["a"])
        broker.stop()
        await until(lambda: "alerts wait for it" in caplog.text)
        outlet.tell([alert("b")], [alert("a"), alert("b")])
        broker.start()
        async with watching(broker) as seen:
            await until(lambda: sorted(seen.held.values()) == ["a", "b"])
    assert caplog.text.count("alerts wait for it") == 1
