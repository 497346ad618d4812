"""Redfish documents: read with bounds, walked by links, looked into by pointers."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from yarl import URL

from collectors.redfish.failures import Malformed

Document = Mapping[Any, Any]
"""A JSON object: its keys are texts."""

DEEPEST = 40
"""Levels of a document; real ones have about ten."""

QUOTED = 200

LARGEST = 1e300
"""Above it are infinities, and integers of JSON that no float can hold."""

# RFC 3986: a path and its query as they go over the wire.
_SENDABLE = re.compile(r"/(?!/)[!-~]*")
_NUMBER = re.compile(r"[+-]?\d{1,18}(\.\d{1,18})?([eE][+-]?\d{1,2})?")


class Point(NamedTuple):
    """A property of a resource: the resource's path, and where in it the property is."""

    path: str
    pointer: tuple[str | int, ...]

    @property
    def key(self) -> str:
        """Its URI, as a metric report names it (DSP0266: a JSON pointer as the fragment)."""
        return f"{self.path}#/{'/'.join(map(str, self.pointer))}"


def document_of(body: bytes, path: str) -> Document:
    """Return the object in an answer. Raises Malformed."""
    try:
        document = json.loads(body, parse_constant=_no_number)
        depth = _depth(document)
    except (ValueError, RecursionError) as error:
        raise Malformed(f"what came for {path} is no JSON, or ends in the middle") from error
    if depth > DEEPEST:
        raise Malformed(f"what came for {path} is deeper than {DEEPEST} levels")
    if not isinstance(document, dict):
        raise Malformed(f"what came for {path} is no JSON object")
    return document


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no JSON")


def _depth(document: object) -> int:
    """Return how deep a document is, without going deep itself."""
    depth, level = 0, [document]
    while level and depth <= DEEPEST:
        depth += 1
        level = [part for one in level for part in _parts(one)]
    return depth


def _parts(value: object) -> Iterator[object]:
    if isinstance(value, dict):
        yield from value.values()
    elif isinstance(value, list):
        yield from value


def value_at(document: object, pointer: Sequence[str | int]) -> object:
    """Return what stands at a pointer, None where nothing does: null and missing are no value."""
    for step in pointer:
        if isinstance(document, dict):
            document = document.get(step)
        elif isinstance(document, list) and isinstance(step, int) and step < len(document):
            document = document[step]
        else:
            return None
    return document


def number_of(value: object) -> float | int | None:
    """Return a number, also of the text that some services write; 0 is one, null is none."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return value if abs(value) <= LARGEST else None
    if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        return float(value)
    return None


def text_of(document: Document, *names: str) -> str:
    """Return the first of these properties that is a text with something in it, else nothing.

    It is one line of at most QUOTED signs.
    """
    for name in names:
        value = document.get(name)
        if isinstance(value, str) and (line := line_of(value)):
            return line[:QUOTED]
    return ""


def line_of(text: str) -> str:
    """Return a text as one line, without what a terminal would act on."""
    return "".join(sign for sign in " ".join(text.split()) if sign.isprintable())


def link_of(document: Document, name: str, origin: URL) -> str | None:
    """Return the path that a property links to, None if there is none.

    It stands beside the other properties, under Links, or in older services in lower case and with
    `href`, also under Oem. A link to another service is not followed: it would be sent the token.
    """
    for place in places_of(document):
        path = path_of(place.get(name), origin)
        if path is not None:
            return path
    return None


def path_of(link: object, origin: URL) -> str | None:
    """Return the path of one link object (`@odata.id`, before that `href`), or of a bare URI."""
    if isinstance(link, dict):
        link = link.get("@odata.id", link.get("href"))
    if not isinstance(link, str):
        return None
    if not link.startswith("/"):
        link = _of_this_service(link, origin)
    return link if _SENDABLE.fullmatch(link) else None


def _of_this_service(link: str, origin: URL) -> str:
    try:
        url = URL(link, encoded=True)
        same = (url.scheme, url.host, url.port) == (origin.scheme, origin.host, origin.port)
    except ValueError:
        return ""
    return url.raw_path_qs if same else ""


def places_of(document: Document) -> Iterator[Document]:
    """Yield where a document's links stand: in itself, and in what it has of Links."""
    yield document
    oem = document.get("Oem")
    for owner in (document, *(oem.values() if isinstance(oem, dict) else ())):
        if not isinstance(owner, dict):
            continue
        for name in ("Links", "links"):
            place = owner.get(name)
            if isinstance(place, dict):
                yield place


def members_of(document: Document, origin: URL) -> list[str]:
    """Return the paths of a collection's members (older: `links.Member` with `href`)."""
    found = document.get("Members")
    if not isinstance(found, list):
        links = document.get("links")
        found = links.get("Member") if isinstance(links, dict) else None
    paths = [path_of(one, origin) for one in found] if isinstance(found, list) else []
    return [path for path in paths if path is not None]


def said_in(body: bytes) -> str:
    """Return what an error says in one short line (DSP0266: the messages of an error object)."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    messages = value_at(document, ("error", "@Message.ExtendedInfo"))
    said = value_at(messages, (0,)) if isinstance(messages, list) else messages
    words = said.get("Message") if isinstance(said, dict) else None
    shown = line_of(str(words or value_at(document, ("error", "message")) or ""))
    return shown if len(shown) <= QUOTED else f"{shown[:QUOTED]}…"
