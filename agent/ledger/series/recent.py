"""The minutes of the last day in memory: a chart of 24 hours need not unpack a day of entries."""

import sqlite3
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from functools import partial

import numpy as np

from agent.ledger.readers import Budget, Readers
from agent.ledger.series.columns import Block, Ints, Places
from agent.ledger.series.minutes import Hour, Minutes, block_of, rows_of, unpacked
from agent.model import Scope

SPAN = timedelta(hours=26)
"""What is kept: a day, and what is left of the hours at its ends."""

MOST_TOTALS = 10_000
"""Totals of devices that are kept."""

MOST_PARTS = 2_000
"""Parts of devices that are kept beside them."""

AT_ONCE = 200
"""Entries that are unpacked at once: other threads have their turn in between."""

LONGEST = 0.05
"""Seconds in which entries are followed before others may ask."""

_SPAN_HOURS = SPAN // timedelta(hours=1)
_HOUR_MS = 3_600_000
_FOLLOWING = (
    "SELECT position, booked_ms, kind, body FROM entry WHERE position > ? ORDER BY position LIMIT ?"
)


Blocks = Callable[[int, int], Block]
"""Gives the minutes of some meters in a part of an hour: the first one since 1970, and how many."""


class Recent:
    """A cache of the file and nothing else: what is asked of it is what the file says.

    It follows the entries by position: the first time from 26 hours back, then those after the last
    one that it has seen. It keeps up to MOST_TOTALS totals and MOST_PARTS parts of devices, at 8
    bytes for a minute (12 where a meter passes 4.5 MW, 8 more where only a power is known): 13 MB
    for 1,000 meters, 160 MB at most as a rule. What it does not keep is read from the file. Any
    thread may ask; they take turns.
    """

    def __init__(self) -> None:
        """It is empty until it is followed."""
        self._turn = threading.Lock()
        self._minutes = Minutes()
        self._refused: set[int] = set()
        self._parts = 0
        self._position = -1
        self._since = 0
        self._is_complete = False

    async def follow(self, readers: Readers) -> None:
        """Take what has been booked since, in a reader's thread and in parts. To be called at the
        start and about each minute. Raises Unavailable.
        """
        while not await readers.ask(lambda connection, _: self.catch_up(connection)):
            pass

    def catch_up(self, connection: sqlite3.Connection) -> bool:
        """Take entries for LONGEST at most, and tell whether all have been taken."""
        until = time.monotonic() + LONGEST
        with self._turn:
            if self._position < 0:
                self._begin(connection)
            while not self._follow(connection):
                if time.monotonic() > until:
                    return False
            self._is_complete = True
            return True

    def _begin(self, connection: sqlite3.Connection) -> None:
        (last,) = connection.execute("SELECT coalesce(max(booked_ms), 0) FROM entry").fetchone()
        since = (last // _HOUR_MS - _SPAN_HOURS) * _HOUR_MS
        (first,) = connection.execute(
            "SELECT min(position) FROM entry WHERE booked_ms >= ?", (since,)
        ).fetchone()
        self._since = since // _HOUR_MS
        self._position = 0 if first is None else first - 1

    def _follow(self, connection: sqlite3.Connection) -> bool:
        """Take some entries, and tell whether there are no more."""
        found = connection.execute(_FOLLOWING, (self._position, AT_ONCE)).fetchall()
        rows = rows_of((body, booked) for _, booked, kind, body in found if kind == "minutes")
        if rows is not None:
            self._admit(connection, np.unique(rows.number))
            self._minutes.add(rows)
        if found:
            self._position = found[-1][0]
            self._forget(found[-1][1] // _HOUR_MS - _SPAN_HOURS)
        return len(found) < AT_ONCE

    def _admit(self, connection: sqlite3.Connection, numbers: Ints) -> None:
        """Make room for meters that are seen for the first time, as long as there is some."""
        for number in numbers[self._minutes.rows(numbers) < 0].tolist():
            if number in self._refused:
                continue
            (scope,) = connection.execute(
                "SELECT scope FROM meter WHERE number = ?", (number,)
            ).fetchone()
            if self._is_full(Scope(scope)):
                self._refused.add(number)
            else:
                self._parts += scope != Scope.TOTAL
                self._minutes.admit([number])

    def _is_full(self, scope: Scope) -> bool:
        if scope is Scope.TOTAL:
            return len(self._minutes) - self._parts >= MOST_TOTALS
        return self._parts >= MOST_PARTS

    def _forget(self, oldest: int) -> None:
        """Let go of the hours before one."""
        if oldest > self._since:
            self._since = oldest
            for hour in [one for one in self._minutes.hours if one < oldest]:
                del self._minutes.hours[hour]

    def blocks(
        self,
        connection: sqlite3.Connection,
        budget: Budget,
        numbers: Sequence[int],
        start_s: int,
        end_s: int,
    ) -> Blocks:
        """Return what gives the minutes of meters from `start_s` up to `end_s`, seconds since 1970:
        from memory where all of them are there, else from the file. Raises TooMuch.
        """
        with self._turn:
            if self._has(numbers, start_s):
                while not self._follow(connection):
                    budget.spend(0)
                hours = dict(self._minutes.hours)
                rows = self._minutes.rows(np.array(numbers, np.int64))
                return partial(self._block, hours, rows)
        found = unpacked(connection, budget, numbers, start_s, end_s)
        return partial(block_of, found.hours, found.rows(np.array(numbers, np.int64)))

    def _has(self, numbers: Sequence[int], start_s: int) -> bool:
        is_recent = self._is_complete and start_s // 3600 >= self._since
        return is_recent and self._refused.isdisjoint(numbers)

    def _block(self, hours: Mapping[int, Hour], rows: Places, minute: int, count: int) -> Block:
        """Return a block that no other thread is writing to."""
        with self._turn:
            return block_of(hours, rows, minute, count)
