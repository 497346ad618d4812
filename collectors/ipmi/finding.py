"""Whether a BMC is at an address: one question outside any session, for `carbond discover`.

Get Channel Authentication Capabilities (IPMI 2.0 section 22.13) needs no login and opens no
session. No login is ever tried here: a wrong one locks accounts.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from collectors.ipmi.failures import Failure, Malformed
from collectors.ipmi.rmcp import HEADER, checksum, reply_of, request
from collectors.ipmi.transport import Key, key_of

APP = 6
CAPABILITIES = 0x38
ASK = b"\x8e\x02"
"""This channel, with the flags of IPMI 2.0; for what the privilege USER may do."""

TRIES = 2
PORT = 623

# Authentication type none, and neither sequence nor session (IPMI 1.5 section 12.8).
_OUTSIDE = HEADER + bytes(9)
_BODY = len(_OUTSIDE) + 1
_NUMBERS = 64
_HAS_EXTENSION = 0x80
_IPMI_2 = 0x02
_SHORTEST = 9
"""Bytes of an answer's content, with its completion code."""

Turn = Callable[[], Awaitable[None]]
"""Returns when the next packet may be sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundBmc:
    """A BMC that has answered, without any login."""

    version: str
    """2.0, which carbond reads, or 1.5, which it does not."""

    maker: int
    """IANA number of the enterprise whose extensions it has; 0 for none."""


class BmcFinding:
    """Asks addresses whether they have a BMC. It sends to no address but those."""

    packets = TRIES
    """How many packets a silent address gets."""

    def __init__(self, turn: Turn, *, port: int = PORT, timeout: float = 1.0) -> None:
        """`timeout` is in seconds, for each of the two tries."""
        self._turn = turn
        self._port = port
        self._timeout = timeout
        self._endpoints: dict[int, _Endpoint] = {}
        self._number = 0

    async def at(self, address: str) -> FoundBmc | None:
        """Return the BMC at a numeric address; None if nothing answers that is one."""
        for _ in range(TRIES):
            # A socket that cannot be opened, or a way that is not there, is no BMC.
            try:
                content = await self._asked(*await _numeric(address, self._port))
            except (OSError, Failure, TimeoutError):
                continue
            return _found(content)
        return None

    async def _asked(self, family: int, where: tuple[Any, ...]) -> bytes:
        """Return what one packet is answered with. Raises OSError, Failure, TimeoutError."""
        endpoint = await self._endpoint(family)
        number = self._number = (self._number + 1) % _NUMBERS
        message = request(number, APP, CAPABILITIES, ASK)
        await self._turn()
        waiting = endpoint.expect(key_of(where), number)
        try:
            endpoint.send(_OUTSIDE + bytes((len(message),)) + message, where)
            async with asyncio.timeout(self._timeout):
                return await waiting
        finally:
            endpoint.forget(key_of(where))

    async def _endpoint(self, family: int) -> "_Endpoint":
        if family not in self._endpoints:
            opened = socket.socket(family, socket.SOCK_DGRAM)
            opened.settimeout(0)
            opened.bind(("", 0))
            endpoint = self._endpoints[family] = _Endpoint()
            loop = asyncio.get_running_loop()
            await loop.create_datagram_endpoint(lambda: endpoint, sock=opened)
        endpoint = self._endpoints[family]
        await endpoint.ready.wait()
        return endpoint

    async def close(self) -> None:
        """Close the sockets."""
        for endpoint in self._endpoints.values():
            endpoint.close()
        self._endpoints.clear()


class _Endpoint(asyncio.DatagramProtocol):
    """One socket, and which answers are waited for: by where they come from and their number."""

    def __init__(self) -> None:
        self.ready = asyncio.Event()
        self._transport: asyncio.DatagramTransport | None = None
        self._waiting: dict[Key, tuple[int, asyncio.Future[bytes]]] = {}

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]  # it is one
        self._transport = transport
        self.ready.set()

    def expect(self, key: Key, number: int) -> "asyncio.Future[bytes]":
        future: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._waiting[key] = number, future
        return future

    def forget(self, key: Key) -> None:
        self._waiting.pop(key, None)

    def send(self, datagram: bytes, where: tuple[Any, ...]) -> None:
        if self._transport is None or self._transport.is_closing():
            raise Failure("the socket is closed")
        self._transport.sendto(datagram, where)

    def datagram_received(self, data: bytes, addr: tuple[Any, ...]) -> None:
        number, future = self._waiting.get(key_of(addr), (0, None))
        if future is None or future.done():
            return
        try:
            future.set_result(_content_of(data, number))
        except Malformed:
            # Noise does not end the wait for the answer.
            return

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


def _content_of(data: bytes, number: int) -> bytes:
    """Return the content of the answer. Raises Malformed for anything else.

    Nothing authenticates it: both checksums, the request's number and its command must be right.
    """
    message = data[_BODY : _BODY + data[_BODY - 1]] if len(data) >= _BODY else b""
    if data[:5] != _OUTSIDE[:5] or not message:
        raise Malformed("no IPMI message outside a session")
    reply = reply_of(message)
    if reply.key != (number, APP | 1, CAPABILITIES):
        raise Malformed("an answer to another request")
    if checksum(message[:2]) != message[2:3] or checksum(message[3:-1]) != message[-1:]:
        raise Malformed("a checksum that is wrong")
    return reply.content


def _found(content: bytes) -> FoundBmc:
    """Return what a BMC says of itself; one that refuses to say it is one all the same."""
    if len(content) < _SHORTEST or content[0]:
        return FoundBmc(version="1.5", maker=0)
    is_2 = content[2] & _HAS_EXTENSION and content[4] & _IPMI_2
    maker = int.from_bytes(content[5:8], "little")
    return FoundBmc(version="2.0" if is_2 else "1.5", maker=maker)


async def _numeric(address: str, port: int) -> tuple[int, tuple[Any, ...]]:
    """Return family and socket address. Raises OSError for a name: nothing is looked up."""
    found = await asyncio.get_running_loop().getaddrinfo(
        address, port, type=socket.SOCK_DGRAM, flags=socket.AI_NUMERICHOST
    )
    return found[0][0], found[0][4]
