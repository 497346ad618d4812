"""What a person can say of a meter: of hours in which it was there, and not beyond all measure."""

import sqlite3
from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from agent.accounting.hours import hour_of
from agent.errors import ConfigError
from agent.ledger.hours.meter_hours import EACH_HOUR
from agent.ledger.times import from_millis, from_seconds
from agent.model import HOUR, Meter, Quantity
from agent.units import JOULES_PER_KWH, MILLILITRES_PER_LITRE, Joules
from agent.wording import minute

TIMES = 20
"""So many times the largest hour that a meter has had may be a slip of the unit."""

_MOST: Mapping[Quantity, float] = {
    Quantity.ELECTRICITY: 100_000.0,
    Quantity.HEAT: 100_000.0,
    Quantity.WATER: 10_000_000.0,
}
"""The most that one meter has in an hour: 100 MWh, and ten thousand cubic metres in litres."""

_LEAST_SECONDS = 60.0
"""Of an hour of which less is known nobody can say how much it would have been."""


class Said(Protocol):
    """What is said of a meter between two full hours, in joules or millilitres."""

    @property
    def start(self) -> datetime: ...
    @property
    def end(self) -> datetime: ...
    @property
    def energy(self) -> Joules | None: ...
    @property
    def despite_size(self) -> bool: ...


def check_plausible(connection: sqlite3.Connection, meter: Meter, said: Said) -> None:
    """Raise ConfigError for hours before a meter was there, and for far more than it can have had.

    `despite_size` allows the second.
    """
    number, first, last, since = connection.execute(
        "SELECT number, first_ms, at_ms, (SELECT min(since_s) FROM membership"
        " WHERE membership.meter = number) FROM meter LEFT JOIN account"
        " ON account.meter = number WHERE id = ?",
        (meter.id,),
    ).fetchone()
    _check_there(meter, said, first, since)
    if said.energy is None or said.despite_size:
        return
    hours = (said.end - said.start) // HOUR
    mean = _shown(meter, said.energy) / hours
    most = None if first is None else _largest(connection, meter, number, (first, last))
    if mean <= _MOST[meter.quantity] and (not most or mean <= TIMES * most):
        return
    raise ConfigError(_question(meter, said, mean, most))


def _check_there(meter: Meter, said: Said, first: int | None, since: int | None) -> None:
    known = [
        *([] if first is None else [from_millis(first)]),
        *([] if since is None else [from_seconds(since)]),
    ]
    there = min(known, default=None)
    if there is None or said.start >= hour_of(there):
        return
    if first is None:
        raise ConfigError(
            f"{meter.id} is in the settings but has never been read: hours before "
            f"{minute(there)} UTC, since when it is there, cannot be repaired"
        )
    raise ConfigError(
        f"{meter.id} was first read at {minute(there)} UTC: earlier hours cannot be repaired"
    )


def _largest(
    connection: sqlite3.Connection, meter: Meter, number: int, read: tuple[int, int]
) -> float | None:
    """Return the most kWh or litres an hour it has had, by what is known of each hour."""
    start, end = (hour_of(from_millis(at)) for at in read)
    (most,) = connection.execute(
        f"{EACH_HOUR} SELECT max(energy_j / (measured_s + interpolated_s))"  # noqa: S608 a constant
        " FROM asked CROSS JOIN hour ON hour_s = asked_s AND meter = ?1"
        " WHERE measured_s + interpolated_s >= ?4",
        (number, int(start.timestamp()), int((end + HOUR).timestamp()), _LEAST_SECONDS),
    ).fetchone()
    return None if most is None else _shown(meter, most * HOUR.total_seconds())


def _shown(meter: Meter, amount: float) -> float:
    """Return kWh of joules, and of a water meter litres of millilitres."""
    water = meter.quantity is Quantity.WATER
    return amount / (MILLILITRES_PER_LITRE if water else JOULES_PER_KWH)


def _question(meter: Meter, said: Said, mean: float, most: float | None) -> str:
    water = meter.quantity is Quantity.WATER
    unit, rate = ("L", "L per hour") if water else ("kWh", "kW")
    count = (said.end - said.start) // HOUR
    hours = "1 hour" if count == 1 else f"{count:,} hours"
    known = f"{meter.id} has had at most {_rate(most)} {rate}"
    had = known if most else f"more than {_rate(_MOST[meter.quantity])} {rate} is a slip as a rule"
    return (
        f"--energy {_rate(_shown(meter, said.energy or 0))} {unit} in {hours} is {_rate(mean)} "
        f"{rate}, and {had}: is the unit right? else --despite-size"
    )


def _rate(value: float | None) -> str:
    """Return a number with a place behind the point if it needs one, below 1 with two digits."""
    number = value or 0.0
    return f"{number:,.1f}".removesuffix(".0") if number >= 1 else f"{number:.2g}"
