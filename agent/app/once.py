"""One poll of everything in the settings: nothing is written."""

import asyncio
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass

from agent.app.plugins import InUse
from agent.clock import Clock
from agent.errors import Unavailable
from agent.model import Seen
from config import DeviceSettings, GridSettings, Settings

log = logging.getLogger("carbond.once")


@dataclass(frozen=True, slots=True, kw_only=True)
class Once:
    """What one device or grid said, or why it did not."""

    name: str
    kind: str
    seconds: float
    seen: Seen = ()
    error: str = ""


async def collect_once(settings: Settings, clock: Clock) -> Sequence[Once]:
    """Poll each device and each grid once, side by side, and close what that opened."""
    plugins = InUse(clock)
    things: list[DeviceSettings | GridSettings] = [*settings.devices, *settings.grids]
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_one(thing, plugins)) for thing in things]
    for _, plugin in plugins:
        await plugin.close()
    return [task.result() for task in tasks]


async def _one(thing: DeviceSettings | GridSettings, plugins: InUse) -> Once:
    collector = plugins.collector(thing)
    start = time.monotonic()
    seen: Seen = ()
    error = ""
    try:
        async with asyncio.timeout(collector.every.total_seconds()):
            seen = await collector.collect()
    except (Unavailable, TimeoutError) as problem:
        error = str(problem) or f"no answer within {collector.every.total_seconds():g} s"
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
    )
