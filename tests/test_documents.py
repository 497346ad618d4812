"""The pages under docs/: what they link to is there, and the commands they name exist."""

import re
from pathlib import Path

import pytest

from agent.cli import parser

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted((ROOT / "docs").glob("*.md"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_a_page_links_to_is_there(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text()):
        assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_command_that_a_page_names_exists(page: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for words in re.findall(r"`carbond ([a-z]+(?: [a-z]+)?)", page.read_text()):
        with pytest.raises(SystemExit) as end:
            parser().parse_args([*words.split(), "--help"])
        assert end.value.code == 0, words
        assert f"carbond {words}" in capsys.readouterr().out
