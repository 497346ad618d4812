"""The terminal of `carbond top`: it is taken, drawn on, listened to, and given back as it was."""

import asyncio
import codecs
import contextlib
import os
import signal
import sys
import termios
import tty
from collections.abc import Iterator
from datetime import UTC, datetime

from rich.console import Console, Group
from rich.live import Live as Screen
from rich.text import Text

from agent.cli.top_data import Snapshot
from agent.cli.top_screen import Frame, screen_of
from agent.cli.top_source import Source
from agent.cli.top_view import View
from agent.errors import ConfigError, Unavailable

EVERY = 2.0
"""Seconds between two snapshots."""


class Live:
    """Shows a daemon until q, Ctrl-C or SIGTERM. If it goes away this says so, and asks again."""

    def __init__(self, source: Source, snapshot: Snapshot) -> None:
        self._source = source
        self._snapshot = snapshot
        self._lead = snapshot.at - datetime.now(UTC)
        self._trouble = ""
        self._view = View()
        self._console = Console(highlight=False, markup=False)
        self._ended = asyncio.Event()
        self._changed = asyncio.Event()
        self._decoder = codecs.getincrementaldecoder("utf-8")("ignore")

    async def run(self) -> None:
        """Show it to its end."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self._end)
        loop.add_signal_handler(signal.SIGWINCH, self._changed.set)
        screen = Screen(
            console=self._console,
            screen=True,
            auto_refresh=False,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        with _raw(), screen, self._keys(loop):
            async with asyncio.TaskGroup() as group:
                asking = group.create_task(self._ask(), name="asking")
                while not self._ended.is_set():
                    self._changed.clear()
                    screen.update(Group(*self._lines()), refresh=True)
                    await self._changed.wait()
                asking.cancel()

    def _lines(self) -> list[Text]:
        size = self._console.size
        frame = Frame(
            snapshot=self._snapshot,
            at=datetime.now(UTC) + self._lead,
            where=self._source.url,
            trouble=self._trouble,
            width=size.width,
            height=size.height,
        )
        return screen_of(frame, self._view)

    async def _ask(self) -> None:
        while True:
            await asyncio.sleep(EVERY)
            try:
                self._snapshot = await self._source.snapshot()
                self._lead = self._snapshot.at - datetime.now(UTC)
                self._trouble = ""
            except (Unavailable, ConfigError) as error:
                self._trouble = f"asked again each {EVERY:g} s: {error}"
            self._changed.set()

    def _end(self) -> None:
        self._ended.set()
        self._changed.set()

    @contextlib.contextmanager
    def _keys(self, loop: asyncio.AbstractEventLoop) -> Iterator[None]:
        if not sys.stdin.isatty():
            yield
            return
        loop.add_reader(sys.stdin.fileno(), self._pressed)
        try:
            yield
        finally:
            loop.remove_reader(sys.stdin.fileno())

    def _pressed(self) -> None:
        try:
            typed = os.read(sys.stdin.fileno(), 1024)
        except OSError:
            typed = b""
        if not typed:
            # The terminal is gone.
            self._end()
            return
        self._view.pressed(self._decoder.decode(typed))
        if self._view.ended:
            self._end()
        self._changed.set()


@contextlib.contextmanager
def _raw() -> Iterator[None]:
    """Have keys come one by one and unseen, and put the terminal back in the end."""
    if not sys.stdin.isatty():
        yield
        return
    before = termios.tcgetattr(sys.stdin)
    tty.setcbreak(sys.stdin.fileno())
    try:
        yield
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)
