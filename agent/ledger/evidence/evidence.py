"""What a ledger holds about one meter in one hour: the evidence behind a figure."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from agent.ledger.accounts.findings import FINDING_COLUMNS, finding_of
from agent.ledger.evidence.showings import Showings, showings_of
from agent.ledger.hours.meter_hours import SAID, SAID_BY
from agent.ledger.names import meter_named
from agent.ledger.pack import Damaged, unpack
from agent.ledger.places.meters import by_number
from agent.ledger.places.places import Places
from agent.ledger.times import from_millis, millis_of, seconds_of
from agent.model import HOUR, Basis, Finding, HourEnergy, Meter, MeterId, Minute
from agent.units import Joules

LATEST_BOOKING = timedelta(hours=2)
"""A minute is booked when the reading after it has come; of a longer gap there are no minutes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What a person has said of an hour's energy afterwards."""

    number: int
    at: datetime
    who: str
    why: str
    before: Joules | None
    """What the hour had before it; None where nothing was known."""

    after: Joules | None
    """What it has since; None where that is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One meter in one hour. `booked` is what its readings gave, before any correction."""

    meter: Meter
    hour: datetime
    booked: HourEnergy | None
    showings: Showings
    minutes: Sequence[Minute]
    """As they were booked: a clock that was put back has booked some of them twice."""

    findings: Sequence[Finding]
    corrections: Sequence[Correction]

    @property
    def energy(self) -> Joules | None:
        """Return the energy, the newest correction's where there is one; None if unknown."""
        if self.corrections:
            return self.corrections[-1].after
        return None if self.booked is None else self.booked.energy


def evidence_of(
    connection: sqlite3.Connection, name: str, hour: datetime, *, known: datetime | None = None
) -> Evidence:
    """Return it, with `known` without the corrections that were made after it.

    Readings that came after it are in it: an hour adds up what was read of it, and does not keep
    when it came. Raises ConfigError if the ledger has never seen the meter.
    """
    meter = meter_named(connection, name)
    (number,) = connection.execute("SELECT number FROM meter WHERE id = ?", (meter.id,)).fetchone()
    meter = Places(connection, by_number(connection, {})).at(number, seconds_of(hour))
    booked = _booked(connection, number, meter, hour)

    @cache
    def minutes_of(start: datetime) -> list[Minute]:
        return _minutes(connection, number, meter, start)

    return Evidence(
        meter=meter,
        hour=hour,
        booked=booked,
        showings=showings_of(connection, number, hour, booked, minutes_of),
        minutes=minutes_of(hour),
        findings=_findings(connection, number, meter.id, hour),
        corrections=_corrections(connection, number, hour, known),
    )


def _booked(
    connection: sqlite3.Connection, number: int, meter: Meter, hour: datetime
) -> HourEnergy | None:
    row = connection.execute(
        "SELECT energy_j, measured_s, interpolated_s FROM hour WHERE hour_s = ? AND meter = ?",
        (seconds_of(hour), number),
    ).fetchone()
    if row is None:
        return None
    energy, measured, interpolated = row
    return HourEnergy(
        meter=meter,
        hour=hour,
        energy=Joules(energy),
        measured=measured,
        interpolated=interpolated,
    )


def _minutes(
    connection: sqlite3.Connection, number: int, meter: Meter, hour: datetime
) -> list[Minute]:
    """Return the minutes of the hour that are still kept, in the order in which they were booked.

    A minute may come twice: a clock that was put back goes through it again.
    """
    rows = connection.execute(
        "SELECT body FROM entry WHERE kind = 'minutes' AND booked_ms >= ? AND booked_ms < ?"
        " ORDER BY position",
        (millis_of(hour), millis_of(hour + HOUR + LATEST_BOOKING)),
    )
    found: list[Minute] = []
    for (body,) in rows:
        try:
            minutes = unpack(body, lambda _: meter, only=number)
        except Damaged:
            continue
        found += [one for one in minutes if hour <= one.start < hour + HOUR]
    return found


def _findings(
    connection: sqlite3.Connection, number: int, name: MeterId, hour: datetime
) -> list[Finding]:
    rows = connection.execute(
        f"SELECT {FINDING_COLUMNS} FROM finding"  # noqa: S608 a constant
        " WHERE meter = ? AND at_ms >= ? AND at_ms < ? ORDER BY at_ms",
        (number, millis_of(hour), millis_of(hour + HOUR)),
    )
    return [finding_of(name, row) for row in rows]


def _corrections(
    connection: sqlite3.Connection, number: int, hour: datetime, known: datetime | None
) -> list[Correction]:
    by = "" if known is None else f" AND {SAID_BY}"
    rows = connection.execute(
        f"SELECT number, repaired_ms, who, why, before_j, {SAID} FROM repair_hour"  # noqa: S608 constants
        f" JOIN repair ON number = repair WHERE hour_s = ? AND repair_hour.meter = ?{by}"
        " ORDER BY number",
        (seconds_of(hour), number, *([] if known is None else [millis_of(known)])),
    )
    return [_correction(row) for row in rows]


def corrections_in(
    connection: sqlite3.Connection, hour: datetime, *, known: datetime | None = None
) -> dict[MeterId, Correction]:
    """Return what was said last of each meter's hour that was repaired, or had been by then."""
    by = "" if known is None else f" AND {SAID_BY}"
    rows = connection.execute(
        f"SELECT id, repair.number, repaired_ms, who, why, before_j, {SAID} FROM repair_hour"  # noqa: S608 constants
        " JOIN repair ON repair.number = repair JOIN meter ON meter.number = repair_hour.meter"
        f" WHERE hour_s = ?{by} ORDER BY repair.number",
        (seconds_of(hour), *([] if known is None else [millis_of(known)])),
    )
    return {MeterId(name): _correction(row) for name, *row in rows}


def _correction(row: Sequence[Any]) -> Correction:
    number, at, who, why, before, after = row
    return Correction(
        number=number,
        at=from_millis(at),
        who=who,
        why=why,
        before=None if before is None else Joules(before),
        after=None if after is None else Joules(after),
    )


def bases(minutes: Sequence[Minute]) -> dict[Basis, int]:
    """Return how many minutes stand on which basis."""
    found: dict[Basis, int] = {}
    for minute in minutes:
        if minute.basis is not None:
            found[minute.basis] = found.get(minute.basis, 0) + 1
    return found
