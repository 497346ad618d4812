"""How much of each meter's time is known: measured, interpolated, and missing."""

import sqlite3
from collections.abc import Mapping
from datetime import datetime

from agent.ledger.hours.meter_hours import SAID
from agent.ledger.readers import Budget
from agent.ledger.times import seconds_of
from agent.model import HOUR, Coverage, MeterId

_HOUR_S = int(HOUR.total_seconds())

# Devices that were in the settings in some of the time, with the seconds of it that they were.
# What was read before it is said to be there was there.
_EXPECTED = """
SELECT id, number, sum(max(min(coalesce(until_s, ?3), ?3)
    - max(min(since_s, coalesce(first_ms / 1000, since_s)), ?2), 0)) AS due
FROM membership m JOIN meter ON number = m.meter LEFT JOIN account a ON a.meter = number
WHERE site = ?1 AND scope = 'total' GROUP BY number HAVING due > 0
"""

_KNOWN = """
SELECT meter, sum(measured_s), sum(interpolated_s) FROM hour
WHERE hour_s >= ?2 AND hour_s < ?3 AND meter IN (SELECT number FROM meter
    WHERE site = ?1 AND scope = 'total')
    AND NOT EXISTS (SELECT 1 FROM repair_hour r WHERE r.hour_s = hour.hour_s
        AND r.meter = hour.meter)
GROUP BY meter
"""

_REPAIRED = (
    f"SELECT repair_hour.meter, repair_hour.hour_s, {SAID} FROM repair_hour"  # noqa: S608 a constant
    " WHERE hour_s >= ? AND hour_s < ? ORDER BY repair"
)


def meter_coverages(
    connection: sqlite3.Connection,
    budget: Budget,
    site: str,
    start: datetime,
    end: datetime,
    *,
    now: datetime,
) -> Mapping[MeterId, Coverage]:
    """Return the coverage of the totals of a site's devices over full hours, up to now.

    It is of the time in which each was in the settings. A repaired hour counts as interpolated, one
    that is said to be unknown as missing. Raises TooMuch.
    """
    first, last = seconds_of(start), seconds_of(min(end, now))
    due = connection.execute(_EXPECTED, (site, first, last)).fetchall()
    budget.spend(len(due) * -(-max(last - first, 0) // _HOUR_S))
    known = {
        meter: (measured, interpolated)
        for meter, measured, interpolated in connection.execute(
            _KNOWN, (site, first, seconds_of(end))
        )
    }
    said = _said(connection, first, seconds_of(end))
    return {
        MeterId(name): _coverage(seconds, known.get(number, (0.0, 0.0)), said.get(number, 0))
        for name, number, seconds in due
    }


def _said(connection: sqlite3.Connection, first: int, last: int) -> dict[int, int]:
    """Return how many hours of each meter a person has said the energy of."""
    newest = {
        (meter, hour): energy
        for meter, hour, energy in connection.execute(_REPAIRED, (first, last))
    }
    counts: dict[int, int] = {}
    for (meter, _), energy in newest.items():
        if energy is not None:
            counts[meter] = counts.get(meter, 0) + 1
    return counts


def _coverage(seconds: float, known: tuple[float, float], repaired: int) -> Coverage:
    measured = min(known[0] / seconds, 1.0)
    interpolated = (known[1] + repaired * _HOUR_S) / seconds
    return Coverage(measured=measured, interpolated=min(interpolated, 1.0 - measured))
