"""Repairs: what a person has said afterwards of a meter's energy, and why.

Nothing is changed in place. A repair is a row of `repair`, and of `repair_hour` one for each hour:
what the hour had before it (`before_j`, NULL: nothing was known), and the difference that the
repair makes (`energy_j`, NULL: nothing is known since). The newest repair of an hour holds, also
against readings that come later: what a counter says after an outage must not be added to what was
said of the outage.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from agent.accounting.hours import parts
from agent.errors import ConfigError
from agent.ledger.corrections.plausible import check_plausible
from agent.ledger.file import reading
from agent.ledger.hours.meter_hours import EACH_HOUR, SAID
from agent.ledger.names import meter_named
from agent.ledger.places.meters import COLUMNS, by_number, meter_of
from agent.ledger.places.places import Places
from agent.ledger.times import from_millis, from_seconds, millis_of, seconds_of
from agent.model import FULLEST, HOUR, MeterId, Quantity
from agent.units import Joules

LONGEST = timedelta(days=366)

_REASON = 200
_REASONS = 600
"""Letters of a reason, and of several, that stand in the restatement log. A repair has all of its.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """What is to be said of a meter in whole UTC hours.

    `energy` is in joules, of a water meter in millilitres, and shared over the hours; None says
    that it is not known. `measures` is what its unit can be of, all where no unit was given.
    """

    meter: MeterId
    start: datetime
    end: datetime
    energy: Joules | None
    who: str
    why: str
    measures: frozenset[Quantity] = frozenset(Quantity)
    despite_size: bool = False
    """Book it although it is far more than the meter has ever had."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Repaired:
    """A repair that is booked. Energies are in joules, of a water meter in millilitres."""

    number: int
    meter: MeterId
    quantity: Quantity
    start: datetime
    end: datetime
    energy: Joules | None
    """What the hours have since; None if it is not known."""

    before: Joules | None
    """What they had together before; None if nothing was known of any of them."""

    who: str
    why: str
    at: datetime


def check_repair(connection: sqlite3.Connection, repair: Repair, *, now: datetime) -> None:
    """Raise ConfigError if a repair cannot be booked: says why, and what can be."""
    meter = meter_named(connection, repair.meter)
    if meter.quantity not in repair.measures:
        units = "L or m3" if meter.quantity is Quantity.WATER else "J, Wh, kWh or MWh"
        raise ConfigError(f"{meter.id} measures {meter.quantity}: give --energy in {units}")
    if repair.end <= repair.start:
        raise ConfigError(
            f"--to {_shown(repair.end)} is not after --from {_shown(repair.start)}: --to is where "
            "the last hour ends"
        )
    if repair.end > now:
        raise ConfigError(
            f"--to {_shown(repair.end)} is not over yet, it is {now:%Y-%m-%dT%H:%M} UTC: only "
            "hours that are over can be repaired"
        )
    if repair.end - repair.start > LONGEST:
        raise ConfigError(
            f"--from {_shown(repair.start)} to {_shown(repair.end)} is more than "
            f"{LONGEST.days} days: repair one year at a time"
        )
    if repair.energy is not None and not 0 <= repair.energy <= FULLEST:
        raise ConfigError(f"--energy of {repair.energy} J: must be from 0 to {FULLEST} J")
    check_plausible(connection, meter, repair)


def _shown(hour: datetime) -> str:
    return f"{hour:%Y-%m-%dT%H}"


def book_repair(connection: sqlite3.Connection, repair: Repair, *, now: datetime) -> Repaired:
    """Book a repair that was checked. The hours of the meter's site become stale."""
    (number,) = connection.execute(
        "SELECT number FROM meter WHERE id = ?", (repair.meter,)
    ).fetchone()
    row = (
        *(number, seconds_of(repair.start), seconds_of(repair.end), repair.energy),
        *(repair.who, repair.why, millis_of(now)),
    )
    key = connection.execute(
        "INSERT INTO repair (meter, start_s, end_s, energy_j, who, why, repaired_ms)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        row,
    ).lastrowid
    hours = list(_hours(connection, number, repair))
    connection.executemany(
        "INSERT INTO repair_hour (repair, meter, hour_s, before_j, energy_j)"
        " VALUES (?, ?, ?, ?, ?)",
        [(key, number, *hour) for hour in hours],
    )
    places = Places(connection, by_number(connection, {}))
    why = f"repair {key} by {repair.who}: {repair.why}"[:_REASON]
    connection.executemany(
        "INSERT INTO stale_hour (site, hour_s, energy, why) VALUES (?, ?, 1, ?) ON CONFLICT DO"
        " UPDATE SET energy = 1, why = substr(excluded.why"
        " || CASE why WHEN '' THEN '' ELSE '; ' || why END, 1, ?)",
        [(places.at(number, hour).site, hour, why, _REASONS) for hour, _, _ in hours],
    )
    (found,) = _booked(connection, "r.number = ?", key)
    return found


