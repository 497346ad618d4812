"""Devices and services that are wrong in one way each, until they are mended."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast

from agent.clock import Clock
from agent.demo.bmc import Bmc
from agent.demo.grids import Faults, SimulatedGrid, electricitymaps_app, faults_of, serving
from agent.demo.grids_faults import Said
from tests.collectors.snmp.conftest import Arcs, Recorded, Row

PDU_ROWS: list[Row] = [
    ("1.3.6.1.2.1.1.2.0", "6", "1.3.6.1.4.1.99999.1"),
    ("1.3.6.1.2.1.33.1.4.4.1.4.1", "2", "5000"),
    ("1.3.6.1.2.1.33.1.4.4.1.5.1", "2", "40"),
]
"""A UPS of an unknown maker, which the standard MIB tells all about."""

OTHER = (1, 3, 6, 1, 2, 1, 1, 4, 0)
REFUSALS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class BadEnd:
    """One thing in the settings whose other end is wrong."""

    name: str
    settings: str
    words: str
    """What its one line in the log says."""

    mend: Callable[[], None]

    grid: bool = False
    """Whether it is a source of intensities and not a device."""

    rests: bool = False
    """Whether it is left alone for longer than a test may last."""


Making = Coroutine[Any, Any, BadEnd]


class Spoiling(Recorded):
    """A device that is right but for what its datagrams come to."""

    def __init__(self, spoil: Callable[[bytes], bytes]) -> None:
        super().__init__(PDU_ROWS)
        self.spoil = spoil
        self.other = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._wire = cast(asyncio.DatagramTransport, transport)
        self.transport = cast(asyncio.DatagramTransport, self)

    def sendto(self, data: bytes, address: tuple[str, int]) -> None:
        self._wire.sendto(self.spoil(data), address)

    def get(self, name: Arcs) -> tuple[Arcs, Any]:
        found, value = super().get(name)
        return (OTHER if self.other else found), value

    def mend(self) -> None:
        self.spoil, self.other, self.community = bytes, False, b"public"


@asynccontextmanager
async def bad_ends() -> AsyncIterator[list[BadEnd]]:
    """All of them, on free ports of loopback."""
    async with AsyncExitStack() as stack:
        yield [
            await making
            for makings in (_bmcs(stack), _agents(stack), _grids(stack))
            for making in makings
        ]


def _bmcs(stack: AsyncExitStack) -> Iterator[Making]:
    def wake(bmc: Bmc) -> None:
        bmc.dead = False

    def free(bmc: Bmc) -> None:
        bmc.slots.slots = 4

    async def end(
        name: str, words: str, bmc: Bmc, mend: Callable[[Bmc], None], *, rests: bool = False
    ) -> BadEnd:
        await stack.enter_async_context(bmc)
        settings = (
            f"  - {{name: {name}, type: ipmi, address: 127.0.0.1, port: {bmc.port}, user: admin,"
            " password: {file: secret}, every: 1s, timeout: 200ms, tries: 2}"
        )
        return BadEnd(
            name=name, settings=settings, words=words, mend=lambda: mend(bmc), rests=rests
        )

    silent, full = Bmc(lambda: 200.0), Bmc(lambda: 200.0, slots=0)
    silent.dead = True
    yield end("silent", "no answer within 0.4 s (wrong address, a firewall", silent, wake)
    yield end("full", "it has no free session", full, free, rests=True)


def _agents(stack: AsyncExitStack) -> Iterator[Making]:
    async def end(name: str, words: str, agent: Spoiling) -> BadEnd:
        transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: agent, local_addr=("127.0.0.1", 0)
        )
        stack.callback(transport.close)
        port = transport.get_extra_info("sockname")[1]
        settings = (
            f"  - {{name: {name}, type: snmp, address: 127.0.0.1, port: {port}, every: 1s,"
            " community: {file: community}, timeout: 200ms, tries: 2}"
        )
        return BadEnd(name=name, settings=settings, words=words, mend=agent.mend)

    refusing, other = Spoiling(bytes), Spoiling(bytes)
    refusing.community = b"private"
    other.other = True
    yield end("refusing", "no answer within 0.4 s (wrong community", refusing)
    yield end("other-oids", "answers other OIDs than asked", other)
    yield end("truncated", "is truncated", Spoiling(lambda data: data[:-3]))
    yield end("oversized", "is oversized", Spoiling(lambda data: data + b"junk"))


def _grids(stack: AsyncExitStack) -> Iterator[Making]:
    async def end(name: str, words: str, **faults: object) -> BadEnd:
        app = electricitymaps_app(SimulatedGrid("DE", "DE", 1), Clock(), "a-good-key")
        url = await stack.enter_async_context(serving(app))
        switches = faults_of(app)
        for switch, value in faults.items():
            setattr(switches, switch, value)
        settings = (
            f"  - {{name: {name}, type: electricitymaps, zone: DE, key: {{file: key}},"
            f" url: '{url}/v4', kinds: [direct], every: 1s,"
            " backfill: 24h, requests_per_minute: 6000}"
        )
        return BadEnd(
            name=name,
            settings=settings,
            words=words,
            mend=lambda: _right(switches),
            grid=True,
        )

    def says(status: int, text: str = "", **headers: str) -> deque[Said]:
        return deque([Said(status=status, text=text, headers=headers)] * REFUSALS)

    yield end(
        "status-401",
        "the key is not accepted (401): Invalid auth-token: check `key`",
        answers=says(401, '{"error": "Invalid auth-token"}'),
    )
    yield end(
        "status-403",
        "the service's front door lets nothing through (403): check `url`",
        answers=says(403),
    )
    yield end("status-404", "nothing stands there (404): check `url`", answers=says(404))
    yield end(
        "status-429",
        "asked more often than the account may (429)",
        answers=says(429, **{"Retry-After": "1"}),
    )
    yield end("status-500", "the server failed (500)", answers=says(500))
    yield end("html", "not the JSON that was asked for but an HTML page: check `url`", html=True)
    yield end("no-values", "no direct intensity in the last 24 hours (null)", null=True)
    yield end(
        "other-zone",
        "asked for zone DE, answered for zone FR: nothing of it is taken",
        other_place="FR",
    )


def _right(faults: Faults) -> None:
    faults.answers.clear()
    faults.html = faults.null = False
    faults.other_place = ""
