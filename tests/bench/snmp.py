"""SNMP: 40 varbinds of version 2c in one GET, beside prometheus-snmp-exporter."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Mapping, Sequence

from agent.clock import Clock
from agent.demo.addresses import LOOPBACK
from collectors.snmp import Snmp
from collectors.snmp.settings import SnmpSettings
from collectors.snmp.wire.ber import oid
from collectors.snmp.wire.message import V2C, Community
from collectors.snmp.wire.session import Session
from collectors.snmp.wire.transport import Target, Transport
from config import Secret
from tests.bench import comparison
from tests.bench.children import ports_of
from tests.bench.comparison import Comparison, Figure, Row, Skipped
from tests.bench.rounds import Side, cpu_of, interleaved
from tests.bench.snmp_exporter import Absent, Exporter, exporter
from tests.bench.snmp_objects import BRANCHES, MODULE, OIDS, profile

NAME = "snmp"
PEER = "snmp_exporter"
ROUNDS = 7
TIMES, PEER_TIMES = 30, 10
"""How often each of the 100 devices is polled in a round: about as long by either side."""

RAW = "one GET of 40 varbinds"
WHOLE = "the same, to readings"
UNIT = "CPU-s/1,000 polls"
TARGETS = {RAW: comparison.Target(times=5), WHOLE: comparison.Target(times=2)}
TRIES = 3

Poll = Callable[[], Awaitable[None]]


async def rows() -> list[Row]:
    """Measure both of ours in turn with the peer."""
    try:
        async with exporter() as peer, ports_of("tests.bench.snmp_agents") as ports:
            figures = await _figures(peer, ports)
    except Absent as absent:
        return [Skipped(bench=NAME, what=what, peer=PEER, reason=str(absent)) for what in TARGETS]
    return [
        Comparison(
            bench=NAME,
            what=what,
            unit=UNIT,
            peer=PEER,
            ours=figures[what],
            theirs=figures[PEER],
            target=target,
        )
        for what, target in TARGETS.items()
    ]


async def _figures(peer: Exporter, ports: Sequence[int]) -> Mapping[str, Sequence[Figure]]:
    transport, plugin = Transport(), Snmp(Clock(), {MODULE: profile()})
    sides = {
        RAW: _side([_raw(transport, port) for port in ports]),
        WHOLE: _side([_whole(plugin, port) for port in ports]),
        PEER: lambda: peer.polls([*ports] * PEER_TIMES),
    }
    try:
        return await interleaved(sides, ROUNDS)
    finally:
        transport.close()
        await plugin.close()


def _side(polls: Sequence[Poll]) -> Side:
    """Return what polls all devices at once, each time after time as a daemon does."""

    async def again(poll: Poll) -> None:
        for _ in range(TIMES):
            await poll()

    async def work() -> None:
        await asyncio.gather(*(again(poll) for poll in polls))

    async def side() -> Figure:
        return Figure(await cpu_of(work) * 1000 / (TIMES * len(polls)))

    return side


def _raw(transport: Transport, port: int) -> Poll:
    target = Target(family=socket.AF_INET, address=(LOOPBACK, port))
    session = Session(transport, target, Community(V2C, b"public"))
    session.tries = TRIES
    oids = tuple(oid(one) for one in OIDS)

    async def poll() -> None:
        found = await session.get(oids)
        if len(found) != len(oids):
            raise RuntimeError(f"{len(found)} values of {len(oids)}")

    return poll


def _whole(plugin: Snmp, port: int) -> Poll:
    settings = SnmpSettings.model_validate(
        {
            "name": f"pdu-{port}",
            "type": "snmp",
            "address": LOOPBACK,
            "port": port,
            "community": Secret("public"),
            "tries": TRIES,
            "read": ["branch"],
        }
    )
    device = plugin.collector(settings)

    async def poll() -> None:
        readings = await device.collect()
        if len(readings) != len(BRANCHES):
            raise RuntimeError(f"{len(readings)} readings of {len(BRANCHES)}")

    return poll
