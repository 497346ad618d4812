"""Who asks the console: one after the other, or fifty pages that are open at once."""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

CLIENTS = 50
PATIENCE = 30.0
EVERY = 0.5
"""Seconds from one question of an open page to its next."""

WARM = 1.0
"""Seconds in which the pages are opened, one after the other."""


@dataclass(frozen=True, slots=True)
class Told:
    """What the server has counted between two marks."""

    lates: Sequence[float]
    waits: Sequence[float]
    rate: float
    """Bookings a second."""

    megabytes: float

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> "Told":
        """Return it, as the server said it."""
        waits = sorted(told["waited"])
        return cls(sorted(told["late"]), waits, len(waits) / told["seconds"], told["megabytes"])

    def late(self, share: int) -> float:
        """Return by how many ms the loop came late, at most, so many times of 100."""
        return _at(self.lates, share) * 1_000

    def waited(self, share: int) -> float:
        """Return how many ms a booking waited, at most, so many times of 100."""
        return _at(self.waits, share) * 1_000


def _at(values: Sequence[float], share: int) -> float:
    return values[min(len(values) * share // 100, len(values) - 1)]


class Server:
    """The process that serves; it answers words on its standard output."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def hear(self) -> Any:  # noqa: ANN401 JSON
        """Return what it says next."""
        assert self._process.stdout is not None
        line = await self._process.stdout.readline()
        if not line:
            raise RuntimeError("the server of the bench has ended: see what it wrote above")
        return json.loads(line)

    async def tell(self, word: str) -> Any:  # noqa: ANN401 JSON
        """Say a word, and return what it answers."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{word}\n".encode())
        return await self.hear()


@asynccontextmanager
async def serving(ledger: Path) -> AsyncIterator[tuple[Server, str]]:
    """Run the console on a ledger in a process of its own, and yield it with its address."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tests.bench.console_server", str(ledger)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=2**24,
    )
    server = Server(process)
    try:
        yield server, (await server.hear())["url"]
    finally:
        assert process.stdin is not None
        process.stdin.close()
        await process.wait()


def session(place: int | None = None) -> aiohttp.ClientSession:
    """Return what asks, as browsers do with compression. With a `place` from an address of its own:
    how often one address may ask is limited.
    """
    local = None if place is None else (f"127.0.1.{place + 1}", 0)
    return aiohttp.ClientSession(
        auto_decompress=False,
        headers={"Accept-Encoding": "gzip"},
        connector=aiohttp.TCPConnector(local_addr=local),
        timeout=aiohttp.ClientTimeout(total=PATIENCE),
    )


async def ask(client: aiohttp.ClientSession, url: str) -> bytes:
    """Return an answer; one that is not good ends the bench."""
    async with client.get(url) as answer:
        body = await answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{url} answered {answer.status}: {body[:300]!r}")
        return body


async def all_of(client: aiohttp.ClientSession, urls: Sequence[str]) -> None:
    """Ask for all at once, and return when all are there."""
    async with asyncio.TaskGroup() as group:
        for url in urls:
            group.create_task(ask(client, url))


async def pages(urls_of: Callable[[int, int], str], seconds: float, every: float) -> int:
    """Let all clients ask for some seconds, each `every` so often, or again at once if it is 0.
    Return how many answers they had; `urls_of` says what a client asks for at which turn.
    """
    until = time.monotonic() + seconds
    counts = [0] * CLIENTS

    async def page(place: int) -> None:
        await asyncio.sleep(min(every, WARM) * place / CLIENTS)
        async with session(place) as client:
            while time.monotonic() < until:
                began = time.monotonic()
                await ask(client, urls_of(place, counts[place]))
                counts[place] += 1
                if every:
                    await asyncio.sleep(max(0.0, began + every - time.monotonic()))

    async with asyncio.TaskGroup() as group:
        for place in range(CLIENTS):
            group.create_task(page(place))
    return sum(counts)
