"""Alerts to an MQTT broker: each a retained message, for as long as it fires."""

import asyncio
import json
import logging
import secrets
import ssl
from collections.abc import Coroutine, Sequence
from typing import Any

import aiomqtt

from agent.alerts.data import data_of, ended_data
from agent.alerts.outage import Outage
from agent.alerts.states import Alert, State
from agent.clock import Clock
from agent.loops import backoff
from config.alerts import AlertMqttSettings

PLAIN_PORT, TLS_PORT = 1883, 8883
TIMEOUT = 5.0
"""Seconds for the broker to answer."""

MOST_ENDED = 1000
"""Ends of alerts that wait for a broker; of further ones the oldest is dropped, and counted."""

SETTLED = 300.0
"""Seconds after which all devices have been asked: what an earlier run has left and what is not
even pending then has ended.
"""

ONE_ROUND = 0.01
"""Seconds in which the event loop certainly looks at its sockets."""

# What the library says of an outage is raised too, and said once.
_quiet = logging.getLogger("carbond.alerts.mqtt")
_quiet.setLevel(logging.CRITICAL)


class Mqtt:
    """Keeps the topics under its own as the alerts are: one retained message for each that fires.

    When one ends that is said in a message which is not retained, and the retained one is taken
    away. What an earlier run has left stays as long as it is pending, and ends like the others.
    """

    def __init__(self, settings: AlertMqttSettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._port = settings.port or (TLS_PORT if settings.tls else PLAIN_PORT)
        self._outage = Outage(f"mqtt {settings.address}:{self._port}")
        self._firing: dict[str, Alert] = {}
        self._waiting: dict[str, Alert] = {}
        self._standing: frozenset[str] | None = None
        self._left: dict[str, bytes] = {}
        self._settled = False
        self._told = asyncio.Event()

    def tell(self, changed: Sequence[Alert], alerts: Sequence[Alert]) -> None:
        """Take what has begun or ended, and all that is pending or fires."""
        self._firing = {self._topic(one): one for one in alerts if one.state is State.FIRING}
        self._standing = frozenset(self._topic(one) for one in alerts)
        for alert in changed:
            self._waiting.pop(self._topic(alert), None)
            self._waiting[self._topic(alert)] = alert
        ended = [topic for topic in self._waiting if topic not in self._firing]
        excess = ended[: max(len(ended) - MOST_ENDED, 0)]
        for topic in excess:
            del self._waiting[topic]
        if excess:
            self._outage.dropped(len(excess), f"more than {MOST_ENDED} wait")
        self._told.set()

    async def run(self) -> None:
        """Stay connected, and publish what changes; after an outage all that fires."""
        failures = 0
        while True:
            try:
                client = await self._connected()
                failures = 0
                try:
                    await self._serve(client)
                finally:
                    await _alone(_closed(client))
            except (aiomqtt.MqttError, OSError, ValueError) as error:
                self._outage.began(str(error) or type(error).__name__)
            await self._clock.sleep(backoff(failures))
            failures += 1

    async def _connected(self) -> aiomqtt.Client:
        to = self._settings
        client = aiomqtt.Client(
            to.address,
            self._port,
            username=to.user,
            password=None if to.password is None else to.password.reveal(),
            identifier=f"carbond-alerts-{secrets.token_hex(6)}",
            tls_context=ssl.create_default_context(cafile=to.ca_file) if to.tls else None,
            timeout=TIMEOUT,
            logger=_quiet,
        )
        try:
            await _alone(client.__aenter__())
        except BaseException:
            # The library leaves a socket open on which nobody has answered.
            client._client.disconnect()
            await asyncio.sleep(ONE_ROUND)
            raise
        return client

    async def _serve(self, client: aiomqtt.Client) -> None:
        """Publish and listen; what ends one of the two is raised.

        Not in a TaskGroup: one that is cancelled while a connection is lost says the loss alone
        (up to Python 3.12), and the end of the daemon would be taken for an outage.
        """
        self._waiting.update(self._firing)
        self._left.clear()
        self._told.set()
        tasks = [
            asyncio.create_task(self._publish_forever(client), name="alerts, out"),
            asyncio.create_task(self._find_left(client), name="alerts, left behind"),
            asyncio.create_task(self._settle(), name="alerts, settling"),
        ]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
        finally:
            await _ended(tasks)
        for task in done:
            task.result()

    async def _publish_forever(self, client: aiomqtt.Client) -> None:
        while True:
            await self._told.wait()
            self._told.clear()
            await self._publish_waiting(client)
            await self._end_left(client)

    async def _publish_waiting(self, client: aiomqtt.Client) -> None:
        count = len(self._waiting)
        for topic, alert in list(self._waiting.items()):
            text = json.dumps(data_of(alert))
            firing = alert.state is State.FIRING
            self._left.pop(topic, None)
            await client.publish(topic, text, qos=1, retain=firing)
            if not firing:
                await client.publish(topic, b"", qos=1, retain=True)
            if self._waiting.get(topic) is alert:
                del self._waiting[topic]
        self._outage.ended(count)

    async def _find_left(self, client: aiomqtt.Client) -> None:
        """Listen to what an earlier run has left; returns when the connection is lost."""
        await client.subscribe(f"{self._settings.topic}/#", qos=1)
        async for message in client.messages:
            topic = message.topic.value
            if message.retain and message.payload and topic not in self._firing:
                self._left[topic] = bytes(message.payload)
                self._told.set()

    async def _settle(self) -> None:
        """Wait until what is not pending has ended."""
        if not self._settled:
            await self._clock.sleep(SETTLED)
        self._settled = True
        self._told.set()

    async def _end_left(self, client: aiomqtt.Client) -> None:
        """Say the end of what an earlier run has left and what is not even pending."""
        if not self._settled or self._standing is None:
            return
        for topic, payload in list(self._left.items()):
            if topic in self._standing:
                continue
            if ended := ended_data(payload, self._clock.now()):
                await client.publish(topic, json.dumps(ended), qos=1)
            await client.publish(topic, b"", qos=1, retain=True)
            self._left.pop(topic, None)

    def _topic(self, alert: Alert) -> str:
        return f"{self._settings.topic}/{alert.name}/{alert.id}"


async def _alone(work: Coroutine[Any, Any, Any]) -> None:
    """Await it in a task of its own, so that a cancel is not lost in it."""
    task = asyncio.create_task(work)
    try:
        await asyncio.wait([task])
    finally:
        await _ended([task])
    task.result()


async def _ended(tasks: Sequence[asyncio.Task[Any]]) -> None:
    """Cancel tasks until they have ended.

    What the library waits for by asyncio.wait_for loses a cancel, up to Python 3.11, if an answer
    comes at the same moment.
    """
    waiting = set(tasks)
    while waiting:
        for task in waiting:
            task.cancel()
        _, waiting = await asyncio.wait(waiting, timeout=ONE_ROUND)
    for task in tasks:
        if not task.cancelled():
            task.exception()


async def _closed(client: aiomqtt.Client) -> None:
    try:
        await client.__aexit__(None, None, None)
    except aiomqtt.MqttError:
        pass
    finally:
        # Why it was lost is known by now; the library would have asyncio complain of it.
        gone = client._disconnected
        if gone.done() and not gone.cancelled():
            gone.exception()
