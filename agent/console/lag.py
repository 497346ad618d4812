"""How late the event loop comes round: what is due waits so long behind what is being done.

A timer is set for each INTERVAL, and what it is late by is kept for a minute. It runs only while
somebody looks: from the first question until nobody has asked for KEEP.
"""

import asyncio
from collections import deque
from collections.abc import Iterable

INTERVAL = 0.05
"""Seconds from one timer to the next: what stalls the loop for longer is seen for certain."""

KEEP = 60.0
"""Seconds that a lag is told for."""


class Lag:
    """One for one event loop."""

    def __init__(self) -> None:
        self._late: deque[tuple[float, float]] = deque()
        self._asked = float("-inf")
        self._timer: asyncio.TimerHandle | None = None

    async def longest(self) -> float:
        """Return the longest lag of the last minute in seconds, of those that were measured: the
        first question measures one.
        """
        loop = asyncio.get_running_loop()
        self._asked = loop.time()
        if self._timer is None:
            self._set(loop)
        if not self._late:
            await asyncio.sleep(INTERVAL)
        return longest_of(late for _, late in self._late)

    def _set(self, loop: asyncio.AbstractEventLoop) -> None:
        due = loop.time() + INTERVAL
        self._timer = loop.call_at(due, self._came, loop, due)

    def _came(self, loop: asyncio.AbstractEventLoop, due: float) -> None:
        now = loop.time()
        self._late.append((now, max(now - due, 0.0)))
        while self._late[0][0] < now - KEEP:
            self._late.popleft()
        if now - self._asked < KEEP:
            self._set(loop)
        else:
            self._timer = None
            self._late.clear()


def longest_of(lags: Iterable[float]) -> float:
    """Return the longest of lags in seconds; of none it is zero: nothing waited."""
    return max(lags, default=0.0)
