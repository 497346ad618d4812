"""A ledger of 30 days: hours of all meters, the minutes of the last 26 h, intensities in versions.

Accounts, intensities and the site's hours are made by the ledger itself. The minutes and hours of
meters are written into its file, in the form in which it keeps them: to book them would take
minutes.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from agent.clock import Clock
from agent.ledger import Ledger
from agent.ledger.pack import pack
from agent.ledger.times import millis_of, seconds_of
from agent.model import HOUR, MINUTE, Basis, Intensity, Kind, Minute
from agent.units import GramsPerKwh, Joules, Watts
from tests.bench.console_fleet import MEAN, PARTS, SITE, WATT_HOUR, Device, devices, tree

HISTORY = timedelta(days=30)
MINUTELY = timedelta(hours=27)
REVISED = timedelta(days=2)
"""Of the intensities, the newest ones that come in a second version."""

FORECAST = timedelta(hours=24)
PACKERS = 2
"""Processes: packing minutes one by one is most of the work."""


async def make_ledger(path: Path, now: datetime) -> None:
    """Make it; `now` is a full minute, up to which all meters have been read."""
    fleet = devices()
    start = (now - HISTORY).replace(minute=0)
    await _open_accounts(path, fleet, now)
    connection = sqlite3.connect(path)
    _fill(connection, fleet, start, now)
    connection.close()
    ledger = Ledger(path, tree(), Clock(start=now))
    try:
        await ledger.book(list(_published(start, now - HOUR, 300)))
        await ledger.tend()
        await ledger.book(list(_published(now.replace(minute=0) - REVISED, now - HOUR, 290)))
        await ledger.book(list(_foretold(now)))
        await ledger.tend()
    finally:
        ledger.close()


async def _open_accounts(path: Path, fleet: Sequence[Device], now: datetime) -> None:
    ledger = Ledger(path, tree(), Clock(start=now))
    try:
        for at in (now - MINUTE, now):
            await ledger.book([reading for one in fleet for reading in one.readings(at)])
    finally:
        ledger.close()


def _fill(
    connection: sqlite3.Connection, fleet: Sequence[Device], start: datetime, now: datetime
) -> None:
    """Write minutes and hours of all meters, which are known since the start."""
    first, end = seconds_of(start), seconds_of(now.replace(minute=0))
    connection.execute("UPDATE account SET first_ms = ?", (first * 1000,))
    connection.execute("UPDATE membership SET since_s = ?", (first,))
    numbers = dict(connection.execute("SELECT id, number FROM meter"))
    connection.execute("DELETE FROM entry")
    connection.execute("DELETE FROM hour")
    connection.executemany(
        "INSERT INTO entry (booked_ms, kind, body) VALUES (?, 'minutes', ?)",
        _packed(fleet, numbers, now),
    )
    connection.executemany(
        "INSERT INTO hour (hour_s, meter, energy_j, measured_s, interpolated_s)"
        " VALUES (?, ?, ?, ?, 0)",
        (
            (hour, number, per_s * seconds, seconds)
            for hour in range(first, end + 1, 3600)
            for seconds in [min(3600, seconds_of(now) - hour)]
            if seconds
            for number, per_s in _powers(fleet, numbers)
        ),
    )
    connection.execute(
        "INSERT OR REPLACE INTO stale_hour (site, hour_s, energy)"
        " SELECT DISTINCT ?, hour_s, 1 FROM hour",
        (SITE.name,),
    )
    connection.commit()


def _powers(fleet: Sequence[Device], numbers: dict[str, int]) -> list[tuple[int, int]]:
    """Return the meters' numbers, each with its mean power in watts."""
    return [
        (numbers[one.meter.device + suffix], one.thirds * MEAN * (1 if part else 3))
        for one in fleet
        for part, suffix in enumerate(PARTS)
    ]


def _packed(
    fleet: Sequence[Device], numbers: dict[str, int], now: datetime
) -> Iterator[tuple[int, bytes]]:
    """Yield entries as the daemon makes them: one for each device and minute, since the polls are
    spread over the minute; each is booked when the minute after it is read.
    """
    rows = [[numbers[one.meter.device + suffix] for suffix in PARTS] for one in fleet]
    hours = list(_hours((now - MINUTELY).replace(minute=0), now))
    with ProcessPoolExecutor(PACKERS) as packers:
        for entries in packers.map(partial(_entries, fleet, rows, now), hours):
            yield from entries


def _entries(
    fleet: Sequence[Device], rows: Sequence[Sequence[int]], now: datetime, hour: datetime
) -> list[tuple[int, bytes]]:
    """Return the entries of an hour, as far as it is over."""
    found = []
    for at in (hour + number * MINUTE for number in range(min(HOUR, now - hour) // MINUTE)):
        for place, one in enumerate(fleet):
            late = place * 60_000 // len(fleet)
            body = pack(zip(rows[place], _minutes(one, at, late), strict=True))
            found.append((millis_of(at + MINUTE) + late, body))
    return found


def _minutes(one: Device, start: datetime, late: int) -> Iterator[Minute]:
    at, minute = start + timedelta(milliseconds=late), seconds_of(start) // 60
    for part in range(len(PARTS)):
        watts = one.watts(part, minute)
        counted = seconds_of(start) * one.thirds * MEAN // WATT_HOUR * WATT_HOUR
        yield Minute(
            meter=one.meter,
            start=start,
            energy=Joules(watts * 60),
            covered=60.0,
            power=Watts(float(watts)),
            basis=Basis.COUNTER,
            at=at,
            register=Joules(counted),
        )


def _published(start: datetime, end: datetime, value: int) -> Iterator[Intensity]:
    for hour in _hours(start, end):
        for kind in (Kind.DIRECT, Kind.LIFECYCLE):
            yield _intensity(hour, kind, value + hour.hour * 5, fetched=end)


def _foretold(now: datetime) -> Iterator[Intensity]:
    this = now.replace(minute=0)
    for hour in _hours(this, this + FORECAST):
        yield _intensity(hour, Kind.DIRECT, 280 + hour.hour * 5, fetched=now, forecast=True)


def _hours(start: datetime, end: datetime) -> Iterator[datetime]:
    while start < end:
        yield start
        start += HOUR


def _intensity(
    hour: datetime, kind: Kind, value: int, *, fetched: datetime, forecast: bool = False
) -> Intensity:
    return Intensity(
        grid="grid",
        kind=kind,
        source="bench",
        zone="DE",
        start=hour,
        period=HOUR,
        value=GramsPerKwh(float(value)),
        fetched_at=fetched,
        updated_at=None if forecast else fetched - timedelta(minutes=value),
        estimated=forecast,
        forecast=forecast,
    )
