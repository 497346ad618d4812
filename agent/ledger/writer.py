"""The ledger's one writing thread. Jobs that wait together are committed together."""

import asyncio
import logging
import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from agent import counts
from agent.errors import Unavailable

T = TypeVar("T")
Job = tuple[Callable[[sqlite3.Connection], Any], "Future[Any]"]

PAUSE = 0.05
"""Seconds between two commits: a booking waits this long at most for others to share its fsync."""

_FULL = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE}
"""No space, or a quota that is used up. Anything else is a ledger that is broken."""

log = logging.getLogger("carbond.ledger")


class Writer:
    """Runs jobs in order in its own thread, in transactions shared by all that wait."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        *,
        undone: Callable[[sqlite3.Connection], None],
    ) -> None:
        """`undone` is called in the thread after a transaction that was rolled back."""
        self._connection = connection
        self._undone = undone
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="ledger", daemon=True)
        self._thread.start()

    async def do(self, job: Callable[[sqlite3.Connection], T]) -> T:
        """Return the job's result once it is on disk.

        Raises Unavailable if the disk is full: nothing of the transaction is booked then. Any other
        error is the ledger's end.
        """
        future: Future[T] = Future()
        self._jobs.put((job, future))
        return await asyncio.wrap_future(future)

    def close(self) -> None:
        """Commit what waits, and close the connection."""
        self._jobs.put(None)
        self._thread.join()
        self._connection.close()

    def _run(self) -> None:
        while (first := self._jobs.get()) is not None:
            jobs, last = self._waiting(first)
            self._transact(jobs)
            if last:
                return
            time.sleep(PAUSE)

    def _waiting(self, first: Job) -> tuple[list[Job], bool]:
        jobs = [first]
        while True:
            try:
                job = self._jobs.get_nowait()
            except Empty:
                return jobs, False
            if job is None:
                return jobs, True
            jobs.append(job)

    def _transact(self, jobs: list[Job]) -> None:
        try:
            with counts.COMMIT_SECONDS.time():
                self._connection.execute("BEGIN IMMEDIATE")
                results = [job(self._connection) for job, _ in jobs]
                self._connection.execute("COMMIT")
        except BaseException as error:
            self._undo()
            _tell(jobs, _meaning(error))
            return
        for (_, future), result in zip(jobs, results, strict=True):
            if future.set_running_or_notify_cancel():
                future.set_result(result)

    def _undo(self) -> None:
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")
        self._undone(self._connection)


def _tell(jobs: list[Job], error: BaseException) -> None:
    for _, future in jobs:
        if future.set_running_or_notify_cancel():
            future.set_exception(error)


def _meaning(error: BaseException) -> BaseException:
    """Tell a disk that is full, which passes, from a ledger that is broken, which does not."""
    code = getattr(error, "sqlite_errorcode", None)
    if code not in _FULL:
        return error
    full = Unavailable(
        f"ledger: the disk takes no more ({error}): nothing is booked until there is space; free "
        "some, or lower ledger.keep"
    )
    full.__cause__ = error
    return full
