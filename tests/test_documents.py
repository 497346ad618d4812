"""The pages: what they link to is there, their commands are understood, their settings are good."""

import importlib.util
import re
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path

import pytest

from agent.cli import main, parser
from tests.docs.completing import completed
from tests.docs.pages import PAGES, ROOT, Block, carbond_commands, commands, settings

DOCS = [page for page in PAGES if page.parent.name == "docs"]


def anchor_of(heading: str) -> str:
    """Return the anchor that a heading has where Markdown is shown."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_a_page_links_to_is_there(page: Path) -> None:
    for target, _, anchor in re.findall(r"\]\(([^)#:]*)(#([^)]*))?\)", page.read_text()):
        linked = page.parent / target if target else page
        assert linked.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.+)$", linked.read_text(), re.MULTILINE)
            assert anchor in {anchor_of(heading) for heading in headings}, f"{target}#{anchor}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_command_that_a_page_names_exists(page: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for words in re.findall(r"`carbond ([a-z]+(?: [a-z]+)?)", page.read_text()):
        with pytest.raises(SystemExit) as end:
            parser().parse_args([*words.split(), "--help"])
        assert end.value.code == 0, words
        assert f"carbond {words}" in capsys.readouterr().out


def exit_code(top: ArgumentParser, words: Sequence[str]) -> object:
    """Return what a command would end with if it is not understood, or asks for its help."""
    try:
        top.parse_args(words)
    except SystemExit as end:
        return end.code
    return 0


def test_every_command_of_carbond_in_a_block_is_understood(
    capsys: pytest.CaptureFixture[str],
) -> None:
    top = parser()
    for page, words in carbond_commands():
        code = exit_code(top, words)
        assert not code, f"{page}: carbond {' '.join(words)}: {capsys.readouterr().err}"


def test_what_other_commands_in_a_block_name_is_there() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for page, words in commands():
        if words[0] == "make":
            assert re.search(rf"^{words[1]}:", makefile, re.MULTILINE), f"{page}: {words}"
        if words[0].endswith("python") and words[1] == "-m":
            assert importlib.util.find_spec(words[2]), f"{page}: {words}"
        for word in words[1:]:
            if re.match(r"(config|deploy|docs|tests)/\w", word):
                assert (ROOT / word).exists(), f"{page}: {word}"


@pytest.mark.parametrize("block", settings(), ids=str)
def test_check_accepts_the_settings_that_a_page_shows(
    block: Block,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = completed(tmp_path, block.text, monkeypatch)
    assert main(["check", "-c", str(path)]) == 0, capsys.readouterr().err


def test_no_page_is_left_out_of_the_index() -> None:
    index = (ROOT / "docs" / "README.md").read_text()
    names = {page.name for page in DOCS} - {"README.md"}
    assert {name for name in names if f"]({name})" not in index} == set()
