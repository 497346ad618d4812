"""The letter of a feed, A or B."""

import re
from collections.abc import Iterable

from agent.inventory.netbox.stock import Feed

_LETTER = re.compile(r"(?:feed|side|path|[0-9]+)?([A-D])", re.IGNORECASE)


def letter_of(feeds: Iterable[Feed]) -> str | None:
    """Return the letter of the feeds of a device; None if there are none, or several."""
    letters = {_letter(feed) for feed in feeds}
    return letters.pop() if len(letters) == 1 else None


def _letter(feed: Feed) -> str:
    """Return the last word of a feed's name that is a letter, else A or B by its type."""
    for word in reversed(re.split(r"[^A-Za-z0-9]+", feed.name)):
        found = _LETTER.fullmatch(word)
        if found is not None:
            return found[1].upper()
    return "B" if feed.redundant else "A"
