"""What may happen often is counted, and said seldom: who asks must not fill the log."""

import time
from collections import Counter

EVERY = 600.0
"""Seconds between two lines."""


class Sparsely:
    """Counts kinds of things between two lines of the log."""

    def __init__(self) -> None:
        self._since: Counter[str] = Counter()
        self._next = float("-inf")

    def add(self, kind: str) -> str | None:
        """Count one, and return the words for all since the last line; None if it is too early.

        There are few kinds: none comes from outside.
        """
        self._since[kind] += 1
        now = time.monotonic()
        if now < self._next:
            return None
        self._next = now + EVERY
        words = ", ".join(f"{count:,} {kind}" for kind, count in self._since.most_common())
        self._since.clear()
        return words
