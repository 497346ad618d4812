"""Each thing that can be wrong, and the exact words for it."""

import os
from collections.abc import Iterator
from pathlib import Path, PosixPath
from typing import NoReturn

import pytest

from agent.errors import ConfigError
from config import load
from tests.config.cases import CASES, LIST, Case, device
from tests.config.kinds import KINDS, ONE_SITE, write


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_fault_is_said_in_one_line_with_its_place_and_the_way_out(case: Case) -> None:
    files = dict(case.files)
    if case.text or case.name == "file of conf.d with another ending":
        files.setdefault("carbond.yaml", case.sites + case.text)
    write(Path(), files)
    with pytest.raises(ConfigError) as caught:
        load(Path("carbond.yaml"), KINDS)
    assert str(caught.value) == case.says
    assert "hunter2" not in str(caught.value)


def test_all_faults_are_said_at_once_in_the_order_of_the_files() -> None:
    text = (
        "ledger: {keep: {cap: much}}\n"
        "devices:\n"
        "  - {name: a, type: snmp, upstream: b}\n"
        "  - {name: b, type: snpm, host: h, upstream: zz}\n"
        "http: {port: x}\n"
    )
    write(Path(), {"carbond.yaml": ONE_SITE + text, "conf.d/a.yaml": "htpp: {}\n"})
    with pytest.raises(ConfigError) as caught:
        load(Path("carbond.yaml"), KINDS)
    lines = str(caught.value).splitlines()
    assert [line.partition(": ")[0] for line in lines] == [
        "carbond.yaml:2",
        "carbond.yaml:4",
        "carbond.yaml:5",
        "carbond.yaml:5",
        "carbond.yaml:6",
        "conf.d/a.yaml:1",
    ]


def test_many_faults_do_not_bury_the_first() -> None:
    rows = "".join(f"pdu-{number},\n" for number in range(150))
    write(Path(), {"carbond.yaml": ONE_SITE + LIST, "pdus.csv": "name,host\n" + rows})
    with pytest.raises(ConfigError) as caught:
        load(Path("carbond.yaml"), KINDS)
    lines = str(caught.value).splitlines()
    assert len(lines) == 101
    assert lines[-1] == "... and 50 more"


def test_a_secret_file_that_may_not_be_read_says_who_must_be_let_in(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write(Path(), {"carbond.yaml": ONE_SITE + device("community: {file: x}")})

    def refuse(path: Path, mode: str) -> NoReturn:
        raise PermissionError(13, "Permission denied")

    # Root, who runs the tests in a container, may read every file.
    monkeypatch.setattr("config.secret.Path", type("Refusing", (PosixPath,), {"open": refuse}))
    monkeypatch.setattr(os, "geteuid", lambda: 998)
    with pytest.raises(ConfigError) as caught:
        load(Path("carbond.yaml"), KINDS)
    assert str(caught.value) == (
        'carbond.yaml:3: devices[0] "a": "community": cannot read the secret file x: '
        "Permission denied: let user 998 read it"
    )


def test_the_folder_of_conf_d_that_may_not_be_read_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    write(Path(), {"carbond.yaml": ONE_SITE, "conf.d/x.yaml": ""})

    def refuse(self: Path) -> Iterator[Path]:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "iterdir", refuse)
    with pytest.raises(ConfigError, match=r"conf\.d: cannot read the folder: Permission denied"):
        load(Path("carbond.yaml"), KINDS)
