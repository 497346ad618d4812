"""A real InfluxDB, filled by the real exporter with some hours of the simulated data centre."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from agent.clock import Clock
from agent.demo.files import SITE
from agent.demo.grids_simulated import SimulatedGrid
from agent.demo.hand_clock import HandClock
from agent.demo.history import PACE, book_history, tree_of
from agent.demo.polls import Polls
from agent.demo.site import FEEDS, Site
from agent.ledger import Ledger
from agent.model import MINUTE, Entry
from deploy.influxdb import prepare
from exporters.influxdb import Influx, InfluxSettings
from tests.servers import influxd_in, running

LENGTH = timedelta(hours=5)
BATCH = 50
BEGUN = 10
"""Minutes after which the running hour surely has something to show."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """Where it is, and what of which time is in it."""

    client: httpx.Client
    start: datetime
    end: datetime
    entries: Sequence[Entry]
    site: str = SITE

    def ask(self, query: str, database: str) -> list[dict[str, Any]]:
        """Return the series of a query. Fails with the server's words where it is wrong."""
        params = {"q": query, "db": database, "epoch": "s"}
        answer = self.client.post("/query", params=params).json()
        assert "error" not in answer, f"{query}: {answer}"
        (result,) = answer["results"]
        assert "error" not in result, f"{query}: {result['error']}"
        series: list[dict[str, Any]] = result.get("series", [])
        return series

    async def export(self, entries: Sequence[Entry]) -> None:
        """Write what comes later, as the exporter of the hours does."""
        exporter = _exporter(str(self.client.base_url), "carbond", "hours", "intensities")
        assert await exporter.export(entries) == []
        await exporter.close()


@contextmanager
def filled(folder: Path) -> Iterator[Filled]:
    """Run it with the databases that `prepare.py` makes, filled by an exporter of each."""
    end = datetime.now(UTC).replace(second=0, microsecond=0)
    if end.minute < BEGUN:
        end = end.replace(minute=0) - MINUTE
    start = end - LENGTH
    site = Site(start=start, seed=1)
    path = folder / "ledger.db"
    booking = book_history(
        path, site, SimulatedGrid(), start=start, end=end, said=lambda _share: None
    )
    asyncio.run(booking)
    with running(influxd_in(folder), "/ping", folder) as url:
        assert prepare.main(["--version", "1", "--url", url, "--quarters"]) == 0
        entries = asyncio.run(_export(url, path, site, end))
        with httpx.Client(base_url=url, trust_env=False, timeout=30) as client:
            yield Filled(client=client, start=start, end=end, entries=entries)


async def _export(url: str, path: Path, site: Site, end: datetime) -> Sequence[Entry]:
    ledger = Ledger(path, tree_of(Polls(site, site.seed, outlets=FEEDS, pace=PACE)), HandClock(end))
    exporters = [
        _exporter(url, "carbond", "hours", "intensities"),
        _exporter(url, "carbond_minutes", "minutes"),
    ]
    taken: list[Entry] = []
    try:
        while entries := await ledger.entries_after(taken[-1].position if taken else 0, BATCH):
            for exporter in exporters:
                assert await exporter.export(entries) == []
            taken += entries
    finally:
        ledger.close()
        for exporter in exporters:
            await exporter.close()
    return taken


def _exporter(url: str, database: str, *write: str) -> Influx:
    options = {"name": database, "type": "influxdb", "url": url, "version": 1}
    return Influx(
        InfluxSettings.model_validate(options | {"database": database, "write": write}), Clock()
    )
