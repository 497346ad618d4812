"""What the parts of a device are called."""

import re
from collections.abc import Iterable

from collectors.redfish.documents import Document, text_of

LONGEST = 60
FIRST = "1"
"""Id of a unit whose parts are not prefixed."""

_UNFIT = re.compile(r"[^A-Za-z0-9._:-]+")


def key_of(document: Document, path: str) -> str:
    """Return the Id of a resource, as it may stand in the name of a meter."""
    text = text_of(document, "Id", "MemberId") or path.rstrip("/").rpartition("/")[2]
    return _UNFIT.sub("-", text).strip("-")[:LONGEST] or FIRST


def prefix_of(key: str, keys: Iterable[str]) -> str:
    """Return what stands before the keys of a unit's parts: nothing for the first and for the only
    one, so that they keep their names when others join.
    """
    return "" if key == FIRST or set(keys) == {key} else f"{key}."
