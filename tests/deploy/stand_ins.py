"""A program that stands in for Python, so that install.sh is tried in another root in no time.

What it installs as a package is a shell script, and that is then carbond.
"""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.deploy.machine import ROOT

INSTALL = ROOT / "deploy" / "install.sh"
PYTHON = """\
#!/bin/sh
case "$*" in
*version_info*) echo TOLD ;;
*"import pip"*) ;;
*"-m venv"*)
    for last; do :; done
    mkdir -p "$last/bin"
    cp "$0" "$last/bin/python"
    echo "command = $last" >"$last/pyvenv.cfg"
    ;;
*" install "*)
    [ -s "$7" ] || PIP
    { echo "#!$4"; cat "$7"; } >"${4%/python}/carbond"
    ;;
*/bin/carbond*) exec sh "$@" ;;
esac
"""

as_root = pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("systemd-sysusers") is None,
    reason="needs root" if os.geteuid() else "systemd is not installed (Debian: systemd)",
)


@dataclass(frozen=True, slots=True)
class Image:
    """The root of another system, and what is beside it."""

    folder: Path

    @property
    def root(self) -> Path:
        return self.folder / "root"

    def python(self, *, told: str = "True /usr", pip: str = "exit 1") -> str:
        """Write a Python that tells this of itself, and whose pip does this with empty packages."""
        path = self.folder / "python"
        path.write_text(PYTHON.replace("TOLD", told).replace("PIP", pip))
        path.chmod(0o755)
        return str(path)

    def package(self, text: str) -> str:
        """Write a package, whose carbond is this script."""
        path = self.folder / "package"
        path.write_text(text)
        return str(path)

    def install(self, package: str, *more: str) -> subprocess.CompletedProcess[str]:
        """Install a package in this root."""
        python = str(self.folder / "python")
        place = ("--root", str(self.root), "--python", python)
        return run(*place, "--package", self.package(package), *more)

    def environments(self) -> list[Path]:
        """Return the environments that are there."""
        return sorted((self.root / "opt/carbond/environments").glob("*"))


@pytest.fixture
def image(tmp_path: Path) -> Image:
    """Make an empty root, and a Python with which everything succeeds."""
    made = Image(tmp_path)
    made.root.mkdir()
    made.python()
    return made


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run install.sh to its end, with nobody to answer it."""
    return subprocess.run(
        [str(INSTALL), *arguments],
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        timeout=60,
    )
