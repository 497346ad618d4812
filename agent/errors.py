"""The three errors a plug-in may raise, one for each thing that can be done about it.

    Unavailable   it may work later              caught in agent/loops.py
    Rejected      this input is never taken      caught in agent/loops.py
    ConfigError   a person must change something caught in agent/cli

Anything else is a bug: in a collector it is logged with its traceback and the others go on, in the
ledger it ends the process.
"""

from collections.abc import Sequence
from typing import Any


class Unavailable(Exception):
    """The same request may succeed later. Names the thing and the cause."""

    def __init__(
        self, message: str, *, retry_after: float | None = None, seen: Sequence[Any] = ()
    ) -> None:
        """`retry_after` is in seconds, where the other side has said one. `seen` is what a device
        says nonetheless: the load of a UPS whose power is missing.
        """
        super().__init__(message)
        self.retry_after = retry_after
        self.seen = seen


class Rejected(Exception):
    """The other side will never take this input, however often it is sent."""


class ConfigError(Exception):
    """A person must change something: names the file, the key, the cause and the way out."""
