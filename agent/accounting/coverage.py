"""How much of a total is known: measured, interpolated, and missing. Missing is never zero."""

from collections.abc import Sequence
from datetime import datetime

from agent.accounting.pue import Hours
from agent.model import HOUR, Coverage, Meter


def coverage_of(meters: Sequence[Meter], hours: Hours, hour: datetime, until: datetime) -> Coverage:
    """Return the shares of the meters' seconds, up to now, that are measured and interpolated."""
    span = min((until - hour).total_seconds(), HOUR.total_seconds()) * len(meters)
    known = [hours[meter.id] for meter in meters if meter.id in hours]
    if span <= 0:
        return Coverage()
    measured = min(sum(one.measured for one in known) / span, 1.0)
    interpolated = sum(one.interpolated for one in known) / span
    return Coverage(measured=measured, interpolated=min(interpolated, 1.0 - measured))
