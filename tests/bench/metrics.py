"""The Prometheus page: 80,000 series rendered once, beside prometheus_client."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from prometheus_client import CollectorRegistry, Gauge, generate_latest

from agent.clock import Clock
from agent.model import Meter, MeterId, MeterNow, Now, Role
from agent.units import Joules, Watts
from exporters.prometheus import Prometheus, PrometheusSettings
from tests.bench.comparison import Comparison, Figure, Row, Target
from tests.bench.rounds import cpu_of, interleaved

NAME = "metrics"
ROUNDS = 4
METERS = 10_000
OURS, PEER = "page", "prometheus_client"
CONDITIONS = (
    "voltage_volts",
    "current_amperes",
    "frequency_hertz",
    "power_factor_ratio",
    "load_ratio",
)
NAMES = ("power_watts", "energy_joules", "last_reading_timestamp_seconds", *CONDITIONS)
SERIES = METERS * len(NAMES)
START = datetime(2026, 3, 10, 9, tzinfo=UTC)


async def rows() -> list[Row]:
    """Measure one cycle: other values of the same meters, to the text of the page."""
    meters = [_meter(number) for number in range(METERS)]
    figures = await interleaved({OURS: _Ours(meters).show, PEER: _Peer(meters).show}, ROUNDS)
    return [
        Comparison(
            bench=NAME,
            what=f"{SERIES:,} series",
            unit="CPU-s",
            peer=PEER,
            ours=figures[OURS],
            theirs=figures[PEER],
            target=Target(most=0.2),
        )
    ]


def _meter(number: int) -> Meter:
    name = f"rack-{number:05}-a"
    tags = {"rack": f"rack-{number:05}", "room": f"hall-{number % 8}", "feed": "a"}
    return Meter(id=MeterId(name), device=name, site="site", role=Role.RACK, tags=tags)


def _now(meters: Sequence[Meter], cycle: int) -> Now:
    at = START + timedelta(minutes=cycle)
    seen = [
        MeterNow(
            meter=meter,
            since=START,
            at=at,
            power=Watts(1_000.0 + (number * 7 + cycle) % 997),
            booked=Joules(60_000 * cycle + number),
            conditions=dict.fromkeys(CONDITIONS, (number + cycle) / 7),
        )
        for number, meter in enumerate(meters)
    ]
    return Now(at=at, sites=[], meters=seen, devices=[])


class _Ours:
    """The exporter, which also compresses the page once for all scrapes."""

    def __init__(self, meters: Sequence[Meter]) -> None:
        self._meters = meters
        self._cycle = 0
        settings = PrometheusSettings(name="page", type="prometheus")
        self._exporter = Prometheus(settings, Clock())

    async def show(self) -> Figure:
        self._cycle += 1
        now = _now(self._meters, self._cycle)
        figure = Figure(await cpu_of(lambda: self._exporter.show(now)))
        _check(self._exporter.body, b"\ncarbond_meter_")
        return figure


class _Peer:
    """A gauge for each name and a child for each meter, looked up once and then set."""

    def __init__(self, meters: Sequence[Meter]) -> None:
        self._meters = meters
        self._cycle = 0
        self._registry = CollectorRegistry()
        labels = ("site", "device", "meter", "role", "scope", "rack", "room", "feed")
        gauges = [
            Gauge(f"peer_meter_{name}", name, labels, registry=self._registry) for name in NAMES
        ]
        self._children = [
            [gauge.labels(*_labels(meter)) for gauge in gauges] for meter in self._meters
        ]

    async def show(self) -> Figure:
        self._cycle += 1
        now = _now(self._meters, self._cycle)
        body = b""

        async def work() -> None:
            nonlocal body
            self._set(now.meters)
            body = generate_latest(self._registry)

        figure = Figure(await cpu_of(work))
        _check(body, b"\npeer_meter_")
        return figure

    def _set(self, seen: Sequence[MeterNow]) -> None:
        for meter, children in zip(seen, self._children, strict=True):
            values = (meter.power, meter.booked, meter.at.timestamp(), *meter.conditions.values())
            for child, value in zip(children, values, strict=True):
                child.set(value or 0)


def _labels(meter: Meter) -> tuple[str, ...]:
    own = (meter.site, meter.device, meter.id, str(meter.role), str(meter.scope))
    return own + tuple(meter.tags[tag] for tag in ("rack", "room", "feed"))


def _check(body: bytes, start: bytes) -> None:
    if body.count(start) != SERIES:
        raise RuntimeError(f"{body.count(start)} series on a page that should have {SERIES}")
