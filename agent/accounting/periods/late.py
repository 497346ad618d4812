"""The hours of late: what a site has used and emitted in any time that they reach back.

Of an hour of which a part is asked for the same part of what is known of it is taken.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from agent.accounting.periods.coverage import emitting_coverage, energy_of
from agent.model import HOUR, Kind, SiteHour
from agent.units import Grams, Joules


@dataclass(frozen=True, slots=True)
class LateHour:
    """An hour in its newest version, and how much of it is known."""

    hour: SiteHour
    end: datetime
    """Up to when it is booked: of one that runs, when it was last computed."""

    known: float
    """Share of that time in which its energy is known, 0 to 1."""

    emitting: float
    """The same of the energy that its emissions are of."""

    seconds: float
    """How long it is booked for."""

    @classmethod
    def of(cls, hour: SiteHour) -> Self:
        """Take an hour."""
        end = hour.hour + HOUR
        if hour.until is not None:
            end = max(min(hour.until, end), hour.hour)
        seconds = (end - hour.hour).total_seconds()
        return cls(hour, end, hour.coverage.known, emitting_coverage(hour).known, seconds)


@dataclass(frozen=True, slots=True)
class Emitted:
    """What is known of the emissions of a time."""

    grams: float
    seconds: float
    """Of the time, so much is known."""

    @property
    def rate(self) -> float:
        """Grams per second in the time that is known. Some must be."""
        return self.grams / self.seconds


@dataclass(frozen=True, slots=True)
class Late:
    """Hours of a site, each once and in order."""

    hours: Sequence[LateHour]

    @classmethod
    def of(cls, hours: Iterable[LateHour]) -> Self:
        """Take hours in any order."""
        return cls(sorted(hours, key=_start))

    def between(self, start: datetime, end: datetime) -> Sequence[LateHour]:
        """Return the hours that touch [start, end)."""
        first = bisect_left(self.hours, start - HOUR + timedelta.resolution, key=_start)
        return self.hours[first : bisect_left(self.hours, end, key=_start)]

    def emitted(self, start: datetime, end: datetime, kind: Kind = Kind.DIRECT) -> Emitted:
        """Return what was emitted in [start, end)."""
        grams = seconds = 0.0
        for one in self.between(start, end):
            found = one.hour.emissions.get(kind)
            part = _overlap(one, start, end)
            if found is not None and part > 0:
                grams += found * part / one.seconds
                seconds += part * one.emitting
        return Emitted(grams, seconds)

    def grams(self, start: datetime, end: datetime, kind: Kind = Kind.DIRECT) -> Grams | None:
        """Return the emissions of the hours in [start, end), both full hours; None where no hour
        has any.
        """
        known = [
            found
            for one in self.between(start, end)
            if (found := one.hour.emissions.get(kind)) is not None
        ]
        return Grams(sum(known)) if known else None

    def energy(self, start: datetime, end: datetime) -> Joules | None:
        """Return the energy of the hours in [start, end), both full hours; None where no hour has
        any.
        """
        known = [
            found for one in self.between(start, end) if (found := energy_of(one.hour)) is not None
        ]
        return Joules(sum(known)) if known else None

    def known(self, start: datetime, end: datetime) -> float:
        """Return in how many seconds of [start, end) energy is known."""
        return sum(
            _overlap(one, start, end) * one.known
            for one in self.between(start, end)
            if energy_of(one.hour) is not None
        )


def _start(one: LateHour) -> datetime:
    return one.hour.hour


def _overlap(one: LateHour, start: datetime, end: datetime) -> float:
    if start <= one.hour.hour and one.end <= end:
        return one.seconds
    return max((min(one.end, end) - max(one.hour.hour, start)).total_seconds(), 0.0)
