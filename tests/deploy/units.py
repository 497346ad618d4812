"""The unit and its drop-ins, as systemd's own programs see them."""

import re
import shutil
import subprocess
import sys
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

SYSTEMD = Path(__file__).parents[2] / "deploy" / "systemd"
UNIT = SYSTEMD / "carbond.service"
EXAMPLES = sorted((SYSTEMD / "carbond.service.d").glob("*.conf.example"))
PROGRAM = "/opt/carbond/bin/carbond"


def options(path: Path = UNIT) -> dict[str, list[str]]:
    """Return what is set in a unit, each option with all its values."""
    found = defaultdict(list)
    for key, value in re.findall(r"^([A-Z]\w+)=(.*)$", path.read_text(), re.MULTILINE):
        found[key].append(value)
    return dict(found)


def written(folder: Path, examples: Sequence[Path] = ()) -> Path:
    """Write the unit with some of its drop-ins and a program that is there, and return its path."""
    unit = folder / UNIT.name
    unit.write_text(UNIT.read_text().replace(PROGRAM, sys.executable))
    beside = folder / f"{UNIT.name}.d"
    beside.mkdir(exist_ok=True)
    for one in examples:
        shutil.copy(one, beside / one.name.removesuffix(".example"))
    return unit


def analyze(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run systemd-analyze to its end."""
    return subprocess.run(
        ["systemd-analyze", "--no-pager", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
