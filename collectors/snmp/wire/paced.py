"""The transport of a scan or a recording: no datagram goes out before its turn."""

from collections.abc import Awaitable, Callable

from collectors.snmp.wire.failure import Unheard
from collectors.snmp.wire.message import Answer, Sealed
from collectors.snmp.wire.transport import Target, Transport

Turn = Callable[[], Awaitable[None]]
"""Returns when the next packet may be sent."""


class PacedTransport(Transport):
    """Waits for a turn before each datagram, also before each retry."""

    def __init__(self, turn: Turn) -> None:
        super().__init__(sockets=1)
        self._next_turn = turn

    async def ask(
        self, target: Target, sealed: Sealed, opener: Callable[[bytes], Answer], tries: int
    ) -> Answer:
        """Return the answer to a request that is sent up to `tries` times. Raises Silent."""
        for _ in range(tries):
            await self._next_turn()
            try:
                return await super().ask(target, sealed, opener, 1)
            except Unheard:
                continue
        raise Unheard(f"no answer within {target.timeout * tries:g} s")
