"""A small network on addresses of loopback, on which listeners hear who is asked."""

import asyncio
import socket
from collections.abc import Sequence
from contextlib import AsyncExitStack

from agent.app.discovery import Discovery, Search
from config import Secret

TIMEOUT = 0.4
NETWORK = "127.0.0.0/29"
INSIDE = [f"127.0.0.{number}" for number in range(1, 7)]
OUTSIDE = ("127.0.0.7", "127.0.0.8", "127.0.1.1", "127.1.2.3")
SERVICE, PDU, SERVER, STRANGE, SILENT = INSIDE[:5]
UPS = [
    ("1.3.6.1.2.1.1.1.0", "4", "A UPS"),
    ("1.3.6.1.2.1.1.2.0", "6", "1.3.6.1.4.1.99999.1"),
    ("1.3.6.1.2.1.1.5.0", "4", "UPS Hall 3/a"),
    ("1.3.6.1.2.1.33.1.4.4.1.2.1", "2", "230"),
    ("1.3.6.1.2.1.33.1.4.4.1.4.1", "2", "480"),
    ("1.3.6.1.2.1.33.1.4.3.0", "2", "1"),
]


class Listener(asyncio.DatagramProtocol):
    """Hears everything at an address, and answers nothing."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.heard.append(data)


class Net:
    """What is on the network of the test, and at which ports."""

    def __init__(self) -> None:
        self.ports = {"snmp": 0, "ipmi": 0, "redfish": 0}
        self.inside: dict[str, Listener] = {}
        self.outside: dict[str, Listener] = {}
        self.connected: list[str] = []

    @property
    def options(self) -> list[str]:
        options = ["--timeout", f"{TIMEOUT}s", "--rate", "2000"]
        return options + [f"--{kind}-port={port}" for kind, port in self.ports.items()]

    async def searched(
        self, *addresses: str, communities: Sequence[str] = ("public",)
    ) -> Discovery:
        """Search in this process."""
        discovery = Discovery(
            Search(
                addresses=addresses,
                ports=self.ports,
                communities=[Secret(one) for one in communities],
                rate=5000,
                at_once=16,
                timeout=TIMEOUT,
            )
        )
        await discovery.run(asyncio.Event(), lambda: None)
        return discovery


def free_everywhere(kind: socket.SocketKind) -> int:
    """A port that is free on every address of loopback."""
    with socket.socket(socket.AF_INET, kind) as free:
        free.bind(("", 0))
        return int(free.getsockname()[1])


async def listen(
    stack: AsyncExitStack, protocol: asyncio.DatagramProtocol, host: str, port: int
) -> None:
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: protocol, local_addr=(host, port)
    )
    stack.callback(transport.close)
