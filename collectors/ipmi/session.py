"""A session that is up: commands, keep-alive, and its end (IPMI 2.0 section 6.12)."""

import asyncio
from contextlib import suppress

from collectors.ipmi.crypto import Keys
from collectors.ipmi.exchange import Exchange, Pace
from collectors.ipmi.failures import Completion, Failure, Malformed
from collectors.ipmi.rmcp import Packet, Window, following, reply_of, request
from collectors.ipmi.transport import Peer, Transport

APP = 0x06
GET_DEVICE_ID = 0x01
CLOSE_SESSION = 0x3C
_NUMBERS = 64


class Session:
    """One session with one BMC. One command is in flight at a time.

    Whoever has one ends it with `close`, which waits until the BMC has freed it, or with
    `abandon`, which does not wait: a BMC has few sessions and keeps a forgotten one for a minute.
    """

    def __init__(
        self,
        transport: Transport,
        peer: Peer,
        *,
        own_id: int,
        bmc_id: bytes,
        keys: Keys,
        pace: Pace,
    ) -> None:
        self.peer = peer
        self._transport = transport
        self._own_id = own_id
        self._bmc_id = bmc_id
        self._keys = keys
        self._pace = pace
        self._sequence = 0
        self._number = 0
        self._window = Window()
        self._exchange: Exchange | None = None
        self._wanted = (0, 0, 0)
        self._beat: asyncio.TimerHandle | None = None
        self._ended = False
        transport.sessions[own_id] = self

    async def command(
        self, netfn: int, command: int, data: bytes = b"", *, lun: int = 0, patient: bool = False
    ) -> bytes:
        """Return the data of the answer, without its completion code.

        `patient` waits longer for it. Raises Completion if the BMC refuses it, Silent if it does
        not answer.
        """
        if self._exchange is not None:
            await self._exchange.settled()
        pace = self._pace.patient if patient else self._pace
        try:
            content = await self._begin(netfn, command, data, lun, pace).answer()
        finally:
            self._exchange = None
        if content[0]:
            raise Completion(netfn, command, content[0])
        return content[1:]

    def keep_alive(self, seconds: float) -> None:
        """Let no more than this time pass without a command. It stops with the session's end."""
        loop = asyncio.get_running_loop()
        self._beat = loop.call_later(seconds, self._keep_alive, seconds)

    async def close(self) -> None:
        """Close it, and wait for the BMC to say so. A BMC that does not say so is left alone."""
        if self._ended:
            return
        self._rest()
        with suppress(Failure):
            await self.command(APP, CLOSE_SESSION, self._bmc_id)
        self._forget()

    def abandon(self) -> None:
        """Send Close Session once and forget the session; nothing once it has been closed."""
        if self._ended:
            return
        self._rest()
        with suppress(Failure):
            self._send(self._next_number(), APP, CLOSE_SESSION, self._bmc_id, 0)
        self._forget()

    def receive(self, packet: Packet) -> None:
        message = self._keys.unseal(packet)
        if not self._window.admits(packet.sequence):
            raise Malformed("a packet that came before or out of its window")
        reply = reply_of(message)
        if self._exchange is None or reply.key != self._wanted:
            self._transport.drop("an answer nobody waits for")
            return
        self._exchange.resolve(reply.content)

    def _begin(self, netfn: int, command: int, data: bytes, lun: int, pace: Pace) -> Exchange:
        number = self._next_number()
        self._wanted = (number, netfn | 1, command)
        self._exchange = Exchange(lambda: self._send(number, netfn, command, data, lun), pace)
        return self._exchange

    def _next_number(self) -> int:
        self._number = (self._number + 1) % _NUMBERS
        return self._number

    def _send(self, number: int, netfn: int, command: int, data: bytes, lun: int) -> None:
        # A repeat has the same request number, so that it is done once, and a new sequence
        # number, so that it is not dropped as a replay.
        self._sequence = following(self._sequence)
        message = request(number, netfn, command, data, lun=lun)
        self.peer.send(self._keys.seal(self._bmc_id, self._sequence, message))

    def _keep_alive(self, seconds: float) -> None:
        if self._exchange is None or self._exchange.done:
            self._begin(APP, GET_DEVICE_ID, b"", 0, self._pace.once)
        self.keep_alive(seconds)

    def _rest(self) -> None:
        if self._beat is not None:
            self._beat.cancel()
            self._beat = None

    def _forget(self) -> None:
        self._ended = True
        if self._exchange is not None:
            self._exchange.stop()
        self._transport.sessions.pop(self._own_id, None)
