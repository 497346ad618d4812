"""One poll of devices and grids: nothing is written."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from agent.app.plugins import InUse
from agent.clock import Clock
from agent.errors import Unavailable
from agent.model import Collector, MeterId, Named, Patient, Role, Seen
from config import DeviceSettings, GridSettings

log = logging.getLogger("carbond.once")


@dataclass(frozen=True, slots=True, kw_only=True)
class Once:
    """What one device or grid said, or why it did not."""

    name: str
    kind: str
    seconds: float
    seen: Seen = ()
    error: str = ""
    role: Role | None = None
    """Of a device: what its readings are of."""

    names: Mapping[MeterId, str] = field(default_factory=dict)
    """What people call its parts, where it says so."""


def _nothing(_: str) -> None:
    """Nobody wants to know."""


async def collect_once(
    things: Sequence[DeviceSettings | GridSettings],
    clock: Clock,
    waits: Callable[[str], None] = _nothing,
) -> Sequence[Once]:
    """Poll each device and each grid once, side by side, and close what that opened.

    `waits` is told beforehand of each whose first poll takes its time, and why. Raises ConfigError.
    """
    plugins = InUse(clock)
    try:
        parts = [(thing, plugins.collector(thing)) for thing in things]
        for thing, part in parts:
            if isinstance(part, Patient) and part.first:
                waits(f"{thing.name}: {part.first}")
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(_one(thing, part)) for thing, part in parts]
    finally:
        for _, plugin in plugins:
            await plugin.close()
    return [task.result() for task in tasks]


async def _one(thing: DeviceSettings | GridSettings, collector: Collector) -> Once:
    start = time.monotonic()
    seen: Seen = ()
    error = ""
    try:
        async with asyncio.timeout(collector.every.total_seconds()):
            seen = await collector.collect()
    except (Unavailable, TimeoutError) as problem:
        error = str(problem) or f"no answer within {collector.every.total_seconds():g} s"
        seen = problem.seen if isinstance(problem, Unavailable) else ()
    except Exception:  # A bug in one collector must not silence the others.
        log.exception("%s: failed in a way that carbond does not know; report it", thing.name)
        error = "a bug in carbond, see the lines above"
    finally:
        await collector.close()
    took = time.monotonic() - start
    return Once(
        name=thing.name,
        kind=thing.type,
        seconds=took,
        seen=seen,
        error=error.removeprefix(f"{thing.name}: "),
        role=thing.role if isinstance(thing, DeviceSettings) else None,
        names=_names(collector),
    )


def _names(collector: Collector) -> Mapping[MeterId, str]:
    return dict(collector.names) if isinstance(collector, Named) else {}
