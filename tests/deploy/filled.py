"""A real Prometheus that has scraped the real daemon, which reads the simulated data centre."""

import asyncio
import csv
import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import yaml
from aiohttp import web

from agent.app import Daemon, load
from agent.demo.files import LEDGER, write_settings
from agent.demo.grids_simulated import SimulatedGrid
from agent.demo.history import book_history, faults_of
from agent.demo.serving import REGION, ZONE
from agent.demo.simulation import Simulation
from agent.demo.site import Site
from tests.deploy.boards import RULES, Asked
from tests.servers import Request, fake_server, free_port, running, taken

SPEED = 60.0
"""Faster, and on a busy machine a poll is so late that its meter counts as silent."""

HISTORY = timedelta(hours=2)
LONGEST = 40.0
"""Seconds in which all panels must have data."""

JOB = "carbond"
PDUS, BMCS = 8, 3
"""So many devices of the data centre are read: the others would only cost time."""

Row = dict[str, str]
MORE = """\
exporters:
  - {{name: influx, type: influxdb, version: 1, url: '{url}', database: dc}}
"""


@contextmanager
def filled(folder: Path, asked: Sequence[Asked]) -> Iterator[Sequence[Asked]]:
    """Yield what has had no data from a Prometheus that scrapes the daemon: as soon as all has, at
    the latest after `LONGEST`.
    """
    port = free_port()
    with running(lambda at: _prometheus(folder, at, port), "/-/ready", folder) as url:
        yield asyncio.run(_World(folder, port).until(lambda: _missing(url, asked)))


def _missing(url: str, asked: Sequence[Asked]) -> Sequence[Asked]:
    deadline, missing = time.monotonic() + LONGEST, asked
    with httpx.Client(base_url=url, trust_env=False) as client:
        while missing and time.monotonic() < deadline:
            time.sleep(0.5)
            missing = [one for one in missing if not one.has_data(client, time.time())]
    return missing


def _prometheus(folder: Path, port: int, target: int) -> list[str]:
    """Return the command of a Prometheus that scrapes and evaluates each second.

    The rules are those of the folder, but for their times: in a test an hour is a second, and an
    alert fires at once.
    """
    for path in RULES:
        text = re.sub(r"^ *(interval|for): .*\n", "", path.read_text(), flags=re.MULTILINE)
        text = re.sub(r"\[(\d+)d:1[hd]\]", r"[\1d:1s]", text)
        (folder / path.name).write_text(text)
    settings = {
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
        "rule_files": [str(folder / path.name) for path in RULES],
        "scrape_configs": [
            {
                "job_name": JOB,
                # Twice, as a second agent would show the same: no question may stumble over it.
                "static_configs": [{"targets": [f"127.0.0.1:{target}", f"localhost:{target}"]}],
            }
        ],
    }
    (folder / "prometheus.yml").write_text(yaml.safe_dump(settings))
    return [
        "prometheus",
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--log.level=warn",
    ]


class _World:
    """The simulated data centre, an InfluxDB that refuses some lines, and the daemon."""

    def __init__(self, folder: Path, port: int) -> None:
        self._folder = folder
        self._port = port
        self._refused = 0

    async def until(self, full: Callable[[], Sequence[Asked]]) -> Sequence[Asked]:
        """Serve until `full` returns, and return what it does."""
        start = datetime.now(UTC).replace(minute=30, second=0, microsecond=0)
        await self._book(start)
        async with (
            fake_server() as influx,
            self._simulation(start) as simulation,
        ):
            influx.reply = self._reply
            settings = self._settings(simulation, influx.url)
            daemon = Daemon(lambda: load(settings), simulation.clock)
            async with asyncio.TaskGroup() as group:
                group.create_task(daemon.run())
                try:
                    return await asyncio.to_thread(full)
                finally:
                    daemon.stop()

    def _simulation(self, start: datetime) -> Simulation:
        since = start - HISTORY
        faults = faults_of(Site(start=since), since, start)
        return Simulation(start=start, since=since, speed=SPEED, faults=faults)

    async def _book(self, start: datetime) -> None:
        since = start - HISTORY
        site = Site(start=since)
        grid = SimulatedGrid(ZONE, REGION, site.seed)
        await book_history(
            self._folder / LEDGER, site, grid, start=since, end=start, said=lambda _: None
        )

    def _settings(self, simulation: Simulation, influx: str) -> Path:
        settings = write_settings(
            self._folder, simulation.site, simulation.addresses, http_port=self._port
        )
        # A budget that has been spent: an alert of the site fires.
        text, spent = re.subn(r"\bday: [^,}\n]+", "day: 10 kg", settings.read_text())
        assert spent == 1
        settings.write_text(text)
        more = MORE.format(url=influx)
        (self._folder / "conf.d" / "more.yaml").write_text(more)
        self._list("pdus.csv", PDUS, lambda row: {"tenant": f"tenant-{row['rack'][-1]}"})
        self._list("bmcs.csv", BMCS, lambda _: {})
        return settings

    def _list(self, name: str, most: int, more: Callable[[Row], Row]) -> None:
        """Keep the first of a list of devices, with more columns."""
        path = self._folder / name
        with path.open(newline="") as file:
            rows = [row | more(row) for row in csv.DictReader(file)][:most]
        with path.open("w", newline="") as file:
            writer = csv.DictWriter(file, rows[0], lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)

    def _reply(self, request: Request) -> web.Response:
        if self._refused < 60 and any("device=utility" in line for line in request.lines):
            self._refused += 1
            return web.Response(status=400, text='{"error": "field type conflict"}')
        return taken(request)
