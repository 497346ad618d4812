"""How long minutes are kept, and what a full cap costs. A loss is counted and said."""

import logging
import sqlite3
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from agent.ledger.times import millis_of
from agent.model import Scope

log = logging.getLogger("carbond.ledger")

_AT_ONCE = 2_000
"""Entries deleted in one transaction, so that bookings need not wait for all of them."""

_PAGES = 25_000
"""Free pages given back to the disk at once: some 100 MB, in about a second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keep:
    """What is kept by the minute, for how long, and up to how many bytes."""

    hourly: Collection[Scope] = ()
    """Scopes that have hours and no minutes: 240,000 outlets must not cost what 10,000 inlets do.
    """

    minutes: timedelta = timedelta(days=100)
    cap: int = 20 * 10**9


def drop_old(connection: sqlite3.Connection, keep: Keep, *, now: datetime) -> bool:
    """Delete entries that are old and that every exporter has taken; tell whether to go on."""
    (taken,) = connection.execute(
        "SELECT coalesce(min(position), 9223372036854775807) FROM cursor"
    ).fetchone()
    deleted = connection.execute(
        "DELETE FROM entry WHERE position IN (SELECT position FROM entry"
        " WHERE booked_ms < ? AND position <= ? ORDER BY position LIMIT ?)",
        (millis_of(now - keep.minutes), taken, _AT_ONCE),
    )
    return deleted.rowcount == _AT_ONCE


def drop_above_cap(connection: sqlite3.Connection, keep: Keep) -> bool:
    """Delete the oldest entries of minutes if the ledger is above its cap; tell whether to go on.

    They go even if an exporter still wants them: its cursor counts the loss.
    """
    if _size(connection) <= keep.cap:
        return False
    rows = connection.execute(
        "SELECT position FROM entry WHERE kind = 'minutes' ORDER BY position LIMIT ?", (_AT_ONCE,)
    ).fetchall()
    if not rows:
        return False
    upto = rows[-1][0]
    lost = connection.execute(
        "UPDATE cursor SET lost = lost + (SELECT count(*) FROM entry WHERE kind = 'minutes'"
        " AND position > cursor.position AND position <= ?1) WHERE position < ?1 RETURNING name",
        (upto,),
    ).fetchall()
    connection.execute("DELETE FROM entry WHERE kind = 'minutes' AND position <= ?", (upto,))
    log.warning(
        "ledger: over its cap of %d bytes: the oldest %d entries of minutes are gone%s",
        keep.cap,
        len(rows),
        "".join(f"; {name} had not taken all of them" for (name,) in lost),
    )
    return True


def _size(connection: sqlite3.Connection) -> int:
    """Return the bytes in use; freed pages do not count."""
    pages, free, size = (
        connection.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("page_count", "freelist_count", "page_size")
    )
    return int((pages - free) * size)


def give_back(connection: sqlite3.Connection) -> None:
    """Give free pages and the write-ahead log back to the disk. Not inside a transaction."""
    # A script runs to its end; `execute` would free one page only.
    connection.executescript(f"PRAGMA incremental_vacuum({_PAGES})")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
