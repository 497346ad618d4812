"""Requests and answers of all devices over a few UDP sockets.

Answers are matched by request id and source address. A bad datagram is counted and dropped and
never ends a wait. How many answers may be in flight follows from the sockets' receive buffers,
because what does not fit is lost without a word; a device that is silent gives its place back at
its own deadline.
"""

import asyncio
import logging
import os
import socket
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from agent.counts import DROPPED
from collectors.snmp.wire.failure import Malformed, Refusal, Silent, Unheard
from collectors.snmp.wire.message import FIRST_ID, LAST_ID, Answer, Sealed, id_of

log = logging.getLogger("carbond.snmp")

SOCKETS = 4
WANTED_BUFFER = 8 << 20
# What the kernel charges for a datagram of 1 KB, and some more.
CHARGE = 2560
LARGEST_DATAGRAM = 65535
# Linux's SO_RCVBUFFORCE, which Python has no name for: past rmem_max, for root.
SO_RCVBUFFORCE = 33
# The sweeper wakes no more often than this, in seconds.
SWEEP = 0.02
# Datagrams taken from a socket at one sweep: some milliseconds of work for all four.
AT_ONE_SWEEP = 32
# Sweeps for which deadlines wait for what has come; no flood keeps them from being judged.
MOST_PUT_OFF = 100


@dataclass(slots=True)
class Counts:
    """Datagrams since the start, by what became of them."""

    sent: int = 0
    answered: int = 0
    malformed: int = 0
    """Dropped because nothing could, or must, be made of them."""
    foreign: int = 0
    """Dropped because they came from another address than was asked."""
    late: int = 0
    """Dropped because nobody waits for them: too late, twice, or never asked for."""
    unsent: int = 0
    """Could not be sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where a device is, and how long to wait for it."""

    family: int
    address: tuple[str | int, ...]
    any_source: bool = False
    timeout: float = 1.0
    """Seconds for each try."""


@dataclass(slots=True, eq=False)
class _Wait:
    """A request that waits for its answer; all its ids lead here."""

    target: Target
    opener: Callable[[bytes], Answer]
    answer: "asyncio.Future[Answer | None]"
    complaint: Malformed | OSError | None = None
    ids: list[int] = field(default_factory=list)


class _Port:
    """One socket, and how many answers may be on their way to it."""

    def __init__(self, family: int) -> None:
        self.socket = socket.socket(family, socket.SOCK_DGRAM)
        self.socket.settimeout(0)
        self.window = max(_enlarged(self.socket) // CHARGE, 1)
        self.slots = asyncio.Semaphore(self.window)


def _enlarged(udp: socket.socket) -> int:
    """Return the receive buffer, in octets, that the kernel has granted."""
    try:
        udp.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, WANTED_BUFFER)
    except OSError:
        udp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, WANTED_BUFFER)
    return udp.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)


