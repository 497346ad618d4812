"""Names for the settings: valid, different from each other, and the same at every import."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, count

from agent.inventory.netbox.stock import Device

LONGEST = 120
_REST = re.compile(r"[^A-Za-z0-9._:-]+")


def valid_name(text: str) -> str:
    """Return a text as a name of the settings; empty if nothing of it is left."""
    plain = unicodedata.normalize("NFKD", text)
    plain = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return _REST.sub("-", plain).strip("-._:")[:LONGEST].rstrip("-._:")


def names_of(devices: Iterable[Device]) -> Mapping[int, str]:
    """Return a name for each device, by its id.

    Of several whose names would be the same, the one that NetBox has known longest keeps it; the
    others get the slug of their site behind it, or their ids.
    """
    names: dict[int, str] = {}
    taken: set[str] = set()
    for device in sorted(devices, key=lambda one: one.id):
        name = valid_name(device.name) or f"device-{device.id}"
        names[device.id] = next(way for way in _ways(name, device) if way not in taken)
        taken.add(names[device.id])
    return names


def natural(text: str) -> tuple[tuple[bool, int, str], ...]:
    """Return a key by which r2 comes before r10."""
    parts = re.split(r"([0-9]+)", text)
    return tuple((part.isdecimal(), int(part) if part.isdecimal() else 0, part) for part in parts)


def _ways(name: str, device: Device) -> Iterator[str]:
    yield name
    numbered = (f"{device.id}-{number}" for number in count(2))
    for end in chain((valid_name(device.site)[:40], str(device.id)), numbered):
        if end:
            yield f"{name[: LONGEST - len(end) - 1]}-{end}"
