"""prometheus-snmp-exporter as a peer: it is asked for every device as Prometheus asks it."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import aiohttp
import psutil

from tests.bench.comparison import Figure
from tests.bench.snmp_objects import MODULE, NUMBERS, exporter_yaml
from tests.servers import free_port, is_up, started

PROGRAM = "prometheus-snmp-exporter"
CONNECTIONS = 20


class Absent(Exception):
    """There is no peer to measure; says why."""


class Exporter:
    """A running exporter."""

    def __init__(self, url: str, pid: int, session: aiohttp.ClientSession) -> None:
        self._url = url
        self._process = psutil.Process(pid)
        self._session = session

    async def polls(self, ports: Sequence[int]) -> Figure:
        """Ask it to poll each of the ports once; return the CPU-seconds that it took for 1,000."""
        before = self._cpu()
        waiting = iter(ports)
        await asyncio.gather(*(self._some(waiting) for _ in range(CONNECTIONS)))
        return Figure((self._cpu() - before) * 1000 / len(ports))

    def _cpu(self) -> float:
        spent = self._process.cpu_times()
        return spent.user + spent.system

    async def _some(self, ports: Iterator[int]) -> None:
        for port in ports:
            query = {"module": MODULE, "target": f"127.0.0.1:{port}"}
            async with self._session.get(f"{self._url}/snmp", params=query) as answer:
                body = await answer.read()
            if body.count(b"\nbranch") != len(NUMBERS):
                raise RuntimeError(f"{PROGRAM} answered {answer.status}: {body[:300]!r}")


@asynccontextmanager
async def exporter() -> AsyncIterator[Exporter]:
    """Run it on a free port of the loopback. Raises Absent if it is not there or does not begin."""
    if shutil.which(PROGRAM) is None:
        raise Absent(f"{PROGRAM} is not installed (Debian: {PROGRAM})")
    with tempfile.TemporaryDirectory() as folder, _running(Path(folder)) as (url, pid):
        async with aiohttp.ClientSession() as session:
            yield Exporter(url, pid, session)


@contextmanager
def _running(folder: Path) -> Iterator[tuple[str, int]]:
    settings, log, port = folder / "snmp.yml", folder / "log", free_port()
    settings.write_text(exporter_yaml())
    address = f"127.0.0.1:{port}"
    # One thread of Go is what it costs least with.
    command = ("env", "GOMAXPROCS=1", PROGRAM, f"--config.file={settings}")
    with started([*command, f"--web.listen-address={address}"], log) as process:
        if not is_up(process, f"http://{address}/metrics"):
            said = log.read_text(errors="replace").strip().splitlines()
            raise Absent(f"{PROGRAM} does not begin: {said[-1] if said else 'it says nothing'}")
        yield f"http://{address}", process.pid
