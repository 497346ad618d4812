"""What a ledger says of itself, to anybody who can read its file: no settings are needed."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from agent.ledger.file import reading
from agent.ledger.hours.site_hours import newest
from agent.ledger.lately.room import size_of
from agent.ledger.times import from_millis, from_seconds
from agent.model import HOUR, DeviceNow, SiteHour


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """How far an exporter has come."""

    name: str
    position: int
    behind: int
    """Entries that it has not taken yet."""

    lost: int
    """Entries that went before it had taken them, because of the cap."""

    refused: int
    """Lines in its dead letters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """A ledger at a glance."""

    path: Path
    size: int
    """Bytes of the file and its write-ahead log."""

    meters: int
    first: datetime | None
    last: datetime | None
    """Times of the first and the last reading."""

    position: int
    hours: Sequence[SiteHour]
    """The newest hour of each site."""

    devices: Sequence[DeviceNow]
    cursors: Sequence[Cursor]


def status_of(path: Path) -> Status:
    """Read it from the file. Raises ConfigError if there is no ledger that can be read."""
    with reading(path) as connection:
        return status_in(connection, path)


def status_in(connection: sqlite3.Connection, path: Path) -> Status:
    """Return what a ledger that is open says of itself."""
    meters, first, last = connection.execute(
        "SELECT count(*), min(first_ms), max(at_ms) FROM account"
    ).fetchone()
    (position,) = connection.execute("SELECT coalesce(max(position), 0) FROM entry").fetchone()
    return Status(
        path=path,
        size=size_of(path),
        meters=meters,
        first=None if first is None else from_millis(first),
        last=None if last is None else from_millis(last),
        position=position,
        hours=_hours(connection),
        devices=_devices(connection),
        cursors=_cursors(connection),
    )


def _hours(connection: sqlite3.Connection) -> list[SiteHour]:
    sites = connection.execute(
        "SELECT site, max(hour_s) FROM site_hour GROUP BY site ORDER BY site"
    ).fetchall()
    starts = [(site, from_seconds(hour)) for site, hour in sites]
    return [
        hour for site, start in starts for hour in newest(connection, site, start, start + HOUR)
    ]


def _devices(connection: sqlite3.Connection) -> list[DeviceNow]:
    return [
        DeviceNow(name=name, kind=kind, up=bool(up), since=from_millis(since), error=error)
        for name, kind, up, since, error in connection.execute(
            "SELECT name, kind, up, since_ms, error FROM device ORDER BY name"
        )
    ]


def _cursors(connection: sqlite3.Connection) -> list[Cursor]:
    return [
        Cursor(name=name, position=position, behind=behind, lost=lost, refused=refused)
        for name, position, behind, lost, refused in connection.execute(
            "SELECT name, position, (SELECT count(*) FROM entry e WHERE e.position > c.position),"
            " lost, (SELECT count(*) FROM dead_letter d WHERE d.exporter = c.name)"
            " FROM cursor c ORDER BY name"
        )
    ]
