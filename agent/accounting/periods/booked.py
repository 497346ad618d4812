"""The hours of a site that the figures of a period stand on."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from agent.accounting.periods.calendar import Period, hours_of
from agent.model import HOUR, SiteHour

TWELFTHS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodHours:
    """What is booked of a period up to a time, in order. An hour that is over and not here is
    missing; the running one counts for as long as it has run, once there is anything of it.
    """

    period: Period
    hours: Sequence[SiteHour]
    until: datetime

    @classmethod
    def of(cls, period: Period, hours: Iterable[SiteHour], *, until: datetime) -> Self:
        """Take those of the hours, each in one version, that lie in the period and have begun."""
        found = [one for one in hours if one.hour in period and one.hour < until]
        return cls(period=period, hours=sorted(found, key=lambda one: one.hour), until=until)

    @property
    def over(self) -> int:
        """How many hours of the period are over, booked or not."""
        return hours_of(self.period, self.until)

    @property
    def count(self) -> int:
        """How many hours the figures are of: those that are over, and the running one."""
        return self.over + sum(self._runs(one) for one in self.hours)

    @property
    def provisional(self) -> int:
        """How many of the booked hours run, or wait for the readings that complete them."""
        return sum(self._runs(one) or not one.closed for one in self.hours)

    @property
    def length(self) -> float:
        """How many hours' time there was to be known."""
        running = [one for one in self.hours if self._runs(one)]
        return self.over + sum((self.until - one.hour) / HOUR for one in running)

    def share(self, hour: SiteHour) -> float:
        """Return how much of an hour there was to be known, 0 to 1. Of one that was running when it
        was last computed it is the time up to then: what has come since is not in it.
        """
        until = self.until if hour.until is None else min(self.until, hour.until)
        return min(max((until - hour.hour) / HOUR, 0.0), 1.0)

    def annual(self, kept: Sequence[SiteHour]) -> bool:
        """Tell whether these hours make an annual indicator and not an interim one.

        The period is twelve months long and over, and each twelfth of it has some of the hours:
        what began in the middle of it is not of a year (ISO/IEC 30134-2 asks for twelve months).
        """
        if not self.period.twelve_months or self.until < self.period.end:
            return False
        twelfth = (self.period.end - self.period.start) / TWELFTHS
        return len({(one.hour - self.period.start) // twelfth for one in kept}) == TWELFTHS

    def _runs(self, hour: SiteHour) -> bool:
        return hour.hour + HOUR > self.until
