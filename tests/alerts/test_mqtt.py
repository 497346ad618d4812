"""Alerts at a real broker: retained for as long as they fire."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import cast

import aiomqtt
import pytest

from agent.alerts import mqtt
from agent.alerts.data import data_of
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
async def publishing(broker: Broker, clock: Clock | None = None) -> AsyncIterator[Mqtt]:
    settings = AlertMqttSettings(address="127.0.0.1", port=broker.port, topic="dc/alerts")
    outlet = Mqtt(settings, clock or Clock(speed=50))
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


async def left_behind(broker: Broker, seen: Retained, *meters: str) -> None:
    """Publish what an earlier run has left when it ended."""
    for meter in meters:
        left = alert(meter)
        await broker.publish(f"dc/alerts/{left.name}/{left.id}", data_of(left), retain=True)
    await until(lambda: sorted(seen.held.values()) == sorted(meters))
    seen.passed.clear()


async def test_what_an_earlier_run_has_left_is_taken_away_and_others_topics_are_not(
    broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mqtt, "SETTLED", 0.0)
    async with watching(broker) as seen:
        await left_behind(broker, seen, "old")
        await broker.publish("dc/other", {"state": "firing", "labels": {"meter": "x"}}, retain=True)
        async with publishing(broker) as outlet:
            outlet.tell([alert("a")], [alert("a")])
            await until(lambda: list(seen.held.values()) == ["a"])
            assert "resolved" in seen.passed, "its end is said"
    async with aiomqtt.Client("127.0.0.1", broker.port) as client:
        await client.subscribe("dc/other")
        async with asyncio.timeout(10):
            assert (await anext(aiter(client.messages))).retain


async def test_what_fired_before_a_restart_stays_while_it_is_pending_and_when_it_fires_again(
    broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mqtt, "SETTLED", 0.0)
    pending, fine = alert("a", state=State.PENDING), alert("b", state=State.PENDING)
    async with watching(broker) as seen:
        await left_behind(broker, seen, "a", "b", "gone")
        async with publishing(broker) as outlet:
            outlet.tell([], [pending, fine])
            await until(lambda: sorted(seen.held.values()) == ["a", "b"])
            outlet.tell([], [pending])
            await until(lambda: list(seen.held.values()) == ["a"])
            outlet.tell([alert("a")], [alert("a")])
            await until(lambda: "firing" in seen.passed)
            assert seen.passed == ["resolved", "resolved", "firing"], "what was pending did not end"
            outlet.tell([alert("a", state=State.RESOLVED)], [])
            outlet.tell([alert("c")], [alert("c")])
            await until(lambda: list(seen.held.values()) == ["c"])
    assert seen.passed[3:] == ["resolved", "firing"], "it ends once"


class Held(Clock):
    """A clock on which devices have been asked once the test says so."""

    def __init__(self) -> None:
        super().__init__(speed=50)
        self.settled = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        if seconds == mqtt.SETTLED:
            await self.settled.wait()
        else:
            await super().sleep(seconds)


async def test_what_an_earlier_run_has_left_stays_until_devices_have_been_asked(
    broker: Broker,
) -> None:
    clock = Held()
    async with watching(broker) as seen:
        await left_behind(broker, seen, "a", "old")
        async with publishing(broker, clock) as outlet:
            outlet.tell([alert("a")], [alert("a")])
            await until(lambda: "old" in map(meter_of, outlet._left.values()))
            outlet.tell([alert("b")], [alert("a"), alert("b")])
            await until(lambda: sorted(seen.held.values()) == ["a", "b", "old"])
            assert seen.passed == ["firing", "firing"]
            clock.settled.set()
            await until(lambda: sorted(seen.held.values()) == ["a", "b"])
            await until(lambda: seen.passed == ["firing", "firing", "resolved"])


def meter_of(payload: bytes) -> str:
    return str(json.loads(payload)["labels"]["meter"])


class Breaking:
    """A client whose connection breaks at the very moment in which all is to end."""

    def __init__(self) -> None:
        self.subscribed = asyncio.Event()

    async def subscribe(self, *_: object, **__: object) -> None:
        self.subscribed.set()
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            raise aiomqtt.MqttError("Disconnected") from None


async def test_an_end_is_an_end_also_while_the_connection_breaks() -> None:
    outlet = Mqtt(AlertMqttSettings(address="127.0.0.1", port=1), Clock())
    client = Breaking()
    serving = asyncio.create_task(outlet._serve(cast(aiomqtt.Client, client)))
    await client.subscribed.wait()
    serving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await serving


class Deaf(Breaking):
    """A client that answers at the very moment of a cancel, which is lost by that."""

    async def subscribe(self, *_: object, **__: object) -> None:
        with suppress(asyncio.CancelledError):
            self.subscribed.set()
            await asyncio.sleep(3600)

    @property
    async def messages(self) -> AsyncIterator[None]:
        await asyncio.sleep(3600)
        yield


async def test_an_end_is_an_end_also_where_the_first_cancel_is_lost() -> None:
    outlet = Mqtt(AlertMqttSettings(address="127.0.0.1", port=1), Clock())
    client = Deaf()
    serving = asyncio.create_task(outlet._serve(cast(aiomqtt.Client, client)))
    await client.subscribed.wait()
    serving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(serving, 30)


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
