"""Who answers and who does not. An outage is two lines in the log: its beginning and its end."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import datetime

from agent.clock import Clock
from agent.errors import Unavailable
from agent.model import DeviceNow

log = logging.getLogger("carbond.health")

Note = Callable[[DeviceNow], Awaitable[None]]


class Health:
    """The state of all devices, grids and exporters, and of the ledger itself."""

    def __init__(self, clock: Clock, note: Note) -> None:
        """`note` is told of every change of state."""
        self._clock = clock
        self._note = note
        self._states: dict[tuple[str, str], DeviceNow] = {}
        self._untold: set[tuple[str, str]] = set()
        self._changed: set[tuple[str, str]] = set()

    def now(self) -> Sequence[DeviceNow]:
        """Return the state of each that has been heard of."""
        return list(self._states.values())

    async def good(self, name: str, kind: str, *, seconds: float = 0.0) -> None:
        """It has answered."""
        before = self._states.get((kind, name))
        self._changed.discard((kind, name))
        now = self._clock.now()
        since = before.since if before and before.up else now
        state = DeviceNow(name=name, kind=kind, up=True, since=since, seconds=seconds, answered=now)
        if before is not None and not before.up:
            log.info("%s: answers again after %s", name, _span(before.since, since))
        await self._became(state, before)

    async def bad(self, name: str, kind: str, error: BaseException | str) -> bool:
        """It has not, and why. Returns whether that is news."""
        before = self._states.get((kind, name))
        news = before is None or before.up or (kind, name) in self._changed
        self._changed.discard((kind, name))
        since = self._clock.now() if before is None or before.up else before.since
        state = DeviceNow(
            name=name,
            kind=kind,
            up=False,
            since=since,
            error=_text(name, error),
            answered=None if before is None else before.answered,
            missed=1 + (0 if before is None else before.missed),
        )
        if news:
            log.warning("%s: %s", name, state.error)
        await self._became(state, before)
        return news

    async def _became(self, state: DeviceNow, before: DeviceNow | None) -> None:
        """Have a change noted: again at the next occasion, if the ledger's disk is full now."""
        key = (state.kind, state.name)
        self._states[key] = state
        if before is not None and before.up == state.up and key not in self._untold:
            return
        self._untold.add(key)
        with suppress(Unavailable):
            await self._note(state)
            self._untold.discard(key)

    def changed(self, name: str, kind: str) -> None:
        """Its settings have changed: if it goes on to fail, that is news."""
        self._changed.add((kind, name))

    def forget(self, name: str, kind: str) -> None:
        """It is no longer in the settings."""
        self._states.pop((kind, name), None)
        self._untold.discard((kind, name))
        self._changed.discard((kind, name))


def _text(name: str, error: BaseException | str) -> str:
    """Return the error in words, without the name that stands before it anyway."""
    text = str(error) or type(error).__name__
    return text.removeprefix(f"{name}: ")


def _span(start: datetime, end: datetime) -> str:
    seconds = int((end - start).total_seconds())
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {seconds} s" if minutes else f"{seconds} s"
