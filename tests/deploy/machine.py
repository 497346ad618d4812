"""A machine with a systemd of its own, in name spaces: what is installed there really runs."""

import os
import shutil
import signal
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from tests.servers import wait_for

ROOT = Path(__file__).parents[2]
SYSTEMD = Path("/lib/systemd/systemd")
BOOT = Path(__file__).with_name("boot.sh")
SPACES = ("--mount", "--pid", "--fork", "--uts", "--ipc", "--net", "--cgroup")
ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "PYTHONPATH": "/opt/packages",
    "LD_LIBRARY_PATH": "/opt/python/lib",
    "PIP_NO_INDEX": "1",
    "PIP_NO_DEPS": "1",
}
TRY = """
mount -t tmpfs tmpfs /mnt
mkdir /mnt/changes /mnt/work /mnt/root
mount -t overlay overlay -o lowerdir=/,upperdir=/mnt/changes,workdir=/mnt/work /mnt/root
"""
CGROUPS = (Path("/sys/fs/cgroup/unified"), Path("/sys/fs/cgroup"))


class Machine:
    """A systemd that has booted, and a shell on its machine."""

    def __init__(self, pid: int, shared: Path) -> None:
        self._pid = pid
        self.shared = shared
        """A folder that is the same inside and outside."""

    def run(self, *command: str, said: str = "") -> subprocess.CompletedProcess[str]:
        """Run a command as root, with these words to read, and return what it says at its end."""
        enter = ["nsenter", "-t", str(self._pid), "-m", "-p", "-u", "-i", "-n", "-C", "-r", "-w"]
        return subprocess.run(
            [*enter, *command],
            input=said,
            capture_output=True,
            text=True,
            check=False,
            timeout=100,
            env=ENVIRONMENT,
        )

    def good(self, *command: str) -> str:
        """Run a command that must succeed, and return its output."""
        done = self.run(*command)
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}\n{self.journal()}"
        return done.stdout.strip()

    def journal(self) -> str:
        """Return what carbond, and systemd about carbond, have said."""
        return self.run("journalctl", "-u", "carbond", "-o", "cat", "--no-pager").stdout

    def shows(self, name: str) -> str:
        """Return a property of the service."""
        return self.good("systemctl", "show", "carbond", "-P", name)


def missing() -> str | None:
    """Return why no machine can be made here, None if one can."""
    if not SYSTEMD.exists() or shutil.which("systemctl") is None:
        return "systemd is not installed (Debian: systemd)"
    if os.geteuid() != 0:
        return "only root can make a machine with a systemd of its own"
    tried = subprocess.run(
        ["unshare", *SPACES, "sh", "-ec", TRY],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    if tried.returncode or _cgroups() is None:
        return f"this machine lets nobody make name spaces: {tried.stderr.strip()}"
    return None


def needs_machine() -> pytest.MarkDecorator:
    """Skip, and say why, where no machine can be made."""
    reason = missing()
    return pytest.mark.skipif(reason is not None, reason=reason or "")


@contextmanager
def machine(folder: Path) -> Iterator[Machine]:
    """Boot a machine, and leave nothing of it."""
    for name in ("memory", "root", "shared"):
        (folder / name).mkdir()
    with _cgroup(folder.name) as group, (folder / "boot.log").open("w+") as log:
        script = f'echo $$ > {group}/cgroup.procs; exec unshare {" ".join(SPACES)} "$@"'
        program = [str(BOOT), str(folder), str(ROOT), sys.base_prefix]
        process = subprocess.Popen(
            ["sh", "-c", script, "sh", "sh", *program, sysconfig.get_path("purelib")],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
        try:
            booted = wait_for(lambda: _booted(process, folder), "a machine boots")
            yield booted
        except AssertionError:
            log.seek(0)
            print(log.read())  # noqa: T201 pytest shows it beside the failure
            raise
        finally:
            _end(process)


def _booted(process: subprocess.Popen[bytes], folder: Path) -> Machine | None:
    assert process.poll() is None, "the machine has ended while it booted"
    pid = _child(process.pid)
    if pid is None or Path(f"/proc/{pid}/comm").read_text().strip() != "systemd":
        return None
    made = Machine(pid, folder / "shared")
    return made if made.run("systemctl", "is-active", "alone.target").returncode == 0 else None


def _child(pid: int) -> int | None:
    """Return the process in the new name spaces: unshare's only child."""
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return int(found[0]) if found else None


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the first process in there, and with it all others."""
    if process.poll() is None:
        first = _child(process.pid)
        if first is not None:
            os.kill(first, signal.SIGKILL)
        process.wait(timeout=30)


def _cgroups() -> Path | None:
    """Return where cgroups of version 2 are made here."""
    for one in CGROUPS:
        if (one / "cgroup.procs").exists() and (one / "cgroup.controllers").exists():
            return one if os.access(one / "cgroup.procs", os.W_OK) else None
    return None


@contextmanager
def _cgroup(name: str) -> Iterator[Path]:
    """Make a group of processes, and remove it with all that systemd makes in it."""
    top = _cgroups()
    assert top is not None
    group = top / f"carbond-tests-{os.getpid()}-{name}"
    group.mkdir()
    try:
        yield group
    finally:
        for folder, _, _ in os.walk(group, topdown=False):
            wait_for(partial(_removed, Path(folder)), f"{folder} is empty")


def _removed(group: Path) -> bool | None:
    try:
        group.rmdir()
    except OSError:
        return None
    return True
