"""One connection to one broker, for all devices that are heard through it."""

import asyncio
import logging
import secrets
import sys
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import aiomqtt
from paho.mqtt.matcher import MQTTMatcher
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from agent.clock import Clock
from agent.counts import DROPPED
from collectors.mqtt.settings import PLAIN_PORT, TLS_PORT, MqttSettings, TlsSettings
from collectors.mqtt.words import REFUSED, is_refused_login, words_of
from config import Secret

# What the library says of an outage is raised too, and said once by whoever catches it.
_quiet = logging.getLogger("carbond.mqtt.library")
_quiet.setLevel(logging.CRITICAL)

LARGEST = 2**20
"""Bytes of a message; a birth certificate of Sparkplug has some hundred thousand."""

LONGEST_HEAD = 2**17
"""Bytes of a packet beside its message: a topic has at most 64 KiB."""

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 60.0
"""Seconds between two attempts to connect, doubling. After a refused login it is the longest."""

STEADY = 10.0
"""Seconds after which a connection counts as a good one, and the pauses begin anew."""

TIMEOUT = 5.0
KEEP_ALIVE = 30
FILTERS_AT_ONCE = 100
ONE_ROUND = 0.01
"""Seconds in which the event loop certainly looks at its sockets."""

MOST_WAITING = 1000
"""Messages between the socket and us; further ones are dropped, and counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Broker:
    """A broker and who we are to it: devices for which all of it is equal share a connection."""

    address: str
    port: int
    user: str | None
    password: Secret | None
    client_id: str | None
    version: str
    tls: TlsSettings | None

    @classmethod
    def of(cls, settings: MqttSettings) -> "Broker":
        return cls(
            address=settings.address,
            port=settings.port or (PLAIN_PORT if settings.tls is None else TLS_PORT),
            user=settings.user,
            password=settings.password,
            client_id=settings.client_id,
            version=settings.version,
            tls=settings.tls,
        )

    def __str__(self) -> str:
        host = f"[{self.address}]" if ":" in self.address else self.address
        return f"{host}:{self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A message, and when it came."""

    topic: str
    payload: bytes
    retained: bool
    at: datetime


class _Waiting(asyncio.Queue[aiomqtt.Message]):
    def put_nowait(self, item: aiomqtt.Message) -> None:
        try:
            super().put_nowait(item)
        except asyncio.QueueFull:
            DROPPED.labels("mqtt", "late").inc()
            raise


class Listener(Protocol):
    """Who hears the messages of some topics."""

    @property
    def filters(self) -> frozenset[str]:
        """The topic filters it listens to."""

    def hear(self, message: Heard) -> None:
        """Take a message."""

    def found(self) -> None:
        """Learn that there is a connection."""

    def lost(self) -> None:
        """Learn that there is no connection, and that messages may be missed."""


class _Run:
    """One stay at the broker."""

    def __init__(self) -> None:
        self.task: asyncio.Task[None]
        self.client: aiomqtt.Client | None = None
        self.connecting = False
        self.closing = asyncio.Event()

    def leave(self) -> None:
        """Begin its end, and wait no longer for a broker's answer to a connection.

        A broker that is just going, or coming, takes connections and never answers; the library has
        no other way out of its wait.
        """
        self.closing.set()
        if self.client is not None and not self.client._connected.done():
            self.client._connected.set_exception(aiomqtt.MqttError("closing"))
            # Looked at here, since nobody does if the connection itself fails meanwhile.
            self.client._connected.exception()


