"""What a meter's register showed around an hour, and in it."""

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from agent.ledger.times import from_millis, millis_of, seconds_of
from agent.model import HOUR, MINUTE, HourEnergy, Minute
from agent.units import Joules

FARTHEST = 100 * 24
"""Hours that are looked through for a reading, one way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Showing:
    """What a register showed, and when."""

    at: datetime
    energy: Joules


@dataclass(frozen=True, slots=True, kw_only=True)
class Showings:
    """A register around an hour. None is a reading that is not there, or no longer known."""

    opening: Showing | None = None
    """The last reading before the hour."""

    first: Showing | None = None
    """The first one in it."""

    closing: Showing | None = None
    """The last one in it; one on its end is in it."""

    following: Showing | None = None
    """The first one after an hour that has none: it lies in a gap."""

    leapt: bool = False
    """Whether the register did anything but count on the way: there is no difference then."""

    def is_close(self, hour: datetime) -> bool:
        """Tell whether the last reading before the hour is of its last minute."""
        return self.opening is not None and self.opening.at >= hour - MINUTE

    def before(self, hour: datetime) -> Joules | None:
        """Return what of the difference was before the hour, as it was booked: evenly over the time
        up to the first reading in it. None where that is not known.
        """
        opening, first = self.opening, self.first
        if opening is None or first is None or first.at <= opening.at:
            return None
        share = max((hour - opening.at) / (first.at - opening.at), 0.0)
        return Joules(round((first.energy - opening.energy) * share))


def showings_of(
    connection: sqlite3.Connection,
    number: int,
    hour: datetime,
    booked: HourEnergy | None,
    minutes_of: Callable[[datetime], Sequence[Minute]],
) -> Showings:
    """Return what a meter's register showed; `minutes_of` gives the minutes kept of an hour."""
    opening = _sought(connection, number, hour, -HOUR)
    closing = _last_in(connection, number, hour)
    first = following = None
    if closing is not None:
        first = _first(minutes_of(hour))
        if first is None and booked is not None and not booked.measured:
            first = closing
    elif opening is not None:
        following = _sought(connection, number, hour, HOUR)
        if following is not None:
            following = _earlier(following, minutes_of)
    last = closing or following
    return Showings(
        opening=opening,
        first=first,
        closing=closing,
        following=following,
        leapt=bool(opening and last and _has_finding(connection, number, opening.at, last.at)),
    )


def _sought(
    connection: sqlite3.Connection, number: int, hour: datetime, step: timedelta
) -> Showing | None:
    """Return the last showing of the nearest hour that has one: one seek in the index for each."""
    for _ in range(FARTHEST):
        hour += step
        found = _last_in(connection, number, hour)
        if found is not None:
            return found
    return None


def _last_in(connection: sqlite3.Connection, number: int, hour: datetime) -> Showing | None:
    row = connection.execute(
        "SELECT register_ms, register_j FROM hour WHERE hour_s = ? AND meter = ?",
        (seconds_of(hour), number),
    ).fetchone()
    if row is None or row[1] is None:
        return None
    return Showing(at=from_millis(row[0]), energy=Joules(row[1]))


def _earlier(last: Showing, minutes_of: Callable[[datetime], Sequence[Minute]]) -> Showing:
    """Return the first showing of the hour that has this last one, as far as minutes are kept."""
    hour = last.at.replace(minute=0, second=0, microsecond=0)
    first = _first(minutes_of(hour))
    return first if first is not None and first.at < last.at else last


def _first(minutes: Sequence[Minute]) -> Showing | None:
    return next(
        (
            Showing(at=one.at, energy=one.register)
            for one in minutes
            if one.at is not None and one.register is not None
        ),
        None,
    )


def _has_finding(
    connection: sqlite3.Connection, number: int, start: datetime, end: datetime
) -> bool:
    row = connection.execute(
        "SELECT 1 FROM finding WHERE meter = ? AND at_ms > ? AND at_ms <= ? LIMIT 1",
        (number, millis_of(start), millis_of(end)),
    ).fetchone()
    return row is not None