def _hours(
    connection: sqlite3.Connection, number: int, repair: Repair
) -> Iterator[tuple[int, int | None, int | None]]:
    """Yield each hour, what it has now, and the difference to what it is said to have."""
    before = _before(connection, number, seconds_of(repair.start), seconds_of(repair.end))
    for part in parts(repair.start, repair.end, repair.energy or Joules(0), HOUR):
        hour = seconds_of(part.start)
        had = before.get(hour)
        yield hour, had, None if repair.energy is None else part.energy - (had or 0)


def _before(
    connection: sqlite3.Connection, number: int, start: int, end: int
) -> dict[int, int | None]:
    """Return what the hours have now, those that are known or said to be unknown."""
    rows = connection.execute(
        f"{EACH_HOUR} SELECT hour_s, energy_j, 0 AS repair FROM asked CROSS JOIN hour"  # noqa: S608 constants
        " ON hour_s = asked_s AND meter = ?1"
        f" UNION ALL SELECT hour_s, {SAID}, repair FROM asked CROSS JOIN repair_hour"
        " ON hour_s = asked_s AND meter = ?1 ORDER BY repair",
        (number, start, end),
    )
    return {hour: energy for hour, energy, _ in rows}


def repairs_of(path: Path, meter: str | None = None) -> list[Repaired]:
    """Return the repairs in a ledger, or of one meter, in order.

    Raises ConfigError if there is no ledger that can be read, or no such meter in it.
    """
    with reading(path) as connection:
        if meter is None:
            return _booked(connection, "1")
        return _booked(connection, "id = ?", meter_named(connection, meter).id)


def newest_repairs(
    connection: sqlite3.Connection,
    *,
    meter: str | None = None,
    before: int | None = None,
    limit: int,
) -> list[Repaired]:
    """Return so many repairs, the newest first, of all meters or of one; with `before` those of
    smaller numbers.
    """
    where = "r.number IN (SELECT r.number FROM repair r JOIN meter m ON m.number = r.meter"
    where += " WHERE (?1 IS NULL OR id = ?1) AND (?2 IS NULL OR r.number < ?2)"
    where += " ORDER BY r.number DESC LIMIT ?3)"
    return _booked(connection, where, meter, before, limit)[::-1]


def _booked(connection: sqlite3.Connection, where: str, *values: object) -> list[Repaired]:
    """Return the repairs that a condition, which is a constant, is true of."""
    rows = connection.execute(
        "SELECT r.number, start_s, end_s, energy_j, (SELECT sum(before_j) FROM repair_hour h"  # noqa: S608 constants
        " WHERE hour_s >= start_s AND hour_s < end_s AND h.meter = r.meter AND repair = r.number),"
        f" who, why, repaired_ms, {COLUMNS} FROM repair r JOIN meter m ON m.number = r.meter"
        f" WHERE {where} ORDER BY r.number",
        values,
    )
    return [_repaired(row) for row in rows]


def _repaired(row: Sequence[Any]) -> Repaired:
    number, start, end, energy, before, who, why, at, *meter = row
    found = meter_of(meter)
    return Repaired(
        number=number,
        meter=found.id,
        quantity=found.quantity,
        start=from_seconds(start),
        end=from_seconds(end),
        energy=None if energy is None else Joules(energy),
        before=None if before is None else Joules(before),
        who=who,
        why=why,
        at=from_millis(at),
    )
