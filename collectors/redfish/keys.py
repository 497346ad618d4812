"""What the parts of a device are called."""

import re
from collections.abc import Iterable, Sequence

from collectors.redfish.documents import Document, text_of

LONGEST = 60
FIRST = "1"
"""Id of a unit whose parts are not prefixed."""

_UNFIT = re.compile(r"[^A-Za-z0-9._:-]+")


def key_of(document: Document, path: str) -> str:
    """Return the Id of a resource, as it may stand in the name of a meter."""
    return _fit(text_of(document, "Id", "MemberId")) or _end_of(path)


def keys_of(members: Sequence[tuple[str, Document]]) -> list[str]:
    """Return what resources beside each other are called: by their Ids, or if two have the same by
    the ends of their paths; all different.
    """
    ways = [
        [key_of(document, path) for path, document in members],
        [_end_of(path) for path, _ in members],
        [str(number) for number in range(1, len(members) + 1)],
    ]
    return next(keys for keys in ways if len(set(keys)) == len(keys))


def _end_of(path: str) -> str:
    return _fit(path.rstrip("/").rpartition("/")[2]) or FIRST


def _fit(text: str) -> str:
    return _UNFIT.sub("-", text).strip("-")[:LONGEST]


def prefix_of(key: str, keys: Iterable[str]) -> str:
    """Return what stands before the keys of a unit's parts: nothing for the first and for the only
    one, so that they keep their names when others join.
    """
    return "" if key == FIRST or set(keys) == {key} else f"{key}."
