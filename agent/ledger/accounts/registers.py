"""What a meter's register showed last."""

import sqlite3
from dataclasses import dataclass
from datetime import datetime

from agent.ledger.accounts.state import read_state
from agent.ledger.times import from_millis
from agent.units import Joules


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What is known of a register."""

    at: datetime
    """When it was read last."""

    energy: Joules | None
    """What it showed, in joules or millilitres; None of a meter that has no register."""

    source: str
    """Which of several ways of reading the meter it is of, where there are several."""

    stuck: bool
    """Whether it stands still while power flows."""


def register_shown(connection: sqlite3.Connection, meter: str) -> Shown | None:
    """Return what a meter's register showed last; None of one that was never booked."""
    row = connection.execute(
        "SELECT at_ms, register_j, source, state FROM account JOIN meter ON number = meter"
        " WHERE id = ?",
        (meter,),
    ).fetchone()
    if row is None:
        return None
    at, energy, source, state = row
    return Shown(
        at=from_millis(at),
        energy=None if energy is None else Joules(energy),
        source=source,
        stuck=read_state(state)[0],
    )
