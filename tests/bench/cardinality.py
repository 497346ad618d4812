"""What 1,000 devices are in an InfluxDB: `python -m tests.bench.cardinality`.

The simulated data centre is exported by the real exporter into a real server as often as it takes,
each time as another hall, so that nothing is said twice. And a year of hours is asked for its days.
"""

import asyncio
import os
import random
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import psutil

from agent.clock import Clock
from agent.model import HOUR, Entry, HourEnergy, Kind, Meter, MeterId, Role
from agent.units import Joules
from exporters.influxdb import Influx, InfluxSettings
from tests.deploy.influxdb_filled import Filled, filled
from tests.exporters.entries import INTENSITIES, hour_intensity, site_hour

DEVICES = 1000
RACKS, YEAR = 100, timedelta(days=365)
HOURS_AT_ONCE = 100
ROUNDS = 5
QUIET = 20.0
"""Seconds in which the files do not grow: all is written and compacted."""

FLUSHED = {
    f"INFLUXDB_DATA_{name}_WRITE_COLD_DURATION": "1s" for name in ("CACHE_SNAPSHOT", "COMPACT_FULL")
}
TABLES = {
    "carbond_minute": "fleet_minutes",
    "carbond_hour": "fleet",
    "carbond_site_hour": "fleet",
    "carbond_intensity": "fleet",
}
DAYS = (
    'SELECT sum("emissions_location_grams") FROM "carbond_{}" WHERE time >= {}s AND time < {}s'
    " GROUP BY time(1d){}"
)


def main() -> None:
    """Print the figures."""
    os.environ.update(FLUSHED)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with filled(folder) as influx:
            devices = {one.meter.device for entry in influx.entries for one in entry.minutes}
            halls = -(-DEVICES // len(devices))
            asyncio.run(_halls(influx, halls))
            _wait_for_quiet(folder / "data")
            for line in _figures(influx, folder, halls * len(devices), halls):
                sys.stdout.write(f"{line}\n")
            for line in _year(influx, folder):
                sys.stdout.write(f"{line}\n")


async def _halls(influx: Filled, halls: int) -> None:
    for database in ("fleet", "fleet_minutes"):
        influx.ask(f"CREATE DATABASE {database}", "")
    for hall in range(halls):
        tags = {"hall": f"hall-{hall:02}"}
        await _export(influx, "fleet", influx.entries, ["hours", "intensities"], tags)
        await _export(influx, "fleet_minutes", influx.entries, ["minutes"], tags)


async def _export(
    influx: Filled,
    database: str,
    entries: Sequence[Entry],
    write: Sequence[str],
    tags: dict[str, str],
) -> None:
    options = {"name": "bench", "type": "influxdb", "version": 1, "timeout": "60s"}
    options |= {"url": str(influx.client.base_url).rstrip("/")}
    settings = options | {"database": database, "write": write, "tags": tags}
    exporter = Influx(InfluxSettings.model_validate(settings), Clock())
    if await exporter.export(entries):
        raise SystemExit("InfluxDB has refused lines: see its log")
    await exporter.close()


def _figures(influx: Filled, folder: Path, devices: int, halls: int) -> Iterator[str]:
    yield f"{devices} devices"
    for table, database in TABLES.items():
        # EXACT CARDINALITY counts a series once for each file that it is in.
        series = influx.ask(f'SHOW SERIES FROM "{table}"', database)
        yield f"{table}: {sum(len(one['values']) for one in series)} series"
    yield f"minutes: {_bytes_of_a_value(influx, folder, 'fleet_minutes', 'carbond_minute')}"
    yield f"influxd: {_memory(influx) / 1e6:.0f} MB resident, with {halls} + 1 data centres in it"


def _bytes_of_a_value(influx: Filled, folder: Path, database: str, table: str) -> str:
    (counted,) = influx.ask(f'SELECT count(*) FROM "{table}"', database)  # noqa: S608 no SQL
    values = sum(counted["values"][0][1:])
    return f"{values} values of {_size(folder / 'data' / database) / values:.1f} B each"


def _year(influx: Filled, folder: Path) -> Iterator[str]:
    end = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    start = end - YEAR
    influx.ask("CREATE DATABASE year", "")
    asyncio.run(_write_year(influx, start))
    _wait_for_quiet(folder / "data")
    yield f"a year of hours: {_bytes_of_a_value(influx, folder, 'year', 'carbond_hour')}"
    for what, table, by in (
        ("a site", "site_hour", ""),
        (f"{RACKS} racks together", "hour", ""),
        (f"each of {RACKS} racks", "hour", ', "meter"'),
    ):
        query = DAYS.format(table, int(start.timestamp()), int(end.timestamp()), by)
        with _timed() as took:
            for _ in range(ROUNDS):
                influx.ask(query, "year")
        yield f"the days of a year, {what}: {1000 * took[0] / ROUNDS:.0f} ms"


async def _write_year(influx: Filled, start: datetime) -> None:
    meters = [
        Meter(id=MeterId(f"rack-{n:03}"), device=f"rack-{n:03}", site="north", role=Role.RACK)
        for n in range(RACKS)
    ]
    dice = random.Random(1)
    hours = [start + number * HOUR for number in range(YEAR // HOUR)]
    for first in range(0, len(hours), HOURS_AT_ONCE):
        entries = [_hour(at, meters, dice) for at in hours[first : first + HOURS_AT_ONCE]]
        await _export(influx, "year", entries, ["hours"], {})


def _hour(at: datetime, meters: Sequence[Meter], dice: random.Random) -> Entry:
    energies = [
        HourEnergy(
            meter=one,
            hour=at,
            energy=Joules(3600 * dice.randint(4000, 6000)),
            measured=3600.0,
            interpolated=0,
        )
        for one in meters
    ]
    direct = hour_intensity(Kind.DIRECT, dice.uniform(50, 500))
    hour = site_hour(closed=True, intensities=INTENSITIES | {Kind.DIRECT: direct})
    return Entry(position=1, hour=replace(hour, hour=at, meters=energies))


@contextmanager
def _timed() -> Iterator[list[float]]:
    took: list[float] = []
    start = time.perf_counter()
    yield took
    took.append(time.perf_counter() - start)


def _wait_for_quiet(folder: Path) -> None:
    before, since = -1, time.monotonic()
    while time.monotonic() - since < QUIET:
        if (size := _size(folder)) != before:
            before, since = size, time.monotonic()
        time.sleep(1)


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*.tsm"))


def _memory(influx: Filled) -> int:
    port = httpx.URL(str(influx.client.base_url)).port
    for child in psutil.Process().children():
        if port in {one.laddr.port for one in child.net_connections(kind="tcp")}:
            return int(child.memory_info().rss)
    raise SystemExit("influxd has ended")


if __name__ == "__main__":
    main()
