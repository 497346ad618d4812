"""What the answers are made from: the ledger, the present, and who is being read."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from agent.alerts import Watch
from agent.clock import Clock
from agent.console.lag import Lag
from agent.health import Health
from agent.ledger import Ledger
from agent.ledger.readers import Readers
from agent.ledger.series.recent import Recent
from agent.model import MeterId, Named, Now

FRESH = 5.0
"""Seconds that the present may be old: all who look within them see the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Probed:
    """What a device said when it was asked just now, or why it did not."""

    at: datetime
    seconds: float
    readings: Sequence[Any] = ()
    error: str = ""


Probe = Callable[[str], Awaitable[Probed]]


@dataclass(slots=True)
class Desk:
    """One for the whole console. It keeps the present for a moment, and the last day's minutes."""

    ledger: Ledger
    health: Health
    clock: Clock
    readers: Readers
    reload: Callable[[], None]
    probe: Probe
    """Reads a device of the settings once, by its name. Raises KeyError for another one."""

    started: datetime
    alerts: Watch | None = None
    """What the agent's own alert rules say; None where nothing evaluates them."""

    parts: Sequence[object] = ()
    """The collectors, exporters and views that run."""

    recent: Recent = field(default_factory=Recent)
    """The minutes of the last day; whoever runs the daemon has it follow the ledger."""

    lag: Lag = field(default_factory=Lag)
    """How late the daemon's loop comes round."""

    _now: Now | None = None
    _taken: float = 0.0
    _taking: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def path(self) -> Path:
        """The ledger's file."""
        return self.ledger.path

    async def now(self) -> Now:
        """Return the present, at most a few seconds old."""
        async with self._taking:
            if self._now is None or time.monotonic() - self._taken > FRESH / self.clock.speed:
                self._now = await self.ledger.now(self.health.now())
                self._taken = time.monotonic()
            return self._now

    def names(self) -> dict[MeterId, str]:
        """Return what people call the parts of devices."""
        named = (one.names for one in self.parts if isinstance(one, Named))
        return {meter: name for names in named for meter, name in names.items()}
