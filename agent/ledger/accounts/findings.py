"""What registers did beside counting, kept for whoever asks why an hour is as it is."""

import json
import logging
import sqlite3
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from agent.ledger.file import reading
from agent.ledger.names import meter_named
from agent.ledger.places.meters import COLUMNS, by_number, meter_of
from agent.ledger.times import from_millis, millis_of
from agent.model import Finding, Meter, MeterId, Oddity, Quantity
from agent.units import Joules, kwh, litres

log = logging.getLogger("carbond.ledger")

LOSSY = frozenset({Oddity.RESET, Oddity.REPLACED, Oddity.STUCK, Oddity.GLITCH})
"""Somebody should look at these; the others are in a register's nature."""

AT_ONCE = 5
"""Lines in the log of one kind and one commit: a power cut resets a thousand registers."""

_SAID = {
    Oddity.ROLLOVER: "began again at its span",
    Oddity.RESET: "was reset: its energy is a lower bound",
    Oddity.RESTART: "began again at zero with the device",
    Oddity.DAY: "began again at zero with the day",
    Oddity.GLITCH: "showed one absurd count, which is left out",
    Oddity.STUCK: "stands still while power flows: the power is integrated",
    Oddity.REPLACED: "is another one, or has leapt",
}

FINDING_COLUMNS = "at_ms, oddity, before_j, now_j, energy_j"
"""What `finding_of` takes."""


def write_findings(connection: sqlite3.Connection, found: Sequence[tuple[int, Finding]]) -> None:
    """Keep findings, each with its meter's number, and say them."""
    if not found:
        return
    connection.executemany(
        "INSERT OR REPLACE INTO finding VALUES (?, ?, ?, ?, ?, ?)",
        [
            (number, millis_of(one.at), one.oddity, one.before, one.now, one.energy)
            for number, one in found
        ],
    )
    _say(connection, found)


def _say(connection: sqlite3.Connection, found: Sequence[tuple[int, Finding]]) -> None:
    said: Counter[Oddity] = Counter()
    meter = by_number(connection, {})
    for number, one in found:
        said[one.oddity] += 1
        if said[one.oddity] <= AT_ONCE:
            words = _words(one, meter(number).quantity)
            log.log(_level(one.oddity), "%s: %s", one.meter, words)
    for oddity, times in said.items():
        if times > AT_ONCE:
            log.log(
                _level(oddity), "%d more meters whose register %s", times - AT_ONCE, _SAID[oddity]
            )


def _level(oddity: Oddity) -> int:
    return logging.WARNING if oddity in LOSSY else logging.INFO


def _words(one: Finding, quantity: Quantity) -> str:
    before, now = (_amount(value, quantity) for value in (one.before, one.now))
    booked = _amount(one.energy, quantity)
    if one.oddity is Oddity.GLITCH:
        return f"the register {_SAID[one.oddity]} ({now} after {before})"
    return f"the register {_SAID[one.oddity]} ({before}, then {now}): {booked} is booked"


def _amount(value: Joules | None, quantity: Quantity) -> str:
    if value is None:
        return "nothing"
    if quantity is Quantity.WATER:
        return f"{litres(value):.3f} L"
    return f"{kwh(value):.3f} kWh"


def finding_of(meter: MeterId, row: Sequence[Any]) -> Finding:
    """Return the finding of a row of FINDING_COLUMNS."""
    at, oddity, before, now, energy = row
    return Finding(
        meter=meter,
        at=from_millis(at),
        oddity=Oddity(oddity),
        before=_joules(before),
        now=_joules(now),
        energy=_joules(energy),
    )


def _joules(value: int | None) -> Joules | None:
    return None if value is None else Joules(value)


_NEWEST = (
    f"SELECT {COLUMNS}, {FINDING_COLUMNS} FROM finding JOIN meter ON number = meter"  # noqa: S608 constants
    " WHERE (?1 IS NULL OR id = ?1) AND (?2 IS NULL OR site = ?2)"
    " AND (?3 IS NULL OR (at_ms, id, oddity) < (?3, ?4, ?5))"
    " ORDER BY at_ms DESC, id DESC, oddity DESC LIMIT ?6"
)

_LOOKED_AT = (
    f"SELECT id, {FINDING_COLUMNS} FROM finding JOIN meter ON number = meter"  # noqa: S608 constants
    " WHERE meter IN (SELECT number FROM meter WHERE site = ?1 AND scope IN ('total', 'input'))"
    " AND at_ms >= ?2 AND oddity IN (SELECT value FROM json_each(?3))"
    " ORDER BY at_ms"
)

Place = tuple[int, str, str]
"""Where a finding stands among the others: milliseconds since 1970, meter, oddity."""


def newest_findings(
    connection: sqlite3.Connection,
    *,
    meter: str | None = None,
    site: str | None = None,
    before: Place | None = None,
    limit: int,
) -> list[tuple[Meter, Finding]]:
    """Return so many findings, the newest first, each with its meter: of all meters, of one, or of
    a site's; with `before` those that come after that place.
    """
    at, name, oddity = before or (None, None, None)
    rows = connection.execute(_NEWEST, (meter, site, at, name, oddity, limit))
    return [(found := meter_of(row[:8]), finding_of(found.id, row[8:])) for row in rows]


def findings_to_look_at(
    connection: sqlite3.Connection, site: str, since: datetime
) -> list[Finding]:
    """Return what the registers of a site's devices did since a time that somebody should look at,
    in order of time.
    """
    rows = connection.execute(_LOOKED_AT, (site, millis_of(since), json.dumps(sorted(LOSSY))))
    return [finding_of(MeterId(name), row) for name, *row in rows]


def findings_of(path: Path, meter: str | None = None) -> list[tuple[Meter, Finding]]:
    """Return the findings of all meters, or of one, each with its meter, in order of time.

    Raises ConfigError if there is no ledger that can be read, or no such meter in it.
    """
    with reading(path) as connection:
        if meter is not None:
            meter_named(connection, meter)
        rows = connection.execute(
            f"SELECT {COLUMNS}, {FINDING_COLUMNS} FROM finding JOIN meter ON number = meter"  # noqa: S608 constants
            " WHERE ?1 IS NULL OR id = ?1 ORDER BY at_ms, id",
            (meter,),
        )
        return [(found := meter_of(row[:8]), finding_of(found.id, row[8:])) for row in rows]
