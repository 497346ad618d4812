"""Ledgers and readings for the tests."""

import sqlite3
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from agent.accounting.metering.tree import Tree
from agent.clock import Clock
from agent.ledger import Keep, Ledger
from agent.model import HOUR, Intensity, Kind, MeterId, Reading, Register
from agent.units import GramsPerKwh, Joules, Watts
from tests.accounting import places

START = places.HOUR_9
REGISTER = Register(step=Joules(3600), span=Joules(2**32 * 3600), limit=Watts(50_000))


def open_ledger(
    folder: Path,
    clock: Clock,
    *,
    tree: Tree | None = None,
    keep: Keep | None = None,
) -> Ledger:
    path = folder / "ledger.db"
    return Ledger(path, tree or places.tree(), clock, keep=keep)


def reading(
    meter: str, at: datetime, *, kwh: float | None = None, watts: float | None = None
) -> Reading:
    return Reading(
        meter=MeterId(meter),
        at=at,
        register=REGISTER,
        energy=None if kwh is None else Joules(round(kwh * 1000) * 3600),
        power=None if watts is None else Watts(watts),
    )


def intensity(
    value: float,
    hour: datetime,
    *,
    updated: datetime,
    kind: Kind = Kind.DIRECT,
    grid: str = "de",
    estimated: bool = False,
) -> Intensity:
    return Intensity(
        grid=grid,
        kind=kind,
        source="em",
        zone="DE",
        start=hour,
        period=HOUR,
        value=GramsPerKwh(value),
        fetched_at=updated,
        updated_at=updated,
        estimated=estimated,
    )


def day(meter: str, start: datetime, minutes: int, watts: float) -> list[Reading]:
    """Readings of a meter that counts, one a minute, the first at the start."""
    return [
        reading(meter, start + timedelta(minutes=n), kwh=100 + watts * n / 60_000, watts=watts)
        for n in range(minutes + 1)
    ]


def rows(folder: Path, query: str, *values: object) -> list[tuple[Any, ...]]:
    """What anybody sees who queries the file."""
    connection = sqlite3.connect(f"file:{folder / 'ledger.db'}?mode=ro", uri=True)
    try:
        return connection.execute(query, values).fetchall()
    finally:
        connection.close()
