"""A hundred SNMP agents of version 2c, made for speed: an answer is made once and then patched."""

import asyncio
import socket

from agent.demo.addresses import LOOPBACK
from agent.demo.electric import constant
from agent.demo.objects import Objects, fixed, gauge, identity
from collectors.snmp.wire.ber import SEQUENCE, arcs_of, integer, tlv
from tests.bench.children import serve
from tests.bench.snmp_objects import IDENTITY, NUMBERS, SYS_OBJECT_ID

AGENTS = 100
GET, GETNEXT, RESPONSE, GETBULK = 0xA0, 0xA1, 0xA2, 0xA5
LONG = 0x80
SYS_DESCR = "1.3.6.1.2.1.1.1.0"


class Agent:
    """Answers for one device; that its values never change is what makes the answers keepable."""

    def __init__(self) -> None:
        numbers = {name: gauge(constant(number)) for name, number in NUMBERS.items()}
        system = {SYS_DESCR: fixed("A device of the bench"), SYS_OBJECT_ID: identity(IDENTITY)}
        self._objects = Objects(system | numbers)
        self._tails: dict[bytes, bytes] = {}

    def answer(self, data: bytes) -> bytes:
        """Return the answer to a request that is taken to be well-formed."""
        start, _ = _inside(data, 0)
        _, at = _inside(data, start)
        _, pdu = _inside(data, at)
        number, _ = _inside(data, pdu)
        _, rest = _inside(data, number)
        key = data[pdu : pdu + 1] + data[rest:]
        tail = self._tails.get(key)
        if tail is None:
            tail = self._tails[key] = self._tail(key)
        return tlv(SEQUENCE, data[start:pdu] + tlv(RESPONSE, data[number:rest] + tail))

    def _tail(self, key: bytes) -> bytes:
        first, after_first = _inside(key, 1)
        second, after_second = _inside(key, after_first)
        names, end = [], _inside(key, after_second)[1]
        at = _inside(key, after_second)[0]
        while at < end:
            binding, at = _inside(key, at)
            names.append(arcs_of(key[slice(*_inside(key, binding))]))
        if key[0] == GET:
            bindings = [self._objects.get(name, 0) for name in names]
        else:
            single = repetitions = 0
            if key[0] == GETBULK:
                single = int.from_bytes(key[first:after_first], "big")
                repetitions = int.from_bytes(key[second:after_second], "big")
            bindings = [*self._objects.bulk(names, single, repetitions or 1, 0)]
        return integer(0) + integer(0) + tlv(SEQUENCE, b"".join(bindings))


def _inside(data: bytes, at: int) -> tuple[int, int]:
    """Return where the contents of an element start and end."""
    length = data[at + 1]
    if length < LONG:
        return at + 2, at + 2 + length
    start = at + 2 + (length & ~LONG)
    return start, start + int.from_bytes(data[at + 2 : start], "big")


def _answer_one(udp: socket.socket, agent: Agent) -> None:
    data, address = udp.recvfrom(65_535)
    udp.sendto(agent.answer(data), address)


async def main() -> None:
    """Answer until the parent ends."""
    agent = Agent()
    ports = []
    for _ in range(AGENTS):
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        udp.bind((LOOPBACK, 0))
        udp.settimeout(0)
        asyncio.get_running_loop().add_reader(udp.fileno(), _answer_one, udp, agent)
        ports.append(udp.getsockname()[1])
    await serve(ports)


if __name__ == "__main__":
    asyncio.run(main())
