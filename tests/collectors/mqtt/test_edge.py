"""A device behind an edge node of Sparkplug B, over a real broker."""

import asyncio
from datetime import UTC, datetime, timedelta

import aiomqtt
import pytest

from agent.errors import Unavailable
from agent.model import Collector
from collectors.mqtt import Mqtt
from collectors.mqtt.sparkplug import decoded
from tests.collectors.mqtt.conftest import (
    Broker,
    first,
    later,
    message_of,
    needs_mosquitto,
    polled,
    settings,
)
from tests.collectors.mqtt.wire import DOUBLE, INT32, double, metric, payload, text, whole
from tests.waiting import until

pytestmark = needs_mosquitto

BASE = "spBv1.0/hall"
KWH = 3_600_000


def millis(ago: float = 0) -> int:
    return round((datetime.now(UTC) - timedelta(seconds=ago)).timestamp() * 1000)


def born(
    seq: int, device: str = "m1", *, power: float = 100, energy: float = 5
) -> tuple[str, bytes]:
    metrics = [
        metric("Power", double(13, power), alias=1, at=millis(), datatype=DOUBLE),
        metric("Energy", double(13, energy), alias=2, at=millis(), datatype=DOUBLE),
        metric("Name", text(15, "a meter"), alias=3),
    ]
    return f"{BASE}/DBIRTH/gw/{device}", payload(metrics, at=millis(), seq=seq)


def by_alias(seq: int, energy: float, device: str = "m1", *, ago: float = 0) -> tuple[str, bytes]:
    one = metric(None, double(13, energy), alias=2, at=millis(ago))
    return f"{BASE}/DDATA/gw/{device}", payload([one], at=millis(ago), seq=seq)


def by_name(seq: int, energy: float) -> tuple[str, bytes]:
    one = metric("Energy", double(13, energy), datatype=DOUBLE)
    return f"{BASE}/DDATA/gw/m1", payload([one], at=millis(), seq=seq)


def node_born(birth: int) -> tuple[str, bytes]:
    metrics = [metric("bdSeq", whole(11, birth), datatype=8), metric("Power", double(13, 900))]
    return f"{BASE}/NBIRTH/gw", payload(metrics, at=millis(), seq=0)


def node_died(birth: int) -> tuple[str, bytes]:
    return f"{BASE}/NDEATH/gw", payload([metric("bdSeq", whole(11, birth))], at=millis())


def device_of(mqtt: Mqtt, broker: Broker, **options: object) -> Collector:
    places = {"group": "hall", "node": "gw", "device": "m1"}
    given = {"name": "m1", "map": "sparkplug-b", "places": places}
    return mqtt.collector(settings(broker.port, **given | options))


async def test_a_birth_certificate_names_what_the_aliases_are(mqtt: Mqtt, broker: Broker) -> None:
    collector = device_of(mqtt, broker)
    readings = await first(mqtt, collector, broker, node_born(1), born(1))
    assert (readings["m1"].power, readings["m1"].energy) == (100.0, 5 * KWH)
    at = datetime.now(UTC)
    readings = await later(collector, broker, by_alias(2, 6))
    assert (readings["m1"].power, readings["m1"].energy) == (None, 6 * KWH)
    assert abs(readings["m1"].at - at) < timedelta(seconds=10)


async def test_a_metric_has_the_time_at_which_it_was_measured(mqtt: Mqtt, broker: Broker) -> None:
    collector = device_of(mqtt, broker)
    at = datetime.now(UTC)
    readings = await first(mqtt, collector, broker, node_born(1), born(1), by_alias(2, 6))
    assert abs(readings["m1"].at - at) < timedelta(seconds=10)
    past = metric(None, double(13, 99), whole(5, 1), alias=2, at=millis())
    message = f"{BASE}/DDATA/gw/m1", payload([past], seq=3)
    assert await later(collector, broker, message, by_alias(4, 7), energy=7 * KWH)


async def test_an_alias_that_nobody_has_named_is_no_value(mqtt: Mqtt, broker: Broker) -> None:
    collector = device_of(mqtt, broker)
    with pytest.raises(Unavailable, match="m1: it sends aliases, and no birth certificate"):
        await first(mqtt, collector, broker, by_alias(7, 6))
    assert (await later(collector, broker, by_name(8, 6)))["m1"].energy == 6 * KWH
    assert (await later(collector, broker, born(9, energy=7)))["m1"].energy == 7 * KWH


async def test_after_a_missing_message_no_alias_is_trusted(mqtt: Mqtt, broker: Broker) -> None:
    collector = device_of(mqtt, broker)
    await first(mqtt, collector, broker, node_born(1), born(1))
    other = (f"{BASE}/DDATA/gw/m2", payload([metric("x", double(13, 1))], seq=2))
    assert (await later(collector, broker, other, by_alias(3, 6)))["m1"].energy == 6 * KWH
    await broker.publish(*by_alias(5, 7))
    readings = await later(collector, broker, by_name(6, 8))
    assert readings["m1"].energy == 8 * KWH
    assert await later(collector, broker, born(7, energy=9), by_alias(8, 10), energy=10 * KWH)


