"""The roster: what runs for each thing in the settings, and what changes when they change."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from agent.app.plugins import InUse, exporter_plugins
from agent.clock import Clock
from agent.health import Health
from agent.ledger import Ledger
from agent.loops import Turns, collect_forever, export_forever, show_forever
from agent.model import MINUTE, View
from config import DeviceSettings, ExporterSettings, GridSettings, Settings

log = logging.getLogger("carbond.app")

LONGEST_CLOSE = 5.0
"""Seconds in which a part must have given back what it holds."""

Thing = DeviceSettings | GridSettings | ExporterSettings


@dataclass(frozen=True, slots=True)
class Running:
    """One thing of the settings that runs: its task, and how to end it."""

    settings: Thing
    part: Any
    task: asyncio.Task[None]
    close: Callable[[], Awaitable[None]]


class Roster:
    """Starts and stops one task for each device, grid and exporter."""

    def __init__(
        self, group: asyncio.TaskGroup, ledger: Ledger, health: Health, clock: Clock
    ) -> None:
        self._group = group
        self._ledger = ledger
        self._health = health
        self._clock = clock
        self._turns = Turns()
        self._plugins = InUse(clock)
        self._running: dict[str, Running] = {}

    @property
    def parts(self) -> Sequence[object]:
        """The collectors, exporters and views that run."""
        return [one.part for one in self._running.values()]

    async def follow(self, settings: Settings) -> None:
        """Stop what has left the settings or changed, and start what is new. The rest goes on."""
        wanted: Mapping[str, Thing] = {
            **{f"device {one.name}": one for one in settings.devices},
            **{f"grid {one.name}": one for one in settings.grids},
            **{f"exporter {one.name}": one for one in settings.exporters},
        }
        stopped = await self._stop(
            [key for key, one in self._running.items() if wanted.get(key) != one.settings]
        )
        for key, before in stopped.items():
            fresh = wanted.get(key)
            known = fresh is not None and fresh.type == before.type
            # One that was down is down until it answers, with other settings too.
            tell = self._health.changed if known else self._health.forget
            tell(before.name, before.type)
        for key, thing in wanted.items():
            if key not in self._running:
                self._running[key] = self._start(key, thing)
                await asyncio.sleep(0)  # Ten thousand starts must not hold up the loop.

    def _start(self, key: str, thing: Thing) -> Running:
        if isinstance(thing, ExporterSettings):
            return self._start_exporter(key, thing)
        collector = self._plugins.collector(thing)
        # A grid is asked soon after the hour: the running hour wants its intensity.
        many = isinstance(thing, DeviceSettings)
        loop = collect_forever(
            collector,
            thing.type,
            self._ledger,
            self._health,
            self._clock,
            spread=None if many else MINUTE,
            turns=self._turns if many else None,
        )
        task = self._group.create_task(loop, name=key)
        return Running(thing, collector, task, collector.close)

    def _start_exporter(self, key: str, thing: ExporterSettings) -> Running:
        part = exporter_plugins()[thing.type](thing, self._clock)
        if isinstance(part, View):
            loop = show_forever(part, self._ledger, self._health, self._clock)
            return Running(thing, part, self._group.create_task(loop, name=key), _nothing)
        loop = export_forever(part, thing.type, self._ledger, self._health, self._clock)
        return Running(thing, part, self._group.create_task(loop, name=key), part.close)

    async def _stop(self, keys: Sequence[str]) -> Mapping[str, Thing]:
        """Stop these side by side: a thousand that are dead take no longer than one. Returns their
        settings.
        """
        stops = {key: self._running.pop(key) for key in keys}
        for one in stops.values():
            one.task.cancel()
        if stops:
            await asyncio.wait([one.task for one in stops.values()])
        async with asyncio.TaskGroup() as closing:
            for key, one in stops.items():
                closing.create_task(_closed(key, one.close))
        return {key: one.settings for key, one in stops.items()}

    async def close(self) -> None:
        """Stop all, and close what they share."""
        for one in (await self._stop(list(self._running))).values():
            self._health.forget(one.name, one.type)
        for key, plugin in self._plugins:
            await _closed(key, plugin.close)


async def _closed(key: str, close: Callable[[], Awaitable[None]]) -> None:
    """Close a part; what the other side says to that must not keep us from ending."""
    try:
        with suppress(TimeoutError):
            async with asyncio.timeout(LONGEST_CLOSE):
                await close()
    except Exception:
        log.exception("%s: did not close", key)


async def _nothing() -> None:
    """A view holds nothing of anybody's."""
