"""InfluxDB line protocol: `measurement,tag=value field=1.0 seconds`.

Every field is a float: one integer in a field of floats is a conflict of types that stays as long
as the shard. What the protocol cannot carry is replaced here and nowhere else.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from math import isfinite

CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]")
ESCAPING_BACKSLASHES = re.compile(r"\\+(?=[ ,=]|\Z)")
ESCAPED = str.maketrans({",": r"\,", "=": r"\=", " ": r"\ "})


def kept(text: str) -> str:
    """Return the text as it is stored; empty if there is nothing to store.

    A control character becomes a space, for a line ends at a newline. A backslash at the end, or
    before a space, comma or equals sign, becomes a slash, for it would escape what follows it. Half
    a surrogate pair is not UTF-8 and becomes a question mark.
    """
    if text.isascii() and text.isprintable() and "\\" not in text:
        return text if text.strip() else ""
    text = CONTROL.sub(" ", text).encode(errors="replace").decode()
    if not text.strip():
        return ""
    return ESCAPING_BACKSLASHES.sub(lambda end: "/" * len(end[0]), text)


def tags_text(tags: Mapping[str, str]) -> str:
    """Return `,key=value` for each tag, sorted by key and escaped. An empty one is left out."""
    stored = {kept(key): kept(value) for key, value in tags.items()}
    return "".join(
        f",{key.translate(ESCAPED)}={stored[key].translate(ESCAPED)}"
        for key in sorted(stored)
        if key and stored[key]
    )


def line_of(
    measurement: str, tags: str, fields: Iterable[tuple[str, float | None]], at: datetime
) -> str | None:
    """Return one line, or None without a field to write.

    `tags` come from `tags_text`. A field that is None or not finite is left out: missing is never
    zero.
    """
    values = ",".join(
        [
            f"{name}={float(value)!r}"
            for name, value in fields
            if value is not None and isfinite(value)
        ]
    )
    return f"{measurement}{tags} {values} {int(at.timestamp())}" if values else None
