"""What is installed: the four packages, their data, and nothing else."""

import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOUR = {"agent", "collectors", "exporters", "config"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", str(folder)]
    subprocess.run([*command, str(ROOT)], check=True, timeout=110)
    (path,) = folder.glob("carbond-*.whl")
    return zipfile.ZipFile(path)


def test_the_wheel_holds_the_four_packages_and_nothing_else(wheel: zipfile.ZipFile) -> None:
    top = {name.split("/")[0] for name in wheel.namelist()}
    assert {name for name in top if not name.endswith(".dist-info")} == FOUR


def test_the_wheel_holds_profiles_and_samples(wheel: zipfile.ZipFile) -> None:
    names = set(wheel.namelist())
    for path in ROOT.glob("*/**/*.yaml"):
        place = path.relative_to(ROOT)
        if place.parts[0] in FOUR:
            assert place.as_posix() in names


def test_the_wheel_holds_the_runbook_for_who_is_woken(wheel: zipfile.ZipFile) -> None:
    page = (ROOT / "deploy/prometheus/runbook.md").read_bytes()
    assert wheel.read("agent/alerts/runbook.md") == page


def test_the_four_packages_are_those_of_the_settings_of_the_tools() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert set(project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]) == FOUR
    assert set(project["tool"]["importlinter"]["root_packages"]) == FOUR
