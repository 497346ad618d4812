"""A whole site in minutes and hours."""

from dataclasses import replace

import numpy as np

from agent.ledger.series.asked import HOUR_S, Asked, Figure, Source, Span
from agent.ledger.series.chosen import Meters, epochs, site_groups
from agent.ledger.series.columns import Columns, Floats
from agent.ledger.series.hours import SiteHours
from agent.ledger.series.sums import Epoch, check_size, grouped, step_s
from agent.units import GRAMS_PER_KILOGRAM


def site_in_hours(asked: Asked, hours: SiteHours, available: Floats) -> Columns:
    """Return what a site's hours say, in watts, joules, kilograms, g/kWh: one row.

    `available` are the seconds of each hour that have passed.
    """
    values, coverage = _of_hours(asked.figure, hours)
    there = ~np.isnan(values)
    shares = np.where(there, np.nan_to_num(coverage), 0.0)
    return Columns(values[None, :], shares[None, :], available[None, :])


def _of_hours(figure: Figure, hours: SiteHours) -> tuple[Floats, Floats]:
    if figure is Figure.ENERGY:
        return hours.energy, hours.coverage
    if figure is Figure.EMISSIONS:
        return hours.grams / GRAMS_PER_KILOGRAM, hours.coverage
    if figure is Figure.PUE:
        return hours.pue, hours.pue_coverage
    if figure is Figure.INTENSITY:
        return hours.intensity, hours.intensity_coverage
    # What is missing of an hour is taken to have flowed at its mean power: see `coverage_of`.
    covered = hours.span * hours.coverage
    nothing = np.full(covered.shape, np.nan)
    return np.divide(hours.energy, covered, out=nothing, where=covered > 0), hours.coverage


def site_in_minutes(source: Source, asked: Asked, span: Span, hours: SiteHours) -> Columns:
    """Return what crossed a site's boundary in each minute, in watts or joules: one row.

    It is known where all of its meters are; else it is IT x the PUE of the hour. `hours` are the
    site's of all hours that the span touches.
    """
    steps = (span.end_s - span.start_s) // step_s(asked.step)
    check_size(1, steps)
    found, meters = Columns.empty(1, steps), Meters(source.connection, asked)
    for part in epochs(source.connection, span):
        stood = meters.at(part)
        boundary, it = site_groups(asked.site, stood)
        epoch = Epoch(part, stood, [one for one in (boundary, it) if one.numbers])
        first = (part.start_s - span.start_s) // step_s(asked.step)
        if boundary.numbers:
            own = grouped(source, asked, replace(epoch, groups=[boundary]), whole=True)
            found.put(np.zeros(1, np.intp), first, own)
        if it.numbers:
            behind = grouped(source, asked, replace(epoch, groups=[it]))
            _stand_in(found, first, behind, _pue(span, hours, first, behind))
    return found


def _pue(span: Span, hours: SiteHours, first: int, found: Columns) -> Floats:
    """Return the PUE of the hour of each minute."""
    minutes = span.start_s // 60 + first + np.arange(found.values.shape[1])
    return hours.pue[minutes // 60 - span.start_s // HOUR_S]


def _stand_in(found: Columns, first: int, it: Columns, pue: Floats) -> None:
    """Put IT x PUE where the boundary is not known."""
    steps = slice(first, first + it.values.shape[1])
    missing = np.isnan(found.values[0, steps]) & ~np.isnan(it.values[0] * pue)
    found.values[0, steps][missing] = (it.values[0] * pue)[missing]
    found.coverage[0, steps][missing] = it.coverage[0][missing]
    found.due[0, steps][missing] = it.due[0][missing]
