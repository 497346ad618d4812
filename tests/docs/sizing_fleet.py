"""So many rack PDUs on ports of the loopback, in a process of their own. Their values change."""

import asyncio
import math
import socket
import sys
import time
from collections.abc import Callable

from agent.demo.addresses import LOOPBACK
from agent.demo.objects import Objects, Quantity, Value, fixed, identity
from agent.demo.pdus import POWERNET, POWERNET_IDENTITY
from collectors.snmp.wire import ber
from tests.bench.children import serve
from tests.bench.snmp_agents import SYS_DESCR, Agent
from tests.bench.snmp_objects import SYS_OBJECT_ID

PERIOD = 420.0
"""Seconds in which a load swings once."""

SIZE = 1 << 20
"""Bytes of a socket's buffer: this process may be late, and is not what is measured."""


class Pdu(Agent):
    """A rack PDU of three phases, whose load swings."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self._objects = Objects(_values(number))

    def answer(self, data: bytes) -> bytes:
        """Return the answer of this moment."""
        self._tails.clear()
        return super().answer(data)


def integer(quantity: Quantity, unit: float = 1.0) -> Value:
    """Return the quantity in counts of `unit`, encoded in a tenth of the time of pysnmp."""
    return lambda seconds: ber.integer(round(quantity(seconds) / unit))


def _values(number: int) -> dict[str, Value]:
    mean = 1_500.0 + number * 37 % 997
    begun = time.time()

    def power(share: float) -> Callable[[float], float]:
        turn = 2 * math.pi / PERIOD
        return lambda _: share * mean * (1 + 0.2 * math.sin(turn * time.time() + number))

    def energy(_: float) -> float:
        return 4.0e6 + mean * (time.time() - begun) / 3.6e5

    values: dict[str, Value] = {
        SYS_DESCR: fixed("A rack PDU of the sizing table"),
        SYS_OBJECT_ID: identity(POWERNET_IDENTITY),
        f"{POWERNET}.26.4.3.1.1.1": fixed(1),
        f"{POWERNET}.26.4.3.1.3.1": fixed(f"pdu-{number}"),
        f"{POWERNET}.26.4.3.1.5.1": integer(power(1), 10),
        f"{POWERNET}.26.4.3.1.9.1": integer(energy),
        f"{POWERNET}.26.4.3.1.16.1": integer(power(1.04), 10),
        f"{POWERNET}.26.4.3.1.17.1": fixed(96),
    }
    for phase in (1, 2, 3):
        columns = {
            1: fixed(phase),
            2: fixed(1),
            3: fixed(phase),
            5: integer(power(1 / 220), 0.1),
            6: fixed(230),
            7: integer(power(1 / 3), 10),
            8: integer(power(1.04 / 3), 10),
            9: fixed(96),
        }
        values |= {f"{POWERNET}.26.6.3.1.{key}.{phase}": one for key, one in columns.items()}
    return values


def _answer_one(udp: socket.socket, pdu: Pdu) -> None:
    data, address = udp.recvfrom(65_535)
    udp.sendto(pdu.answer(data), address)


async def main() -> None:
    """Answer until the parent ends."""
    ports = []
    for number in range(int(sys.argv[1])):
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        udp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SIZE)
        udp.bind((LOOPBACK, 0))
        udp.settimeout(0)
        asyncio.get_running_loop().add_reader(udp.fileno(), _answer_one, udp, Pdu(number))
        ports.append(udp.getsockname()[1])
    await serve(ports)


if __name__ == "__main__":
    asyncio.run(main())
