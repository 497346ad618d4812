"""The systemd unit and what lies beside it: systemd takes it, and what it promises stands in it."""

import re
import subprocess
from pathlib import Path

import pytest

from agent.cli import main, parser
from tests.deploy.units import EXAMPLES, PROGRAM, SYSTEMD, UNIT, analyze, options, written
from tests.servers import needs

README = (SYSTEMD / "README.md").read_text()
LARGEST = 1.3
"""The exposure that systemd-analyze security may find, of 10. Less is better."""

VERSION = 252
"""Of the systemd that the page's figures are from."""

analyzed = needs("systemd-analyze", "systemd")


def test_the_unit_starts_a_command_that_there_is() -> None:
    (start,) = options()["ExecStart"]
    program, *arguments = start.split()
    assert program == PROGRAM
    chosen = parser().parse_args(arguments)
    assert str(chosen.config) == "/etc/carbond/carbond.yaml"


def test_the_unit_says_what_the_daemon_relies_on() -> None:
    said = options()
    assert said["Type"] == ["notify"]
    assert said["User"] == said["Group"] == said["StateDirectory"] == ["carbond"]
    assert "PYTHONSAFEPATH=1" in said["Environment"]
    assert said["RestartPreventExitStatus"] == ["2"]
    assert said["ProtectSystem"] == ["strict"]
    assert int(said["WatchdogSec"][0]) >= 10


@analyzed
@pytest.mark.parametrize(
    "examples", [(), *((one,) for one in EXAMPLES), EXAMPLES], ids=lambda some: f"{len(some)}"
)
def test_systemd_finds_nothing_wrong_with_the_unit_and_its_drop_ins(
    tmp_path: Path, examples: list[Path]
) -> None:
    found = analyze("verify", "--recursive-errors=no", str(written(tmp_path, examples)))
    assert "carbond.service" not in found.stderr
    assert found.returncode == 0, found.stderr


def exposure(unit: Path) -> float:
    """Return how much systemd-analyze finds a unit exposed, of 10."""
    said = analyze("security", "--offline=true", str(unit)).stdout
    found = re.search(r"exposure level for carbond.service: ([\d.]+)", said)
    assert found, said
    return float(found[1])


def measured_here() -> bool:
    """Whether the page's figures are this systemd's: each version asks for more."""
    return f"systemd {VERSION} " in analyze("--version").stdout


@analyzed
def test_the_unit_is_exposed_as_little_as_the_page_says(tmp_path: Path) -> None:
    found = exposure(written(tmp_path))
    assert found <= LARGEST
    if measured_here():
        assert f"**{found}**" in README


@analyzed
def test_a_line_of_the_sandbox_that_goes_is_noticed(tmp_path: Path) -> None:
    unit = written(tmp_path)
    before = exposure(unit)
    unit.write_text(unit.read_text().replace("PrivateUsers=yes\n", ""))
    assert exposure(unit) > before


@analyzed
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda one: one.name.split(".")[0])
def test_the_page_says_what_a_drop_in_costs(tmp_path: Path, example: Path) -> None:
    row = re.search(rf"^\| \[{re.escape(example.name)}\].*$", README, re.MULTILINE)
    assert row, example.name
    if measured_here():
        assert row[0].split("|")[-2].strip() == f"{exposure(written(tmp_path, [example]))}"


@needs("systemd-sysusers", "systemd")
def test_the_user_and_the_folders_are_made(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    for name in ("carbond.conf", "carbond-rapl.conf.example"):
        made(tmp_path, "systemd-sysusers", SYSTEMD / "sysusers.d" / name)
    ids = {line.split(":")[0]: line for line in (tmp_path / "etc/passwd").read_text().splitlines()}
    assert ids["carbond"].endswith(":/var/lib/carbond:/usr/sbin/nologin")
    groups = (tmp_path / "etc/group").read_text()
    assert {"carbond", "rapl"} <= {line.split(":")[0] for line in groups.splitlines()}


@needs("systemd-sysusers", "systemd")
def test_a_dry_run_makes_no_user(tmp_path: Path) -> None:
    said = made(tmp_path, "systemd-sysusers", SYSTEMD / "sysusers.d/carbond.conf", "--dry-run")
    assert "Creating user 'carbond'" in said
    assert list(tmp_path.iterdir()) == []


def made(root: Path, program: str, rules: Path, *more: str) -> str:
    """Run a program of systemd in another root, and return what it says."""
    done = subprocess.run(
        [program, f"--root={root}", *more, str(rules)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def test_the_folders_keep_secrets_from_all_but_root() -> None:
    rules = (SYSTEMD / "tmpfiles.d/carbond.conf").read_text()
    found = [line.split() for line in rules.splitlines() if not line.startswith("#")]
    modes = {path: (mode, user, group) for _, path, mode, user, group, _ in found}
    assert modes["/etc/carbond/secrets"] == ("0700", "root", "root")
    assert modes["/var/backups/carbond"] == ("0700", "root", "root")
    assert modes["/etc/carbond"] == ("2750", "root", "carbond")
    assert all(age == "-" for *_, age in found), "nothing is ever cleaned"


def test_the_settings_to_begin_with_are_good(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "-c", str(SYSTEMD / "carbond.yaml")]) == 0
    assert "the settings are good" in capsys.readouterr().out


def test_secrets_are_handed_over_under_the_names_of_their_files() -> None:
    lines = options(SYSTEMD / "carbond.service.d/credentials.conf.example")["LoadCredential"]
    given = dict(line.split(":") for line in lines)
    assert given == {name: f"/etc/carbond/secrets/{name}" for name in given}
    named = re.findall(r"credential: ([\w-]+)\}", (SYSTEMD / "carbond.yaml").read_text())
    assert named
    assert set(given) >= set(named)


def test_the_page_has_every_file() -> None:
    for path in SYSTEMD.rglob("*"):
        if path.is_file() and path.name != "README.md":
            assert path.name in README, path.name
    assert UNIT.name in README
