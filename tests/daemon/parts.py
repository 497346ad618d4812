"""Collectors and exporters that do as the test says."""

from collections.abc import Callable, Sequence
from datetime import timedelta

from agent.model import Entry, Refused, Seen


class ScriptedCollector:
    """Returns or raises the next of what it is given, and then the last for ever."""

    def __init__(self, name: str, *script: Seen | Exception, every: float = 60.0) -> None:
        self.name = name
        self.every = timedelta(seconds=every)
        self.polls = 0
        self._script = script

    async def collect(self) -> Seen:
        step = self._script[min(self.polls, len(self._script) - 1)]
        self.polls += 1
        if isinstance(step, Exception):
            raise step
        return step

    async def close(self) -> None:
        """It holds nothing."""


class ScriptedExporter:
    """Takes entries; what `trouble` returns for a call is raised."""

    name = "scripted"

    def __init__(self, trouble: Callable[[int], Exception | None] = lambda _: None) -> None:
        self.taken: list[Entry] = []
        self.calls = 0
        self.refused: Sequence[Refused] = ()
        self._trouble = trouble

    async def export(self, entries: Sequence[Entry]) -> Sequence[Refused]:
        self.calls += 1
        error = self._trouble(self.calls)
        if error is not None:
            raise error
        self.taken += entries
        return self.refused

    async def close(self) -> None:
        """It holds nothing."""
