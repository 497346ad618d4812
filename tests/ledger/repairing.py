"""Repairs, and ledgers to repair, for the tests."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

from agent.ledger import Ledger, Repair
from agent.ledger.places.meters import number_of
from agent.ledger.schema import migrate
from agent.ledger.times import seconds_of
from agent.model import HOUR, MeterId, SiteHour
from agent.units import JOULES_PER_KWH, Joules
from tests.accounting import places
from tests.clocks import HandClock
from tests.ledger.books import START, day, intensity, open_ledger

END = START + HOUR
HOUR_S = seconds_of(START)


def repair(
    meter: str = "rack-1-a", *, kwh: float | None = 7.0, hours: int = 1, after: int = 0
) -> Repair:
    start = START + after * HOUR
    return Repair(
        meter=MeterId(meter),
        start=start,
        end=start + hours * HOUR,
        energy=None if kwh is None else Joules(round(kwh * JOULES_PER_KWH)),
        who="facility-team",
        why="read from its display",
    )


async def booked(folder: Path, clock: HandClock) -> Ledger:
    """A ledger with one full hour that is closed in version 1."""
    ledger = open_ledger(folder, clock)
    for device, watts in (("grid", 14_000), ("rack-1-a", 6_000), ("rack-2-a", 4_000)):
        await ledger.book(day(device, START, 60, watts))
    await ledger.book([intensity(300, START, updated=END)])
    await ledger.tend()
    return ledger


async def newest_hour(ledger: Ledger) -> SiteHour:
    return [one.hour for one in await ledger.entries_after(0, 1000) if one.hour is not None][-1]


def a_clock() -> HandClock:
    return HandClock(END + timedelta(minutes=3))


@contextmanager
def a_connection() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        migrate(connection)
        for meter in places.TOTALS:
            number_of(connection, meter)
        yield connection
