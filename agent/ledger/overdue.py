"""Ends a query from outside that works on in Python and does not look at the clock.

SQLite is interrupted by its own means, and what reads many rows counts them. This is for what is
left: a loop over what has been read, or a mistake. It would hold its thread, and at the end the
process.
"""

import ctypes
import threading
import time
from typing import Protocol

GRACE = 2.0
"""Seconds after its time is up in which a query may end by itself."""


class Timed(Protocol):
    """What knows when its time is up."""

    until: float


class Ended(BaseException):
    """Raised in the midst of a query, by another thread. No query may catch it as an error."""


class Watch:
    """The queries that run now, each in its thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: dict[int, Timed] = {}
        self._told: set[int] = set()

    def __len__(self) -> int:
        return len(self._running)

    def begin(self, query: Timed) -> None:
        """Watch a query in this thread from now on."""
        with self._lock:
            self._told.discard(threading.get_ident())
            self._running[threading.get_ident()] = query

    def finish(self) -> None:
        """The query of this thread has ended: once this returns, Ended is raised in it no more.

        It may be raised in here, as the last thing: then this must be called again.
        """
        with self._lock:
            self._running.pop(threading.get_ident(), None)
        # What was raised before comes at the latest where a loop goes back, and so not in the next
        # query. It is not taken back: Python 3.11 would look for it in vain for ever.
        for _ in range(3):
            pass

    def hurry(self) -> None:
        """Let the time of all queries be up."""
        with self._lock:
            for query in self._running.values():
                query.until = float("-inf")

    def end(self, grace: float) -> None:
        """Raise Ended, once, in the queries whose time has been up for so many seconds."""
        before = time.monotonic() - grace
        with self._lock:
            for thread, query in self._running.items():
                if query.until <= before and thread not in self._told:
                    self._told.add(thread)
                    _raise(thread)


def _raise(thread: int) -> None:
    """Have Ended raised in a thread when it next runs Python."""
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(Ended))
