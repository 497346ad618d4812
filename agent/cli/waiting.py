"""What a person sees of a command that takes its time: one line on a terminal, after a while."""

import time
from types import TracebackType
from typing import Self, TextIO

AFTER = 2.0
"""Seconds in which nothing is shown: most commands are done by then."""

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
        self._out.write(f"{_CLEAR}{what}: {done:,} of {of:,}")
        self._out.flush()
        self._shown = True
