"""A copy of the ledger as it is at one moment, made beside a daemon that goes on booking."""

import errno
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from agent.errors import ConfigError
from agent.ledger.damage import FAULTS, FULL, cause_of
from agent.ledger.file import open_any
from agent.ledger.times import from_millis

AT_ONCE = 2_048
"""Pages that are copied between two looks at the progress: 8 MB."""

_DAMAGED = (
    "the ledger is damaged ({}), and no copy of it is kept: restore the newest backup that is there"
)

_NULL = "NULL value in "
"""SQLite 3.40 finds such in tables without row ids that have none. What it checks before, the pages
and their order, is all there is to check in these: none has an index.
"""

Shows = Callable[[str, int, int], None]
"""Told what is done, how much of it, and of how much."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """A copy that is whole, as far as SQLite can tell."""

    path: Path
    size: int
    """Bytes."""

    position: int
    """The last entry in it."""

    last: datetime | None
    """Time of the last reading in it."""


def back_up(source: Path, to: Path, shows: Shows) -> Backup:
    """Copy the ledger as it is now to a file that is not there yet, and check the copy.

    It neither stops nor delays what is booked meanwhile, which is not in it. One that an older
    carbond has written is copied as it is. The file has its name once it is whole and on disk, and
    not before; until then it is one of its own, that nobody else can read. Raises ConfigError if it
    cannot be made.
    """
    with closing(open_any(source)) as ledger, _made(to):
        _check_place(source, to)
        with _part_of(to) as part:
            with closing(_new(part)) as copy:
                _copy(ledger, copy, shows)
                found = _checked(copy, shows)
            shutil.copymode(source, part)
            _named(part, to)
        _to_disk(to.parent)
    position, last = found
    return Backup(
        path=to,
        size=to.stat().st_size,
        position=position,
        last=None if last is None else from_millis(last),
    )


@contextmanager
def _part_of(to: Path) -> Iterator[Path]:
    """Make an empty file beside one that is to be, and leave nothing of it behind."""
    opened, name = tempfile.mkstemp(prefix=f"{to.name}.", suffix=".part", dir=to.parent)
    os.close(opened)
    part = Path(name)
    try:
        yield part
    finally:
        for file in (part, part.with_name(f"{part.name}-journal")):
            with suppress(OSError):
                file.unlink()


def _named(part: Path, to: Path) -> None:
    """Give a file its name. Raises ConfigError if another one has got it meanwhile."""
    try:
        os.link(part, to)
    except FileExistsError as error:
        raise ConfigError(_there(to)) from error
    except OSError as error:
        # A disk without links: what is left is to look once more.
        if to.exists():
            raise ConfigError(_there(to)) from error
        part.replace(to)


@contextmanager
def _made(to: Path) -> Iterator[None]:
    """Say why it did not succeed."""
    try:
        yield
    except FAULTS as error:
        raise ConfigError(_cause(to, error)) from error
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise ConfigError(_full(to, os.strerror(error.errno))) from error
        raise ConfigError(f"{to}: cannot be written ({error.strerror})") from error


def _cause(to: Path, error: Exception) -> str:
    if isinstance(error, UnicodeDecodeError):
        return _DAMAGED.format(cause_of(error))
    match getattr(error, "sqlite_errorcode", None):
        case code if code in FULL:
            return _full(to, str(error))
        case sqlite3.SQLITE_CORRUPT:
            return _DAMAGED.format(cause_of(error))
    return f"{to}: SQLite cannot make it ({error}): see whether its folder can be written"


def _full(to: Path, cause: str) -> str:
    return f"{to}: the disk takes no more ({cause}): free some space, or name another place"


def _there(to: Path) -> str:
    way = "name a file in it" if to.is_dir() else "name another file, or remove it first"
    return f"{to}: is there already: {way}"


def _check_place(source: Path, to: Path) -> None:
    if to.exists():
        raise ConfigError(_there(to))
    if not to.parent.is_dir():
        raise ConfigError(f"{to}: there is no folder {to.parent}: make it, or name another place")
    size, free = source.stat().st_size, shutil.disk_usage(to.parent).free
    if size > free:
        raise ConfigError(
            f"{to}: the ledger has {size:,} bytes and its disk has room for {free:,}: free some "
            "space, or name another place"
        )


def _new(part: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{quote(str(part))}?mode=rw", uri=True, isolation_level=None)


def _copy(ledger: sqlite3.Connection, copy: sqlite3.Connection, shows: Shows) -> None:
    """Copy all pages as they are at the first one."""
    # Without a transaction of its own each booking of the daemon would make it begin anew.
    ledger.execute("BEGIN")
    ledger.execute("SELECT count(*) FROM sqlite_master").fetchone()
    ledger.backup(
        copy,
        pages=AT_ONCE,
        progress=lambda _, left, of: shows("copying pages", of - left, of),
    )
    # One file and no log beside it, so that it can be moved and read anywhere.
    copy.execute("PRAGMA journal_mode = DELETE")


def _checked(copy: sqlite3.Connection, shows: Shows) -> tuple[int, int | None]:
    """Return the last position and reading of a copy. Raises ConfigError if it is damaged."""
    tables = [
        name
        for (name,) in copy.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        if not name.startswith("sqlite_")
    ]
    for done, table in enumerate(tables):
        shows("checking tables", done, len(tables))
        for (found,) in copy.execute(f"PRAGMA integrity_check({table})"):
            if found != "ok" and not found.startswith(_NULL):
                raise ConfigError(_DAMAGED.format(found))
    (found, last) = copy.execute(
        "SELECT (SELECT coalesce(max(position), 0) FROM entry), (SELECT max(at_ms) FROM account)"
    ).fetchone()
    return int(found), last


def _to_disk(folder: Path) -> None:
    """See to it that the new name outlives a power cut."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
