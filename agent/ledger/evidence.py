"""What a ledger holds about one meter in one hour: the evidence behind a figure."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from agent.ledger.meters import by_number
from agent.ledger.names import meter_named
from agent.ledger.pack import Damaged, unpack
from agent.ledger.places import Places
from agent.ledger.times import from_millis, millis_of, seconds_of
from agent.model import HOUR, Basis, Finding, HourEnergy, Meter, MeterId, Minute, Oddity
from agent.units import Joules

LATEST_BOOKING = timedelta(hours=2)
"""A minute is booked when the reading after it has come; of a longer gap there are no minutes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Showing:
    """What a register showed, and when."""

    at: datetime
    energy: Joules


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
    opening: Showing | None
    """The last reading of its register before the hour."""

    closing: Showing | None
    """The last one in it."""

    minutes: Sequence[Minute]
    findings: Sequence[Finding]
    corrections: Sequence[Correction]

    @property
    def energy(self) -> Joules | None:
        """Return the energy, the newest correction's where there is one; None if unknown."""
        if self.corrections:
            return self.corrections[-1].after
        return None if self.booked is None else self.booked.energy


def evidence_of(connection: sqlite3.Connection, name: str, hour: datetime) -> Evidence:
    """Return it. Raises ConfigError if the ledger has never seen the meter."""
    meter = meter_named(connection, name)
    (number,) = connection.execute("SELECT number FROM meter WHERE id = ?", (meter.id,)).fetchone()
    meter = Places(connection, by_number(connection, {})).at(number, seconds_of(hour))
    return Evidence(
        meter=meter,
        hour=hour,
        booked=_booked(connection, number, meter, hour),
        opening=_showing(connection, number, "hour_s < ? ORDER BY hour_s DESC", hour),
        closing=_showing(connection, number, "hour_s = ?", hour),
        minutes=_minutes(connection, number, meter, hour),
        findings=_findings(connection, number, meter.id, hour),
        corrections=_corrections(connection, number, hour),
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


def _showing(
    connection: sqlite3.Connection, number: int, where: str, hour: datetime
) -> Showing | None:
    row = connection.execute(
        "SELECT register_ms, register_j FROM hour WHERE meter = ? AND register_j IS NOT NULL"  # noqa: S608 a constant
        f" AND {where} LIMIT 1",
        (number, seconds_of(hour)),
    ).fetchone()
    return Showing(at=from_millis(row[0]), energy=Joules(row[1])) if row else None


def _minutes(
    connection: sqlite3.Connection, number: int, meter: Meter, hour: datetime
) -> list[Minute]:
    """Return the minutes of the hour that are still kept, in order."""
    rows = connection.execute(
        "SELECT body FROM entry WHERE kind = 'minutes' AND booked_ms >= ? AND booked_ms < ?"
        " ORDER BY position",
        (millis_of(hour), millis_of(hour + HOUR + LATEST_BOOKING)),
    )
    found: dict[datetime, Minute] = {}
    for (body,) in rows:
        try:
            minutes = unpack(body, lambda _: meter, only=number)
        except Damaged:
            continue
        found |= {one.start: one for one in minutes if hour <= one.start < hour + HOUR}
    return [found[start] for start in sorted(found)]


def _findings(
    connection: sqlite3.Connection, number: int, name: MeterId, hour: datetime
) -> list[Finding]:
    rows = connection.execute(
        "SELECT at_ms, oddity, before_j, now_j, energy_j FROM finding"
        " WHERE meter = ? AND at_ms >= ? AND at_ms < ? ORDER BY at_ms",
        (number, millis_of(hour), millis_of(hour + HOUR)),
    )
    return [
        Finding(
            meter=name,
            at=from_millis(at),
            oddity=Oddity(oddity),
            before=_joules(before),
            now=_joules(now),
            energy=_joules(energy),
        )
        for at, oddity, before, now, energy in rows
    ]


def _joules(value: int | None) -> Joules | None:
    return None if value is None else Joules(value)


def _corrections(connection: sqlite3.Connection, number: int, hour: datetime) -> list[Correction]:
    rows = connection.execute(
        "SELECT number, repaired_ms, who, why, before_j, coalesce(before_j, 0) + h.energy_j"
        " FROM repair_hour h"
        " JOIN repair ON number = repair WHERE h.hour_s = ? AND h.meter = ? ORDER BY number",
        (seconds_of(hour), number),
    )
    return [
        Correction(
            number=repair,
            at=from_millis(at),
            who=who,
            why=why,
            before=_joules(before),
            after=_joules(after),
        )
        for repair, at, who, why, before, after in rows
    ]


def bases(minutes: Sequence[Minute]) -> dict[Basis, int]:
    """Return how many minutes stand on which basis."""
    found: dict[Basis, int] = {}
    for minute in minutes:
        if minute.basis is not None:
            found[minute.basis] = found.get(minute.basis, 0) + 1
    return found
