"""The folder of a demo: made, emptied of an earlier demo, and held by one demo at a time."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from agent.demo.files import LEDGER, SETTINGS
from agent.errors import ConfigError

LOG = "carbond.log"
MARK = "`carbond demo`"


@contextmanager
def demo_folder(folder: Path) -> Iterator[TextIO]:
    """Hold the folder, and hand out its empty log, which is locked for as long.

    Raises ConfigError if the folder is something else, cannot be written to, or has a demo in it.
    """
    try:
        _check(folder)
        folder.mkdir(parents=True, exist_ok=True)
        log = (folder / LOG).open("a")
    except OSError as error:
        raise _unusable(folder, error) from error
    with log:
        _lock(log, folder)
        _empty(log, folder)
        yield log


def _check(folder: Path) -> None:
    """Leave a folder alone that is something else."""
    settings = folder / SETTINGS
    if not folder.exists() or not any(folder.iterdir()):
        return
    if not settings.exists() or MARK not in settings.read_text(errors="replace")[:200]:
        raise ConfigError(f"{folder}: is not a demo's folder: name another one with --folder")


def _lock(log: TextIO, folder: Path) -> None:
    try:
        fcntl.flock(log, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise ConfigError(
            f"{folder}: another demo runs there: end that one, or name another folder with --folder"
        ) from error


def _empty(log: TextIO, folder: Path) -> None:
    """Remove what an earlier demo has left: two sites in one ledger are no site."""
    try:
        log.truncate(0)
        for old in folder.glob(f"{LEDGER}*"):
            old.unlink()
        # Until the settings are written: a demo that ends before leaves a folder that is a demo's.
        (folder / SETTINGS).write_text(f"# Written by {MARK}.\n")
    except OSError as error:
        raise _unusable(folder, error) from error


def _unusable(folder: Path, error: OSError) -> ConfigError:
    return ConfigError(
        f"{folder}: the demo cannot write there ({error.strerror}): name another folder with "
        "--folder"
    )
