"""The whole process, started as a person starts it, against BMCs in the test's own loop."""

import asyncio
import os
import re
import resource
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path

import httpx

from agent.demo.bmc import Bmc
from tests.waiting import until

CARBOND = [sys.executable, "-c", "import sys; from agent.cli import main; sys.exit(main())"]


class Process:
    """A `carbond` that runs, and what it has said so far."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._lines: list[str] = []
        self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        assert self._process.stderr is not None
        async for line in self._process.stderr:
            self._lines.append(line.decode().rstrip())

    @property
    def runs(self) -> bool:
        return self._process.returncode is None

    @property
    def said(self) -> str:
        return "\n".join(self._lines)

    async def says(self, text: str) -> None:
        """Wait until it has said something, or has ended."""
        await until(lambda: text in self.said or self._process.returncode is not None)
        assert text in self.said, self.said

    async def shows(self, text: str) -> httpx.Response:
        """Wait until the page of metrics has it."""
        page = await self.get("/metrics")
        async with asyncio.timeout(30):
            while text not in page.text:
                await asyncio.sleep(0.1)
                page = await self.get("/metrics")
        return page

    async def get(self, path: str) -> httpx.Response:
        await self.says("serving http")
        found = re.search(r"serving (https?://\S+)", self.said)
        assert found
        async with httpx.AsyncClient(trust_env=False) as client:
            return await client.get(f"{found[1]}{path}")

    def send(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def limit_files(self, size: int) -> None:
        """Let no file of it grow beyond so many bytes; what is there already stays."""
        _, most = resource.prlimit(self._process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(self._process.pid, resource.RLIMIT_FSIZE, (size, most))

    @property
    def open_files(self) -> tuple[int, int]:
        """How many files it may have open, and how many it may ask for."""
        return resource.prlimit(self._process.pid, resource.RLIMIT_NOFILE)

    async def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal, and return the exit code."""
        if self._process.returncode is None:
            self.send(number)
        return await self.ended()

    async def ended(self) -> int:
        """Wait for its end, and return the exit code."""
        async with asyncio.timeout(30):
            code = await self._process.wait()
            await self._reading
        return code


@asynccontextmanager
async def carbond(*arguments: str, **environment: str) -> AsyncIterator[Process]:
    """Start it, and end it if the test has not."""
    process = Process(
        await asyncio.create_subprocess_exec(
            *CARBOND,
            *arguments,
            stderr=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            env={**os.environ, **environment},
        )
    )
    try:
        yield process
    finally:
        await process.end(signal.SIGKILL)


async def carbond_says(*arguments: str) -> tuple[int, str, str]:
    """Run a command to its end; return its exit code, output and errors."""
    process = await asyncio.create_subprocess_exec(
        *CARBOND, *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(110):
        out, errors = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode(), errors.decode()


@asynccontextmanager
async def bmcs(*watts: float) -> AsyncIterator[Sequence[Bmc]]:
    """BMCs on free ports, each with a power that stays."""
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(Bmc(partial(float, one))) for one in watts]


SETTINGS = """\
sites:
  - {{name: fra1, grid: germany, pue: {{declared: 1.5}}}}
ledger: {{path: ledger.db}}
http: {{port: 0}}
devices:
{devices}
grids:
  - {{name: germany, type: file, path: hours.csv}}
exporters:
  - {{name: metrics, type: prometheus}}
{more}
"""

DEVICE = """\
  - {{name: server-{number}, type: ipmi, address: 127.0.0.1, port: {port}, user: admin,
     password: {{file: secret}}, every: 1s, timeout: 200ms, tries: 2}}"""


def write_settings(folder: Path, servers: Sequence[Bmc], more: str = "") -> Path:
    """Write settings that read these BMCs each second, and return their path."""
    devices = "\n".join(
        DEVICE.format(number=number, port=one.port) for number, one in enumerate(servers, 1)
    )
    (folder / "secret").write_text("secret\n")
    (folder / "hours.csv").write_text("start,intensity\n2026-03-10T09:00Z,300\n")
    path = folder / "carbond.yaml"
    path.write_text(SETTINGS.format(devices=devices, more=more))
    return path
