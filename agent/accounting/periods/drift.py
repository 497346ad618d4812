"""A site's PUE beside its own past: a drift is seen before it is a bill."""

from dataclasses import replace
from datetime import datetime, timedelta

from agent.accounting.hours import hour_of
from agent.accounting.periods.booked import PeriodHours
from agent.accounting.periods.calendar import Period
from agent.accounting.periods.late import Late
from agent.accounting.periods.pue import PeriodPue, period_pue
from agent.accounting.site import Site
from agent.model import PueNow

DAY, PAST = timedelta(days=1), timedelta(days=28)
LEAST_PAST = 7 * 24
"""Measured hours without which there is no past to compare with."""

LEAST_DAY = 12
"""Measured hours without which a day is not compared: a PUE swings between day and night."""


def pue_now(site: Site, late: Late, *, now: datetime) -> PueNow:
    """Return the PUE of the last 24 full hours and of the 28 days before, both of measured hours
    alone. They are compared where both are of the same category (ISO/IEC 30134-2).
    """
    end = hour_of(now)
    day = _pue(site, late, end - DAY, end)
    past = _pue(site, late, end - DAY - PAST, end - DAY)
    usual = past.value if past.kept >= LEAST_PAST else None
    drift = None
    if day.value and usual and day.kept >= LEAST_DAY and day.category == past.category:
        drift = day.value / usual - 1
    return PueNow(day=day.value, past=usual, drift=drift)


def _pue(site: Site, late: Late, start: datetime, end: datetime) -> PeriodPue:
    period = Period(name="", start=start, end=end, timezone=site.timezone)
    hours = [one.hour for one in late.between(start, end)]
    booked = PeriodHours.of(period, hours, until=end)
    # How many hours it takes is said above: a young site has no 28 days.
    return period_pue(replace(site, least_coverage=0.0), booked)
