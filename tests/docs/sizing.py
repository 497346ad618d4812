"""Measure the rows of docs/sizing.md: the real daemon, simulated PDUs, and a server that counts.

`python -m tests.docs.sizing 100@60s 1000@10s` prints a row for each. It is no test and fails on no
figure; a row takes six minutes.
"""

import asyncio
import json
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
from aiohttp import web

from config.quantities import duration_of

WARM_UP = 150.0
"""Seconds in which profiles are found and the first hours' rows are made."""

WARM_UP_OF_EACH = 0.01
"""More of them for each device."""

MEASURED = 180.0
"""Seconds that are measured."""

SETTINGS = """\
sites: [{{name: fra1, grid: germany, pue: {{declared: 1.4}}}}]
devices:
  - {{from: pdus.csv, type: snmp, role: rack, every: {every}, read: [total, phase],
     community: {{file: community}}}}
grids: [{{name: germany, type: file, path: hours.csv}}]
exporters:
  - {{name: page, type: prometheus}}
  - {{name: influx, type: influxdb, url: "{url}", org: o, bucket: b, token: {{file: community}}}}
ledger: {{path: ledger.db}}
http: {{port: 0}}
"""


@dataclass(slots=True)
class Lines:
    """What a server of InfluxDB was sent."""

    count: int = 0
    url: str = ""

    async def write(self, request: web.Request) -> web.Response:
        """Take a batch."""
        body = await request.read()
        self.count += body.count(b"\n") + (not body.endswith(b"\n"))
        return web.Response(status=204)


@asynccontextmanager
async def counted() -> AsyncIterator[Lines]:
    """Run a server that takes all and counts it."""
    lines = Lines()
    app = web.Application(client_max_size=1 << 30)
    app.router.add_post("/api/v2/write", lines.write)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    lines.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield lines
    finally:
        await runner.cleanup()


@contextmanager
def fleet(devices: int) -> Iterator[list[int]]:
    """Run so many PDUs, and yield their ports."""
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.docs.sizing_fleet", str(devices)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        assert child.stdout is not None
        yield json.loads(child.stdout.readline())
    finally:
        child.communicate(timeout=30)


def used(ledger: Path) -> tuple[int, int]:
    """Return the bytes in use of a ledger, and its rows of hours."""
    with closing(sqlite3.connect(f"file:{ledger}?mode=ro", uri=True)) as connection:
        pages, free, size = (
            connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("page_count", "freelist_count", "page_size")
        )
        (hours,) = connection.execute("SELECT count(*) FROM hour").fetchone()
    return (pages - free) * size, hours


async def measure(devices: int, every: str) -> None:
    """Print a row."""
    with tempfile.TemporaryDirectory() as name, fleet(devices) as ports:
        folder = Path(name)
        async with counted() as lines:
            _write(folder, every, lines.url, ports)
            carbond = str(Path(sys.executable).with_name("carbond"))
            with (folder / "log").open("w") as log:
                child = subprocess.Popen(
                    [carbond, "run", "-c", str(folder / "carbond.yaml")], stderr=log
                )
            try:
                await asyncio.sleep(WARM_UP + WARM_UP_OF_EACH * devices)
                row = await _row(psutil.Process(child.pid), folder / "ledger.db", lines)
            finally:
                child.terminate()
                child.wait(60)
        silent = sum(
            (folder / "log").read_text().count(text) * sign
            for text, sign in ((" WARN ", 1), ("answers again", -1))
        )
    said = {"devices": devices, "every": every, "silent": silent, **row}
    sys.stdout.write(f"{json.dumps(said)}\n")
    sys.stdout.flush()


def _write(folder: Path, every: str, url: str, ports: list[int]) -> None:
    rows = [
        f"pdu-{number:05},127.0.0.1,{port},r{number // 2:04},{'AB'[number % 2]}"
        for number, port in enumerate(ports)
    ]
    (folder / "pdus.csv").write_text("\n".join(["name,address,port,rack,feed", *rows]))
    (folder / "community").write_text("public")
    (folder / "hours.csv").write_text("start,intensity\n2026-03-10T09:00Z,300\n")
    (folder / "carbond.yaml").write_text(SETTINGS.format(every=every, url=url))


async def _row(process: psutil.Process, ledger: Path, lines: Lines) -> dict[str, float]:
    cpu, (size, hours), sent = process.cpu_times(), used(ledger), lines.count
    await asyncio.sleep(MEASURED)
    then, (size_then, hours_then) = process.cpu_times(), used(ledger)
    seconds = then.user + then.system - cpu.user - cpu.system
    return {
        "cpu_percent": round(100 * seconds / MEASURED, 2),
        "memory_mb": round(process.memory_info().rss / 1e6),
        "ledger_bytes_a_minute": round((size_then - size) * 60 / MEASURED),
        "rows_of_hours": hours_then - hours,
        "lines_a_second": round((lines.count - sent) / MEASURED, 2),
    }


async def main() -> None:
    """Measure what the command line names."""
    for one in sys.argv[1:]:
        devices, _, every = one.partition("@")
        duration_of(every)
        await measure(int(devices), every)


if __name__ == "__main__":
    asyncio.run(main())
