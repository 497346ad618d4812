"""The words that names are made of: two examples may name one quantity differently."""

import re

SAME = {
    "emission": "emissions",
    "ppas": "contract",
    "ppa": "contract",
    "contracts": "contract",
    "contracted": "contract",
    "moer": "intensity",
    "aoer": "intensity",
    "intensities": "intensity",
    "prior": "previous",
    "before": "previous",
    "old": "previous",
    "now": "current",
    "new": "current",
    "latest": "current",
    "original": "first",
    "initial": "first",
    "yearly": "annual",
    "volume": "annual",
    "uncovered": "missing",
    "unknown": "missing",
    "interval": "intervals",
    "hour": "hours",
    "number": "count",
    "excess": "surplus",
    "unused": "surplus",
    "estimated": "fallback",
    "substituted": "fallback",
    "day": "days",
    "fraction": "share",
    "proportion": "share",
    "clamped": "negative",
    "zeroed": "negative",
    "consumption": "load",
    "demand": "load",
    "reuse": "reused",
    "maximum": "max",
    "minimum": "min",
    "least": "min",
    "threshold": "min",
    "plausibility": "plausible",
    "after": "post",
    "building": "facility",
    "reserve": "reserved",
    "lifetime": "lifespan",
    "life": "lifespan",
    "tz": "timezone",
    "zone": "timezone",
    "matching": "matched",
    "match": "matched",
    "rated": "max",
    "effective": "counted",
    "split": "parts",
    "part": "parts",
    "restated": "restatement",
}
"""Words that mean the same in every example, each with the one it is read as."""

EMPTY = frozenset(
    {"co2", "co2e", "total", "value", "the", "of", "in", "by", "a", "and", "sum", "on"}
)
"""Words that a name may have or not."""


def split(name: str) -> tuple[str, ...]:
    """Return the words of a name in lower case: `updatedAt`, `updated_at` and `updated-at`."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    return tuple(re.findall(r"[a-z0-9]+", spaced.lower()))


def either(names: str) -> tuple[str, ...]:
    """Return names that are written with bars between them."""
    return tuple(name.strip() for name in names.split("|"))


def meaning(words: tuple[str, ...]) -> frozenset[str]:
    """Return what a name says, whatever its order."""
    said = frozenset(SAME.get(word, word) for word in words)
    return said - EMPTY or said


def likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """Return how much two names say the same, 0 to 1."""
    return len(one & other) / len(one | other)
