"""One meter that is heard over MQTT."""

import asyncio
import logging
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import Protocol

from agent.clock import Clock
from agent.errors import Unavailable
from agent.model import Reading
from agent.web import Partly
from collectors.mqtt.hearing import Hearing
from collectors.mqtt.link import Link, Listener
from collectors.mqtt.settings import MqttSettings

log = logging.getLogger("carbond.mqtt")

PATIENCE = 0.8
"""Share of `every` for which a first value is waited for: time is left to say what is missing."""

BURST = 0.3
"""Seconds in which what a device sends together has come together."""


class Source(Listener, Protocol):
    """What listens to a link for a device: the device's own ear, or its Sparkplug edge node."""

    async def prompt(self, link: Link) -> None:
        """Ask for what is missing, where that is allowed."""


class MqttDevice:
    """Collects what has come since the last poll; nothing is asked for.

    Messages come whenever the device sends them. The newest value of each number is kept.
    """

    def __init__(
        self, settings: MqttSettings, hearing: Hearing, source: Source, link: Link, clock: Clock
    ) -> None:
        self.name = settings.name
        self.every = settings.every
        self._silent_after = settings.messages().silent_after
        self._hearing = hearing
        self._source = source
        self._link = link
        self._clock = clock
        self._partly = Partly(log, settings.name)
        self._since: float | None = None

    @property
    def first(self) -> str:
        """How long a first value is waited for."""
        return f"waits up to {self._patience:g} s for a first value"

    async def collect(self) -> Sequence[Reading]:
        """Return the readings of what has come since the last poll, none if nothing has yet.

        The first poll waits for a first value. Raises Unavailable.
        """
        if self._since is None:
            self._since = time.monotonic()
        await self._link.join(self._source)
        if self._hearing.heard is None:
            await self._wait()
        else:
            await self._source.prompt(self._link)
        readings = self._hearing.readings(self._oldest())
        if not readings:
            self._check()
        elif unread := self._hearing.unread:
            self._partly.now(f"{self.name}: {unread}")
        else:
            self._partly.now("")
        return readings

    async def close(self) -> None:
        """Listen no more."""
        await self._link.leave(self._source)

    async def _wait(self) -> None:
        """Wait until something is known: a value, or why there is none."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._patience / self._clock.speed):
                while not await self._is_known():
                    self._hearing.news.clear()
                    await self._hearing.news.wait()
        if self._hearing.heard is not None:
            await asyncio.sleep(BURST / self._clock.speed)

    async def _is_known(self) -> bool:
        await self._source.prompt(self._link)
        hearing = self._hearing
        why_not = self._link.trouble or hearing.gone or hearing.problem
        return hearing.heard is not None or bool(why_not)

    @property
    def _patience(self) -> float:
        """Seconds for which a first value is waited for."""
        return min(PATIENCE * self.every, self._silent_after).total_seconds()

    def _oldest(self) -> datetime:
        return self._clock.now() - self._silent_after

    def _check(self) -> None:
        """Raise Unavailable where it is known that something is wrong, or nothing has come."""
        hearing, link = self._hearing, self._link
        if link.trouble:
            raise Unavailable(f"{self.name}: broker {link.broker}: {link.trouble}")
        if refusal := link.refusal(self._source.filters):
            raise Unavailable(f"{self.name}: broker {link.broker}: {refusal}")
        if hearing.gone:
            raise Unavailable(f"{self.name}: {hearing.gone}")
        if hearing.problem:
            raise Unavailable(f"{self.name}: {hearing.problem}")
        since = hearing.heard or self._since or 0.0
        silent = (time.monotonic() - since) * self._clock.speed
        if hearing.heard is None or silent > self._silent_after.total_seconds():
            raise Unavailable(f"{self.name}: {hearing.silence(silent)}")
