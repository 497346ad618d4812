"""The image: its file is linted, and what it copies, pins and starts is there."""

import fnmatch
import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement

from agent.cli import parser
from agent.cli.options import SETTINGS
from tests.deploy.compose import BIN, CONTAINER, ROOT, mounts, says, services

DOCKERFILE = CONTAINER / "Dockerfile"
IGNORE = CONTAINER / "Dockerfile.dockerignore"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def instructions() -> list[tuple[str, str]]:
    """Return the instructions of the image's file, each with its words in one line."""
    lines = [line for line in DOCKERFILE.read_text().splitlines() if not line.startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    found = (line.partition(" ") for line in joined.splitlines() if line)
    return [(name, words) for name, _, words in found]


def words_of(name: str) -> list[str]:
    return [words for instruction, words in instructions() if instruction == name]


def copied() -> Iterator[str]:
    """Yield what is copied from the checkout."""
    for words in words_of("COPY"):
        if not words.startswith("--from="):
            yield from words.split()[:-1]


def pins(name: str) -> dict[str, Requirement]:
    """Return the exact requirements of a file by name, of the image's own kind of machine."""
    joined = (CONTAINER / name).read_text().replace("\\\n", "")
    lines = [line for line in joined.splitlines() if line and not line.startswith("#")]
    for line in lines:
        assert "--hash=sha256:" in line, line
    every = (Requirement(line.partition("--hash")[0]) for line in lines)
    return {one.name: one for one in every if one.marker is None or one.marker.evaluate(image())}


def image() -> dict[str, str]:
    version = python_of_the_image()
    here = {key: str(value) for key, value in default_environment().items()}
    return {**here, "python_version": version, "python_full_version": f"{version}.0"}


def python_of_the_image() -> str:
    found = re.search(r"ARG PYTHON=python:(\d+\.\d+)\.\d+-slim-", DOCKERFILE.read_text())
    assert found, "the base is not pinned to a version"
    return found[1]


def test_hadolint_finds_nothing_wrong() -> None:
    found = says([str(BIN / "hadolint"), str(DOCKERFILE)])
    assert (found.returncode, found.stdout) == (0, "")


def test_a_line_that_is_no_good_is_told(tmp_path: Path) -> None:
    bad = tmp_path / "Dockerfile"
    bad.write_text(DOCKERFILE.read_text().replace("USER 10001:10001", "USER root"))
    assert "DL3002" in says([str(BIN / "hadolint"), str(bad)]).stdout


def test_what_it_copies_is_there_and_the_build_may_see_it() -> None:
    allowed = [line[1:] for line in IGNORE.read_text().splitlines() if line.startswith("!")]
    found = list(copied())
    assert sorted(found) == sorted(allowed)
    for source in found:
        assert (ROOT / source).exists(), f"{source} is not there"


def test_the_build_sees_nothing_else() -> None:
    lines = [line for line in IGNORE.read_text().splitlines() if not line.startswith("#")]
    assert lines[0] == "*"
    assert any(fnmatch.fnmatch("agent/__pycache__", line) for line in lines)


def test_the_wheel_finds_all_that_the_project_names() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    packages = project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    needed = {*packages, "pyproject.toml", PROJECT["readme"], *PROJECT["license-files"]}
    assert needed <= set(copied())


def test_it_runs_as_nobody_in_particular_with_nothing_to_write_to() -> None:
    assert words_of("USER")[-1] == "10001:10001", "a number, which Kubernetes can check"
    assert words_of("STOPSIGNAL") == ["SIGTERM"]
    environment = " ".join(words_of("ENV"))
    assert "PYTHONSAFEPATH=1" in environment
    assert "PYTHONDONTWRITEBYTECODE=1" in environment
    (folder,) = re.findall(r"SQLITE_TMPDIR=(\S+)", environment)
    assert folder == words_of("WORKDIR")[-1], "beside the ledger: /tmp is small, all else read-only"
    for name in ("carbond", "demo"):
        assert folder in {mount.target for mount in mounts(services()[name])}
    assert not words_of("VOLUME"), "a volume without a name is left behind"


def test_it_starts_and_asks_what_the_command_line_has() -> None:
    start = [*json.loads(words_of("ENTRYPOINT")[0]), *json.loads(words_of("CMD")[0])]
    assert start[0] == "carbond"
    assert parser(["run"]).parse_args(start[1:]).config == SETTINGS
    (check,) = words_of("HEALTHCHECK")
    command = json.loads(check.partition("CMD ")[2])
    assert command[0] == "carbond"
    assert parser(["health"]).parse_args(command[1:]).url.endswith(f":{words_of('EXPOSE')[0]}")


def test_it_has_a_python_that_the_project_takes() -> None:
    assert Requirement(f"python{PROJECT['requires-python']}").specifier.contains(
        f"{python_of_the_image()}.0"
    )
    for name in ("requirements.txt", "build-requirements.txt"):
        assert f"for Python {python_of_the_image()}." in (CONTAINER / name).read_text()


@pytest.mark.parametrize("text", PROJECT["dependencies"])
def test_what_the_project_needs_is_pinned_as_it_allows(text: str) -> None:
    needed = Requirement(text)
    if needed.marker is not None and not needed.marker.evaluate(image()):
        return
    found = pins("requirements.txt").get(needed.name)
    assert found is not None, f"{needed.name} is not in requirements.txt: README.md has the command"
    (version,) = found.specifier
    assert version.operator == "=="
    assert needed.specifier.contains(version.version), f"{found} is not {needed}"


def test_what_builds_it_is_pinned_too() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = (CONTAINER / "build-requirements.in").read_text().splitlines()
    for text in project["build-system"]["requires"]:
        assert text in wanted
        needed = Requirement(text)
        (version,) = pins("build-requirements.txt")[needed.name].specifier
        assert needed.specifier.contains(version.version)


def test_the_readme_has_the_commands_that_make_the_pins() -> None:
    text = (CONTAINER / "README.md").read_text()
    for name in ("requirements.txt", "build-requirements.txt"):
        assert f"-o deploy/container/{name} " in text
