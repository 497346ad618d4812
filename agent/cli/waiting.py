"""What a person sees of a command that takes its time: one line on a terminal, after a while."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self, TextIO

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

AFTER = 2.0
"""Seconds in which nothing is shown: most commands are done by then."""

CELLS = 20
"""Of the bar."""

_CLEAR = "\r\x1b[K"


class Waiting:
    """Shows how far a command has come, on a terminal only, and takes it away at the end."""

    def __init__(self, out: TextIO, after: float = AFTER) -> None:
        self._out = out
        self._from = time.monotonic() + after
        self._shown = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._shown:
            self._out.write(_CLEAR)
            self._out.flush()

    def shows(self, what: str, done: int, of: int) -> None:
        """Show `power outlets: 1,500 of 24,000` in place of what was shown before."""
        if not self._out.isatty() or time.monotonic() < self._from:
            return
        filled = CELLS * done // of if of else 0
        bar = "━" * filled + "┄" * (CELLS - filled)
        self._out.write(f"{_CLEAR}{bar} {what}: {done:,} of {of:,}")
        self._out.flush()
        self._shown = True


@contextmanager
def working(what: str, out: TextIO | None = None, after: float = AFTER) -> Iterator[None]:
    """Show that something goes on whose end cannot be told, and for how long: on a terminal only,
    after a while, and away again at its end.
    """
    console = Console(file=sys.stderr if out is None else out, highlight=False, markup=False)
    if not console.is_terminal:
        yield
        return
    shown = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
    )
    shown.add_task(what, total=None)
    starting = threading.Timer(after, shown.start)
    starting.daemon = True
    starting.start()
    try:
        yield
    finally:
        starting.cancel()
        starting.join()
        shown.stop()
