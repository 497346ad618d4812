"""What the devices of one address and port share: a connection, and whose turn it is on it.

Behind a gateway is a serial line on which one speaks at a time. So a poll of one device is a turn;
turns are taken in the order in which they were asked for, those of silent units after all others.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from collectors.modbus.frames import Framer
from collectors.modbus.wire import Wire

# A silent unit is passed over by so many others at most, so that it is found when it is back.
PATIENCE = 16


class Line:
    """One connection, and the queue for it."""

    def __init__(self, host: str, port: int, framer: Framer) -> None:
        self.wire = Wire(host, port, framer)
        self._busy = False
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._silent: deque[asyncio.Future[None]] = deque()
        self._passed = 0
        self._rested = 0.0
        self._members: set[object] = set()

    @property
    def used(self) -> bool:
        """Whether any device uses it."""
        return bool(self._members)

    def joined(self, member: object) -> None:
        """Count in a device that uses the connection."""
        self._members.add(member)

    def left(self, member: object) -> None:
        """Count out a device; with the last one the connection ends."""
        self._members.discard(member)
        if not self._members:
            self.wire.close()

    @asynccontextmanager
    async def turn(self, *, silent: bool) -> AsyncIterator[None]:
        """Hold the connection for one poll; a `silent` unit did not answer the last time."""
        await self._enter(self._silent if silent else self._waiting)
        try:
            yield
        finally:
            self._leave()

    async def ask(
        self,
        unit: int,
        request: bytes,
        *,
        seconds: float,
        pause: float,
        fits: Callable[[bytes], bool],
    ) -> bytes:
        """Return the answer to a request, waiting for it for so many `seconds`.

        It is sent `pause` seconds after the last answer at the earliest. Only who has the turn may
        ask. Raises Silent or NoLine.
        """
        now = asyncio.get_running_loop().time
        await asyncio.sleep(max(self._rested + pause - now(), 0.0))
        try:
            return await self.wire.exchange(unit, request, seconds, fits)
        finally:
            self._rested = now()

    async def _enter(self, queue: deque[asyncio.Future[None]]) -> None:
        if not self._busy:
            self._busy = True
            return
        mine: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        queue.append(mine)
        try:
            await mine
        except asyncio.CancelledError:
            if mine.done() and not mine.cancelled():
                # The turn came at the moment in which it was given up.
                self._leave()
            elif mine in queue:
                queue.remove(mine)
            raise

    def _leave(self) -> None:
        """Give the turn to the next."""
        while queue := self._next():
            one = queue.popleft()
            if not one.done():
                one.set_result(None)
                return
        self._busy = False

    def _next(self) -> deque[asyncio.Future[None]] | None:
        if self._waiting and not (self._silent and self._passed >= PATIENCE):
            self._passed += 1 if self._silent else 0
            return self._waiting
        self._passed = 0
        return self._silent or None
