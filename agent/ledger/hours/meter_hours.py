"""What was booked for the meters in an hour, with what was said of it afterwards."""

import sqlite3
from collections.abc import Sequence
from datetime import datetime

from agent.ledger.times import millis_of
from agent.model import HOUR, Scope
from agent.units import Joules

HourRow = tuple[int, Joules, float, float]
"""A meter's number, its joules, and its seconds measured and interpolated."""

SAID = "coalesce(before_j, 0) + repair_hour.energy_j"
"""What a row of `repair_hour` says that its hour has; NULL if nothing is known of it since.

Of several rows of an hour that of the newest repair holds: the last one in the order of `repair`.
"""

EACH_HOUR = (
    "WITH RECURSIVE asked (asked_s) AS (SELECT ?2 WHERE ?2 < ?3 UNION ALL"
    " SELECT asked_s + 3600 FROM asked WHERE asked_s + 3600 < ?3)"
)
"""The hours from ?2 up to ?3, to be joined with `CROSS JOIN`: the tables of hours are sorted by
hour first, so one meter's are looked up hour by hour, and never found by reading all meters'.
"""

SAID_BY = "repair IN (SELECT number FROM repair WHERE repaired_ms <= ?)"
"""Keeps the rows of `repair_hour` that were there at a time, given in milliseconds since 1970."""


def hour_rows(
    connection: sqlite3.Connection,
    hour_s: int,
    scopes: Sequence[Scope] = (),
    *,
    known: datetime | None = None,
) -> list[HourRow]:
    """Return what all meters were booked in an hour, of these scopes or of any.

    An hour that was repaired counts as interpolated, one that is said to be unknown is absent. With
    `known` no repair counts that was made after it. Readings that came after it do count: they have
    been added up with those before them.
    """
    among = f" AND scope IN ({', '.join('?' * len(scopes))})" if scopes else ""
    joined = " JOIN meter ON number = meter" if scopes else ""
    found = connection.execute(
        f"SELECT meter, energy_j, measured_s, interpolated_s FROM hour{joined}"  # noqa: S608 only marks
        f" WHERE hour_s = ?{among}",
        (hour_s, *scopes),
    ).fetchall()
    by = "" if known is None else f" AND {SAID_BY}"
    said = dict(
        connection.execute(
            f"SELECT meter, {SAID} FROM repair_hour{joined}"  # noqa: S608 only marks
            f" WHERE hour_s = ?{among}{by} ORDER BY repair",
            (hour_s, *scopes, *([] if known is None else [millis_of(known)])),
        ).fetchall()
    )
    if not said:
        return found
    kept = [row for row in found if row[0] not in said]
    whole = HOUR.total_seconds()
    return kept + [(meter, one, 0.0, whole) for meter, one in said.items() if one is not None]
