"""The days of a site: sums and means of their hours."""

from collections.abc import Iterator, Sequence

import numpy as np

from agent.accounting.periods.calendar import Period, day_of
from agent.ledger.series.asked import HOUR_S, Span
from agent.ledger.series.columns import Bools, Columns, Floats, Places, share
from agent.ledger.times import from_seconds, seconds_of


def days_of(span: Span, timezone: str) -> list[Period]:
    """Return the local days that the hours of a span belong to, in order."""
    return list(_days(span, timezone))


def _days(span: Span, timezone: str) -> Iterator[Period]:
    start = span.start_s
    while start < span.end_s:
        day = day_of(from_seconds(start), timezone)
        yield day
        start = seconds_of(day.end)


def firsts(days: Sequence[Period]) -> Places:
    """Return the place of each day's first hour among the hours of all of them."""
    start = seconds_of(days[0].start)
    return np.array([(seconds_of(day.start) - start) // HOUR_S for day in days])


def by_day(hours: Columns, at: Places, *, mean: bool = False) -> Columns:
    """Return sums of hours by day, of those that are known; or means, in which an hour weighs by
    the time that is covered of it. `at` are the first hours of the days.
    """
    there = ~np.isnan(hours.values)
    covered = hours.coverage * hours.due
    weight = covered if mean else there.astype(np.float64)
    sums = _added(np.where(there, hours.values * weight, 0.0), at)
    due, known = _added(hours.due, at), _added(np.where(there, covered, 0.0), at)
    if mean:
        weights = _added(np.where(there, weight, 0.0), at)
        values = np.divide(sums, weights, out=np.full(sums.shape, np.nan), where=weights > 0)
    else:
        values = np.where(_added(there.astype(np.float64), at) > 0, sums, np.nan)
    return Columns(values, share(known, due), due)


def _added(values: Floats, at: Places) -> Floats:
    added: Floats = np.add.reduceat(values, at, axis=1)
    return added


def any_by_day(hours: Bools, at: Places) -> Bools:
    """Return whether it holds for any hour of each day."""
    found: Bools = np.logical_or.reduceat(hours, at)
    return found
