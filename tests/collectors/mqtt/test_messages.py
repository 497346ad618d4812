"""What a broker brings: silence, wills, retained values, their times, and bad messages."""

import asyncio
import json
import socket
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import aiomqtt
import pytest

from agent.accounting.registers.intervals import interval_between
from agent.accounting.registers.marks import mark_of
from agent.errors import Unavailable
from collectors.mqtt import Mqtt
from collectors.mqtt import link as links
from collectors.mqtt.known import MOST_METERS
from tests.collectors.mqtt.conftest import (
    Broker,
    first,
    later,
    message_of,
    needs_mosquitto,
    polled,
    settings,
)
from tests.collectors.mqtt.plug import SENSOR, energy
from tests.waiting import until

pytestmark = needs_mosquitto

LWT = "tele/plug-1/LWT"


async def test_a_device_that_never_sends_is_silent_and_says_so(mqtt: Mqtt, broker: Broker) -> None:
    collector = mqtt.collector(settings(broker.port, map="tasmota", every="1s"))
    with pytest.raises(Unavailable, match=r"^plug-1: no value has come on tele/plug-1/SENSOR for"):
        await collector.collect()


async def test_a_device_that_falls_silent_is_unavailable_until_it_sends(
    mqtt: Mqtt, broker: Broker
) -> None:
    one = settings(broker.port, map="tasmota", silent_after="500ms")
    collector = mqtt.collector(one)
    assert await first(mqtt, collector, broker, (SENSOR, energy(1)))
    said = await message_of(collector, Unavailable)
    assert said.startswith("plug-1: no value has come on tele/plug-1/SENSOR for ")
    assert (await later(collector, broker, (SENSOR, energy(2))))["plug-1"].energy == 7_200_000


async def test_a_last_will_says_that_the_device_is_gone_and_a_birth_that_it_is_back(
    mqtt: Mqtt, broker: Broker
) -> None:
    collector = mqtt.collector(settings(broker.port, map="tasmota"))
    will = aiomqtt.Will(LWT, "Offline", retain=True)
    async with aiomqtt.Client("127.0.0.1", broker.port, will=will) as plug:
        await plug.publish(LWT, "Online", retain=True)
        assert await first(mqtt, collector, broker, (SENSOR, energy(1)))
        # It vanishes: no farewell, so that the broker publishes its will.
        vanished = plug._client.socket()
        assert isinstance(vanished, socket.socket)
        vanished.shutdown(socket.SHUT_RDWR)
        await until(lambda: plug._disconnected.done())
    said = await message_of(collector, Unavailable)
    assert said == f"plug-1: it is gone: 'Offline' on {LWT}"
    await broker.publish(LWT, "Online", retain=True)
    async with asyncio.timeout(10):
        while True:
            with suppress(Unavailable):
                assert await collector.collect() == []
                break
            await asyncio.sleep(0.01)


async def test_a_will_that_is_retained_is_known_at_once_and_a_value_refutes_it(
    mqtt: Mqtt, broker: Broker
) -> None:
    await broker.publish(LWT, "Offline", retain=True)
    collector = mqtt.collector(settings(broker.port, map="tasmota"))
    with pytest.raises(Unavailable, match="it is gone: 'Offline'"):
        await collector.collect()
    assert await later(collector, broker, (SENSOR, energy(2)))


@pytest.mark.parametrize("payload", ["offline", {"state": "offline"}])
async def test_both_forms_of_availability_are_understood(
    mqtt: Mqtt, broker: Broker, payload: object
) -> None:
    await broker.publish("zigbee2mqtt/plug-1/availability", payload, retain=True)
    collector = mqtt.collector(settings(broker.port, map="zigbee2mqtt"))
    with pytest.raises(Unavailable, match="it is gone: 'offline' on zigbee2mqtt/plug-1/avail"):
        await collector.collect()


async def test_a_retained_value_is_no_reading(mqtt: Mqtt, broker: Broker) -> None:
    await broker.publish(SENSOR, energy(999), retain=True)
    collector = mqtt.collector(settings(broker.port, map="tasmota", every="1s"))
    with pytest.raises(Unavailable, match="only a retained message has come"):
        await collector.collect()
    assert (await later(collector, broker, (SENSOR, energy(2))))["plug-1"].energy == 7_200_000


