"""Prometheus' text format 0.0.4, as far as gauges and counters need it.

No timestamps: Prometheus marks a series as stale when it is no longer on the page.
"""

from collections.abc import Iterable, Mapping
from math import isfinite

from agent.measures import Family

ESCAPED_VALUE = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})
ESCAPED_HELP = str.maketrans({"\\": r"\\", "\n": r"\n"})


def labels_text(labels: Mapping[str, str]) -> str:
    """Return `{name="value",...} `, sorted and escaped, ready for a value. Empty ones are left out.

    The names must be ones that Prometheus allows.
    """
    pairs = [
        f'{name}="{value.translate(ESCAPED_VALUE)}"'
        for name, value in sorted(labels.items())
        if value
    ]
    return f"{{{','.join(pairs)}}} " if pairs else " "


def family_text(family: Family, labels: Iterable[str], values: Iterable[float | None]) -> str:
    """Return a family with its samples: as many texts of labels as values, in one order.

    A sample that is None or not finite is left out, and so is a family without any.
    """
    name = family.name
    lines = [
        f"{name}{text}{value!r}"
        for text, value in zip(labels, values, strict=True)
        if value is not None and isfinite(value)
    ]
    if not lines:
        return ""
    head = f"# HELP {name} {family.help.translate(ESCAPED_HELP)}\n# TYPE {name} {family.type}\n"
    return head + "\n".join(lines) + "\n"
