"""The totals of a site over a period, as its hours stand in the ledger."""

import sqlite3
from datetime import datetime

from agent.accounting.hours import hour_of
from agent.accounting.periods.calendar import Period
from agent.accounting.periods.totals import Totals, totals_of
from agent.accounting.site import Site
from agent.ledger.hours.closing import LONGEST_GRACE
from agent.ledger.hours.site_hours import newest
from agent.model import MINUTE


def totals(
    connection: sqlite3.Connection,
    site: Site,
    period: Period,
    *,
    until: datetime,
    known: datetime | None = None,
) -> Totals:
    """Return the totals of a period up to a time.

    With `known` they are as they were then: of the versions that were the newest at that time, and
    of the hours that could be closed by it. An hour that was running then has no such version: it
    has been written over since.
    """
    if known is not None:
        until = min(until, hour_of(known - LONGEST_GRACE - MINUTE))
    hours = newest(connection, site.name, period.start, min(until, period.end), known=known)
    return totals_of(site, period, hours, until=until)
