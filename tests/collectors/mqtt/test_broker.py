"""A broker that is shared, goes away and comes back, refuses, or never answers."""

import asyncio
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Any

import aiomqtt
import pytest

from agent.clock import Clock
from agent.errors import Unavailable
from collectors.mqtt import Mqtt
from collectors.mqtt import link as links
from config import Secret
from tests.collectors.mqtt.conftest import (
    Broker,
    Login,
    certificate,
    first,
    is_connected,
    later,
    message_of,
    needs_mosquitto,
    polled,
    settings,
)
from tests.collectors.mqtt.plug import SENSOR, energy
from tests.servers import free_port
from tests.waiting import until

pytestmark = needs_mosquitto


async def test_only_what_has_come_since_the_last_poll_is_a_reading(
    mqtt: Mqtt, broker: Broker
) -> None:
    collector = mqtt.collector(settings(broker.port, map="tasmota"))
    readings = await first(mqtt, collector, broker, (SENSOR, energy(1)), (SENSOR, energy(2)))
    assert readings["plug-1"].energy == 2 * 3_600_000
    assert await collector.collect() == []
    readings = await later(collector, broker, (SENSOR, energy(3)))
    assert readings["plug-1"].energy == 3 * 3_600_000


async def test_the_devices_of_a_broker_share_one_connection(mqtt: Mqtt, broker: Broker) -> None:
    names = [f"plug-{number}" for number in range(1, 31)]
    collectors = [mqtt.collector(settings(broker.port, map="tasmota", name=name)) for name in names]
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(polled(one)) for one in collectors]
        await until(lambda: is_connected(mqtt))
        await until(lambda: len(mqtt._links) == 1)
        await until(lambda: broker.log.read_text().count("/SENSOR (QoS 0)") >= len(names))
        await broker.publish_all([(f"tele/{name}/SENSOR", energy(1)) for name in names])
    assert [list(task.result()) for task in tasks] == [[name] for name in names]
    assert broker.clients() == 1
    mqtt.collector(settings(broker.port, map="tasmota", client_id="another"))
    assert len(mqtt._links) == 2


async def test_a_device_that_is_left_out_is_not_subscribed_to_any_more(
    mqtt: Mqtt, broker: Broker
) -> None:
    one, two = (
        mqtt.collector(settings(broker.port, map="tasmota", name=name)) for name in ("a", "b")
    )
    await first(mqtt, one, broker, ("tele/a/SENSOR", energy(1)))
    await first(mqtt, two, broker, ("tele/b/SENSOR", energy(1)))
    await one.close()
    await until(lambda: "tele/a/SENSOR\n" in broker.log.read_text().partition("UNSUBSCRIBE")[2])
    assert (await later(two, broker, ("tele/b/SENSOR", energy(2))))["b"].energy == 7_200_000


