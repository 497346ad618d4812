"""The last minutes of one meter, out of the packs of the entries."""

import sqlite3
from datetime import datetime, timedelta

from agent.ledger.pack import Damaged, unpack
from agent.ledger.readers import Budget
from agent.ledger.times import millis_of
from agent.model import MINUTE, Meter, Minute

LATEST_BOOKING = timedelta(minutes=17)
"""The last minute is booked when the reading after it has come; some are read each quarter."""


def last_minutes(
    connection: sqlite3.Connection, budget: Budget, meter: Meter, at: datetime, count: int
) -> list[Minute]:
    """Return the minutes of a meter in the `count` minutes up to its last reading, in order, each
    as it was booked last: a clock that is put back goes through them again. Raises TooMuch.
    """
    row = connection.execute("SELECT number FROM meter WHERE id = ?", (meter.id,)).fetchone()
    if row is None:
        return []
    first = at.replace(second=0, microsecond=0) - count * MINUTE
    found: dict[datetime, Minute] = {}
    for (body,) in connection.execute(
        "SELECT body FROM entry WHERE kind = 'minutes' AND booked_ms >= ? AND booked_ms < ?"
        " ORDER BY position",
        (millis_of(first), millis_of(at + LATEST_BOOKING)),
    ):
        for one in _minutes(budget, body, meter, row[0]):
            if first <= one.start <= at:
                found[one.start] = one
    return [found[start] for start in sorted(found)]


def _minutes(budget: Budget, body: bytes, meter: Meter, number: int) -> list[Minute]:
    try:
        budget.spend(1)
        return unpack(body, lambda _: meter, only=number)
    except Damaged:
        return []