class Link:
    """Connects when the first listener joins, and again whenever the connection is lost.

    Between two attempts it waits, each time twice as long.
    """

    def __init__(self, broker: Broker, clock: Clock) -> None:
        self.broker = broker
        self.trouble = ""
        """Why there is no connection; empty while there is one, or the first is on its way."""

        self._clock = clock
        self._listeners: dict[Listener, None] = {}
        self._matcher = MQTTMatcher()  # type: ignore[no-untyped-call]  # has no types
        self._by_filter: dict[str, dict[Listener, None]] = {}
        self._refused: dict[str, str] = {}
        self._sent: dict[str, float] = {}
        self._client: aiomqtt.Client | None = None
        self._run: _Run | None = None

    @property
    def connected(self) -> bool:
        """Whether there is a connection, with all subscriptions."""
        return self._client is not None

    def refusal(self, filters: Iterable[str]) -> str:
        """Return what the broker says against subscriptions, empty where it took them all."""
        refused = ((one, self._refused[one]) for one in sorted(filters) if one in self._refused)
        return next((f"it refuses the topic {one}: {why}" for one, why in refused), "")

    async def join(self, listener: Listener) -> None:
        """Let a listener hear from now on, and connect if nobody has.

        What ended the connection for good is raised here: it is a bug.
        """
        if self._run is not None and self._run.task.done():
            task, self._run = self._run.task, None
            task.result()
        if listener not in self._listeners:
            self._add(listener)
            if self._client is not None:
                try:
                    await self._subscribe(self._client, sorted(listener.filters))
                except aiomqtt.MqttError:
                    self._remove(listener)
        if self._run is None:
            self._run = _Run()
            stay = self._stay(self._run)
            self._run.task = asyncio.create_task(stay, name=f"mqtt {self.broker}")

    async def leave(self, listener: Listener) -> None:
        """Let a listener hear no more. The connection ends with the last one."""
        if listener not in self._listeners:
            return
        gone = self._remove(listener)
        if not self._listeners:
            await self.close()
        elif self._client is not None and gone:
            with suppress(aiomqtt.MqttError):
                await self._client.unsubscribe(gone)

    def is_due(self, topic: str, every: float) -> bool:
        """Tell whether nothing was sent to a topic for so many seconds, and take it as sent."""
        now = time.monotonic()
        if now - self._sent.get(topic, -every) < every:
            return False
        self._sent[topic] = now
        return True

    async def publish(self, topic: str, payload: bytes) -> None:
        """Send a message, if there is a connection."""
        if self._client is not None:
            with suppress(aiomqtt.MqttError):
                await self._client.publish(topic, payload)

    async def close(self) -> None:
        """Take leave of the broker, until somebody joins again."""
        run, self._run = self._run, None
        if run is None:
            return
        run.leave()
        # The library connects in a thread that cannot be stopped: it is waited for. A cancelling
        # that comes together with an answer is lost in asyncio.wait_for of Python 3.11.
        while not run.task.done():
            if not run.connecting:
                run.task.cancel()
            await asyncio.wait({run.task}, timeout=2 * TIMEOUT)
        self.trouble = ""
        if not run.task.cancelled():
            run.task.result()

    def _add(self, listener: Listener) -> None:
        self._listeners[listener] = None
        for one in listener.filters:
            if one not in self._by_filter:
                self._matcher[one] = self._by_filter[one] = {}
            self._by_filter[one][listener] = None

    def _remove(self, listener: Listener) -> list[str]:
        """Forget a listener, and return the filters that nobody else has."""
        del self._listeners[listener]
        gone = []
        for one in sorted(listener.filters):
            del self._by_filter[one][listener]
            if not self._by_filter[one]:
                del self._by_filter[one], self._matcher[one]
                gone.append(one)
        return gone

    async def _stay(self, run: _Run) -> None:
        """Stay connected until it is closed."""
        pause = FIRST_PAUSE
        while not run.closing.is_set():
            since = time.monotonic()
            try:
                await self._session(run)
            except (aiomqtt.MqttError, OSError, ValueError) as error:
                self._lose(words_of(error, TIMEOUT))
                if time.monotonic() - since > STEADY:
                    pause = FIRST_PAUSE
                if is_refused_login(error):
                    pause = LONGEST_PAUSE
            if not run.closing.is_set():
                await self._clock.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)

    async def _session(self, run: _Run) -> None:
        client = run.client = self._made()
        run.connecting = True
        try:
            await client.__aenter__()
        except aiomqtt.MqttError:
            # The library leaves a socket open on which nobody has answered, and has no other way.
            client._client.disconnect()
            await asyncio.sleep(ONE_ROUND)
            raise
        finally:
            run.connecting = False
        await self._listen(client, run)

    async def _listen(self, client: aiomqtt.Client, run: _Run) -> None:
        try:
            if run.closing.is_set():
                return
            self._refused.clear()
            await self._subscribe(client, sorted(self._by_filter))
            if run.closing.is_set():
                return
            self._client, self.trouble = client, ""
            for listener in list(self._listeners):
                listener.found()
            async for message in client.messages:
                self._dispatch(message)
        finally:
            if self._client is client:
                self._client = None
            with suppress(aiomqtt.MqttError):
                await client.__aexit__(None, None, None)
            # Why it was lost is known by now; the library would have asyncio complain of it.
            gone = client._disconnected
            if gone.done() and not gone.cancelled():
                gone.exception()

    def _made(self) -> aiomqtt.Client:
        broker = self.broker
        five = broker.version == "5"
        properties = None
        if five:
            properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]  # has no types
            properties.MaximumPacketSize = LARGEST + LONGEST_HEAD
        client = aiomqtt.Client(
            broker.address,
            broker.port,
            username=broker.user,
            password=None if broker.password is None else broker.password.reveal(),
            identifier=broker.client_id or f"carbond-{secrets.token_hex(6)}",
            protocol=aiomqtt.ProtocolVersion.V5 if five else aiomqtt.ProtocolVersion.V311,
            properties=properties,
            tls_context=None if broker.tls is None else broker.tls.context(),
            tls_insecure=None if broker.tls is None or broker.tls.verify else True,
            timeout=TIMEOUT,
            keepalive=KEEP_ALIVE,
            max_queued_incoming_messages=MOST_WAITING,
            logger=_quiet,
            queue_type=_Waiting,
        )
        # Many devices may subscribe at once; the library would warn of it.
        client.pending_calls_threshold = sys.maxsize
        return client

    async def _subscribe(self, client: aiomqtt.Client, filters: Sequence[str]) -> None:
        for start in range(0, len(filters), FILTERS_AT_ONCE):
            some = filters[start : start + FILTERS_AT_ONCE]
            codes = await client.subscribe([(one, 0) for one in some])
            for one, code in zip(some, codes, strict=False):
                if _number(code) >= REFUSED:
                    self._refused[one] = str(code)

    def _dispatch(self, message: aiomqtt.Message) -> None:
        topic = message.topic.value
        payload = message.payload
        if len(payload) > LARGEST:
            DROPPED.labels("mqtt", "long").inc()
            return
        heard = Heard(topic=topic, payload=payload, retained=message.retain, at=self._clock.now())
        found = self._matcher.iter_match(topic)  # type: ignore[no-untyped-call]  # has no types
        listeners = dict.fromkeys(listener for several in found for listener in several)
        for listener in listeners:
            listener.hear(heard)

    def _lose(self, why: str) -> None:
        self.trouble = why
        for listener in list(self._listeners):
            listener.lost()


def _number(code: object) -> int:
    return int(code.value) if isinstance(code, ReasonCode) else int(str(code))
