"""The socket beside a ledger: how a command finds the daemon that has it.

It is `<ledger>.sock`, for its own user only (mode 0600). The address of a Unix socket is limited to
108 bytes and ledgers lie deep, so on Linux both ends go through /proc/self/fd: the daemon binds a
short name in the opened folder and renames it, which replaces a stale one too; a command connects
to the file that it has opened.
"""

import errno
import os
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

OPENED = Path("/proc/self/fd")
MODE = 0o600


def beside(ledger: Path) -> Path:
    """Return the path of a ledger's socket."""
    return ledger.with_name(f"{ledger.name}.sock")


def bound(path: Path) -> socket.socket:
    """Return a socket that listens there, in place of a stale one.

    To be called by who has the ledger: nobody else listens there then. Raises OSError.
    """
    if path.exists() and not stat.S_ISSOCK(path.stat().st_mode):
        raise FileExistsError(errno.EEXIST, "there is a file of this name", str(path))
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        with suppress(OSError):
            # Before it has a name, so that it is never anybody else's. Linux takes that over.
            os.fchmod(listening.fileno(), MODE)
        with _short(path.parent) as folder:
            fresh = folder / f".{os.getpid():x}.sock"
            with suppress(FileNotFoundError):
                fresh.unlink()
            listening.bind(str(fresh))
            try:
                fresh.chmod(MODE)
                listening.listen()
                fresh.rename(folder / path.name)
            except OSError:
                fresh.unlink()
                raise
    except OSError:
        listening.close()
        raise
    return listening


def connected(path: Path, *, timeout: float) -> socket.socket | None:
    """Return a connection to who listens there, None if nobody does.

    Raises PermissionError if it is not ours. `timeout` is in seconds, for each step.
    """
    calling = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    calling.settimeout(timeout)
    try:
        with _short(path) as near:
            calling.connect(str(near))
    except (FileNotFoundError, ConnectionRefusedError):
        calling.close()
        return None
    except OSError:
        calling.close()
        raise
    return calling


@contextmanager
def _short(path: Path) -> Iterator[Path]:
    """Hand out a short path to a file or folder, where the system has such."""
    if not OPENED.is_dir():
        yield path
        return
    opened = os.open(path, os.O_PATH)
    try:
        yield OPENED / str(opened)
    finally:
        os.close(opened)
