"""One UDP socket per family of addresses, shared by all BMCs, and the sorting of what arrives."""

import asyncio
import ipaddress
import logging
import socket
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol

from agent import counts
from collectors.ipmi.exchange import Exchange
from collectors.ipmi.failures import Failure, Malformed
from collectors.ipmi.rmcp import Packet, packet_of

log = logging.getLogger("carbond.collectors.ipmi")

RECEIVE_BUFFER = 4 << 20
"""Bytes. A fleet answers a whole cycle's requests within milliseconds."""

_NAMED_SOURCES = 1000
_TAGS = 256

Key = tuple[str, int, int]
"""Host, port and scope of a peer, however the loop spells its address."""


@dataclass(frozen=True, slots=True)
class Peer:
    """Where a BMC is, and the socket that reaches it."""

    key: Key
    address: tuple[Any, ...]
    endpoint: "Endpoint"

    def send(self, datagram: bytes) -> None:
        """Send it. Raises Failure if this machine has no way there."""
        self.endpoint.send(datagram, self.address)


class Receiver(Protocol):
    """A session that is up."""

    peer: Peer

    def receive(self, packet: Packet) -> None:
        """Take a packet that carries this session's id. Raises Malformed."""


class Endpoint(asyncio.DatagramProtocol):
    """One socket."""

    def __init__(self, owner: "Transport") -> None:
        self._owner = owner
        self._transport: asyncio.DatagramTransport | None = None
        self._error: Exception | None = None

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]  # it is one
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[Any, ...]) -> None:
        self._owner.arrived(data, key_of(addr))

    def error_received(self, exc: Exception) -> None:
        self._error = exc

    def send(self, datagram: bytes, address: tuple[Any, ...]) -> None:
        if self._transport is None or self._transport.is_closing():
            raise Failure("the socket is closed")
        self._error = None
        self._transport.sendto(datagram, address)
        if self._error is not None:
            raise Failure(f"cannot send: {self._error}") from self._error

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


class Transport:
    """The sockets, and who waits for what: set-up by peer and tag, sessions by our session id.

    What nobody waits for and what cannot be read is dropped and counted in `dropped`.
    """

    def __init__(self) -> None:
        self.sessions: dict[int, Receiver] = {}
        self.dropped: Counter[str] = Counter()
        self._set_ups: dict[tuple[Key, int, int], Exchange] = {}
        self._endpoints: dict[int, Endpoint] = {}
        self._opening = asyncio.Lock()
        self._tag = 0
        self._named: set[Key] = set()

    async def peer(self, host: str, port: int) -> Peer:
        """Return the way to a BMC. Raises Failure if its name cannot be resolved."""
        family, address = await _resolved(host, port)
        return Peer(key_of(address), address, await self._endpoint(family))

    def expect(self, peer: Peer, payload: int, tag: int, exchange: Exchange) -> None:
        """Give the exchange the set-up message of this type and tag from this peer.

        Not by session id: a BMC may refuse in two bytes, without it.
        """
        self._set_ups[peer.key, payload, tag] = exchange

    def forget(self, peer: Peer, payload: int, tag: int) -> None:
        self._set_ups.pop((peer.key, payload, tag), None)

    def tag(self) -> int:
        """Return a tag for a set-up message."""
        self._tag = (self._tag + 1) % _TAGS
        return self._tag

    def arrived(self, datagram: bytes, source: Key) -> None:
        try:
            packet = packet_of(datagram)
            if packet.session:
                self._of_session(packet, source)
            else:
                self._of_set_up(packet, source)
        except Malformed as failure:
            self._drop(source, str(failure))

    def close(self) -> None:
        """Close the sockets."""
        if self.dropped:
            log.info("ipmi dropped packets: %s", dict(self.dropped))
        for endpoint in self._endpoints.values():
            endpoint.close()
        self._endpoints.clear()

    def _of_session(self, packet: Packet, source: Key) -> None:
        session = self.sessions.get(packet.session)
        if session is None or session.peer.key != source:
            self.drop("a packet of no session of ours")
            return
        session.receive(packet)

    def _of_set_up(self, packet: Packet, source: Key) -> None:
        body = packet.body
        if len(body) < 2:  # noqa: PLR2004 tag and status
            raise Malformed("a set-up message that is too short")
        exchange = self._set_ups.get((source, packet.payload, body[0]))
        if exchange is None:
            self.drop("a set-up message nobody waits for")
            return
        exchange.resolve(body)

    def drop(self, reason: str) -> None:
        """Count a packet that nobody can use."""
        self.dropped[reason] += 1
        counts.DROPPED.labels("ipmi", reason).inc()

    def _drop(self, source: Key, reason: str) -> None:
        self.drop(reason)
        if source not in self._named and len(self._named) < _NAMED_SOURCES:
            self._named.add(source)
            log.warning("%s sent %s; it is dropped, more are only counted", source[0], reason)

    async def _endpoint(self, family: int) -> Endpoint:
        async with self._opening:
            if family not in self._endpoints:
                self._endpoints[family] = await self._open(family)
            return self._endpoints[family]

    async def _open(self, family: int) -> Endpoint:
        loop = asyncio.get_running_loop()
        try:
            opened = _socket(family)
        except OSError as error:
            raise Failure(f"cannot open a socket: {error.strerror}") from error
        _, endpoint = await loop.create_datagram_endpoint(lambda: Endpoint(self), sock=opened)
        return endpoint


def _socket(family: int) -> socket.socket:
    opened = socket.socket(family, socket.SOCK_DGRAM)
    try:
        opened.settimeout(0)
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        opened.bind(("", 0))
    except OSError:
        opened.close()
        raise
    return opened


def key_of(address: tuple[Any, ...]) -> Key:
    """Return host, port and scope of a socket address of either family."""
    host, port, *rest = address
    return host.partition("%")[0], port, rest[1] if rest else 0


async def _resolved(host: str, port: int) -> tuple[int, tuple[Any, ...]]:
    # An address needs no resolver, which would cost a thread.
    with suppress(ValueError):
        literal = ipaddress.ip_address(host)
        if isinstance(literal, ipaddress.IPv4Address):
            return socket.AF_INET, (str(literal), port)
        if literal.scope_id is None:
            return socket.AF_INET6, (str(literal), port, 0, 0)
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_DGRAM)
    except OSError as error:
        raise Failure(f"cannot resolve {host}: {error.strerror}") from error
    return found[0][0], found[0][4]