async def test_the_numbers_of_messages_begin_again_after_255(mqtt: Mqtt, broker: Broker) -> None:
    collector = device_of(mqtt, broker)
    await first(mqtt, collector, broker, born(254))
    some = by_alias(255, 6), by_alias(0, 7), by_alias(1, 8)
    assert await later(collector, broker, *some, energy=8 * KWH)


async def test_a_device_or_its_node_may_die_and_be_born_again(mqtt: Mqtt, broker: Broker) -> None:
    collector = device_of(mqtt, broker)
    await first(mqtt, collector, broker, node_born(1), born(1))
    await broker.publish(f"{BASE}/DDEATH/gw/m1", payload(at=millis(), seq=2))
    said = await message_of(collector, Unavailable)
    assert said == f"m1: it is gone (DDEATH on {BASE}/DDEATH/gw/m1)"
    await later(collector, broker, born(3))
    # The will of the connection before is late: it is of another birth.
    await broker.publish(*node_died(0))
    assert (await later(collector, broker, by_alias(4, 6)))["m1"].energy == 6 * KWH
    await broker.publish(*node_died(1))
    assert await message_of(collector, Unavailable) == "m1: its edge node gw is gone (NDEATH)"
    assert await later(collector, broker, node_born(2), born(1, energy=8), energy=8 * KWH)


async def test_what_is_retained_is_no_birth(mqtt: Mqtt, broker: Broker) -> None:
    await broker.publish(*born(1), retain=True)
    collector = device_of(mqtt, broker, every="1s")
    with pytest.raises(Unavailable, match=r"no value has come on spBv1\.0/hall/\+/gw/m1 for"):
        await collector.collect()


@pytest.mark.parametrize(
    ("message", "said"),
    [(b"\xff\x00", "is no Sparkplug B: '"), (None, "Power on .* is no number: 'much'")],
)
async def test_a_message_that_cannot_be_is_told(
    mqtt: Mqtt, broker: Broker, message: bytes | None, said: str
) -> None:
    collector = device_of(mqtt, broker)
    bad = message or payload([metric("Power", text(15, "much"))])
    with pytest.raises(Unavailable, match=said):
        await first(mqtt, collector, broker, (f"{BASE}/DDATA/gw/m1", bad))
    assert await later(collector, broker, born(1))


async def test_metrics_of_ones_own_with_outlets(mqtt: Mqtt, broker: Broker) -> None:
    outlet = {
        "power": {"metric": "Outlet {number}/W"},
        "energy": {"metric": "Outlet {number}/Wh"},
    }
    sparkplug = {"group": "hall", "node": "{device}"}
    one = settings(broker.port, name="gw", sparkplug=sparkplug, meters={"outlet/{number}": outlet})
    metrics = [
        metric("Outlet 1/W", whole(10, 2**32 - 5), datatype=INT32),
        metric("Outlet 2/W", whole(10, 5), datatype=INT32),
        metric("Outlet 2/Wh", whole(11, 77), datatype=8),
    ]
    message = f"{BASE}/NDATA/gw", payload(metrics, seq=3)
    readings = await first(mqtt, mqtt.collector(one), broker, message)
    assert {meter: (one.power, one.energy) for meter, one in readings.items()} == {
        "gw/outlet/2": (5.0, 77 * 3600)
    }


async def test_birth_certificates_are_asked_for_only_where_that_is_allowed(
    mqtt: Mqtt, broker: Broker
) -> None:
    collector = device_of(mqtt, broker, rebirth=True)
    async with aiomqtt.Client("127.0.0.1", broker.port) as node:
        await node.subscribe(f"{BASE}/NCMD/gw")
        task = asyncio.create_task(polled(collector))
        filters = collector._source.filters  # type: ignore[attr-defined]  # one of this plug-in
        await until(lambda: broker.subscriptions(filters) == len(filters))
        await broker.publish(*by_alias(7, 6))
        command = await anext(aiter(node.messages))
        (asked,) = decoded(bytes(command.payload)).metrics
        assert (asked.name, asked.value) == ("Node Control/Rebirth", True)
        for topic, birth in (node_born(1), born(1)):
            await node.publish(topic, birth)
        assert (await task)["m1"].energy == 5 * KWH
        # Once a minute at most.
        await later(collector, broker, by_alias(9, 6), by_name(10, 6))
        assert broker.log.read_text().count("Received PUBLISH from carbond-") == 1


async def test_without_leave_nothing_is_ever_sent(mqtt: Mqtt, broker: Broker) -> None:
    collector = device_of(mqtt, broker)
    with pytest.raises(Unavailable):
        await first(mqtt, collector, broker, by_alias(7, 6))
    await mqtt.close()
    assert "NCMD" not in broker.log.read_text()
