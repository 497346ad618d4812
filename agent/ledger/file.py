"""The ledger's file: who may open it, and how.

Exactly one read-write connection exists in the whole system, and a lock beside the file holds it
so: SQLite before 3.51.3 can corrupt a write-ahead log that two connections write. All others are
`mode=ro`.
"""

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO
from urllib.parse import quote

from agent.accounting.metering.tree import Tree
from agent.errors import ConfigError
from agent.ledger.damage import said_of
from agent.ledger.places.places import replant
from agent.ledger.schema import VERSION, check_version, migrate

JOURNAL_LIMIT = 64 * 2**20

Connection = sqlite3.Connection
"""An open ledger, for those who hand it on and speak no SQL."""


class Held(ConfigError):
    """Another process has the ledger."""


def lock(path: Path) -> IO[str]:
    """Take the ledger for this process until the file returned is closed.

    Raises Held if another carbond has it, ConfigError if its folder is missing or not writable.
    """
    beside = path.with_name(path.name + ".lock")
    try:
        held = beside.open("a+")
    except OSError as error:
        raise ConfigError(
            f"ledger.path {path}: cannot write there ({error.strerror}): make the folder and give "
            "it to carbond's user, or name another path"
        ) from error
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        held.seek(0)
        owner = held.read().strip() or "unknown"
        held.close()
        raise Held(
            f"ledger.path {path}: another carbond (process {owner}) has it: stop that one, or name "
            "another path"
        ) from error
    held.seek(0)
    held.truncate()
    held.write(f"{os.getpid()}\n")
    held.flush()
    return held


def open_writer(path: Path, tree: Tree, *, now: datetime) -> sqlite3.Connection:
    """Open the one read-write connection: the tables of this version, the meters of this tree."""
    connection = _connected(path, mode="rwc")
    try:
        with said_of(path):
            # auto_vacuum must come before the first table and before WAL, or it stays off.
            connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute(f"PRAGMA journal_size_limit = {JOURNAL_LIMIT}")
            migrate(connection)
            connection.execute("BEGIN")
            replant(connection, tree, now=now)
            connection.execute("COMMIT")
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a ledger for reading, and close it again.

    Raises ConfigError if there is none of a known version, or if it turns out to be damaged.
    """
    with said_of(path), closing(open_reader(path)) as connection:
        yield connection


def open_reader(path: Path) -> sqlite3.Connection:
    """Open a read-only connection. Raises ConfigError if there is no ledger of a known version."""
    connection = open_any(path)
    (found,) = connection.execute("PRAGMA user_version").fetchone()
    if found < VERSION:
        connection.close()
        raise ConfigError(
            f"ledger.path {path}: an older carbond has written it (version {found}, this one reads "
            f"{VERSION}): `carbond run` brings it up to date"
        )
    return connection


def open_any(path: Path) -> sqlite3.Connection:
    """Open a read-only connection to a ledger of this version or of an older one. Raises
    ConfigError if there is none.
    """
    if not path.exists():
        raise ConfigError(
            f"ledger.path {path}: there is no ledger yet: `carbond run` makes it, or name the path "
            "of another one"
        )
    connection = _connected(path, mode="ro")
    (found,) = connection.execute("PRAGMA user_version").fetchone()
    if found == 0:
        connection.close()
        raise ConfigError(
            f"ledger.path {path}: the file is empty, or no ledger: `carbond run` makes one, or "
            "name another path"
        )
    return connection


def _connected(path: Path, *, mode: str) -> sqlite3.Connection:
    """Open the file, and close it again untouched if a newer carbond has written it."""
    with said_of(path):
        connection = sqlite3.connect(
            f"file:{quote(str(path))}?mode={mode}",
            uri=True,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            check_version(connection, path)
        except BaseException:
            connection.close()
            raise
        return connection
