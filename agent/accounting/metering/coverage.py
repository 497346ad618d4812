"""How much of a total is known: measured, interpolated, and missing. Missing is never zero."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from math import inf

from agent.accounting.metering.pue import Hours
from agent.model import HOUR, Coverage, HourEnergy, Meter


def coverage_of(meters: Sequence[Meter], hours: Hours, hour: datetime, until: datetime) -> Coverage:
    """Return the shares of the meters' energy in an hour, up to `until`, by how it is known.

    What a meter missed is taken to have flowed at its own mean power of the hour, so each meter
    weighs by that. Where a meter has none, because nothing is known of it, or where nothing flows,
    each device weighs the same, whether its total or its outlets make the sum, and the shares are
    of time. A meter is never known longer than the time there was: one that is cannot stand in for
    another.
    """
    span = min((until - hour).total_seconds(), HOUR.total_seconds())
    if span <= 0 or not meters:
        return Coverage()
    known = [found for meter in meters if (found := hours.get(meter.id)) is not None]
    if len(known) == len(meters) and min(one.measured for one in known) >= span:
        return Coverage(measured=1.0)
    powers = _mean_powers(known)
    total = sum(powers)
    if len(known) < len(meters) or min(powers) < 0 or not 0 < total < inf:
        parts = Counter(one.device for one in meters)
        powers = [1.0 / parts[one.meter.device] for one in known]
        total = float(len(parts))
    measured = interpolated = 0.0
    for power, one in zip(powers, known, strict=True):
        seconds = min(one.measured, span)
        measured += power * seconds
        interpolated += power * min(one.interpolated, span - seconds)
    return _shares(measured / (total * span), interpolated / (total * span))


def coverage_between(one: Coverage, other: Coverage) -> Coverage:
    """Return how much is known of the difference of two sums: no more than of either of them."""
    measured = min(one.measured, other.measured)
    return Coverage(measured=measured, interpolated=min(one.known, other.known) - measured)


def _mean_powers(known: Sequence[HourEnergy]) -> list[float]:
    """Return watts; below zero for a meter of which no second is known."""
    return [
        one.energy / seconds if (seconds := one.measured + one.interpolated) > 0 else -1.0
        for one in known
    ]


def _shares(measured: float, interpolated: float) -> Coverage:
    """Return shares that do not exceed one by rounding."""
    measured = min(measured, 1.0)
    return Coverage(measured=measured, interpolated=min(interpolated, 1.0 - measured))
