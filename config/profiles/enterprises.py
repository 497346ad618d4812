"""Makers of devices by their enterprise numbers (IANA), for profiles that are of no one maker."""

import csv
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

# What follows it in a sysObjectID is the number of an enterprise.
ENTERPRISES = "1.3.6.1.4.1."


@cache
def _names() -> Mapping[str, str]:
    text = files("config").joinpath("profiles", "enterprises.csv").read_text()
    return {row["number"]: row["vendor"] for row in csv.DictReader(text.splitlines())}


def vendor_of(object_id: str) -> str | None:
    """Return the maker that a sysObjectID names, None for one that is not known."""
    if not object_id.startswith(ENTERPRISES):
        return None
    return _names().get(object_id.removeprefix(ENTERPRISES).partition(".")[0])
