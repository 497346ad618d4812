"""`carbond top` on a terminal: its keys, and a daemon that comes and goes."""

import asyncio
import os
import pty
import signal
import struct
import termios
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from fcntl import ioctl

import pytest

from agent.console import Desk
from tests.cli.serving import served
from tests.daemon.processes import CARBOND
from tests.servers import free_port
from tests.waiting import until


class Terminal:
    """A pseudo-terminal, and what was written to it."""

    def __init__(self) -> None:
        self.text = ""
        self._own, self.other = pty.openpty()
        ioctl(self._own, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
        self.before = termios.tcgetattr(self.other)
        os.set_blocking(self._own, False)
        asyncio.get_running_loop().add_reader(self._own, self._read)

    def _read(self) -> None:
        try:
            self.text += os.read(self._own, 65536).decode(errors="replace")
        except OSError:
            asyncio.get_running_loop().remove_reader(self._own)

    async def shows(self, words: str) -> None:
        """Wait until it is written from now on."""
        await until(lambda: words in self.text)
        self.text = ""

    def types(self, text: str) -> None:
        os.write(self._own, text.encode())

    @property
    def is_as_before(self) -> bool:
        return bool(termios.tcgetattr(self.other) == self.before)

    def close(self) -> None:
        asyncio.get_running_loop().remove_reader(self._own)
        os.close(self._own)
        os.close(self.other)


@asynccontextmanager
async def on_a_terminal(url: str) -> AsyncIterator[tuple[Terminal, asyncio.subprocess.Process]]:
    terminal = Terminal()
    environment = {
        name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")
    }
    process = await asyncio.create_subprocess_exec(
        *CARBOND,
        *("top", "--url", url),
        stdin=terminal.other,
        stdout=terminal.other,
        stderr=terminal.other,
        env={**environment, "TERM": "xterm-256color"},
    )
    try:
        yield terminal, process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        terminal.close()


async def ended(process: asyncio.subprocess.Process) -> int:
    async with asyncio.timeout(20):
        return await process.wait()


async def test_on_a_terminal_keys_change_it_and_q_gives_the_terminal_back(desk: Desk) -> None:
    async with served(desk) as url, on_a_terminal(url) as (terminal, process):
        await terminal.shows("2 racks by power")
        terminal.types("r")
        await terminal.shows("6 devices by power")
        terminal.types("/rack-1\r")
        await terminal.shows("1 device with “rack-1” by power")
        terminal.types("q")
        assert await ended(process) == 0
        assert terminal.is_as_before
        await until(lambda: "\x1b[?25h" in terminal.text)  # The cursor is there again.


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_ends_it_as_q_does(desk: Desk, number: signal.Signals) -> None:
    async with served(desk) as url, on_a_terminal(url) as (terminal, process):
        await terminal.shows("2 racks by power")
        process.send_signal(number)
        assert await ended(process) == 0
        assert terminal.is_as_before
        assert "Traceback" not in terminal.text


async def test_a_daemon_that_goes_away_is_told_and_asked_until_it_is_back(desk: Desk) -> None:
    port = free_port()
    async with AsyncExitStack() as stack:
        async with served(desk, port) as url:
            terminal, process = await stack.enter_async_context(on_a_terminal(url))
            await terminal.shows("2 racks by power")
        await terminal.shows("asked again each 2 s")
        async with served(desk, port):
            await until(lambda: "─" * 100 in terminal.text)
            terminal.types("q")
            assert await ended(process) == 0
