"""Real protocols in, a real InfluxDB and a real page out, on a clock faster than the world."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from agent.app import Daemon, load
from agent.clock import Clock
from agent.demo.bmc import Bmc
from agent.units import JOULES_PER_KWH
from tests.accounting.places import HOUR_9
from tests.daemon.processes import bmcs, write_settings
from tests.ledger.books import rows
from tests.servers import free_port, influxd_in, is_up, needs, started
from tests.waiting import until

pytestmark = needs("influxd", "influxdb")

EXPORTER = """\
  - {{name: influx, type: influxdb, version: 1, url: 'http://127.0.0.1:{port}', database: dc}}
"""


def settings_for(folder: Path, servers: Sequence[Bmc], port: int) -> Path:
    settings = write_settings(folder, servers, EXPORTER.format(port=port))
    settings.write_text(settings.read_text().replace("every: 1s", "every: 60s"))
    return settings


@asynccontextmanager
async def running(settings: Path) -> AsyncIterator[Daemon]:
    """The daemon in this loop; a minute of its clock takes half a second."""
    daemon = Daemon(lambda: load(settings), Clock(start=HOUR_9, speed=120))
    task = asyncio.create_task(daemon.run())
    try:
        await daemon.ready.wait()
        yield daemon
    finally:
        daemon.stop()
        await task


@contextmanager
def influxd_on(port: int, folder: Path) -> Iterator["Influx"]:
    """A real InfluxDB with an empty data base, on a port that is known before it runs."""
    influx = Influx(f"http://127.0.0.1:{port}/query")
    with started(influxd_in(folder)(port), folder / "influxd.log") as server:
        assert is_up(server, f"http://127.0.0.1:{port}/ping")
        influx.does("CREATE DATABASE dc")
        yield influx


class Influx:
    """What the data base answers."""

    def __init__(self, url: str) -> None:
        self._url = url

    def does(self, statement: str) -> None:
        httpx.post(self._url, params={"q": statement}, trust_env=False).raise_for_status()

    def says(self, question: str) -> list[dict[str, Any]]:
        parameters = {"db": "dc", "q": question, "epoch": "s"}
        answer = httpx.get(self._url, params=parameters, trust_env=False).json()
        series = answer["results"][0].get("series", [])
        return [
            dict(zip(one["columns"], values, strict=True))
            for one in series
            for values in one["values"]
        ]


async def test_minutes_and_hours_reach_influxdb_and_say_what_the_ledger_says(
    tmp_path: Path,
) -> None:
    port = free_port()
    with influxd_on(port, tmp_path) as influx:
        async with bmcs(300, 500) as servers, running(settings_for(tmp_path, servers, port)):
            await until(lambda: len(influx.says("SELECT power_watts FROM carbond_minute")) > 8)
            await until(lambda: influx.says("SELECT it_joules FROM carbond_site_hour"))
        whole = influx.says(
            "SELECT energy_joules FROM carbond_minute WHERE device='server-2'"
            " AND covered_seconds > 59.99"
        )
        assert whole
        assert all(abs(one["energy_joules"] - 30_000) <= 30 for one in whole)
        (hour,) = influx.says("SELECT * FROM carbond_site_hour")
        energy = hour["it_joules"] / JOULES_PER_KWH
        assert hour["pue_ratio"] == 1.5
        assert hour["pue_measured"] == 0
        assert hour["emissions_location_grams"] == pytest.approx(energy * 1.5 * 300)


async def test_while_influxdb_is_away_the_ledger_keeps_everything_for_it(tmp_path: Path) -> None:
    port = free_port()
    async with bmcs(300) as servers:
        settings = settings_for(tmp_path, servers, port)
        packed = "SELECT count(*) FROM entry WHERE kind = 'minutes'"
        async with running(settings) as daemon:
            await until(lambda: rows(tmp_path, packed)[0][0] > 3)
            (influx_now,) = (one for one in daemon.health.now() if one.name == "influx")
            assert not influx_now.up
        with influxd_on(port, tmp_path) as influx:
            async with running(settings):
                behind = (
                    "SELECT 1 FROM entry WHERE kind = 'minutes' AND position >"
                    " (SELECT position FROM cursor WHERE name = 'influx')"
                )
                await until(lambda: not rows(tmp_path, behind))
            minutes = influx.says("SELECT covered_seconds FROM carbond_minute")
            assert len(minutes) > 3
            assert rows(tmp_path, "SELECT count(*) FROM dead_letter") == [(0,)]
