"""How many packets may be sent in a second, by all that send them."""

import asyncio


class Rate:
    """Gives turns, evenly spaced: none is saved up, so that there is never a burst."""

    def __init__(self, per_second: float) -> None:
        self.per_second = per_second
        self.taken = 0
        """How many turns there have been."""
        self._next = 0.0

    async def turn(self) -> None:
        """Return when the next packet may be sent."""
        now = asyncio.get_running_loop().time()
        slot = max(now, self._next)
        self._next = slot + 1 / self.per_second
        self.taken += 1
        await asyncio.sleep(slot - now)
