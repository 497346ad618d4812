"""YAML read into nodes that know their places.

It is built from the parser's events, not by PyYAML's composer: that one recurses in C and ends the
process on a deeply nested file. Nothing is constructed but texts, lists and mappings; aliases and
merge keys work, tags are refused.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import yaml

from config.nodes import Node, Place
from config.problems import Problems, quoted

DEEPEST = 40
MOST_UNFOLDED = 1_000_000
"""Values that aliases may stand for in all; a file of a few lines can ask for billions."""

_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
_MERGE = "<<"
_Event = Any
"""An event of the parser; its stubs know of no start mark, tag, value or anchor."""

_WORDS = {
    "mapping values are not allowed": 'a ":" cannot stand here: put the text in quotes, or check '
    "the indentation",
    "could not find expected ':'": 'a key without its ":", or a text that needs quotes',
    "did not find expected key": "a key was expected: check the indentation and the quotes",
    "did not find expected '-'": 'an item that begins with "-" was expected: check the indentation',
    "did not find expected ',' or ']'": 'a "," or "]" is missing',
    "did not find expected ',' or '}'": 'a "," or "}" is missing',
    "found unexpected end of stream": "a quote is not closed",
    "control characters are not allowed": "it holds a control character: remove it",
}


class _BrokenError(Exception):
    """The rest of the file cannot be read."""

    def __init__(self, place: Place, text: str) -> None:
        super().__init__(text)
        self.place = place


def nodes_of(text: str, file: str, problems: Problems) -> Node | None:
    """Return the tree of a YAML text; None if it is empty or cannot be read, which is noted."""
    try:
        return _Composer(text, file, problems).document()
    except _BrokenError as error:
        problems.add_unread(error.place, str(error))
    except yaml.YAMLError as error:
        problems.add_unread(*_explained(error, text, file))
    return None


@dataclass(slots=True)
class _Anchor:
    """What an alias stands for; without a node while it is still being read."""

    node: Node | None = None
    size: int = 0


class _Composer:
    """Builds the tree of one document out of the parser's events."""

    def __init__(self, text: str, file: str, problems: Problems) -> None:
        self._events: Iterator[_Event] = yaml.parse(text, Loader=_LOADER)
        self._file = file
        self._problems = problems
        self._anchors: dict[str, _Anchor] = {}
        self._made = 0
        self._unfolded = 0

    def document(self) -> Node | None:
        root: Node | None = None
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                if root is not None:
                    raise _BrokenError(self._place(event), 'a second document: remove the "---"')
                root = self._node(next(self._events), None, 0)
        return None if root is None or root.nothing else root

    def _place(self, event: _Event) -> Place:
        return Place(self._file, event.start_mark.line + 1, event.start_mark.column + 1)

    def _node(self, event: _Event, key: Place | None, depth: int) -> Node:
        place = self._place(event)
        key = key or place
        if isinstance(event, yaml.AliasEvent):
            return replace(self._meant(event, place), key=key)
        self._check(event, place, depth)
        anchor = _Anchor()
        if event.anchor:
            self._anchors[event.anchor] = anchor
        before = self._made + self._unfolded
        self._made += 1
        anchor.node = self._filled(event, place, key, depth)
        anchor.size = self._made + self._unfolded - before
        return anchor.node

    def _filled(self, event: _Event, place: Place, key: Place, depth: int) -> Node:
        if isinstance(event, yaml.MappingStartEvent):
            return Node(self._mapping(depth + 1), place, key)
        if isinstance(event, yaml.SequenceStartEvent):
            return Node(self._list(depth + 1), place, key)
        return Node(event.value, place, key, plain=bool(event.implicit[0]))

    def _list(self, depth: int) -> list[Node]:
        items = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            items.append(self._node(event, None, depth))
        return items

    def _mapping(self, depth: int) -> dict[str, Node]:
        entries: dict[str, Node] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key = self._node(event, None, depth)
            value = self._node(next(self._events), key.place, depth)
            if not isinstance(key.value, str):
                self._problems.add(key.place, "a key must be a text, not a list or a mapping")
            elif key.value in entries:
                self._problems.add(key.place, _twice(key.value, entries[key.value].key))
            else:
                entries[key.value] = value
        return self._merged(entries)

    def _merged(self, entries: dict[str, Node]) -> dict[str, Node]:
        """Add what `<<` brings, under what stands here itself (YAML merge key, type 1.1)."""
        merge = entries.pop(_MERGE, None)
        if merge is None:
            return entries
        sources = merge.value if isinstance(merge.value, list) else [merge]
        for source in sources:
            if not isinstance(source.value, dict):
                self._problems.add(merge.key, '"<<" takes an alias of a mapping, such as <<: *rack')
            entries = {**source.mapping, **entries}
        return entries

    def _meant(self, event: _Event, place: Place) -> Node:
        anchor = self._anchors.get(event.anchor)
        if anchor is None:
            # The name is not shown: it may be the beginning of a password without quotes.
            raise _BrokenError(place, 'a text that begins with "*" must be in quotes')
        if anchor.node is None:
            raise _BrokenError(place, "an alias stands inside of what it stands for")
        self._unfolded += anchor.size
        if self._unfolded > MOST_UNFOLDED:
            raise _BrokenError(place, f"the aliases stand for more than {MOST_UNFOLDED:,} values")
        return anchor.node

    def _check(self, event: _Event, place: Place, depth: int) -> None:
        if depth > DEEPEST:
            raise _BrokenError(place, f"nested deeper than {DEEPEST} levels")
        if event.tag is not None:
            raise _BrokenError(
                place, 'tags are not used here: put text that begins with "!" in quotes'
            )


def _twice(key: str, first: Place) -> str:
    return f"the key {quoted(key)} stands here a second time: it is set in line {first.line} too"


def _explained(error: yaml.YAMLError, text: str, file: str) -> tuple[Place, str]:
    """Return where a file stops being YAML and why; never what stands there."""
    if not isinstance(error, yaml.MarkedYAMLError) or error.problem_mark is None:
        position = getattr(error, "position", 0)
        line = text.encode()[:position].count(b"\n") + 1
        return Place(file, line), _in_words(getattr(error, "reason", "it cannot be read"))
    mark = error.problem_mark
    place = Place(file, mark.line + 1, mark.column + 1)
    problem = error.problem or "it cannot be read"
    if problem.startswith("found character") and "cannot start" in problem:
        return place, _bad_start(text, place)
    opened = ""
    if error.context_mark is not None and error.context_mark.line != mark.line:
        opened = f" (in what begins in line {error.context_mark.line + 1})"
    return place, _in_words(problem) + opened


def _bad_start(text: str, place: Place) -> str:
    line = re.split(r"\r\n|[\n\r\x85\u2028\u2029]", text)[place.line - 1]
    character = line[place.column - 1 : place.column]
    if character == "\t":
        return "not YAML: a tab cannot indent: use spaces"
    return f"not YAML: a text that begins with {quoted(character)} must be in quotes"


def _in_words(problem: str) -> str:
    words = next((ours for theirs, ours in _WORDS.items() if theirs in problem), problem)
    return f"not YAML: {words}"