class Transport:
    """All requests of one event loop. Sockets are opened when they are first needed."""

    def __init__(self, sockets: int = SOCKETS) -> None:
        self.counts = Counts()
        self._sockets = sockets
        self._ports: dict[int, list[_Port]] = {}
        self._turn = 0
        self._waits: dict[int, _Wait] = {}
        self._asked: dict[tuple[str | int, ...], _Wait] = {}
        self._deadlines: dict[float, deque[tuple[float, asyncio.Future[Answer | None]]]] = {}
        self._sweeper: asyncio.TimerHandle | None = None
        self._put_off = 0
        self._id = int.from_bytes(os.urandom(4), "big") % (LAST_ID - FIRST_ID)

    async def ask(
        self, target: Target, sealed: Sealed, opener: Callable[[bytes], Answer], tries: int
    ) -> Answer:
        """Return the answer to a request that is sent up to `tries` times.

        A retry has a new id, and the old ones stay valid to the end. Raises Silent, with what was
        wrong with the datagrams that did come.
        """
        loop = asyncio.get_running_loop()
        port = self._port(target.family)
        wait = _Wait(target, opener, loop.create_future())
        async with port.slots:
            self._asked[target.address[:2]] = wait
            try:
                for _ in range(tries):
                    self._send(port, wait, sealed)
                    answer = await self._answer(loop, wait)
                    if answer is not None:
                        return answer
                    if isinstance(wait.complaint, Refusal):
                        break
                    wait.answer = loop.create_future()
            finally:
                self._asked.pop(target.address[:2], None)
                for number in wait.ids:
                    self._waits.pop(number, None)
        raise _silence(wait, target.timeout * len(wait.ids))

    def _send(self, port: _Port, wait: _Wait, sealed: Sealed) -> None:
        self._id = (self._id + 1) % (LAST_ID - FIRST_ID)
        number = FIRST_ID + self._id
        self._waits[number] = wait
        wait.ids.append(number)
        try:
            port.socket.sendto(sealed.with_id(number), wait.target.address)
        except OSError as error:
            # A full send buffer and a route that is not there are both waited out.
            wait.complaint = error
            self.counts.unsent += 1
        else:
            self.counts.sent += 1

    async def _answer(self, loop: asyncio.AbstractEventLoop, wait: _Wait) -> Answer | None:
        deadline = loop.time() + wait.target.timeout
        self._deadlines.setdefault(wait.target.timeout, deque()).append((deadline, wait.answer))
        if self._sweeper is None or self._sweeper.when() > deadline:
            self._schedule(loop, deadline)
        return await wait.answer

    def _schedule(self, loop: asyncio.AbstractEventLoop, when: float) -> None:
        if self._sweeper is not None:
            self._sweeper.cancel()
        self._sweeper = loop.call_at(max(when, loop.time() + SWEEP), self._sweep, loop)

    def _sweep(self, loop: asyncio.AbstractEventLoop) -> None:
        """End the tries whose time is over; those of one timeout stand in order.

        What has come is taken first: that this process is late is no silence of a device.
        """
        self._sweeper = None
        if not self._drained() and self._put_off < MOST_PUT_OFF:
            self._put_off += 1
            self._schedule(loop, loop.time())
            return
        self._put_off = 0
        now, heads = loop.time(), []
        for queue in self._deadlines.values():
            while queue and (queue[0][0] <= now or queue[0][1].done()):
                future = queue.popleft()[1]
                if not future.done():
                    future.set_result(None)
            if queue:
                heads.append(queue[0][0])
        if heads:
            self._schedule(loop, min(heads))

    def _port(self, family: int) -> _Port:
        if family not in self._ports:
            self._open(family)
        ports = self._ports[family]
        self._turn += 1
        return ports[self._turn % len(ports)]

    def _open(self, family: int) -> None:
        loop = asyncio.get_running_loop()
        ports = [_Port(family) for _ in range(self._sockets)]
        for port in ports:
            loop.add_reader(port.socket.fileno(), self._readable, port.socket)
        self._ports[family] = ports
        log.debug("%d sockets with room for %d answers each", len(ports), ports[0].window)

    def _drained(self) -> bool:
        """Take some of what waits in the sockets, and tell whether nothing is left."""
        ports = (port for ports in self._ports.values() for port in ports)
        return all([self._emptied(port.socket) for port in ports])

    def _emptied(self, udp: socket.socket) -> bool:
        return not all(self._readable(udp) for _ in range(AT_ONE_SWEEP))

    def _readable(self, udp: socket.socket) -> bool:
        """Take one datagram, if there is one: on a trickle, asking for a second costs more than
        waking up again.
        """
        try:
            data, address = udp.recvfrom(LARGEST_DATAGRAM)
        except OSError:
            # An ICMP error of an earlier datagram; the request it belongs to waits for its end.
            return False
        self._received(data, address)
        return True

    def _received(self, data: bytes, address: tuple[str | int, ...]) -> None:
        """Find who waits for a datagram."""
        try:
            wait = self._waits.get(id_of(data))
        except Malformed as error:
            self.counts.malformed += 1
            DROPPED.labels("snmp", "malformed").inc()
            if asked := self._asked.get(address[:2]):
                asked.complaint = error
            return
        if wait is None or wait.answer.done():
            self.counts.late += 1
            DROPPED.labels("snmp", "late").inc()
        elif address[:2] != wait.target.address[:2] and not wait.target.any_source:
            self.counts.foreign += 1
            DROPPED.labels("snmp", "foreign").inc()
            wait.complaint = Malformed(
                f"was sent from {address[0]} port {address[1]} (any_source: true would take it)"
            )
        else:
            self._take(wait, data)

    def _take(self, wait: _Wait, data: bytes) -> None:
        try:
            answer = wait.opener(data)
        except Malformed as error:
            self.counts.malformed += 1
            DROPPED.labels("snmp", "malformed").inc()
            wait.complaint = error
        else:
            self.counts.answered += 1
            wait.answer.set_result(answer)

    def close(self) -> None:
        """Close the sockets. What is still waiting never gets an answer."""
        if self._sweeper is not None:
            self._sweeper.cancel()
        for port in (port for ports in self._ports.values() for port in ports):
            asyncio.get_running_loop().remove_reader(port.socket.fileno())
            port.socket.close()
        self._ports.clear()


def _silence(wait: _Wait, seconds: float) -> Silent:
    complaint = wait.complaint
    if complaint is None:
        return Unheard(f"no answer within {seconds:g} s")
    if isinstance(complaint, Refusal):
        return Silent(str(complaint))
    if isinstance(complaint, OSError):
        return Silent(f"cannot be asked: {complaint.strerror or complaint}")
    return Silent(
        f"no usable answer within {seconds:g} s: what came {complaint} "
        "(another device at its address, its firmware, or the way there)"
    )