async def test_a_broker_that_is_started_again_is_subscribed_to_again(
    mqtt: Mqtt, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(links, "FIRST_PAUSE", 0.1)
    collector = mqtt.collector(settings(broker.port, map="tasmota"))
    await first(mqtt, collector, broker, (SENSOR, energy(1)))
    broker.stop()
    said = await message_of(collector, Unavailable)
    assert said.startswith(f"plug-1: broker 127.0.0.1:{broker.port}: ")
    broker.start()
    await until(lambda: is_connected(mqtt))
    assert (await later(collector, broker, (SENSOR, energy(2))))["plug-1"].energy == 7_200_000


async def test_what_came_before_the_broker_went_is_read(mqtt: Mqtt, broker: Broker) -> None:
    collector = mqtt.collector(settings(broker.port, map="tasmota"))
    await first(mqtt, collector, broker, (SENSOR, energy(1)))
    await broker.publish(SENSOR, energy(2))
    broker.stop()
    await until(lambda: not is_connected(mqtt))
    assert (await polled(collector))["plug-1"].energy == 7_200_000
    assert "broker" in await message_of(collector, Unavailable)


async def test_no_broker_at_all_is_said_at_once(mqtt: Mqtt) -> None:
    port = free_port()
    collector = mqtt.collector(settings(port, map="tasmota"))
    with pytest.raises(Unavailable, match=rf"^plug-1: broker 127\.0\.0\.1:{port}: .*refused"):
        await collector.collect()


async def test_an_address_that_nobody_knows_is_said(mqtt: Mqtt) -> None:
    collector = mqtt.collector(settings(1883, map="tasmota", address="nowhere.invalid"))
    with pytest.raises(Unavailable, match=r"^plug-1: broker nowhere\.invalid:1883: \w+"):
        await collector.collect()


@pytest.mark.parametrize("version", ["5", "3.1.1"])
async def test_a_wrong_password_is_said_and_the_right_one_lets_in(
    mqtt: Mqtt, tmp_path: Path, version: str
) -> None:
    passwords = tmp_path / "passwords"
    command = ["mosquitto_passwd", "-c", "-b", str(passwords), "carbond", "correct horse"]
    subprocess.run(command, check=True, capture_output=True)
    passwords.chmod(0o600)
    broker = Broker(tmp_path, f"allow_anonymous false\npassword_file {passwords}")
    broker.start()
    try:
        login = {"map": "tasmota", "user": "carbond", "version": version}
        for wrong in ({"map": "tasmota", "version": version}, login | {"password": Secret("no")}):
            collector = mqtt.collector(settings(broker.port, **wrong))
            with pytest.raises(Unavailable, match="refuses the login: check user and password"):
                await collector.collect()
            await collector.close()
        right = login | {"password": Secret("correct horse")}
        collector = mqtt.collector(settings(broker.port, **right))
        readings = await first(
            mqtt,
            collector,
            broker,
            (SENSOR, energy(1)),
            login=Login(user="carbond", password="correct horse"),  # noqa: S106 of one second
        )
        assert readings["plug-1"].energy == 3_600_000
        assert "correct horse" not in repr(mqtt._links)
    finally:
        await mqtt.close()
        broker.stop()


async def test_a_refused_login_is_not_tried_often(
    mqtt: Mqtt, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(links, "FIRST_PAUSE", 0.01)
    (tmp_path / "passwords").write_text("")
    (tmp_path / "passwords").chmod(0o600)
    broker = Broker(tmp_path, f"allow_anonymous false\npassword_file {tmp_path / 'passwords'}")
    broker.start()
    try:
        collector = mqtt.collector(settings(broker.port, map="tasmota"))
        for _ in range(20):
            await message_of(collector, Unavailable)
        assert broker.log.read_text().count("not authorised") == 1
    finally:
        await mqtt.close()
        broker.stop()


async def test_tls_with_the_broker_s_certificate_and_not_without(
    mqtt: Mqtt, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(links, "TIMEOUT", 1.0)
    pem = certificate(tmp_path)
    more = f"allow_anonymous true\ncertfile {pem}\nkeyfile {tmp_path / 'key.pem'}"
    broker = Broker(tmp_path, more)
    broker.start()
    try:
        refused: list[tuple[Any, str]] = [({}, "certificate verify failed"), (None, ".")]
        for tls, reason in refused:
            collector = mqtt.collector(settings(broker.port, map="tasmota", tls=tls))
            with pytest.raises(Unavailable, match=reason):
                await collector.collect()
            await collector.close()
        for taken in ({"ca_file": str(pem)}, {"verify": False}):
            collector = mqtt.collector(settings(broker.port, map="tasmota", tls=taken))
            known = Login(tls=aiomqtt.TLSParameters(ca_certs=str(pem)))
            readings = await first(mqtt, collector, broker, (SENSOR, energy(1)), login=known)
            assert readings["plug-1"].energy == 3_600_000
            await collector.close()
    finally:
        await mqtt.close()
        broker.stop()


async def test_a_broker_of_mqtt_3_1_1(mqtt: Mqtt, broker: Broker) -> None:
    collector = mqtt.collector(settings(broker.port, map="tasmota", version="3.1.1"))
    assert await first(mqtt, collector, broker, (SENSOR, energy(1)))
    assert "(p2, c1" in broker.log.read_text()


async def test_a_port_on_which_nobody_speaks_mqtt_is_said_and_left(
    mqtt: Mqtt, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(links, "TIMEOUT", 0.2)
    closed = asyncio.Event()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        closed.set()
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    collector = mqtt.collector(settings(port, map="tasmota"))
    with pytest.raises(Unavailable, match=r"does not answer within 0\.2 s"):
        await collector.collect()
    await asyncio.wait_for(closed.wait(), 10)
    await mqtt.close()
    server.close()
    await server.wait_closed()


@pytest.mark.parametrize("answers", ["hangs up", "says nothing"])
async def test_a_broker_that_is_just_going_does_not_delay_the_end(
    mqtt: Mqtt, answers: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(links, "TIMEOUT", 3600.0)
    asked, left = asyncio.Event(), asyncio.Event()

    async def going(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        asked.set()
        if answers == "says nothing":
            await reader.read()
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()
        left.set()

    server = await asyncio.start_server(going, "127.0.0.1", 0)
    collector = mqtt.collector(
        settings(server.sockets[0].getsockname()[1], map="tasmota", every="1s")
    )
    await message_of(collector, Unavailable)
    async with asyncio.timeout(30):
        await asked.wait()
        await collector.close()
        await left.wait()
    server.close()
    await server.wait_closed()


async def test_a_bug_in_one_listener_is_raised_and_the_connection_comes_back(
    mqtt: Mqtt, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    collector = mqtt.collector(settings(broker.port, map="tasmota"))
    await first(mqtt, collector, broker, (SENSOR, energy(1)))
    with monkeypatch.context() as patched:
        patched.setattr("collectors.mqtt.hearing.own_time", lambda *_: 1 / 0)
        await broker.publish(SENSOR, energy(1.5))
        assert "division" in await message_of(collector, ZeroDivisionError)
    assert await collector.collect() == []
    await until(lambda: is_connected(mqtt))
    assert (await later(collector, broker, (SENSOR, energy(2))))["plug-1"].energy == 7_200_000


async def test_closing_while_it_connects_leaves_nothing_behind(tmp_path: Path) -> None:
    plugin = Mqtt(Clock())
    broker = Broker(tmp_path)
    broker.start()
    try:
        for _ in range(3):
            collector = plugin.collector(settings(broker.port, map="tasmota"))
            task = asyncio.create_task(collector.collect())
            await until(lambda: any(link._run for link in plugin._links.values()))
            assert len(running()) == 1
            await collector.close()
            task.cancel()
            await asyncio.wait({task})
        await plugin.close()
        assert running() == []
        assert not plugin._links
    finally:
        broker.stop()


def running() -> list[str]:
    """The names of the connections' tasks."""
    names = [task.get_name() for task in asyncio.all_tasks()]
    return [name for name in names if name.startswith("mqtt ")]
