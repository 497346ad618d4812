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


@dataclass(frozen=True, slots=True, kw_only=True)
class Keep:
    """What is kept by the minute, for how long, and up to how many bytes."""

    hourly: Collection[Scope] = ()
    """Scopes that have hours and no minutes: 240,000 outlets must not cost what 10,000 inlets do.
    """

    minutes: timedelta = timedelta(days=100)
    cap: int = 20 * 10**9


def retire(connection: sqlite3.Connection, keep: Keep, *, now: datetime) -> None:
    """Delete entries that are old and that every exporter has taken.

    Above the cap the oldest go even if an exporter still wants them: its cursor counts the loss.
    """
    old = millis_of(now - keep.minutes)
    (taken,) = connection.execute(
        "SELECT coalesce(min(position), 9223372036854775807) FROM cursor"
    ).fetchone()
    connection.execute(
        "DELETE FROM entry WHERE position IN (SELECT position FROM entry"
        " WHERE booked_ms < ? AND position <= ? ORDER BY position LIMIT ?)",
        (old, taken, _AT_ONCE),
    )
    if _size(connection) > keep.cap:
        _drop_oldest(connection, keep.cap)


def _size(connection: sqlite3.Connection) -> int:
    """Return the bytes in use; freed pages do not count."""
    pages, free, size = (
        connection.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("page_count", "freelist_count", "page_size")
    )
    return int((pages - free) * size)


def _drop_oldest(connection: sqlite3.Connection, cap: int) -> None:
    rows = connection.execute(
        "SELECT position FROM entry WHERE kind = 'minutes' ORDER BY position LIMIT ?", (_AT_ONCE,)
    ).fetchall()
    if not rows:
        return
    upto = rows[-1][0]
    lost = connection.execute(
        "UPDATE cursor SET lost = lost + (SELECT count(*) FROM entry WHERE kind = 'minutes'"
        " AND position > cursor.position AND position <= ?1) WHERE position < ?1 RETURNING name",
        (upto,),
    ).fetchall()
    connection.execute("DELETE FROM entry WHERE kind = 'minutes' AND position <= ?", (upto,))
    log.warning(
        "ledger: over its cap of %d bytes: the oldest %d entries of minutes are gone%s",
        cap,
        len(rows),
        "".join(f"; {name} had not taken all of them" for (name,) in lost),
    )
