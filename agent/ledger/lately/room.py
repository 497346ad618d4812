"""What waits for the exporters, and how much room the ledger has."""

import shutil
import sqlite3
from pathlib import Path

from agent.ledger.retention import Keep
from agent.ledger.times import from_millis
from agent.model import Backlog, LedgerNow


def size_of(path: Path) -> int:
    """Return the bytes of a ledger's file and of its write-ahead log."""
    files = (path.with_name(path.name + end) for end in ("", "-wal"))
    return sum(file.stat().st_size for file in files if file.exists())


def room(path: Path, keep: Keep) -> LedgerNow:
    """Return the room that a ledger takes and has."""
    free = shutil.disk_usage(path.parent).free
    return LedgerNow(size=size_of(path), cap=keep.cap, free=free)


def backlogs(connection: sqlite3.Connection) -> list[Backlog]:
    """Return what waits for each exporter.

    Positions have no gaps but where the cap has taken minutes away: to count the entries of a week
    one by one would take longest when it is worst.
    """
    first, last = connection.execute("SELECT min(position), max(position) FROM entry").fetchone()
    if last is None:
        first, last = 1, 0
    cursors = connection.execute("SELECT name, position FROM cursor ORDER BY name").fetchall()
    return [
        _backlog(connection, name, max(last - max(position, first - 1), 0), position)
        for name, position in cursors
    ]


def _backlog(connection: sqlite3.Connection, name: str, entries: int, position: int) -> Backlog:
    oldest = connection.execute(
        "SELECT booked_ms FROM entry WHERE position > ? ORDER BY position LIMIT 1", (position,)
    ).fetchone()
    return Backlog(
        exporter=name,
        entries=entries if oldest else 0,
        oldest=from_millis(oldest[0]) if oldest else None,
    )
