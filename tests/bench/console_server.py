"""The daemon's part of the bench: the real console on the loopback, and simulated devices that are
polled all the while. A process of its own: `python -m tests.bench.console_server LEDGER`.

It prints its address, then takes words on its standard input, a line each, and answers each with a
line of JSON. It ends when the input does.
"""

import asyncio
import json
import resource
import sys
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

from agent.cli.run import run_fast
from agent.clock import Clock
from agent.console import Console, Desk, Probed
from agent.health import Health
from agent.ledger import Ledger, Readers
from agent.loops import collect_forever, tend_forever
from agent.model import MINUTE, Reading, Seen
from config.http import HttpSettings
from tests.bench.console_fleet import Device, devices, tree

EVERY = timedelta(seconds=10)
"""How often each device is polled: six times as often as in most data centres."""

LOOK = 0.01
"""Seconds of the timer that tells how late the loop comes round."""


class TimedLedger(Ledger):
    """Keeps how long each booking waited to be on disk."""

    waited: list[float]

    async def book(self, seen: Seen) -> None:
        """Book, and note how long it took."""
        start = time.perf_counter()
        await super().book(seen)
        self.waited.append(time.perf_counter() - start)


class Polled:
    """A device that answers at once."""

    def __init__(self, device: Device, clock: Clock) -> None:
        self.name = device.meter.device
        self.every = EVERY
        self._device = device
        self._clock = clock

    async def collect(self) -> Sequence[Reading]:
        """Return what it shows."""
        return list(self._device.readings(self._clock.now()))

    async def close(self) -> None:
        """There is nothing to close."""


class Daemon:
    """What the daemon is made of, without its settings."""

    def __init__(self, path: Path) -> None:
        self._clock = Clock()
        self._ledger = TimedLedger(path, tree(), self._clock)
        self._ledger.waited = []
        self._late: list[float] = []
        self._since = self._cpu = self._loop_cpu = 0.0
        self._following = asyncio.Event()
        self._readers = Readers(path)
        self._health = Health(self._clock, self._ledger.note)
        self._desk = Desk(
            ledger=self._ledger,
            health=self._health,
            clock=self._clock,
            readers=self._readers,
            reload=lambda: None,
            probe=self._probe,
            started=self._clock.now(),
        )
        self.words = {"follow": self._follow, "mark": self._mark, "told": self._told}

    async def run(self) -> None:
        """Serve and poll until nobody wants it any more."""
        async with AsyncExitStack() as stack:
            stack.callback(self._ledger.close)
            stack.callback(self._readers.close)
            console = await stack.enter_async_context(Console(HttpSettings(port=0), self._desk))
            _say({"url": console.address})
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(one) for one in self._loops()]
                await self._listen()
                for task in tasks:
                    task.cancel()

    def _loops(self) -> "list[Any]":
        polls = [
            collect_forever(
                Polled(one, self._clock), "bench", self._ledger, self._health, self._clock
            )
            for one in devices()
        ]
        tend = tend_forever(self._ledger, self._health, self._clock)
        return [*polls, tend, self._watch(), self._remember()]

    async def _watch(self) -> None:
        while True:
            due = time.perf_counter() + LOOK
            await asyncio.sleep(LOOK)
            self._late.append(max(time.perf_counter() - due, 0.0))

    async def _remember(self) -> None:
        await self._following.wait()
        async for _ in self._clock.ticks(MINUTE):
            await self._desk.recent.follow(self._readers)

    async def _listen(self) -> None:
        lines = asyncio.StreamReader()
        loop = asyncio.get_running_loop()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
        while line := await lines.readline():
            _say(await self.words[line.decode().strip()]())

    async def _follow(self) -> dict[str, float]:
        """Take the minutes of the last day into memory, as the daemon does at its start."""
        start, cpu = time.perf_counter(), time.process_time()
        await self._desk.recent.follow(self._readers)
        self._following.set()
        return {"seconds": time.perf_counter() - start, "cpu": time.process_time() - cpu}

    async def _mark(self) -> dict[str, float]:
        """Begin to count again."""
        self._late.clear()
        self._ledger.waited.clear()
        self._since = time.perf_counter()
        self._cpu, self._loop_cpu = time.process_time(), time.thread_time()
        return {}

    async def _told(self) -> dict[str, Any]:
        """Return what there was since the last mark."""
        return {
            "seconds": time.perf_counter() - self._since,
            "late": self._late,
            "waited": self._ledger.waited,
            "loop": time.thread_time() - self._loop_cpu,
            "cpu": time.process_time() - self._cpu,
            "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        }

    async def _probe(self, name: str) -> Probed:
        raise KeyError(name)


def _say(what: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


async def main() -> None:
    """Run it on the ledger that the command names."""
    await Daemon(Path(sys.argv[1])).run()


if __name__ == "__main__":
    run_fast(main())
