"""Series of meters and of sites: each value with how much of it is known."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np

from agent.accounting.hours import floor, hour_of
from agent.accounting.periods.calendar import Period
from agent.accounting.periods.refusing import refusal
from agent.ledger.hours.closing import LONGEST_GRACE
from agent.ledger.hours.totals import totals
from agent.ledger.series.asked import (
    HOUR_S,
    OF_METERED,
    OF_THE_SITE,
    Asked,
    Figure,
    Source,
    Span,
    Step,
    Unaskable,
)
from agent.ledger.series.columns import Bools, Columns
from agent.ledger.series.days import any_by_day, by_day, days_of, firsts
from agent.ledger.series.hours import SiteHours, site_hours
from agent.ledger.series.sites import site_in_hours, site_in_minutes
from agent.ledger.series.sums import Table, check_size, metered
from agent.model import HOUR, MINUTE, Quantity
from agent.units import JOULES_PER_KWH, MILLILITRES_PER_LITRE

GRACE = LONGEST_GRACE + MINUTE
"""So long after its end an hour may still be open."""

UNITS = {
    Figure.POWER: "W",
    Figure.ENERGY: "kWh",
    Figure.EMISSIONS: "kg",
    Figure.PUE: "ratio",
    Figure.INTENSITY: "g/kWh",
}
WATER_UNITS = {Figure.POWER: "l/s", Figure.ENERGY: "l", Figure.EMISSIONS: "kg"}

_MEANS = frozenset({Figure.POWER, Figure.INTENSITY})


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """What was asked for: series by rows of the columns, in the order of their keys, which all have
    the same steps.
    """

    unit: str
    starts: Sequence[datetime]
    end: datetime
    keys: Sequence[str]
    columns: Columns
    estimated: Bools | None = None
    """Whether something in the step stands on an estimated intensity, or on one that stands in;
    None where no intensity is in it.
    """

    provisional: Bools | None = None
    """Whether an hour of the step is not over; None of minutes, which are facts."""


def series_of(source: Source, asked: Asked) -> Series:
    """Return a series. Raises TooMuch, and Unaskable for what there is not."""
    _check(asked)
    if asked.step is Step.MINUTE:
        return _in_minutes(source, asked)
    return _in_hours(source, asked)


def _check(asked: Asked) -> None:
    figure = asked.figure
    is_site = not asked.choice and asked.by == "site"
    if figure in OF_THE_SITE and not is_site:
        raise Unaskable(f"{figure} is the whole site's: leave out by and what chooses meters")
    if asked.step is not Step.MINUTE:
        return
    if figure not in OF_METERED:
        raise Unaskable(f"{figure} belongs to hours: ask for step=hour")
    if asked.known is not None:
        raise Unaskable("minutes are never restated: leave as_of out, or ask for step=hour")


def _in_minutes(source: Source, asked: Asked) -> Series:
    start, end = floor(asked.start, MINUTE), _ceiled(asked.end, MINUTE)
    span = Span.between(start, end)
    check_size(1, (end - start) // MINUTE)
    if asked.choice or asked.by != "site":
        table = metered(source, asked, span)
    else:
        around = Span.between(hour_of(start), _ceiled(end, HOUR))
        hours = site_hours(source, asked.site.name, asked.kind, around)
        table = Table([asked.site.name], site_in_minutes(source, asked, span, hours))
    starts = [start + n * MINUTE for n in range((end - start) // MINUTE)]
    return _told(asked, table, starts, end)


def _ceiled(at: datetime, period: timedelta) -> datetime:
    full = floor(at, period)
    return full if full == at else full + period


def _in_hours(source: Source, asked: Asked) -> Series:
    start, end = hour_of(asked.start), _ceiled(asked.end, HOUR)
    days = []
    if asked.step is Step.DAY:
        days = days_of(Span.between(start, end), asked.site.timezone)
        start, end = days[0].start, days[-1].end
    steps = (end - start) // HOUR
    check_size(1, steps)
    upto = _upto(source, asked, end)
    span = Span.between(start, max(upto, start), asked.known)
    hours = site_hours(source, asked.site.name, asked.kind, span)
    table = _hourly(source, asked, span, hours)
    table = replace(table, columns=table.columns.padded(steps))
    estimated = _padded(hours.estimated == 1, steps)
    provisional = _padded(_is_open(source, hours, span), steps)
    if days:
        at = firsts(days)
        table = replace(table, columns=_daily(source, asked, table.columns, days))
        estimated, provisional = any_by_day(estimated, at), any_by_day(provisional, at)
    starts = [one.start for one in days] or [start + n * HOUR for n in range(steps)]
    told = _told(asked, table, starts, end)
    stands = asked.figure in (Figure.EMISSIONS, Figure.INTENSITY)
    return replace(told, estimated=estimated if stands else None, provisional=provisional)


def _upto(source: Source, asked: Asked, end: datetime) -> datetime:
    """Return up to when hours are told: as they were known then, those that could be over."""
    if asked.known is None:
        return end
    return min(end, hour_of(min(asked.known, source.now) - GRACE))


def _hourly(source: Source, asked: Asked, span: Span, hours: SiteHours) -> Table:
    if asked.choice or asked.by != "site":
        factors = hours if asked.figure is Figure.EMISSIONS else None
        return metered(source, asked, span, factors)
    starts = np.arange(span.start_s, span.end_s, HOUR_S)
    available = np.clip(source.now.timestamp() - starts, 0, HOUR_S)
    return Table([asked.site.name], site_in_hours(asked, hours, available))


def _padded(flags: Bools, steps: int) -> Bools:
    return np.pad(flags, (0, steps - len(flags)))


def _is_open(source: Source, hours: SiteHours, span: Span) -> Bools:
    """Return which hours run, or wait for the readings that complete them."""
    starts = np.arange(span.start_s, span.end_s, HOUR_S)
    recent = starts + HOUR_S + GRACE.total_seconds() > source.now.timestamp()
    is_open: Bools = (hours.version == 0) | (np.isnan(hours.version) & recent)
    return is_open


def _daily(source: Source, asked: Asked, hours: Columns, days: Sequence[Period]) -> Columns:
    """Return days of hours; where less is known of a site's than it asks for they are missing."""
    if asked.figure is Figure.PUE:
        return _pue_of_days(source, asked, days)
    found = by_day(hours, firsts(days), mean=asked.figure in _MEANS)
    if (
        not asked.choice
        and asked.by == "site"
        and asked.figure in (Figure.ENERGY, Figure.EMISSIONS)
    ):
        refused = [refusal(asked.site, "", one) is not None for one in found.coverage[0]]
        found.values[0, refused] = np.nan
    return found


def _pue_of_days(source: Source, asked: Asked, days: Sequence[Period]) -> Columns:
    """Return what the totals of each day say: of hours with one category of measurement."""
    found = Columns.empty(1, len(days))
    for at, day in enumerate(days):
        source.budget.spend(day.hours)
        pue = totals(source.connection, asked.site, day, until=source.now, known=asked.known).pue
        found.values[0, at] = np.nan if pue.value is None else pue.value
        found.coverage[0, at] = pue.coverage
    return found


def _told(asked: Asked, table: Table, starts: Sequence[datetime], end: datetime) -> Series:
    """Return a series in the units that people are told."""
    water = table.quantity is Quantity.WATER
    units = WATER_UNITS if water else UNITS
    per = 1
    if asked.figure is Figure.ENERGY:
        per = MILLILITRES_PER_LITRE if water else JOULES_PER_KWH
    elif asked.figure is Figure.POWER and water:
        per = MILLILITRES_PER_LITRE
    columns = replace(table.columns, values=table.columns.values / per)
    return Series(
        unit=units[asked.figure], starts=starts, end=end, keys=table.keys, columns=columns
    )
