"""Periods: local days, months and years, and the year up to now, as sets of UTC hours.

A UTC hour belongs to the local day in which it starts: a day has 23, 24 or 25 of them, and in a
zone that is half an hour or 45 minutes off, or that puts its clocks by half an hour, each hour
still belongs to exactly one. Months are sets of days, years of months.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from agent.accounting.hours import floor, hour_of
from agent.errors import ConfigError
from agent.model import HOUR

FIRST_YEAR, LAST_YEAR = 1970, 9998

_TEXT = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """The UTC hours that start in [start, end), both of them full hours in UTC."""

    name: str
    """As people write it: `2026-11-22`, `2026-10`, `2026`."""

    start: datetime
    end: datetime
    timezone: str

    @property
    def hours(self) -> int:
        """How many hours it has."""
        return (self.end - self.start) // HOUR

    def __contains__(self, hour: datetime) -> bool:
        return self.start <= hour < self.end

    def __iter__(self) -> Iterator[datetime]:
        """Yield the starts of its hours, in order."""
        return (self.start + n * HOUR for n in range(self.hours))

    @property
    def twelve_months(self) -> bool:
        """Whether it is a year long: what is shorter is interim (ISO/IEC 30134-2).

        A year in which a zone has moved for good is an hour or so shorter, and a year all the same.
        """
        return not is_interim(round((self.end - self.start) / timedelta(days=1)))


def is_interim(days: float) -> bool:
    """Tell whether so many days are less than the twelve months of an annual indicator."""
    return days < 365  # noqa: PLR2004 days of a year


def hours_of(period: Period, until: datetime) -> int:
    """Return how many hours of the period are over."""
    return max((hour_of(min(until, period.end)) - period.start) // HOUR, 0)


def period_of(text: str, timezone: str) -> Period:
    """Return the local day `2026-11-22`, month `2026-10` or year `2026`.

    Raises ConfigError for anything else, and for a day or month that no calendar has.
    """
    match = _TEXT.fullmatch(text)
    if match is None:
        raise ConfigError(
            f"period {text[:40]!r}: must be a day such as 2026-11-22, a month such as 2026-10 or a "
            "year such as 2026"
        )
    year, month, day = (int(part) if part else None for part in match.groups())
    try:
        first, following = _bounds(year or 0, month, day)
    except ValueError as error:
        raise ConfigError(
            f"period {text!r}: there is no such {'day' if day is not None else 'month'} ({error}): "
            f"years go from {FIRST_YEAR} to {LAST_YEAR}, months from 01 to 12"
        ) from error
    return _between(text, first, following, timezone)


def _bounds(year: int, month: int | None, day: int | None) -> tuple[date, date]:
    """Return the first day, and the first one after. Raises ValueError if there are none."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise ValueError(f"year {year}")
    if month is None:
        return date(year, 1, 1), date(year + 1, 1, 1)
    if day is None:
        return date(year, month, 1), date(year + month // 12, month % 12 + 1, 1)
    return date(year, month, day), date(year, month, day) + timedelta(days=1)


def day_of(hour: datetime, timezone: str) -> Period:
    """Return the local day that a UTC hour belongs to."""
    day = hour.astimezone(ZoneInfo(timezone)).date()
    return _between(day.isoformat(), day, day + timedelta(days=1), timezone)


def month_of(hour: datetime, timezone: str) -> Period:
    """Return the local month that a UTC hour belongs to."""
    day = hour.astimezone(ZoneInfo(timezone)).date()
    return period_of(f"{day:%Y-%m}", timezone)


def rolling_year(now: datetime, timezone: str = "UTC") -> Period:
    """Return the twelve months up to the last full hour: 365 days, or 366 with a leap day.

    The year up to an hour of 29 February began on 1 March.
    """
    end = hour_of(now.astimezone(UTC))
    try:
        start = end.replace(year=end.year - 1)
    except ValueError:
        start = end.replace(year=end.year - 1, month=3, day=1)
    return Period(name=f"year to {end:%Y-%m-%dT%H:%MZ}", start=start, end=end, timezone=timezone)


def _between(name: str, first: date, following: date, timezone: str) -> Period:
    zone = ZoneInfo(timezone)
    start, end = _first_hour(first, zone), _first_hour(following, zone)
    return Period(name=name, start=start, end=end, timezone=timezone)


def _first_hour(day: date, zone: ZoneInfo) -> datetime:
    """Return the first UTC hour that starts on this local day or on a later one.

    Midnight does not tell it where clocks are put back over it: there have been zones that did so
    a minute after it.
    """
    hour = floor(datetime.combine(day, time(), zone).astimezone(UTC), HOUR)
    while hour.astimezone(zone).date() < day:
        hour += HOUR
    return hour
