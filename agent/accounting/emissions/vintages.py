"""Which intensity applies to an hour, of all that is known of it, and what stands in for it.

    final ─▶ the stand-ins of the site, in its order ─▶ none: the hour has no emission

Nothing else is ever taken. What stands in is marked by `HourIntensity.fallback`; the grid's own
estimate by `estimated` alone.
"""

from calendar import isleap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Protocol

from agent.accounting.emissions.carbon import completed, hour_intensity, of_one_mix
from agent.accounting.hours import hour_of
from agent.accounting.site import Annual, Estimate, Forecast, LastYear, OtherSource, Site, StandIn
from agent.model import HOUR, Fallback, HourIntensity, Intensity, Kind
from agent.units import Joules


class Known(Protocol):
    """What is known of a grid's intensities."""

    def __call__(
        self, grid: str, kind: Kind, start: datetime, end: datetime, *, forecast: bool = False
    ) -> Sequence[Intensity]:
        """Return the newest version of each value that touches [start, end); with `forecast`, of
        each forecast the newest that was said before `start`.
        """


def applied(
    site: Site,
    kind: Kind,
    hour: datetime,
    known: Known,
    *,
    until: datetime,
    slots: Sequence[Joules] | None,
) -> HourIntensity | None:
    """Return the intensity that applies to a site's hour; None where nothing is allowed to.

    First the grid's own final value: the mean of its final points if they cover enough of the hour
    (see `hour_intensity`), and what they leave open is filled by estimated points of the same
    series where the site allows its estimates. Then what the site allows, in its order. `slots`
    are the energies of the twelfths of the hour at the site's meters, `until` is the time now.
    """
    asked = _Asked(site, kind, hour, known, until, slots)
    own = asked.of(grid_of(site, kind))
    found = asked.actual(own)
    for stand_in in site.fallback:
        if found is None:
            found = asked.stood_in(stand_in, own)
    return found


def grid_of(site: Site, kind: Kind) -> str | None:
    """Return the grid whose intensity of a kind applies to a site, None if it has none."""
    return (site.marginal_grid or site.grid) if kind is Kind.MARGINAL else site.grid


@dataclass(frozen=True, slots=True)
class _Asked:
    """The intensity of one kind that is asked for an hour of a site."""

    site: Site
    kind: Kind
    hour: datetime
    known: Known
    until: datetime
    slots: Sequence[Joules] | None

    def of(self, grid: str | None, *, forecast: bool = False) -> Sequence[Intensity]:
        """Return what is known of a grid in the hour."""
        if grid is None:
            return ()
        return self.known(grid, self.kind, self.hour, self.hour + HOUR, forecast=forecast)

    def actual(self, rows: Sequence[Intensity]) -> HourIntensity | None:
        """Return the final value of a grid, completed by its estimates where they are allowed."""
        allowed = of_one_mix(rows)
        if not self._estimates:
            allowed = [row for row in allowed if not row.estimated]
        return completed(allowed, self.hour, until=self.until, slots=self.slots)

    def stood_in(self, stand_in: StandIn, own: Sequence[Intensity]) -> HourIntensity | None:
        """Return what a stand-in has for the hour; `own` is what is known of the site's grid."""
        match stand_in:
            case Estimate():
                return self._mean(own)
            case OtherSource(grid=grid):
                return _marked(self._other(grid), Fallback.OTHER_SOURCE)
            case Forecast(oldest=oldest):
                return _marked(self._forecast(oldest), Fallback.FORECAST)
            case LastYear():
                return _marked(self._last_year(), Fallback.LAST_YEAR)
            case Annual():
                return _annual(stand_in, self.kind, self.hour)

    @property
    def _estimates(self) -> bool:
        return any(isinstance(one, Estimate) for one in self.site.fallback)

    def _mean(self, rows: Sequence[Intensity]) -> HourIntensity | None:
        return hour_intensity(rows, self.hour, until=self.until, slots=self.slots)

    def _other(self, grid: str) -> HourIntensity | None:
        rows = self.of(grid)
        found = self.actual(rows)
        return self._mean(rows) if found is None and self._estimates else found

    def _forecast(self, oldest: timedelta) -> HourIntensity | None:
        rows = self.of(grid_of(self.site, self.kind), forecast=True)
        return self._mean([row for row in rows if _foretells(row, self.hour, oldest)])

    def _last_year(self) -> HourIntensity | None:
        then = replace(self, hour=year_before(self.hour))
        rows = of_one_mix(then.of(grid_of(self.site, self.kind)))
        return then._mean([row for row in rows if not row.estimated])


def _marked(found: HourIntensity | None, fallback: Fallback) -> HourIntensity | None:
    return None if found is None else replace(found, fallback=fallback)


def _foretells(row: Intensity, hour: datetime, oldest: timedelta) -> bool:
    return row.forecast and timedelta(0) < hour - row.version <= oldest


def _annual(annual: Annual, kind: Kind, hour: datetime) -> HourIntensity | None:
    if kind is not annual.kind or not 0 <= hour.year - annual.year <= annual.oldest:
        return None
    return HourIntensity(
        kind=kind,
        value=annual.value,
        source=annual.source,
        version=datetime(annual.year, 1, 1, tzinfo=UTC),
        estimated=False,
        coverage=1.0,
        period=timedelta(days=366 if isleap(annual.year) else 365),
        fallback=Fallback.ANNUAL,
    )


def year_before(hour: datetime) -> datetime:
    """Return the same month, day and hour of the year before; for 29 February the 28th's."""
    if (hour.month, hour.day) == (2, 29):
        return hour.replace(year=hour.year - 1, day=28)
    return hour.replace(year=hour.year - 1)


def touched(site: Site, row: Intensity) -> Iterator[datetime]:
    """Yield the hours of a site to which another intensity may apply because of a row.

    They are the hours that it lies in, and those of the year after for which they may stand in.
    """
    own = row.grid == grid_of(site, row.kind)
    others = {one.grid for one in site.fallback if isinstance(one, OtherSource)}
    last_year = own and any(isinstance(one, LastYear) for one in site.fallback)
    for hour in _hours(row):
        if row.forecast:
            if own and _is_foretold(site, row, hour):
                yield hour
            continue
        if own or row.grid in others:
            yield hour
        if last_year:
            yield from _year_after(hour)


def _hours(row: Intensity) -> Iterator[datetime]:
    hour = hour_of(row.start)
    while hour < row.start + row.period:
        yield hour
        hour += HOUR


def _is_foretold(site: Site, row: Intensity, hour: datetime) -> bool:
    return any(
        isinstance(one, Forecast) and _foretells(row, hour, one.oldest) for one in site.fallback
    )


def _year_after(hour: datetime) -> Iterator[datetime]:
    """Yield the hours whose year before an hour is: two of 28 February before a leap year's 29th,
    none of the 29th itself.
    """
    if (hour.month, hour.day) == (2, 29):
        return
    after = hour.replace(year=hour.year + 1)
    yield after
    if (hour.month, hour.day) == (2, 28) and isleap(after.year):
        yield after + 24 * HOUR
