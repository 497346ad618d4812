"""Threads that read the ledger for many at once: the daemon's loop never waits for a query.

Each has its own read-only connection. What asks for too much, or takes too long, is told so and
ended; more who wait than can be served soon are sent away.
"""

import asyncio
import logging
import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TypeVar

from agent.errors import ConfigError, Rejected, Unavailable
from agent.ledger.damage import FAULTS, cause_of, unusable
from agent.ledger.file import open_reader

log = logging.getLogger("carbond.ledger")

T = TypeVar("T")

THREADS = 2
"""More would not be faster: what takes long is Python's own work."""

LONGEST = 5.0
"""Seconds that a query may take."""

MOST = 2_000_000
"""Rows that a query may read: a year of hours of 200 meters."""

WAITING = 64
"""Queries that may wait for a thread."""

_STEPS = 20_000
"""Instructions of SQLite between two looks at the clock: about a millisecond."""

_TOO_LONG = f"it takes longer than {LONGEST:g} s: ask for a shorter time or less"
_ENDING = "carbond is ending"


class TooMuch(Rejected):
    """A query that reads more than one may, or for longer. Says what to ask for instead."""


@dataclass(slots=True)
class Budget:
    """How much one query may still read, and until when."""

    rows: int = MOST
    until: float = field(default_factory=lambda: time.monotonic() + LONGEST)

    def spend(self, rows: int) -> None:
        """Count what is read, or is about to be. Raises TooMuch."""
        self.rows -= rows
        if self.rows < 0:
            raise TooMuch(f"it reads more than {MOST:,} rows: ask for a shorter time or less")
        if self.is_over():
            raise TooMuch(_TOO_LONG)

    def is_over(self) -> bool:
        """Whether its time is up."""
        return time.monotonic() > self.until


Query = Callable[[sqlite3.Connection, Budget], T]


class Readers:
    """A few threads and their connections. Close them before the ledger goes away."""

    def __init__(self, path: Path) -> None:
        """Connections are opened by the first who asks: the ledger is there by then."""
        self._path = path
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="reader")
        self._idle: SimpleQueue[sqlite3.Connection] = SimpleQueue()
        self._running: dict[int, Budget] = {}
        self._asked = 0
        self._closed = False
        self._said: str | None = None

    async def ask(self, query: Query[T]) -> T:
        """Return what a query says, done in a thread.

        Raises TooMuch, and Unavailable if too many others wait already, if the ledger cannot be
        read, and once all is closed.
        """
        if self._closed:
            raise Unavailable(_ENDING)
        if self._asked >= THREADS + WAITING:
            raise Unavailable("too many ask at once", retry_after=1.0)
        self._asked += 1
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._threads, self._answer, query)
        finally:
            self._asked -= 1

    def _answer(self, query: Query[T]) -> T:
        budget = Budget()
        self._running[threading.get_ident()] = budget
        try:
            return self._read(query, budget)
        finally:
            del self._running[threading.get_ident()]

    def _read(self, query: Query[T], budget: Budget) -> T:
        if self._closed:
            raise Unavailable(_ENDING)
        connection = self._connection()
        is_good = False
        try:
            connection.set_progress_handler(budget.is_over, _STEPS)
            answer = query(connection, budget)
            is_good = True
        except FAULTS as error:
            if budget.is_over():
                raise self._why(TooMuch(_TOO_LONG)) from error
            self._say(unusable(self._path, error))
            raise Unavailable(
                f"the ledger cannot be read now: {cause_of(error)}", retry_after=1.0
            ) from error
        except TooMuch as error:
            is_good = True
            raise self._why(error) from error
        except Exception:
            is_good = True
            raise
        finally:
            # One that has failed may fail for ever: its file has been replaced, or is damaged.
            self._leave(connection) if is_good else connection.close()
        return answer

    def _connection(self) -> sqlite3.Connection:
        try:
            return self._idle.get_nowait()
        except Empty:
            pass
        try:
            return open_reader(self._path)
        except ConfigError as error:
            self._say(str(error))
            # Who asks over the network need not know where it is.
            raise Unavailable(
                "the ledger's file is not there, or cannot be read: look at ledger.path",
                retry_after=10.0,
            ) from error

    def _say(self, cause: str) -> None:
        """Have the log say it once: the page asks again each few seconds."""
        if cause != self._said:
            self._said = cause
            log.error("the console cannot read the ledger: %s", cause)

    def _leave(self, connection: sqlite3.Connection) -> None:
        connection.set_progress_handler(None, 0)
        self._idle.put(connection)

    def _why(self, error: TooMuch) -> Exception:
        return Unavailable(_ENDING) if self._closed else error

    def close(self) -> None:
        """End the threads with what they work on, and close their connections."""
        self._closed = True
        self._threads.shutdown(wait=False, cancel_futures=True)
        for budget in list(self._running.values()):
            budget.until = float("-inf")
        self._threads.shutdown()
        while not self._idle.empty():
            self._idle.get().close()
