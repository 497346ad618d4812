"""What registers did beside counting, kept for whoever asks why an hour is as it is."""

import logging
import sqlite3
from collections import Counter
from collections.abc import Sequence

from agent.ledger.times import millis_of
from agent.model import Finding, Oddity
from agent.units import Joules, kwh

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
    _say([one for _, one in found])


def _say(found: Sequence[Finding]) -> None:
    said: Counter[Oddity] = Counter()
    for one in found:
        said[one.oddity] += 1
        if said[one.oddity] <= AT_ONCE:
            log.log(_level(one.oddity), "%s: %s", one.meter, _words(one))
    for oddity, times in said.items():
        if times > AT_ONCE:
            log.log(
                _level(oddity), "%d more meters whose register %s", times - AT_ONCE, _SAID[oddity]
            )


def _level(oddity: Oddity) -> int:
    return logging.WARNING if oddity in LOSSY else logging.INFO


def _words(one: Finding) -> str:
    before, now = (_kwh(value) for value in (one.before, one.now))
    booked = "nothing is booked" if one.energy is None else f"{_kwh(one.energy)} is booked"
    if one.oddity is Oddity.GLITCH:
        return f"the register {_SAID[one.oddity]} ({now} after {before})"
    return f"the register {_SAID[one.oddity]} ({before}, then {now}): {booked}"


def _kwh(value: Joules | None) -> str:
    return "nothing" if value is None else f"{kwh(value):.3f} kWh"
