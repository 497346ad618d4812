"""How many are connected, in all and from one address: a flood takes neither all places nor all
file descriptors, which the polling needs too.
"""

from collections import Counter

from agent.console.access.hosts import is_this_machine

MANY = 300
"""Connections from which on a request is told to come back later."""

MOST = 400
"""Connections; a further one is closed before a word is said. A process has 1,024 descriptors."""

MOST_OF_ONE = 100
"""Connections of one address. This machine has no such limit: a proxy speaks for everybody."""


class Crowd:
    """Those who are connected, by their address."""

    def __init__(self) -> None:
        self._of: Counter[str] = Counter()
        self._all = 0

    @property
    def is_large(self) -> bool:
        """Whether those who ask must be sent away."""
        return self._all > MANY

    def enter(self, address: str) -> "Place | None":
        """Return a place for a connection, to be left when it is closed; None if there is none."""
        alone = is_this_machine(address)
        if self._all >= MOST or (not alone and self._of[address] >= MOST_OF_ONE):
            return None
        self._all += 1
        self._of[address] += 1
        return Place(self, address)

    def _leave(self, address: str) -> None:
        self._all -= 1
        self._of[address] -= 1
        if not self._of[address]:
            del self._of[address]


class Place:
    """The place of one connection."""

    def __init__(self, crowd: Crowd, address: str) -> None:
        self.address = address
        self._crowd: Crowd | None = crowd

    def leave(self) -> None:
        """Let somebody else have it; it may be left again."""
        if self._crowd is not None:
            self._crowd._leave(self.address)
            self._crowd = None
