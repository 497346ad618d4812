"""What the pages of the documentation hold: blocks of commands, and samples of settings."""

import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import dropwhile
from pathlib import Path

import yaml

from config.files import KEYS

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    path for pattern in ("README.md", "docs/*.md", "deploy/**/*.md") for path in ROOT.glob(pattern)
)
SHELL = frozenset({"", "sh", "bash", "shell", "console"})
"""What blocks of commands are marked with."""

_BLOCK = re.compile(r"^( *)```([a-z]*)\n(.*?)^ *```", re.DOTALL | re.MULTILINE)
_ENDS = frozenset({"|", "||", "&&", ";", ">", ">>", "<", "&", ")"})


@dataclass(frozen=True, slots=True)
class Block:
    """A block of a page."""

    page: str
    kind: str
    text: str

    def __str__(self) -> str:
        return f"{self.page}: {self.text.strip().splitlines()[0][:60]}"


def blocks() -> Iterator[Block]:
    """Yield the blocks of all pages."""
    for page in PAGES:
        for indent, kind, text in _BLOCK.findall(page.read_text()):
            plain = "\n".join(line.removeprefix(indent) for line in text.splitlines())
            yield Block(page.relative_to(ROOT).as_posix(), kind, f"{plain}\n")


def settings() -> list[Block]:
    """Return the blocks that are settings, or a part of them."""
    return [block for block in blocks() if block.kind == "yaml" and _is_settings(block.text)]


def _is_settings(text: str) -> bool:
    try:
        found = yaml.safe_load(text)
    except yaml.YAMLError:
        return False
    return isinstance(found, dict) and bool(found) and found.keys() <= set(KEYS)


def commands() -> list[tuple[str, Sequence[str]]]:
    """Return every command in a block, as its page and its words, without what it is piped to."""
    return [
        (block.page, words)
        for block in blocks()
        if block.kind in SHELL
        for line in block.text.replace("\\\n", " ").splitlines()
        for words in _commands_in(line)
    ]


def carbond_commands() -> list[tuple[str, list[str]]]:
    """Return the arguments of every command of carbond's in a block, and the page it is on."""
    found = [(page, _arguments(words)) for page, words in commands()]
    return [(page, arguments) for page, arguments in found if arguments]


def _arguments(words: Sequence[str]) -> list[str]:
    """Return what stands behind the last `carbond`, if that is what is started.

    It may stand behind variables, behind what starts it in a container, or have a path.
    """
    plain = list(dropwhile(lambda word: re.match(r"[A-Z_]+=", word), words))
    at = [number for number, word in enumerate(plain) if Path(word).name == "carbond"]
    in_container = plain[:1] == ["docker"] and len(at) > 1
    is_ours = at and (at[0] == 0 or in_container or plain[at[0]].endswith("/bin/carbond"))
    return plain[at[-1] + 1 :] if is_ours else []


def _commands_in(line: str) -> Iterator[Sequence[str]]:
    words: list[str] = []
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.commenters = "#"
    lexer.whitespace_split = True
    try:
        tokens = list(lexer)
    except ValueError:
        # A drawing, or an apostrophe in what a command has said.
        return
    for token in tokens:
        if token not in _ENDS:
            words.append(token)
            continue
        if words:
            yield words
        words = []
    if words:
        yield words
