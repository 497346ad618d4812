"""What NetBox answers: which lists are asked for, and JSON read without trusting its shape."""

from collections.abc import Mapping, Sequence
from typing import Any

Object = Mapping[str, Any]
Answers = Mapping[str, Sequence[Object]]
"""The objects of each list, by its path below `/api/`."""

LISTS: Mapping[str, str] = {
    "dcim/sites": "sites",
    "dcim/devices": "devices",
    "dcim/power-ports": "power ports",
    "dcim/power-outlets": "power outlets",
    "dcim/power-feeds": "power feeds",
    "dcim/power-panels": "power panels",
    "dcim/cables": "cables",
}
"""What is read, and the words for it."""

SITES, DEVICES, PORTS, OUTLETS, FEEDS, PANELS, CABLES = LISTS


def part(value: Object, *keys: str) -> Any:  # noqa: ANN401 what stands in JSON
    """Return what stands at the end of some keys; None if one of them is missing."""
    found: Any = value
    for key in keys:
        found = found.get(key) if isinstance(found, Mapping) else None
    return found


def text_at(value: Object, *keys: str) -> str:
    """Return a text; empty if there is none. What a NetBox of any version has may be a number."""
    found = part(value, *keys)
    if isinstance(found, bool) or not isinstance(found, str | int | float):
        return ""
    return str(found).strip()


def id_at(value: Object, *keys: str) -> int | None:
    """Return the id of an object: its own number, or that of the object that stands there."""
    found = part(value, *keys)
    if isinstance(found, Mapping):
        found = found.get("id")
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def objects_at(value: Object, *keys: str) -> list[Object]:
    """Return the objects of a list, or the one that stands in its place."""
    found = part(value, *keys)
    if isinstance(found, Mapping):
        return [found]
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []
