"""The faults of the settings: all of them are gathered, and raised as one error."""

import difflib
import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from agent.errors import ConfigError
from config.nodes import Place

SHOWN = 100
"""So many are printed; one wrong column of a long list must not bury the rest."""

_LONGEST = 40
_FEW = 10
"""Names that a message can list."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault: where it stands, in which thing, what is wrong and what to do."""

    place: Place
    thing: str
    text: str

    def __str__(self) -> str:
        """Return it on one line, whatever the names in it hold."""
        line = ": ".join(part for part in (str(self.place), self.thing, self.text) if part)
        return "".join(each if each.isprintable() else repr(each)[1:-1] for each in line)


class Problems:
    """Gathers the faults of one loading. The same one is kept once."""

    def __init__(self) -> None:
        self._found: dict[Problem, None] = {}
        self._files: dict[str, int] = {}
        self.incomplete = False
        """Whether something could not be read, so that what is missing may stand there."""

    def reading(self, file: str) -> None:
        """Note that a file is read now: faults are shown in the order of the files."""
        self._files[file] = len(self._files)

    def add(self, place: Place, text: str, thing: str = "") -> None:
        """Note a fault. It names the cause and the way out, and never a secret's text."""
        self._found[Problem(place, thing, text)] = None

    def add_unread(self, place: Place, text: str) -> None:
        """Note that a file, or a part of it, could not be read."""
        self.incomplete = True
        self.add(place, text)

    def _order(self, problem: Problem) -> tuple[int, int]:
        place = problem.place
        return self._files.get(place.file, len(self._files)), place.line

    def raise_if_any(self) -> None:
        """Raise ConfigError with a line for each, by file and line, if there are any."""
        if not self._found:
            return
        found = sorted(self._found, key=self._order)
        lines = [str(problem) for problem in found[:SHOWN]]
        if len(found) > SHOWN:
            lines.append(f"... and {len(found) - SHOWN} more")
        raise ConfigError("\n".join(lines))


def quoted(text: str) -> str:
    """Return a text in quotes, on one line and cut short, to be shown in a message."""
    short = text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."
    return json.dumps(short, ensure_ascii=False)


def listed(names: Iterable[str]) -> str:
    """Return names as `a, b, c`, or `none`."""
    return ", ".join(names) or "none"


def nearest(found: str, allowed: Iterable[str]) -> str:
    """Return `; did you mean "x"?` for the nearest of the allowed names, or nothing."""
    by_small = {name.lower(): name for name in allowed}
    near = difflib.get_close_matches(found.lower()[:80], by_small, n=1, cutoff=0.6)
    return f"; did you mean {quoted(by_small[near[0]])}?" if near else ""


def way_out(what: str, found: str, named: Collection[str]) -> str:
    """Return the way out of a name that nothing has: what is near, what there is, or to add it."""
    if near := nearest(found, named):
        return near
    if 0 < len(named) <= _FEW:
        return f"; name one of these: {listed(named)}"
    return f"; add it to `{what}s:`, or correct the name"


def unknown(what: str, found: str, allowed: Iterable[str]) -> str:
    """Return what to say of a name that is none of those allowed."""
    names = list(allowed)
    hint = nearest(found, names)
    return f"unknown {what} {quoted(found)}{hint or '.'} Allowed: {listed(names)}"
