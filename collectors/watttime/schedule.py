"""Which pieces of time to ask for. Pure: the clock is handed in.

Any value may change later, and the service can be asked for what has changed since a time. So every
poll asks for the changes of the last 30 days, and once a day for those of the 66 days before: every
hour is met again at once whenever it changes, for as long as minutes can still be weighed with it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
# 32 days are the most that is taken; both ends of a piece are inclusive.
LONGEST = 30 * DAY
OLDEST = 96 * DAY
# Between the other side's clock and ours.
OVERLAP = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Points from start to end, both inclusive, and since when they must have changed."""

    start: datetime
    end: datetime
    since: datetime | None = None


class Schedule:
    """What has been read of one signal, and so what is due."""

    def __init__(self, *, backfill: timedelta) -> None:
        self._backfill = backfill
        self._recent_read: datetime | None = None
        self._old_read: datetime | None = None
        self._forecast_read: datetime | None = None
        self._forecast_refused: datetime | None = None

    def recent(self, now: datetime) -> list[Piece]:
        """Return the pieces of every poll; all must be read before the next starts where it ends.

        After the start, and after an outage longer than a piece, points that were never read are
        among them.
        """
        read = self._recent_read
        if read is None or read > now:
            return list(_pieces(now - self._backfill, now, None))
        start = min(now - LONGEST + SECOND, read - OVERLAP)
        return list(_pieces(start, now, read - OVERLAP))

    def recent_was_read(self, now: datetime) -> None:
        """Remember when all of the recent pieces were asked for."""
        self._recent_read = now

    def old_is_due(self, now: datetime) -> bool:
        """Whether the older points have not been asked for within a day."""
        return self._old_read is None or not timedelta(0) <= now - self._old_read < DAY

    def old(self, now: datetime) -> list[Piece]:
        """Return the pieces of older points.

        At the start it is not known what an earlier run has read: of what is older than the
        backfill, the changes in as long a time are asked for.
        """
        read = self._old_read
        if read is None or read > now:
            end, since = now - max(LONGEST, self._backfill), now - self._backfill
        else:
            end, since = now - LONGEST, read - OVERLAP
        return list(_pieces(now - OLDEST, end - SECOND, since))

    def old_was_read(self, now: datetime) -> None:
        """Remember when all of the older pieces were asked for."""
        self._old_read = now

    def forecast_is_due(self, now: datetime) -> bool:
        """Whether what is to come has not been read in this hour, nor refused within a day."""
        refused = self._forecast_refused
        if refused is not None and timedelta(0) <= now - refused < DAY:
            return False
        return self._forecast_read != _hour_of(now)

    def forecast_was_read(self, now: datetime) -> None:
        """Remember that a forecast was read."""
        self._forecast_read, self._forecast_refused = _hour_of(now), None

    def forecast_was_refused(self, now: datetime) -> None:
        """Ask for it tomorrow: today it would be refused again."""
        self._forecast_refused = now


def _hour_of(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def _pieces(start: datetime, end: datetime, since: datetime | None) -> Iterator[Piece]:
    """Yield pieces without an instant in common: each ends a second before the next begins."""
    while start <= end:
        stop = min(start + LONGEST - SECOND, end)
        yield Piece(start=start, end=stop, since=since)
        start = stop + SECOND
