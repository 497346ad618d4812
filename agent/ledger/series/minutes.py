"""Minutes of meters, out of the packs of the entries."""

import logging
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from agent.ledger.pack import LOWER_BOUND, NO_ENERGY, PLANES, Damaged, columns, planes
from agent.ledger.readers import Budget
from agent.ledger.series.columns import Block, Bools, Floats, Ints, Places

log = logging.getLogger("carbond.ledger")

LATEST_BOOKING = timedelta(hours=2)
"""Minutes that are booked later than this after their hour are left out: of a gap that is longer
than an hour there are none, but for the last one before it.
"""

LATEST_S = LATEST_BOOKING // timedelta(seconds=1)

PER_HOUR = 60

_WIDE = 2**28
"""Joules in one minute from which 64 bits are taken for all of an hour: 4.5 MW."""

_MORE = 256
"""Meters that there is room for at once."""

_AT_ONCE = 500
"""Entries that are unpacked together."""

Bytes = NDArray[np.uint8]


class Rows(NamedTuple):
    """Minutes that have been unpacked: the same rules wherever they are kept."""

    number: Ints
    minute: Ints
    """Since 1970."""

    energy: Ints
    covered: Floats
    power: Floats


def rows_of(entries: Iterable[tuple[bytes, int]]) -> Rows | None:
    """Return the minutes of entries: of their bodies, each with when it was booked (ms). Those that
    are damaged, which who exports them has logged, are left out; None if there are no others.

    Most entries have a few minutes of one device: all of them together are unpacked ten times as
    fast as one by one.
    """
    tables, booked = [], []
    for body, at in entries:
        try:
            tables.append(_table(body))
        except Damaged:
            continue
        booked.append(at)
    if not tables:
        return None
    rows = _told(np.concatenate(tables, axis=1))
    at_s = np.repeat(np.array(booked) // 1000, [one.shape[1] for one in tables])
    late = (rows.minute // PER_HOUR + 1) * 3600 + LATEST_S <= at_s
    return _kept(rows, ~late) if late.any() else rows


def _told(table: Bytes) -> Rows:
    """Return the minutes of columns: a lower bound covers nothing, and no energy adds nothing."""
    number, minute = _column(table, 0, "<u4"), _column(table, 4, "<u4")
    energy, covered = _column(table, 8, "<i8"), _column(table, 16, "<f4")
    return Rows(
        number.astype(np.int64),
        minute.astype(np.int64),
        np.where(energy == NO_ENERGY, 0, energy),
        np.where(table[28] == LOWER_BOUND, 0.0, covered.astype(np.float64)),
        _column(table, 20, "<f8"),
    )


def _table(body: bytes) -> Bytes:
    """Return the columns of a body: a byte of its numbers by rows, minutes by columns."""
    plain = planes(body)
    if plain is not None:
        return np.frombuffer(plain, np.uint8).reshape(PLANES, len(plain) // PLANES)
    found = [np.array(one) for one in columns(body)]
    return np.concatenate([one.view(np.uint8).reshape(len(one), one.itemsize).T for one in found])


def _column(table: Bytes, first: int, kind: str) -> NDArray[Any]:
    """Return the numbers of a kind whose bytes stand in the rows from the first one on."""
    size = np.dtype(kind).itemsize
    return np.ascontiguousarray(table[first : first + size].T).view(kind)[:, 0]


def _kept(rows: Rows, which: Bools) -> Rows:
    number, minute, energy, covered, power = rows
    return Rows(number[which], minute[which], energy[which], covered[which], power[which])


class Hour:
    """An hour of minutes: 8 bytes for a meter in a minute, 12 with large meters among them, and 8
    more where a power is all that is known of some minute.
    """

    __slots__ = ("covered", "energy", "power")

    def __init__(self, meters: int) -> None:
        shape = (meters, PER_HOUR)
        self.energy: NDArray[Any] = np.zeros(shape, np.int32)
        self.covered = np.zeros(shape, np.float32)
        self.power: Floats | None = None

    def add(self, at: tuple[Ints, Ints], energy: Ints, covered: Floats, power: Floats) -> None:
        """Add minutes to those that are there: a clock that is put back goes through them again."""
        if self.energy.dtype != np.int64 and np.abs(energy).max() >= _WIDE:
            self.energy = self.energy.astype(np.int64)
        np.add.at(self.energy, at, energy.astype(self.energy.dtype))
        np.add.at(self.covered, at, covered.astype(np.float32))
        alone = (covered == 0) & ~np.isnan(power)
        if alone.any():
            if self.power is None:
                self.power = np.full(self.energy.shape, np.nan)
            self.power[at[0][alone], at[1][alone]] = power[alone]

    def grow(self, meters: int) -> None:
        """Make room for more meters."""
        more = ((0, meters - len(self.energy)), (0, 0))
        self.energy = np.pad(self.energy, more)
        self.covered = np.pad(self.covered, more)
        if self.power is not None:
            self.power = np.pad(self.power, more, constant_values=np.nan)

    def block(self, rows: Places, minutes: slice) -> Block:
        """Return some meters in some of its minutes."""
        there = (rows >= 0) & (rows < len(self.energy))
        safe = np.where(there, rows, 0)
        energy = self.energy[safe, minutes].astype(np.int64)
        covered = self.covered[safe, minutes].astype(np.float64)
        power = None
        if self.power is not None:
            power = self.power[safe, minutes]
            power[~there] = np.nan
        energy[~there], covered[~there] = 0, 0.0
        return Block(energy, covered, power)


class Minutes:
    """Minutes of meters in memory, an hour in one block. Not safe for several threads."""

    def __init__(self, numbers: Sequence[int] = ()) -> None:
        """`numbers` are the meters that it begins with; of all others `admit` decides."""
        self._rows = np.full(1, -1, np.int64)
        self._count = 0
        self.hours: dict[int, Hour] = {}
        """By hour since 1970."""

        self.admit(numbers)

    def __len__(self) -> int:
        """How many meters have room."""
        return self._count

    def admit(self, numbers: Sequence[int]) -> None:
        """Make room for meters, by their numbers, that have none."""
        if not len(numbers):
            return
        self._stretch(max(numbers) + 1)
        self._rows[list(numbers)] = range(self._count, self._count + len(numbers))
        self._count += len(numbers)

    def _stretch(self, size: int) -> None:
        if size > len(self._rows):
            more = np.full(size - len(self._rows), -1, np.int64)
            self._rows = np.concatenate([self._rows, more])

    def rows(self, numbers: Ints) -> Places:
        """Return where meters stand, by their numbers; -1 for one that has no room."""
        inside = numbers < len(self._rows)
        if inside.all():
            return self._rows[numbers]
        return np.where(inside, self._rows[np.where(inside, numbers, 0)], -1)

    def add(self, found: Rows) -> None:
        """Add the minutes of those meters that have room."""
        rows = self.rows(found.number)
        if (rows < 0).any():
            found, rows = _kept(found, rows >= 0), rows[rows >= 0]
        if not len(rows):
            return
        hour = found.minute // PER_HOUR
        if hour[0] == hour[-1] and hour.min() == hour.max():
            self._add(int(hour[0]), rows, found)
            return
        for one in np.unique(hour):
            which = hour == one
            self._add(int(one), rows[which], _kept(found, which))

    def _add(self, hour: int, rows: Places, found: Rows) -> None:
        held = self.hours.get(hour)
        room = -(-self._count // _MORE) * _MORE
        if held is None:
            held = self.hours[hour] = Hour(room)
        elif len(held.energy) < self._count:
            held.grow(room)
        at = rows, found.minute % PER_HOUR
        held.add(at, found.energy, found.covered, found.power)


def block_of(hours: Mapping[int, Hour], rows: Places, minute: int, count: int) -> Block:
    """Return meters in minutes of one hour; `minute` is the first one, since 1970."""
    held = hours.get(minute // PER_HOUR)
    if held is None:
        shape = len(rows), count
        return Block(np.zeros(shape, np.int64), np.zeros(shape))
    first = minute % PER_HOUR
    return held.block(rows, slice(first, first + count))


def unpacked(
    connection: sqlite3.Connection, budget: Budget, numbers: Sequence[int], start_s: int, end_s: int
) -> Minutes:
    """Return the minutes of meters from `start_s` up to `end_s`, seconds since 1970, as the file
    has them. Raises TooMuch.
    """
    found = Minutes(numbers)
    last = (-(-end_s // 3600) * 3600 + LATEST_S) * 1000
    query = (
        "SELECT body, booked_ms FROM entry WHERE kind = 'minutes'"
        " AND booked_ms >= ? AND booked_ms < ?"
    )
    entries = connection.execute(query, (start_s * 1000, last))
    while some := entries.fetchmany(_AT_ONCE):
        rows = rows_of(some)
        if rows is None:
            continue
        budget.spend(len(rows.number))
        inside = (rows.minute >= start_s // 60) & (rows.minute < -(-end_s // 60))
        found.add(rows if inside.all() else _kept(rows, inside))
    return found


def pieces(start_s: int, end_s: int) -> Iterator[tuple[int, int]]:
    """Yield the minutes of a time, those of an hour at once: the first one, and how many."""
    minute, end = start_s // 60, end_s // 60
    while minute < end:
        until = min((minute // PER_HOUR + 1) * PER_HOUR, end)
        yield minute, until - minute
        minute = until
