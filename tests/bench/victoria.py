"""VictoriaMetrics as a peer: the same minutes and hours, asked over HTTP as a dashboard asks."""

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import httpx

from agent.ledger.times import millis_of, seconds_of
from agent.model import HOUR, MINUTE
from tests.bench.console_fleet import MEAN, PARTS, Device
from tests.bench.snmp_exporter import Absent
from tests.servers import running

PROGRAM = "victoria-metrics"
PATIENCE = 60.0


@contextmanager
def victoria(folder: Path) -> Iterator[str]:
    """Run it on a free port of the loopback, and yield its address. Raises Absent."""
    if shutil.which(PROGRAM) is None:
        raise Absent(f"{PROGRAM} is not installed (Debian: {PROGRAM})")

    def command(port: int) -> Sequence[str]:
        return [
            PROGRAM,
            f"-storageDataPath={folder / 'victoria'}",
            f"-httpListenAddr=127.0.0.1:{port}",
            "-retentionPeriod=1y",
        ]

    with running(command, "/health", folder) as url:
        yield url


def load(url: str, fleet: Sequence[Device], now: datetime, spans: tuple[timedelta, ...]) -> None:
    """Give it the powers of the last minutes, and the registers of the hours before."""
    minutely, history = spans
    minutes = range(seconds_of(now - minutely) // 60, seconds_of(now) // 60)
    first = (now - history).replace(minute=0)
    hours = [first + number * HOUR for number in range(history // HOUR)]
    for one in fleet:
        lines = [line for part in range(len(PARTS)) for line in _lines(one, part, minutes, hours)]
        body = "\n".join(json.dumps(line) for line in lines)
        httpx.post(f"{url}/api/v1/import", content=body, timeout=PATIENCE).raise_for_status()
    httpx.get(f"{url}/internal/force_flush", timeout=PATIENCE).raise_for_status()


def _lines(
    one: Device, part: int, minutes: range, hours: Sequence[datetime]
) -> Iterator[Mapping[str, object]]:
    labels = {
        "meter": one.meter.device + PARTS[part],
        "role": one.meter.role,
        "scope": "inlet" if part else "total",
    }
    yield {
        "metric": {"__name__": "power_watts", **labels},
        "values": [one.watts(part, minute) for minute in minutes],
        "timestamps": [minute * MINUTE // timedelta(milliseconds=1) for minute in minutes],
    }
    mean = one.thirds * MEAN * (1 if part else 3)
    yield {
        "metric": {"__name__": "energy_joules_total", **labels},
        "values": [seconds_of(hour) * mean for hour in hours],
        "timestamps": [millis_of(hour) for hour in hours],
    }
