"""When to read which hours again. Pure: the clock is handed in.

The owner of the data refetches its own sources around today, one week, one month and three months
ago. `history` holds the last 24 hours, so reading it each hour meets every hour again after 1 hour
and until it is a day old; past ranges meet it again after 1, 8, 32 and 95 days.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

DAY = timedelta(days=1)
# The oldest of the 24 rows of `history` begins this long before the running hour.
HISTORY = timedelta(hours=23)
AGES = (HISTORY, 8 * DAY, 32 * DAY, 95 * DAY)
FORECASTS = timedelta(0)
"""The age of what is to come, beside those of AGES."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Hours to read, half-open, and the age for which."""

    age: timedelta
    start: datetime
    end: datetime


class Schedule:
    """What has been read of one kind of intensity, and so what is due.

    For each age it knows up to where hours of that age have been read. A window is due once it is a
    day long, and reaches back over any time in which nothing could be read: an outage, however
    long, is caught up with. What is cut short is due again, and starts where the reading ended.
    """

    def __init__(self, *, backfill: timedelta, longest: timedelta) -> None:
        """`longest` is the longest window the service takes."""
        self._backfill = backfill
        self._longest = longest
        self._history: datetime | None = None
        self._forecast: datetime | None = None
        self._read_to: dict[timedelta, datetime] = {}
        self._not_before: dict[timedelta, datetime] = {}

    def history_is_due(self, now: datetime) -> bool:
        """Whether the last 24 hours have not been read in this hour."""
        return self._history != hour_of(now)

    def history_was_read(self, now: datetime) -> None:
        """Remember that the last 24 hours were read."""
        self._history = hour_of(now)

    def forecast_is_due(self, now: datetime) -> bool:
        """Whether what is to come has not been read in this hour, nor refused within a day."""
        return self._forecast != hour_of(now) and not self._is_put_off(FORECASTS, now)

    def forecast_was_read(self, now: datetime) -> None:
        """Remember that a forecast was read."""
        self._forecast = hour_of(now)

    def windows(self, now: datetime) -> Iterator[Window]:
        """Yield the windows that are due, the youngest hours first."""
        hour = hour_of(now)
        if not self._read_to:
            self._begin(hour)
        for age in AGES:
            # A clock that was ahead and is set right must not silence an age until it is there.
            start = self._read_to[age] = min(self._read_to[age], hour - age)
            if hour - age - start >= DAY and not self._is_put_off(age, now):
                yield from self._pieces(age, start, hour - age)

    def was_read(self, window: Window) -> None:
        """Remember a window, unless one before it is still due."""
        if self._read_to[window.age] == window.start:
            self._read_to[window.age] = window.end

    def put_off(self, age: timedelta, now: datetime) -> None:
        """Ask for hours of this age tomorrow: today they would be refused again."""
        self._not_before[age] = now + DAY

    def _is_put_off(self, age: timedelta, now: datetime) -> bool:
        until = self._not_before.get(age)
        return until is not None and timedelta(0) < until - now <= DAY

    def _begin(self, hour: datetime) -> None:
        oldest = hour - self._backfill
        for age in AGES:
            read = oldest <= hour - age - DAY
            self._read_to[age] = hour - age if read else hour - age - DAY
        self._read_to[HISTORY] = min(oldest, hour - HISTORY)

    def _pieces(self, age: timedelta, start: datetime, end: datetime) -> Iterator[Window]:
        while start < end:
            stop = min(start + self._longest, end)
            yield Window(age=age, start=start, end=stop)
            start = stop


def hour_of(moment: datetime) -> datetime:
    """Return the start of the UTC hour that the moment lies in."""
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
