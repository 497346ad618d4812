"""A ledger whose file is damaged: every command says so in a line, with the way out."""

import asyncio
import logging
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from agent.cli import main
from agent.errors import ConfigError, Unavailable
from agent.ledger import said_of
from agent.ledger.readers import Readers
from tests.accounting import places
from tests.clocks import HandClock
from tests.ledger.books import START, day, intensity, open_ledger

PAGE = 4096
COMMANDS = (
    "status",
    "report 2026-03-10",
    "explain --site fra --day 2026-03-10",
    "explain --meter grid --hour 2026-03-10T09",
    "ledger restatements --site fra",
    "ledger repairs",
    "ledger findings",
    "ledger periods",
    "ledger backup copy.db",
)
WRITING = (
    "ledger close --site fra --month 2026-02 --who facility-team --why reported",
    "ledger repair --meter grid --from 2026-03-10T09 --to 2026-03-10T10 --unknown"
    " --who facility-team --why open",
)
SETTINGS = """\
sites: [{name: fra}]
ledger: {path: ledger.db}
devices: [{name: grid, type: host, alone: true}]
"""
Said = pytest.CaptureFixture[str]
Damage = Callable[[bytes], bytes]


@pytest.fixture
def ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    async def book() -> None:
        clock = HandClock(START)
        ledger = open_ledger(tmp_path, clock, tree=places.tree())
        clock.move(hours=2)
        await ledger.book(day("grid", START, 119, 1000.0))
        await ledger.book([intensity(300, START, updated=clock.now())])
        await ledger.tend()
        ledger.close()

    asyncio.run(book())
    monkeypatch.chdir(tmp_path)
    (tmp_path / "carbond.yaml").write_text(SETTINGS)
    return tmp_path / "ledger.db"


def all_but_the_first_page(whole: bytes) -> bytes:
    return whole[:PAGE] + b"\xff" * (len(whole) - PAGE)


def half(whole: bytes) -> bytes:
    return whole[: len(whole) // 2]


@pytest.mark.parametrize("damage", [all_but_the_first_page, half])
@pytest.mark.parametrize("command", [*COMMANDS, *WRITING])
def test_a_damaged_ledger_is_said_in_one_line_with_the_way_out(
    ledger: Path, damage: Damage, command: str, capsys: Said
) -> None:
    ledger.write_bytes(damage(ledger.read_bytes()))
    given = ["-c", "carbond.yaml"] if command in WRITING else ["--ledger", str(ledger)]
    assert main([*command.split(), *given]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    (line,) = said.err.splitlines()
    assert "the ledger is damaged (database disk image is malformed)" in line
    assert "restore" in line
    assert "backup" in line
    assert not (ledger.parent / "copy.db").exists()


def test_no_byte_that_is_wrong_ends_a_command_in_any_other_way(ledger: Path, capsys: Said) -> None:
    whole = ledger.read_bytes()
    said = set()
    for first in range(PAGE, len(whole), PAGE):
        ledger.write_bytes(whole[:first] + b"\xff" * PAGE + whole[first + PAGE :])
        said |= {main([*one.split(), "--ledger", str(ledger)]) for one in COMMANDS[:4]}
    assert said == {0, 2}
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("bytes_", "cause"),
    [
        (b"", "is empty, or no ledger: `carbond run` makes one"),
        (b"meter,energy\n" * 1000, "it is no ledger, or damaged (file is not a database)"),
    ],
)
def test_a_file_that_is_no_ledger_is_said_to_be_none(
    ledger: Path, bytes_: bytes, cause: str, capsys: Said
) -> None:
    ledger.write_bytes(bytes_)
    for command in COMMANDS:
        assert main([*command.split(), "--ledger", str(ledger)]) == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert cause in line, command


def test_a_fault_of_the_disk_is_not_called_damage_and_a_bug_stays_one(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    with pytest.raises(ConfigError, match=r"cannot use it .* see to its disk"), said_of(path):
        sqlite3.connect(tmp_path / "none" / "ledger.db")
    with pytest.raises(sqlite3.OperationalError, match="no such table"), said_of(path):
        sqlite3.connect(":memory:").execute("SELECT 1 FROM meter")


def a_name_in_the_schema(whole: bytes) -> bytes:
    assert b"tableaccountaccount" in whole
    return whole.replace(b"tableaccountaccount", b"table\x83ccountaccount")


def a_line_in_the_schema(whole: bytes) -> bytes:
    return whole.replace(b"tableaccountaccount", b"table\nccountaccount")


@pytest.mark.parametrize("damage", [a_name_in_the_schema, a_line_in_the_schema])
@pytest.mark.parametrize("command", COMMANDS)
def test_damage_in_the_schema_is_one_line_whatever_bytes_it_has(
    ledger: Path, damage: Damage, command: str, capsys: Said
) -> None:
    ledger.write_bytes(damage(ledger.read_bytes()))
    assert main([*command.split(), "--ledger", str(ledger)]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    (line,) = said.err.splitlines()
    assert "the ledger is damaged (" in line
    assert "backup" in line


@pytest.mark.parametrize("damage", [all_but_the_first_page, a_name_in_the_schema])
def test_who_asks_over_the_network_is_told_and_the_log_says_it_once(
    ledger: Path, damage: Damage, caplog: pytest.LogCaptureFixture
) -> None:
    ledger.write_bytes(damage(ledger.read_bytes()))

    async def ask() -> None:
        readers = Readers(ledger)
        try:
            for _ in range(3):
                with pytest.raises(Unavailable, match="the ledger cannot be read now: "):
                    await readers.ask(
                        lambda one, _: one.execute("SELECT * FROM account").fetchall()
                    )
        finally:
            readers.close()

    asyncio.run(ask())
    (line,) = [one for one in caplog.records if one.levelno >= logging.WARNING]
    assert "the ledger is damaged (" in line.getMessage()
    assert line.exc_info is None
