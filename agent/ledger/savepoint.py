"""Jobs that may fail without harm to those that share their transaction."""

import sqlite3
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

_OWN = (sqlite3.IntegrityError, sqlite3.DataError, sqlite3.ProgrammingError)
"""SQLite's errors that are the job's own, and not those of the disk or of the file."""


def attempt(
    connection: sqlite3.Connection, work: Callable[[sqlite3.Connection], T]
) -> T | Exception:
    """Return the result of the work, or its error once all that it wrote is undone.

    What a person asks for must not roll back the readings that are booked beside it. Errors of the
    disk and of the file are raised: they are everybody's.
    """
    connection.execute("SAVEPOINT attempt")
    try:
        result: T | Exception = work(connection)
    except Exception as error:
        if isinstance(error, sqlite3.Error) and not isinstance(error, _OWN):
            raise
        connection.execute("ROLLBACK TO attempt")
        result = error
    connection.execute("RELEASE attempt")
    return result
