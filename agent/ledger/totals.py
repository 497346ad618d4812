"""The totals of a site over a period, as its hours stand in the ledger."""

import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

from agent.accounting.hours import hour_of
from agent.accounting.periods.calendar import Period
from agent.accounting.periods.totals import Totals, totals_of
from agent.accounting.site import Site
from agent.ledger.closing import GRACE
from agent.ledger.file import open_reader
from agent.ledger.site_hours import newest
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
        until = min(until, hour_of(known - GRACE - MINUTE))
    hours = newest(connection, site.name, period.start, min(until, period.end), known=known)
    return totals_of(site, period, hours, until=until)


def totals_of_path(
    path: Path, site: Site, period: Period, *, until: datetime, known: datetime | None = None
) -> Totals:
    """Read them from the file. Raises ConfigError if there is no ledger that can be read."""
    with closing(open_reader(path)) as connection:
        return totals(connection, site, period, until=until, known=known)
