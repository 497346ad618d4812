"""The meters that the ledger has ever seen, each with its place in the metering tree.

A device that has left the settings keeps its rows: what was booked for it stays in the hours of
its site, and is still handed to an exporter that comes late.
"""

import json
import sqlite3
from collections.abc import Callable, Sequence
from typing import Any

from agent.model import Meter, MeterId, Role, Scope

COLUMNS = "id, device, site, role, scope, upstream, tags, accuracy"
"""What `meter_of` takes."""

MeterOf = Callable[[int], Meter]


def number_of(connection: sqlite3.Connection, meter: Meter) -> int:
    """Return a meter's number in the ledger, as new if need be; its place is brought up to date."""
    (number,) = connection.execute(
        f"INSERT INTO meter ({COLUMNS})"  # noqa: S608 a constant
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET site = excluded.site,"
        " role = excluded.role, upstream = excluded.upstream, tags = excluded.tags,"
        " accuracy = excluded.accuracy"
        " RETURNING number",
        (
            meter.id,
            meter.device,
            meter.site,
            meter.role,
            meter.scope,
            " ".join(meter.upstream),
            json.dumps(dict(meter.tags), sort_keys=True),
            meter.accuracy,
        ),
    ).fetchone()
    return int(number)


def meter_of(row: Sequence[Any]) -> Meter:
    """Return the meter of a row of COLUMNS."""
    name, device, site, role, scope, upstream, tags, accuracy = row
    return Meter(
        id=MeterId(name),
        device=device,
        site=site,
        role=Role(role),
        scope=Scope(scope),
        upstream=tuple((upstream or "").split()),
        tags=json.loads(tags),
        accuracy=accuracy,
    )


def by_number(connection: sqlite3.Connection, known: dict[int, Meter]) -> MeterOf:
    """Return a look-up of meters by their number; `known` are those looked up before."""

    def meter(number: int) -> Meter:
        if number not in known:
            row = connection.execute(
                f"SELECT {COLUMNS} FROM meter WHERE number = ?",  # noqa: S608 a constant
                (number,),
            ).fetchone()
            known[number] = meter_of(row)
        return known[number]

    return meter
