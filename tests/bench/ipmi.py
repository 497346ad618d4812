"""IPMI: one DCMI Get Power Reading over RMCP+ with suite 17, beside ipmi-dcmi."""

import asyncio
import resource
import shutil
import subprocess
from collections.abc import Sequence

from agent.clock import Clock
from agent.demo.addresses import LOOPBACK
from agent.model import Collector
from collectors.ipmi import Ipmi, IpmiSettings
from config import Secret
from tests.bench.children import ports_of
from tests.bench.comparison import Comparison, Figure, Row, Skipped, Target
from tests.bench.rounds import Side, cpu_of, interleaved

NAME = "ipmi"
ROUNDS = 5
TIMES = 25
"""How often each of the 20 BMCs is polled in a round; by the peer, a process each time, once."""

SESSIONS = ("fresh", "kept")
PEER = "ipmi-dcmi"
UNIT = "CPU-s/1,000 polls"
SUITE = "17"
# Of the simulated BMCs.
USER, PASSWORD = "admin", "secret"


async def rows() -> list[Row]:
    """Measure a session for each poll, and sessions that are kept, in turn with the peer."""
    if shutil.which(PEER) is None:
        reason = f"{PEER} is not installed (Debian: freeipmi-tools)"
        return [Skipped(bench=NAME, what=_what(one), peer=PEER, reason=reason) for one in SESSIONS]
    async with ports_of("tests.bench.ipmi_bmcs") as ports:
        plugin = Ipmi(Clock())
        fleets = {one: [_collector(plugin, port, one) for port in ports] for one in SESSIONS}
        sides = {one: _side(fleet) for one, fleet in fleets.items()}
        try:
            figures = await interleaved(sides | {PEER: _peer(ports)}, ROUNDS)
        finally:
            for collector in (each for fleet in fleets.values() for each in fleet):
                await collector.close()
            await plugin.close()
    return [
        Comparison(
            bench=NAME,
            what=_what(session),
            unit=UNIT,
            peer=PEER,
            ours=figures[session],
            theirs=figures[PEER],
            target=Target(times=10),
        )
        for session in SESSIONS
    ]


def _what(session: str) -> str:
    return f"one power, session {session}"


def _collector(plugin: Ipmi, port: int, session: str) -> Collector:
    options = {"timeout": "5s", "source": "dcmi", "suite": SUITE, "session": session}
    where = {"name": f"server-{port}", "type": "ipmi", "address": LOOPBACK, "port": port}
    login = {"user": USER, "password": Secret(PASSWORD)}
    return plugin.collector(IpmiSettings.model_validate(where | login | options))


def _side(fleet: Sequence[Collector]) -> Side:
    async def again(collector: Collector) -> None:
        for _ in range(TIMES):
            await collector.collect()

    async def work() -> None:
        await asyncio.gather(*(again(collector) for collector in fleet))

    async def side() -> Figure:
        return Figure(await cpu_of(work) * 1000 / (TIMES * len(fleet)))

    return side


def _peer(ports: Sequence[int]) -> Side:
    async def side() -> Figure:
        before = _of_children()
        for port in ports:
            await asyncio.to_thread(_poll, port)
        return Figure((_of_children() - before) * 1000 / len(ports))

    return side


def _poll(port: int) -> None:
    where = ("-D", "LAN_2_0", "-I", SUITE, "-h", f"{LOOPBACK}:{port}")
    login = ("-u", USER, "-p", PASSWORD)
    command = (PEER, *where, *login, "--get-system-power-statistics")
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30)
    if "Current Power" not in done.stdout:
        raise RuntimeError(f"{PEER} said {done.stdout!r}")


def _of_children() -> float:
    """Return the CPU-seconds of the children that have ended: the BMCs' process has not."""
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime
