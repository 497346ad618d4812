"""What a person is told of a ledger whose file cannot be used: here the words stand."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from agent.errors import ConfigError

FULL = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE}
"""No space, or a quota that is used up."""

FAULTS = (sqlite3.DatabaseError, UnicodeDecodeError)
"""What a damaged file raises: Python cannot decode SQLite's own words where these cite it."""

WAY_OUT = 'restore it from a backup (docs/operating.md, "A damaged ledger")'
_PRIMARY = 0xFF
_TEXT = "Could not decode to UTF-8"
"""Python's own words for a text whose bytes are damaged; they have no code."""


@contextmanager
def said_of(path: Path) -> Iterator[None]:
    """Say in a ConfigError what SQLite finds wrong with a ledger's file while it is used.

    Damage may lie in any page, so it may show in the middle of any question. What can only be a bug
    is raised as it is.
    """
    try:
        yield
    except FAULTS as error:
        if _is_bug(error):
            raise
        raise ConfigError(unusable(path, error)) from error


def unusable(path: Path, error: Exception) -> str:
    """Return what is wrong with the file, and what to do, in one line."""
    where = f"ledger.path {path}"
    code = getattr(error, "sqlite_errorcode", None)
    if code in FULL:
        return f"{where}: the disk takes no more ({error}): free some space"
    cause = cause_of(error)
    match None if code is None else code & _PRIMARY:
        case sqlite3.SQLITE_NOTADB:
            return (
                f"{where}: it is no ledger, or damaged ({cause}): name another path, or {WAY_OUT}"
            )
        case None | sqlite3.SQLITE_CORRUPT:
            return f"{where}: the ledger is damaged ({cause}): {WAY_OUT}"
    return f"{where}: SQLite cannot use it ({cause}): see to its disk, and to who may read it"


def cause_of(error: Exception) -> str:
    """Return the cause in one line: a damaged schema is cited with whatever bytes are in it."""
    if isinstance(error, UnicodeDecodeError):
        return "a text in it is not UTF-8"
    said = str(error)
    return said if said.isprintable() else ascii(said)[1:-1]


def _is_bug(error: Exception) -> bool:
    if isinstance(error, UnicodeDecodeError):
        return False
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:
        return not str(error).startswith(_TEXT)
    return code & _PRIMARY in (sqlite3.SQLITE_ERROR, sqlite3.SQLITE_MISUSE, sqlite3.SQLITE_RANGE)
