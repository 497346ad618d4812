"""The ledger's one writing thread. Jobs that wait together are committed together."""

import asyncio
import logging
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from agent import counts
from agent.errors import Unavailable
from agent.ledger.damage import FULL

T = TypeVar("T")

PAUSE = 0.02
"""Seconds between two commits for each job of the first: the more there are, the more share an
fsync and a pack of minutes.
"""

LONGEST_PAUSE = 0.25
"""Seconds that a booking waits at most for others."""

AFTER_FAILURE = 1.0
"""Seconds before the next try: a disk that is full stays so for a while."""

log = logging.getLogger("carbond.ledger")


@dataclass(frozen=True, slots=True)
class Job:
    """What the thread is to do, and whom to tell."""

    run: Callable[[sqlite3.Connection], Any]
    alone: bool
    future: "Future[Any]"

    def done(self, result: object) -> None:
        """Tell the result to whoever still waits for it."""
        if self.future.set_running_or_notify_cancel():
            self.future.set_result(result)

    def failed(self, error: BaseException) -> None:
        """Tell the error to whoever still waits."""
        if self.future.set_running_or_notify_cancel():
            self.future.set_exception(error)


class Writer:
    """Runs jobs in order in its own thread, in transactions shared by all that wait."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        *,
        finish: Callable[[sqlite3.Connection], None],
        undone: Callable[[sqlite3.Connection], None],
    ) -> None:
        """`finish` is called at the end of each transaction, still inside it; `undone` after one
        that was rolled back.
        """
        self._connection = connection
        self._finish = finish
        self._undone = undone
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="ledger", daemon=True)
        self._thread.start()

    async def do(self, job: Callable[[sqlite3.Connection], T]) -> T:
        """Return the job's result once it is on disk.

        Raises Unavailable if the disk is full: nothing of the transaction is booked then. Any other
        error is the ledger's end.
        """
        return await self._put(job, alone=False)

    async def alone(self, job: Callable[[sqlite3.Connection], T]) -> T:
        """Return the result of a job that runs between two transactions and books nothing."""
        return await self._put(job, alone=True)

    async def _put(self, job: Callable[[sqlite3.Connection], T], *, alone: bool) -> T:
        future: Future[T] = Future()
        self._jobs.put(Job(job, alone, future))
        return await asyncio.wrap_future(future)

    def close(self) -> None:
        """Commit what waits, and close the connection."""
        self._closing.set()
        self._jobs.put(None)
        self._thread.join()
        self._connection.close()

    def _run(self) -> None:
        while (first := self._jobs.get()) is not None:
            jobs, last = self._waiting(first)
            pause = self._transact([job for job in jobs if not job.alone])
            for job in jobs:
                if job.alone:
                    self._do_alone(job)
            if last:
                return
            self._closing.wait(pause)

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

    def _transact(self, jobs: list[Job]) -> float:
        """Run the jobs in one transaction, and return the seconds to wait before the next."""
        if not jobs:
            return 0.0
        try:
            with counts.COMMIT_SECONDS.time():
                self._connection.execute("BEGIN IMMEDIATE")
                results = [job.run(self._connection) for job in jobs]
                self._finish(self._connection)
                self._connection.execute("COMMIT")
        except BaseException as error:
            told = self._undo(error)
            for job in jobs:
                job.failed(told)
            return AFTER_FAILURE
        for job, result in zip(jobs, results, strict=True):
            job.done(result)
        return min(PAUSE * len(jobs), LONGEST_PAUSE)

    def _undo(self, error: BaseException) -> BaseException:
        """Roll back, and return what those who wait are told."""
        try:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            self._undone(self._connection)
        except BaseException as worse:  # Nobody may wait for ever on a thread that has ended.
            return worse
        return _meaning(error)

    def _do_alone(self, job: Job) -> None:
        try:
            job.done(job.run(self._connection))
        except BaseException as error:
            job.failed(_meaning(error))


def _meaning(error: BaseException) -> BaseException:
    """Tell a disk that is full, which passes, from a ledger that is broken, which does not."""
    code = getattr(error, "sqlite_errorcode", None)
    if code not in FULL:
        return error
    full = Unavailable(
        f"ledger: the disk takes no more ({error}): nothing is booked until there is space; free "
        "some, or lower ledger.keep"
    )
    full.__cause__ = error
    return full
