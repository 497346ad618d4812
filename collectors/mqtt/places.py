"""Places in topics, paths and names: `{device}`, and what stands in them.

A place is filled beforehand from the settings, or it stands in a meter's key and is then bound by
each message: `shellies/{device}/outlet/{number}/power` is of the meter `outlet/{number}`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import jsonpath
from jsonpath import CompoundJSONPath, JSONPath
from jsonpath.exceptions import JSONPathError

Bound = Mapping[str, str]
"""What stands in the places of one message, by their names."""

_PLACE = re.compile(r"\{(\w+)\}")
# What may stand in the key of a meter.
_KEY = r"[A-Za-z0-9._:-]{1,60}"
_SEGMENT = re.compile(
    r"""\.(?P<name>[A-Za-z_][\w-]*)|\['(?P<quoted>[^'\\]+)'\]|\[(?P<index>\d{1,6}|\{\w+\})\]"""
)


def names_in(*templates: str) -> frozenset[str]:
    """Return the names of the places in templates."""
    return frozenset(name for template in templates for name in _PLACE.findall(template))


def filled(template: str, places: Bound) -> str:
    """Return a template with what is known of its places; the others stay."""
    return _PLACE.sub(lambda found: places.get(found[1], found[0]), template)


def _regex(template: str) -> re.Pattern[str]:
    """Return what a text must match; each place is a group of its name. Raises ValueError."""
    parts = _PLACE.split(template)
    fixed, places = parts[::2], parts[1::2]
    text = re.escape(fixed[0])
    for place, after in zip(places, fixed[1:], strict=True):
        text += f"(?P<{place}>{_KEY}){re.escape(after)}"
    try:
        return re.compile(text)
    except re.error as error:
        raise ValueError(
            f"{template!r}: a place has a name such as {{number}}, and stands there once"
        ) from error


@dataclass(frozen=True, slots=True)
class NamePattern:
    """A text with places: the topic of a message, or the name of a metric."""

    template: str
    regex: re.Pattern[str]

    @classmethod
    def of(cls, template: str) -> "NamePattern":
        """Compile a text. Raises ValueError."""
        return cls(template, _regex(template))

    @property
    def filter(self) -> str:
        """The topic filter of MQTT that brings all topics that match, and maybe others."""
        levels = self.template.split("/")
        return "/".join("+" if _PLACE.search(level) else level for level in levels)

    def bound(self, text: str) -> Bound | None:
        """Return what stands in its places in a text, None if the text is another one."""
        found = self.regex.fullmatch(text)
        return None if found is None else found.groupdict()


@dataclass(frozen=True, slots=True)
class PathPattern:
    """A JSON path, compiled. Places stand in names in quotes, or for the index of a list."""

    path: JSONPath
    places: tuple[tuple[int, re.Pattern[str] | str], ...]
    """Where in a location what is bound stands: a pattern of a name, or the place of an index."""

    @classmethod
    def of(cls, template: str) -> "PathPattern":
        """Compile a path. Raises ValueError."""
        text, places = (template, ()) if not names_in(template) else _wildcards(template)
        try:
            path = jsonpath.compile(text)
        except (JSONPathError, RecursionError) as error:
            reason = str(error).partition("\n")[0]
            raise ValueError(f"{template!r} is no JSON path: {reason}") from error
        if isinstance(path, CompoundJSONPath):
            raise ValueError(f"{template!r} is several JSON paths: write one")  # noqa: TRY004 said of settings
        return cls(path, places)

    def found(self, document: Any) -> Iterator[tuple[Bound, object]]:  # noqa: ANN401 JSON
        """Yield each value that it finds, and what stands in its places there."""
        try:
            for match in self.path.finditer(document):
                bound = self._bound(match.parts)
                if bound is not None:
                    yield bound, match.obj
        except (JSONPathError, RecursionError) as error:
            reason = str(error).partition("\n")[0] or "it is nested too deeply"
            raise ValueError(reason) from error

    def _bound(self, location: tuple[int | str, ...]) -> Bound | None:
        bound: dict[str, str] = {}
        for position, place in self.places:
            part = location[position]
            if isinstance(place, str):
                if not isinstance(part, int):
                    return None
                bound[place] = str(part + 1)
                continue
            found = place.fullmatch(str(part))
            if found is None or isinstance(part, int):
                return None
            bound |= found.groupdict()
        return bound


def _wildcards(template: str) -> tuple[str, tuple[tuple[int, re.Pattern[str] | str], ...]]:
    """Return a path with wildcards for the segments that have places, and those places."""
    path, places = "$", []
    for position, segment in enumerate(_segments(template)):
        names = names_in(segment[0])
        if not names:
            path += segment[0]
            continue
        path += "[*]"
        quoted = segment["quoted"]
        places.append((position, _regex(quoted) if quoted else min(names)))
    return path, tuple(places)


def _segments(template: str) -> list[re.Match[str]]:
    segments, end = [], 1
    while end < len(template):
        found = _SEGMENT.match(template, end)
        if found is None or not template.startswith("$"):
            raise ValueError(
                f"{template!r} has a place: write it with names and indexes alone, such as "
                "$.params['switch:{number}'].apower or $.ENERGY.Power[{phase}]"
            )
        segments.append(found)
        end = found.end()
    return segments


def unknown(templates: Iterable[str], known: Iterable[str]) -> list[str]:
    """Return the places in templates that nothing stands in, in order."""
    return sorted(names_in(*templates) - set(known))
