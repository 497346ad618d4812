"""A real broker, what is published to it, and devices that listen."""

import asyncio
import json
import socket
import subprocess
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import aiomqtt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from agent.clock import Clock
from agent.errors import Unavailable
from agent.model import Collector, Reading
from collectors.mqtt import Mqtt, MqttSettings
from tests.servers import free_port, needs, started, wait_for
from tests.waiting import until

needs_mosquitto = needs("mosquitto", "mosquitto")

LISTENS = """
user root
listener {port} 127.0.0.1
persistence false
{more}
"""


@dataclass(frozen=True, kw_only=True)
class Login:
    """How a test's own client gets in."""

    user: str | None = None
    password: str | None = None
    tls: aiomqtt.TLSParameters | None = None


NOBODY = Login()


@dataclass
class Broker:
    """Debian's mosquitto on a port of loopback, which can be stopped and started again."""

    folder: Path
    more: str = "allow_anonymous true"
    port: int = field(default_factory=free_port)
    _running: ExitStack = field(default_factory=ExitStack)

    def start(self) -> None:
        settings = self.folder / "mosquitto.conf"
        settings.write_text(LISTENS.format(port=self.port, more=self.more))
        command = ["mosquitto", "-v", "-c", str(settings)]
        server = self._running.enter_context(started(command, self.log))
        wait_for(lambda: self._is_up(server), "mosquitto listens")

    def _is_up(self, server: "subprocess.Popen[bytes]") -> bool | None:
        assert server.poll() is None, self.log.read_text()
        with socket.socket() as probe:
            return True if probe.connect_ex(("127.0.0.1", self.port)) == 0 else None

    def stop(self) -> None:
        self._running.close()

    @property
    def log(self) -> Path:
        return self.folder / "mosquitto.log"

    def clients(self) -> int:
        """How many have logged in as carbond so far."""
        return self.log.read_text().count(" as carbond-")

    def subscriptions(self, filters: Iterable[str]) -> int:
        """How often some topic filters have been subscribed to so far."""
        log = self.log.read_text()
        return sum(log.count(f"\t{one} (QoS 0)") for one in filters)

    async def publish(self, topic: str, payload: object, *, retain: bool = False) -> None:
        """Publish one message, with what people write as JSON."""
        await self.publish_all([(topic, payload)], retain=retain)

    async def publish_all(
        self,
        messages: Sequence[tuple[str, object]],
        *,
        retain: bool = False,
        login: Login = NOBODY,
    ) -> None:
        async with (
            aiomqtt.Client(
                "127.0.0.1",
                self.port,
                username=login.user,
                password=login.password,
                tls_params=login.tls,
            ) as client,
            asyncio.TaskGroup() as group,
        ):
            for topic, payload in messages:
                sent = client.publish(topic, encoded(payload), qos=1, retain=retain)
                group.create_task(sent)


def encoded(payload: object) -> bytes | str:
    return payload if isinstance(payload, bytes | str) else json.dumps(payload)


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    """A broker that lets everybody in."""
    one = Broker(tmp_path)
    one.start()
    try:
        yield one
    finally:
        one.stop()


@pytest.fixture
async def mqtt() -> AsyncIterator[Mqtt]:
    """The plug-in, on the time of the world."""
    plugin = Mqtt(Clock())
    try:
        yield plugin
    finally:
        await plugin.close()


def settings(port: int, **options: object) -> MqttSettings:
    given: dict[str, Any] = {
        "name": "plug-1",
        "type": "mqtt",
        "address": "127.0.0.1",
        "port": port,
        "every": "10s",
    }
    return MqttSettings.model_validate(given | options)


def is_connected(mqtt: Mqtt) -> bool:
    links = [link for link in mqtt._links.values() if link._listeners]
    return bool(links) and all(link.connected for link in links)


async def first(
    mqtt: Mqtt,
    collector: Collector,
    broker: Broker,
    *messages: tuple[str, object],
    login: Login = NOBODY,
) -> dict[str, Reading]:
    """What the first poll reads if the messages come while it waits."""
    filters = collector._source.filters  # type: ignore[attr-defined]  # a device of this plug-in
    before = broker.subscriptions(filters)
    task = asyncio.create_task(polled(collector))
    await until(lambda: task.done() or broker.subscriptions(filters) == before + len(filters))
    await until(lambda: task.done() or is_connected(mqtt))
    if not task.done():
        await broker.publish_all(messages, login=login)
    return await task


async def polled(collector: Collector) -> dict[str, Reading]:
    return {one.meter: one for one in await collector.collect() if isinstance(one, Reading)}


async def later(
    collector: Collector,
    broker: Broker,
    *messages: tuple[str, object],
    energy: float | None = None,
) -> dict[str, Reading]:
    """What a later poll reads, once the messages have come; it may be unavailable until then.

    With an energy it is polled until a meter has it.
    """
    await broker.publish_all(messages)
    async with asyncio.timeout(20):
        while True:
            with suppress(Unavailable):
                found = await polled(collector)
                if found and (energy is None or energy in [one.energy for one in found.values()]):
                    return found
            await asyncio.sleep(0.02)


async def message_of(collector: Collector, error: type[Exception]) -> str:
    """What a poll raises, as soon as it does."""
    async with asyncio.timeout(20):
        while True:
            try:
                await collector.collect()
            except error as raised:
                return str(raised)
            await asyncio.sleep(0.02)


def certificate(folder: Path) -> Path:
    """Write a certificate of 127.0.0.1 that nobody has signed, and its key; return the first."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "broker")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "certificate.pem").write_bytes(made.public_bytes(Encoding.PEM))
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "key.pem").write_bytes(secret)
    return folder / "certificate.pem"
