"""The systemd unit: what it starts exists, and what it promises stands in it."""

import re
import shutil
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest

from agent.cli import parser

DEPLOY = Path(__file__).parents[1] / "deploy"
UNIT = (DEPLOY / "carbond.service").read_text()
VERIFY = shutil.which("systemd-analyze")


def options() -> dict[str, list[str]]:
    """Return the unit's options, with those that are commented out as examples."""
    found = defaultdict(list)
    for key, value in re.findall(r"^#?([A-Z]\w+)=(.*)$", UNIT, re.MULTILINE):
        found[key].append(value)
    return dict(found)


def test_the_unit_starts_a_command_that_there_is() -> None:
    (start,) = options()["ExecStart"]
    program, *arguments = start.split()
    assert program.endswith("/bin/carbond")
    assert f"python3 -m venv {program.removesuffix('/bin/carbond')}" in readme()
    chosen = parser().parse_args(arguments)
    assert str(chosen.config) == "/etc/carbond/carbond.yaml"


def test_the_unit_says_what_the_daemon_relies_on() -> None:
    said = options()
    assert said["Type"] == ["notify"]
    assert said["StateDirectory"] == ["carbond"]
    assert said["Environment"] == ["PYTHONSAFEPATH=1"]
    assert said["RestartPreventExitStatus"] == ["2"]
    assert said["ProtectSystem"] == ["strict"]
    assert int(said["WatchdogSec"][0]) >= 10
    assert all(":/etc/carbond/secrets/" in one for one in said["LoadCredential"])


@pytest.mark.skipif(VERIFY is None, reason="this machine has no systemd-analyze")
def test_systemd_finds_nothing_wrong_with_the_unit(tmp_path: Path) -> None:
    assert VERIFY is not None
    unit = tmp_path / "carbond.service"
    # Its own program is not on this machine.
    text = UNIT.replace("/opt/carbond/bin/carbond", sys.executable)
    unit.write_text(re.sub(r"^#(LoadCredential=)", r"\1", text, flags=re.MULTILINE))
    found = subprocess.run(
        [VERIFY, "verify", "--recursive-errors=no", str(unit)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert "carbond.service" not in found.stderr
    assert found.returncode == 0, found.stderr


def readme() -> str:
    return (DEPLOY / "README.md").read_text()
