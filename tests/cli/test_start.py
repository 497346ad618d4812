"""What a command imports before it does anything, and what all of them have in common."""

import argparse
import json
import subprocess
import sys
from pathlib import Path

import pytest

from agent.cli import COMMANDS, main, parser
from agent.ledger import Ledger

HEAVY = ("collectors", "fastapi", "pydantic", "uvicorn", "pysnmp", "agent.app.daemon")
"""What takes longer to import than a command that needs none of it."""

WITHOUT_JSON = {
    "run": "its log is JSON with log.format json",
    "record": "it writes snmprec",
    "profile schema": "it is JSON",
    "inventory export": "it writes CSV",
    "inventory import": "it writes YAML",
    "alerts rules": "it writes a rules file",
    "alerts runbook": "it writes a page",
    "reference settings": "it writes a page",
    "reference metrics": "it writes a page",
}
"""Commands without --json, and why."""


def imported(*words: str) -> set[str]:
    """Return those of the heavy modules that a command has imported when it ends."""
    code = (
        "import sys\nfrom agent.cli import main\n"
        "try:\n    main(sys.argv[1:])\nexcept SystemExit:\n    pass\n"
        f"print('imported', *set({HEAVY!r}) & sys.modules.keys(), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *words], capture_output=True, text=True, check=True
    )
    return set(done.stderr.splitlines()[-1].split()[1:])


@pytest.mark.parametrize("words", [("--version",), ("--help",), ("none-such",)])
def test_what_names_no_command_imports_none(words: tuple[str, ...]) -> None:
    assert imported(*words) == set()


@pytest.mark.parametrize(
    "words",
    [
        ("status",),
        ("report", "2026"),
        ("explain", "--site", "fra", "--year", "2026"),
        ("ledger", "periods"),
        ("ledger", "restatements", "--site", "fra"),
    ],
)
async def test_who_reads_a_ledger_needs_no_collector_and_no_web_server(
    ledger: Ledger, words: tuple[str, ...]
) -> None:
    assert imported(*words, "--ledger", str(ledger.path)) == set()


def test_a_live_view_of_a_daemon_needs_none_either() -> None:
    assert imported("top", "--url", "http://127.0.0.1:1") == set()


def test_the_list_of_commands_says_what_each_says_of_itself() -> None:
    assert parser([]).format_help() == parser().format_help()


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself_with_an_example(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="0"):
        main([name, "--help"])
    said = capsys.readouterr().out
    assert COMMANDS[name] in said
    assert f"  carbond {name}" in said.partition("example")[2]


def test_what_is_no_command_is_told_with_those_there_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["statu"])
    said = capsys.readouterr().err
    assert "invalid choice: 'statu'" in said
    assert all(name in said for name in COMMANDS)


def commands_of(command: argparse.ArgumentParser, name: str = "") -> dict[str, set[str]]:
    """Return the options of each command that has none of its own below it."""
    for action in command._actions:
        if isinstance(action, argparse._SubParsersAction):
            found: dict[str, set[str]] = {}
            for word, below in action.choices.items():
                found |= commands_of(below, f"{name} {word}".strip())
            return found
    return {name: {option for action in command._actions for option in action.option_strings}}


def test_every_command_can_print_json_but_for_those_that_print_something_else() -> None:
    without = {name for name, options in commands_of(parser()).items() if "--json" not in options}
    assert without <= {*WITHOUT_JSON, "check"}


def test_profile_list_and_check_print_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["profile", "list", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert {"name", "kind", "title", "tested"} == set(listed[0])
    bad = tmp_path / "acme.yaml"
    bad.write_text("name: acme\n")
    assert main(["profile", "check", str(bad), "--json"]) == 2
    said = json.loads(capsys.readouterr().out)
    assert said["good"] is False
    assert all(str(bad) in fault for fault in said["faults"])
    assert said["faults"]
