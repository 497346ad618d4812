"""install.sh and what it refuses: one message, the way out, and nothing is left behind."""

import re
import subprocess
import sysconfig
from pathlib import Path

import pytest

from tests.deploy.machine import BOOT, ROOT
from tests.deploy.stand_ins import INSTALL, Image, as_root, image, run

README = (ROOT / "deploy" / "systemd" / "README.md").read_text()
SHELLCHECK = Path(sysconfig.get_path("scripts")) / "shellcheck"
__all__ = ["image"]


@pytest.mark.parametrize("script", [INSTALL, BOOT], ids=lambda path: path.name)
def test_shellcheck_finds_nothing(script: Path) -> None:
    found = subprocess.run(
        [SHELLCHECK, "--shell=sh", str(script)], capture_output=True, text=True, check=False
    )
    assert found.returncode == 0, found.stdout


def test_the_page_has_every_option() -> None:
    said = run("--help")
    assert said.returncode == 0
    options = set(re.findall(r"^  (--[a-z-]+)", said.stdout, re.MULTILINE))
    assert options >= {"--package", "--root", "--dry-run", "--uninstall", "--purge"}
    assert options == set(re.findall(r"^\| `(--[a-z-]+)", README, re.MULTILINE))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--frobnicate"], "unknown option --frobnicate: see install.sh --help"),
        (["--package"], "--package needs a value: see install.sh --help"),
        (["--root", ""], "--root needs a value"),
        (["--root", "mnt"], "--root mnt: write the whole path, from / on"),
        (["--root", "/mnt/my image"], "only letters, digits and . _ + - in it"),
        (["--root", "/mnt/a/../b"], "no .. and no / at the end"),
        (["--root", "/mnt/"], "no .. and no / at the end"),
    ],
)
def test_bad_options_are_refused_with_the_way_out(arguments: list[str], message: str) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert message in done.stderr
    assert done.stderr.count("\n") == 1


@as_root
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--root", "/no/such/folder"], "--root /no/such/folder: there is no such folder"),
        (["--start"], "nothing can be started in another root"),
        (["--python", "/no/python"], "/no/python is not there, or older"),
        (["--package", "/no.whl"], "/no.whl: is not there"),
    ],
)
def test_what_is_not_there_is_said(image: Image, arguments: list[str], message: str) -> None:
    done = image.install("true", *arguments)
    assert done.returncode == 2
    assert message in done.stderr
    assert not (image.root / "opt").exists()


@as_root
@pytest.mark.parametrize(
    ("told", "message"),
    [
        ("False /usr", "is not there, or older than Python 3.11"),
        ("True /root/.pyenv/versions/3.12", "lives in a home, which the service cannot see"),
        ("True /home/ada/python", "lives in a home, which the service cannot see"),
    ],
)
def test_a_python_that_will_not_do_is_refused(image: Image, told: str, message: str) -> None:
    python = image.python(told=told)
    done = image.install("true")
    assert done.returncode == 2
    assert f"{python} {message}" in done.stderr
    assert not (image.root / "opt").exists()


@as_root
def test_a_folder_that_it_has_not_made_is_left_alone(image: Image) -> None:
    mine = image.root / "opt/carbond/bin/carbond"
    mine.parent.mkdir(parents=True)
    mine.write_text("mine")
    for task in ([], ["--uninstall"], ["--purge"]):
        done = image.install("true", *task)
        assert done.returncode == 2
        assert "is there and not made by this script: move it away" in done.stderr
    assert mine.read_text() == "mine"


@as_root
def test_two_at_once_do_not_meet(image: Image) -> None:
    (image.root / "run").mkdir()
    lock = str(image.root / "run/carbond-install.lock")
    done = subprocess.run(
        ["flock", lock, str(INSTALL), "--root", str(image.root)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 2
    assert "another install.sh is at work" in done.stderr
