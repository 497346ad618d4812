"""What a person has chosen in `carbond top`, key by key."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TypeVar

from agent.cli.top_data import Kind, Line

T = TypeVar("T", bound=StrEnum)

PAGE = 10
LONGEST = 40
"""Letters of a filter."""

_KEY = re.compile(r"\x1b\[[0-9;]*[A-Za-z~]|\x1bO[A-Z]|.", re.DOTALL)
_UP, _DOWN = {"\x1b[A", "\x1bOA", "k"}, {"\x1b[B", "\x1bOB", "j"}
_PAGE_UP, _PAGE_DOWN = "\x1b[5~", "\x1b[6~"
_HOME, _END = {"\x1b[H", "\x1bOH", "\x1b[1~", "g"}, {"\x1b[F", "\x1bOF", "\x1b[4~", "G"}
_ENTER, _ESCAPE, _BACK = {"\r", "\n"}, "\x1b", {"\x7f", "\b"}

_NEVER = datetime.min.replace(tzinfo=UTC)


class Sort(StrEnum):
    """What comes first."""

    POWER = "power"
    NAME = "name"
    OLDEST = "oldest reading"


@dataclass(slots=True)
class View:
    """What is shown, and from which line on."""

    kind: Kind = Kind.RACKS
    sort: Sort = Sort.POWER
    wanted: str = ""
    """The letters that names must have."""

    typing: bool = False
    """Whether keys are letters of the filter."""

    first: int = 0
    """The first line that is shown."""

    ended: bool = False

    def pressed(self, text: str) -> None:
        """Take what was typed: one key or several."""
        for key in _KEY.findall(text):
            if self.typing:
                self._typed(key)
            else:
                self._key(key)

    def _typed(self, key: str) -> None:
        if key in _ENTER:
            self.typing = False
        elif key == _ESCAPE:
            self.typing, self.wanted = False, ""
        elif key in _BACK:
            self.wanted = self.wanted[:-1]
        elif key.isprintable() and len(self.wanted) < LONGEST:
            self.wanted += key
        self.first = 0

    def _key(self, key: str) -> None:
        match key:
            case "q" | "Q":
                self.ended = True
            case "s":
                self.sort, self.first = _next(self.sort), 0
            case "r":
                self.kind, self.first = _next(self.kind), 0
            case "/":
                self.typing, self.wanted, self.first = True, "", 0
            case "\x1b":
                self.wanted, self.first = "", 0
            case _:
                self.first = max(self.first + _steps(key), 0)

    def chosen(self, lines: Sequence[Line]) -> list[Line]:
        """Return the lines that fit, in their order."""
        wanted = self.wanted.lower()
        found = [one for one in lines if wanted in f"{one.name} {one.what}".lower()]
        return sorted(found, key=self._place)

    def _place(self, line: Line) -> tuple[float | str | datetime, str]:
        if self.sort is Sort.POWER:
            return -1.0 * (line.power if line.power is not None else float("-inf")), line.name
        return (line.at or _NEVER) if self.sort is Sort.OLDEST else line.name, line.name

    def clamp(self, lines: int, room: int) -> int:
        """Return the first line to show of so many, none of them behind the last page."""
        self.first = max(min(self.first, lines - room), 0)
        return self.first


def _next(now: T) -> T:
    """Return the one after it of its kind, the first one after the last."""
    of = list(type(now))
    return of[(of.index(now) + 1) % len(of)]


def _steps(key: str) -> int:
    steps = {**dict.fromkeys(_UP, -1), **dict.fromkeys(_DOWN, 1)}
    steps |= {_PAGE_UP: -PAGE, _PAGE_DOWN: PAGE}
    steps |= {**dict.fromkeys(_HOME, -(10**9)), **dict.fromkeys(_END, 10**9)}
    return steps.get(key, 0)
