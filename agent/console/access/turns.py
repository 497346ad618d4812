"""How many questions are worked on at once: the others wait in order, and cost nothing meanwhile.

A burst of fifty would otherwise stand before the next poll all together, each with its milliseconds
of the loop; and more at once than there are threads to answer them would not be faster.
"""

import asyncio

AT_ONCE = 4
"""Two that are answered in the readers' threads, and two that are read or sent meanwhile."""

LONGEST = 10.0
"""Seconds to wait for a turn: a page has given up by then."""


class Turns:
    """So many turns, taken in the order in which they were asked for."""

    def __init__(self, at_once: int = AT_ONCE) -> None:
        self._left = asyncio.Semaphore(at_once)

    async def next(self) -> "Turn | None":
        """Wait for a turn, and return it: to be ended once, or more often. None if there is none
        for too long.
        """
        waits = self._left.locked()
        try:
            async with asyncio.timeout(LONGEST):
                await self._left.acquire()
        except TimeoutError:
            return None
        return Turn(self._left, was_awaited=waits)


class Turn:
    """A turn that has been taken."""

    def __init__(self, left: asyncio.Semaphore, *, was_awaited: bool = False) -> None:
        self.was_awaited = was_awaited
        """Whether who asks may have gone meanwhile."""

        self._left: asyncio.Semaphore | None = left

    def end(self) -> None:
        """Let the next one have it."""
        if self._left is not None:
            self._left.release()
            self._left = None
