"""A poll that is made of several requests, some of which may fail."""

import logging
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Generic, TypeVar

from agent.clock import Clock
from agent.errors import Unavailable

SHARE_OF_CYCLE = 0.8

Row = TypeVar("Row")


class Poll(Generic[Row]):
    """What one poll of several requests has read, and what of it failed.

    What a request has done is remembered only when the poll ends, so that a poll which is cancelled
    leaves everything due.
    """

    def __init__(self, clock: Clock, every: timedelta) -> None:
        """No request goes out after `deadline`: a poll as long as `every` would be cancelled."""
        self.deadline = clock.now() + every * SHARE_OF_CYCLE
        self._rows: list[Row] = []
        self._failures: list[Unavailable] = []
        self._done: list[Callable[[], None]] = []

    def read(self, rows: Sequence[Row], done: Callable[[], None]) -> None:
        """Take what an answer held."""
        self._rows += rows
        self._done.append(done)

    def failed(self, error: Unavailable) -> None:
        """Take what went wrong; the others go on."""
        self._failures.append(error)

    def end(self) -> tuple[Sequence[Row], str]:
        """Return what was read and, if some failed, why.

        Raises the first failure if nothing was read.
        """
        for done in self._done:
            done()
        if self._failures and not self._rows:
            raise self._failures[0]
        return self._rows, str(self._failures[0]) if self._failures else ""


class Partly:
    """Says in two log lines, its beginning and its end, that a part of every poll fails."""

    def __init__(self, log: logging.Logger, name: str) -> None:
        self._log = log
        self._name = name
        self._said = ""

    def now(self, reason: str) -> None:
        """Take the reason of this poll's failures, empty if there were none."""
        if reason and not self._said:
            self._log.warning("%s; the rest was read", reason)
        elif self._said and not reason:
            self._log.info("%s: all of it is read again", self._name)
        self._said = reason