async def test_a_retained_value_with_a_time_of_its_own_is_one_of_that_time(
    mqtt: Mqtt, broker: Broker
) -> None:
    at = datetime.now(UTC) - timedelta(minutes=10)
    topic = "zigbee2mqtt/plug-1"
    await broker.publish(topic, {"power": 7, "last_seen": at.isoformat()}, retain=True)
    collector = mqtt.collector(settings(broker.port, map="zigbee2mqtt"))
    assert (await polled(collector))["plug-1"].at == at
    old = mqtt.collector(
        settings(broker.port, map="zigbee2mqtt", silent_after="5m", every="1s", name="old")
    )
    await broker.publish("zigbee2mqtt/old", {"power": 7, "last_seen": at.isoformat()}, retain=True)
    with pytest.raises(Unavailable, match="600 s old by its own time"):
        await old.collect()


async def test_the_time_of_a_wrong_clock_is_not_taken(mqtt: Mqtt, broker: Broker) -> None:
    collector = mqtt.collector(settings(broker.port, map="zigbee2mqtt"))
    topic = "zigbee2mqtt/plug-1"
    for seen in ("1970-01-01T00:10:00+00:00", "2999-01-01T00:00:00Z", "yesterday", 1e300, None):
        message = (topic, {"power": 7, "last_seen": seen})
        if seen == "1970-01-01T00:10:00+00:00":
            readings = await first(mqtt, collector, broker, message)
        else:
            readings = await later(collector, broker, message)
        assert abs(datetime.now(UTC) - readings["plug-1"].at) < timedelta(minutes=1)


async def test_the_time_of_arrival_may_be_asked_for(mqtt: Mqtt, broker: Broker) -> None:
    at = datetime.now(UTC) - timedelta(minutes=10)
    collector = mqtt.collector(settings(broker.port, map="zigbee2mqtt", clock="arrival"))
    message = ("zigbee2mqtt/plug-1", {"power": 7, "last_seen": at.isoformat()})
    readings = await first(mqtt, collector, broker, message)
    assert readings["plug-1"].at - at > timedelta(minutes=9)


BAD = {
    "{": "is no JSON: '{'",
    "": "is no JSON: ''",
    "[" * 100_000: r"is no JSON: '\[{60}…'",
    b"\xff\x00\x01": "is no JSON: '..{1,3}'",
    '{"ENERGY": {"Power": "much"}}': 'has no number for the power: \'{"ENERGY"',
    '{"ENERGY": {"Power": {"a": 1}}}': "has no number for the power",
    '{"ENERGY": {"Power": true}}': "has no number for the power",
    '{"ENERGY": {"Total": 1e999999999}}': "has no number for the energy",
    '{"ENERGY": {"Total": "1e999999999"}}': "has no number for the energy",
    '{"ENERGY": {"Total": ' + "9" * 5000 + "}}": "is no JSON",
    '{"ENERGY": {"Power": 1' + "0" * 400 + "}}": "has no number for the power",
    '{"Time": "2022-01-11T21:57:38"}': "no value has come .* without one on tele/plug-1/SENSOR: '{",
    '{"ENERGY": null}': "without one on tele/plug-1/SENSOR",
    '{"ENERGY": {"Power": NaN, "Total": null}}': "without one on tele/plug-1/SENSOR",
}


@pytest.mark.parametrize("payload", list(BAD), ids=range(len(BAD)))
async def test_a_message_that_is_not_what_the_map_says_is_told_and_the_next_is_read(
    mqtt: Mqtt, broker: Broker, payload: str | bytes
) -> None:
    collector = mqtt.collector(settings(broker.port, map="tasmota", every="1s"))
    with pytest.raises(Unavailable, match=BAD[payload]) as raised:
        await first(mqtt, collector, broker, (SENSOR, payload))
    assert len(str(raised.value)) < 300
    assert (await later(collector, broker, (SENSOR, energy(2))))["plug-1"].energy == 7_200_000


async def test_a_number_that_is_none_beside_others_is_told(
    mqtt: Mqtt, broker: Broker, caplog: pytest.LogCaptureFixture
) -> None:
    collector = mqtt.collector(settings(broker.port, map="tasmota"))
    said = {"ENERGY": {"Power": 5, "Total": "1.2 kWh"}}
    reading = (await first(mqtt, collector, broker, (SENSOR, said)))["plug-1"]
    assert (reading.power, reading.energy) == (5.0, None)
    assert f"plug-1: a message on {SENSOR} has no number for the energy: '{{" in caplog.text
    with caplog.at_level("INFO"):
        await later(collector, broker, (SENSOR, energy(2)))
    assert "plug-1: all of it is read again" in caplog.text


