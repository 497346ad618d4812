"""A simulated BMC on a UDP port of its own: RMCP+ suites 17 and 3, DCMI, sensors, and faults."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Any, Self

from agent.demo.bmc_commands import APP, CLOSE_SESSION, GROUP, POWER_READING, Commands
from agent.demo.bmc_sensors import Record, sensors_of
from agent.demo.bmc_session import RMCP, SUITES, Slots, guid_of

PING = 6
PONG = bytes.fromhex("06 00 ff 06 00 00 11 be 40")
SUPPORTED = bytes.fromhex("00 00 00 11 be 00 00 00 00 81 00 00 00 00 00 00 00")
SET_UP_NAMES = {0x10: "open", 0x12: "rakp1", 0x14: "rakp3"}
SHORTEST = 7
_REPEATS = 4


class Bmc(asyncio.DatagramProtocol):
    """One BMC. `port` is the one chosen if 0 was asked for.

    `commands` and `slots` are its state and its faults, and may be changed while it runs, as may
    these: `dead` hears nothing, `drop` is how many of the next packets are lost, `lag` is seconds
    before an answer, `slow` are seconds that a command (network function, number, data) takes in
    addition, `ignored` are network functions that are met with silence, `distort` turns an
    answer's packet into those really sent, `hears` tells of each packet whether it arrives.
    `seen` counts what has arrived: packets, open, rakp1, rakp3, given-up, close, power, commands.
    """

    def __init__(
        self,
        watts: Callable[[], float],
        *,
        user: str = "admin",
        password: str = "secret",  # noqa: S107 of a simulation
        kg: str | bytes | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        slots: int = 4,
        idle: float = 60.0,
        sensors: list[Record] | None = None,
    ) -> None:
        self.host = host
        self.port = port
        self.dead = False
        self.drop = 0
        self.lag = 0.0
        self.ignored: set[int] = set()
        self.distort: Callable[[bytes], Iterable[bytes]] | None = None
        self.slow: Callable[[int, int, bytes], float] = lambda *_: 0.0
        self.hears: Callable[[], bool] | None = None
        self.seen: Counter[str] = Counter()
        self.slots = Slots(
            user=user.encode(),
            password=password.encode(),
            kg=kg.encode() if isinstance(kg, str) else kg,
            guid=guid_of(f"{host}:{port}"),
            slots=slots,
            idle=idle,
        )
        self.commands = Commands(
            watts=watts, sensors=sensors_of(watts) if sensors is None else sensors
        )
        self._late = 0.0
        self._transport: asyncio.DatagramTransport | None = None

    @property
    def sessions(self) -> int:
        """How many sessions are open or half open."""
        return len(self.slots.logins)

    async def start(self) -> None:
        """Open the port."""
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(
            lambda: self, local_addr=(self.host, self.port)
        )
        self.port = self._transport.get_extra_info("sockname")[1]

    def close(self) -> None:
        """Close the port."""
        if self._transport is not None:
            self._transport.close()
            self._transport = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def datagram_received(self, data: bytes, addr: tuple[Any, ...]) -> None:
        if self.hears is not None and not self.hears():
            return
        self.seen["packets"] += 1
        if self.drop:
            self.drop -= 1
            return
        if self.dead or len(data) < 12 or data[:3] != RMCP[:3]:  # noqa: PLR2004 the shortest
            return
        self._late = self.lag
        answer = self._answer(data)
        if answer is None:
            return
        packets = [answer] if self.distort is None else self.distort(answer)
        for packet in packets:
            self._send(packet, addr)

    def _send(self, packet: bytes, addr: tuple[Any, ...]) -> None:
        transport = self._transport
        if transport is None:
            return
        if self._late:
            asyncio.get_running_loop().call_later(self._late, transport.sendto, packet, addr)
        else:
            transport.sendto(packet, addr)

    def _answer(self, data: bytes) -> bytes | None:
        if data[3] == PING:
            return PONG + data[9:10] + b"\x00\x10" + SUPPORTED[1:]
        if data[4] == 0:
            message = self._outside(data[14:])
            return message and RMCP + bytes(9) + bytes([len(message)]) + message
        body = data[16 : 16 + int.from_bytes(data[14:16], "little")]
        if data[6:10] != bytes(4):
            return self._of_session(data)
        if data[5] == 0:
            # Some clients ask for the suites outside a session, but already in RMCP+.
            message = self._outside(body)
            return message and _plain(0, message)
        return self._set_up(data[5] & 0x3F, body)

    def _set_up(self, kind: int, body: bytes) -> bytes | None:
        given_up = kind == 0x14 and len(body) > 1 and body[1] != 0  # noqa: PLR2004 RAKP 3
        self.seen["given-up" if given_up else SET_UP_NAMES.get(kind, "unknown")] += 1
        answer = self.slots.set_up(kind, body)
        return None if answer is None else _plain(*answer)

    def _of_session(self, data: bytes) -> bytes | None:
        login = self.slots.of(data[6:10])
        message = None if login is None else login.open(data)
        if login is None or message is None or message[1] >> 2 in self.ignored:
            return None
        netfn, command, content = message[1] >> 2, message[5], message[6:-1]
        slow = self.slow(netfn, command, content)
        repeat = (message[4], message[1:2] + message[5:-1])
        answer = login.done.get(repeat)
        if answer is not None and slow:
            # The answer to the first one is still to come.
            return None
        if answer is None:
            self._count(netfn, command)
            answer = self.commands.answer(login, netfn, command, content, lun=message[1] & 3)
            login.done[repeat] = answer
            while len(login.done) > _REPEATS:
                del login.done[next(iter(login.done))]
            if (netfn, command) == (APP, CLOSE_SESSION):
                self.slots.logins.pop(login.own, None)
        self._late += slow
        return login.seal(_reply(message, answer))

    def _count(self, netfn: int, command: int) -> None:
        self.seen["commands"] += 1
        if (netfn, command) == (APP, CLOSE_SESSION):
            self.seen["close"] += 1
        if (netfn, command) == (GROUP, POWER_READING):
            self.seen["power"] += 1

    def _outside(self, message: bytes) -> bytes | None:
        """Return the answer to a message outside a session, None if it is cut short."""
        if len(message) < SHORTEST:
            return None
        match message[5]:
            case 0x38:
                answer = bytes.fromhex("00 01 80 04 02 00 00 00 00")
            case 0x54:
                answer = self._suites(message[8] if len(message) > 9 else 0)  # noqa: PLR2004 with a part
            case _:
                answer = b"\xd4"
        return _reply(message, answer)

    def _suites(self, part: int) -> bytes:
        records = b"".join(
            bytes([0xC0, number, first, 0x40 | second, 0x80 | third])
            for (first, second, third), (number, _, _) in SUITES.items()
            if number in self.slots.suites
        )
        return b"\x00\x01" + (b"" if part & 0x3F else records)


def _plain(kind: int, body: bytes) -> bytes:
    return RMCP + bytes([6, kind]) + bytes(8) + len(body).to_bytes(2, "little") + body


def _reply(message: bytes, answer: bytes) -> bytes:
    head = bytes([message[3], message[1] | 4])
    rest = bytes([message[0], message[4], message[5]]) + answer
    return head + bytes([-sum(head) & 0xFF]) + rest + bytes([-sum(rest) & 0xFF])
