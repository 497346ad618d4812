"""What was booked for the meters in an hour, with what was said of it afterwards."""

import sqlite3
from collections.abc import Sequence

from agent.model import HOUR, Scope

HourRow = tuple[int, int, float, float]
"""A meter's number, its joules, and its seconds measured and interpolated."""


def hour_rows(
    connection: sqlite3.Connection, hour_s: int, scopes: Sequence[Scope] = ()
) -> list[HourRow]:
    """Return what all meters were booked in an hour, of these scopes or of any.

    An hour that was repaired counts as interpolated, one that is said to be unknown is absent.
    """
    among = f" AND scope IN ({', '.join('?' * len(scopes))})" if scopes else ""
    joined = " JOIN meter ON number = meter" if scopes else ""
    found = connection.execute(
        f"SELECT meter, energy_j, measured_s, interpolated_s FROM hour{joined}"  # noqa: S608 only marks
        f" WHERE hour_s = ?{among}",
        (hour_s, *scopes),
    ).fetchall()
    said = dict(
        connection.execute(
            f"SELECT meter, coalesce(before_j, 0) + energy_j FROM repair_hour{joined}"  # noqa: S608 only marks
            f" WHERE hour_s = ?{among} ORDER BY repair",
            (hour_s, *scopes),
        ).fetchall()
    )
    if not said:
        return found
    kept = [row for row in found if row[0] not in said]
    whole = HOUR.total_seconds()
    return kept + [(meter, one, 0.0, whole) for meter, one in said.items() if one is not None]
