"""`carbond token`: what it prints can be pasted into the settings, and lets its owner in."""

import json
from pathlib import Path

import pytest

from agent.cli import main
from agent.console.access.tokens import scope_of
from config.http import AccessScope
from tests.config.kinds import ONE_SITE, load_text


def test_what_it_prints_are_settings_that_know_the_token(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["token", "--name", "ops", "--scope", "admin"]) == 0
    token, _, words = capsys.readouterr().out.partition("\n")
    lines = words[words.index("http:") :]
    assert token not in words
    http = load_text(tmp_path, ONE_SITE + lines).http
    assert scope_of(f"Bearer {token}", http.tokens) is AccessScope.ADMIN


def test_json_is_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["token", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["token"].startswith("carbond_")
    (entry,) = found["settings"]["http"]["tokens"]
    assert (entry["name"], entry["scope"]) == ("reader", "read")


def test_a_name_that_the_settings_would_refuse_makes_no_token(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["token", "--name", "bad name!"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "--name 'bad name!': a name has letters" in said.err
