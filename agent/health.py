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
        self._states: dict[str, DeviceNow] = {}

    def now(self) -> Sequence[DeviceNow]:
        """Return the state of each that has been heard of."""
        return list(self._states.values())

    async def good(self, name: str, kind: str, *, seconds: float = 0.0) -> None:
        """It has answered."""
        before = self._states.get(name)
        since = before.since if before and before.up else self._clock.now()
        self._states[name] = DeviceNow(name=name, kind=kind, up=True, since=since, seconds=seconds)
        if before is None or not before.up:
            if before is not None:
                log.info("%s: answers again after %s", name, _span(before.since, since))
            await self._tell(self._states[name])

    async def bad(self, name: str, kind: str, error: BaseException | str) -> None:
        """It has not, and why."""
        before = self._states.get(name)
        down = before is not None and not before.up
        since = before.since if before is not None and down else self._clock.now()
        state = DeviceNow(name=name, kind=kind, up=False, since=since, error=_text(name, error))
        self._states[name] = state
        if not down:
            log.warning("%s: %s", name, state.error)
            await self._tell(state)

    async def _tell(self, state: DeviceNow) -> None:
        """Have it noted. A full disk is an outage of its own, told by those who book."""
        with suppress(Unavailable):
            await self._note(state)

    def forget(self, name: str) -> None:
        """It is no longer in the settings."""
        self._states.pop(name, None)


def _text(name: str, error: BaseException | str) -> str:
    """Return the error in words, without the name that stands before it anyway."""
    text = str(error) or type(error).__name__
    return text.removeprefix(f"{name}: ")


def _span(start: datetime, end: datetime) -> str:
    seconds = int((end - start).total_seconds())
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {seconds} s"