async def test_a_retained_value_does_not_say_that_a_device_is_there(
    mqtt: Mqtt, broker: Broker
) -> None:
    at = datetime.now(UTC) - timedelta(minutes=10)
    base = "zigbee2mqtt/plug-1"
    collector = mqtt.collector(settings(broker.port, map="zigbee2mqtt", every="1s"))
    await broker.publish(f"{base}/availability", {"state": "offline"}, retain=True)
    await broker.publish(base, {"power": 7, "last_seen": at.isoformat()}, retain=True)
    assert (await polled(collector))["plug-1"].at == at
    assert "it is gone: " in await message_of(collector, Unavailable)
    assert (await later(collector, broker, (base, {"power": 8})))["plug-1"].power == 8


async def test_a_message_that_is_too_long_is_dropped(mqtt: Mqtt, broker: Broker) -> None:
    for version in ("5", "3.1.1"):
        collector = mqtt.collector(settings(broker.port, map="tasmota", version=version))
        long = json.dumps(energy(9) | {"more": "x" * 2 * links.LARGEST})
        readings = await first(mqtt, collector, broker, (SENSOR, long), (SENSOR, energy(2)))
        assert readings["plug-1"].energy == 7_200_000
        await collector.close()


async def test_the_meters_of_a_device_are_bounded(mqtt: Mqtt, broker: Broker) -> None:
    outlet = {"power": {"topic": "pdu/{number}/power"}}
    collector = mqtt.collector(settings(broker.port, meters={"outlet/{number}": outlet}))
    messages = [(f"pdu/{number}/power", "1") for number in range(MOST_METERS + 50)]
    readings = await first(mqtt, collector, broker, *messages)
    async with asyncio.timeout(10):
        while len(readings) < MOST_METERS:
            readings |= await polled(collector)
            await asyncio.sleep(0.01)
    assert f"more than {MOST_METERS} meters" in await message_of(collector, Unavailable)


TWICE = timedelta(milliseconds=600)
BOTH = {"power": {"path": "$.p"}, "energy": {"path": "$.wh"}}


async def test_an_energy_that_never_comes_while_power_does_is_said_once(
    mqtt: Mqtt, broker: Broker, caplog: pytest.LogCaptureFixture
) -> None:
    outlets = {"total": BOTH, "outlet/{n}": {"power": {"path": "$.o[{n}]"}}}
    one = settings(broker.port, topic="a", meters=outlets, silent_after="300ms")
    collector = mqtt.collector(one)
    assert await first(mqtt, collector, broker, ("a", {"p": 5}))
    assert caplog.messages == []
    async with asyncio.timeout(20):
        while not caplog.messages:
            await later(collector, broker, ("a", {"p": 5, "o": [5]}))
    await later(collector, broker, ("a", {"p": 6}))
    assert caplog.messages == [
        "plug-1: no energy of total has come on $.wh: correct the map if the device says it; till "
        "then its power is integrated; the rest was read"
    ]
    caplog.set_level("INFO", "carbond.mqtt")
    await later(collector, broker, ("a", {"p": 6, "wh": 7}), energy=7 * 3600)
    assert caplog.messages[1:] == ["plug-1: all of it is read again"]


async def test_a_device_that_says_its_energy_less_often_is_not_blamed(
    mqtt: Mqtt, broker: Broker, caplog: pytest.LogCaptureFixture
) -> None:
    one = settings(broker.port, topic="a", meters={"total": BOTH}, silent_after="300ms")
    collector = mqtt.collector(one)
    begun = (await first(mqtt, collector, broker, ("a", {"p": 5, "wh": 7})))["plug-1"].at
    async with asyncio.timeout(20):
        while (await later(collector, broker, ("a", {"p": 5})))["plug-1"].at - begun < TWICE:
            pass
    assert caplog.messages == []


async def test_a_first_poll_without_the_register_makes_no_other_meter(
    mqtt: Mqtt, broker: Broker
) -> None:
    collector = mqtt.collector(settings(broker.port, topic="a", meters={"total": BOTH}))
    before = (await first(mqtt, collector, broker, ("a", {"p": 3600})))["plug-1"]
    now = (await later(collector, broker, ("a", {"p": 3600, "wh": 9}), energy=32400))["plug-1"]
    assert before.energy is None
    assert before.source == now.source
    (interval,) = interval_between(mark_of(before), now).intervals
    assert (interval.start, interval.end) == (before.at, now.at)
