"""Real endpoints: an exporter made with Prometheus' own library, and Debian's Prometheus itself."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from wsgiref.simple_server import WSGIServer

import httpx
import pytest
from prometheus_client import CollectorRegistry, Counter, Gauge, ProcessCollector, start_http_server

from agent.clock import Clock
from agent.model import Zeroed
from collectors.prometheus import Prometheus, PrometheusSettings
from tests.collectors.prometheus.conftest import by_part
from tests.daemon.processes import carbond, carbond_says
from tests.servers import needs, running, wait_for


@dataclass
class Exporter:
    """An exporter of a server with two outlets, on a page of its own."""

    url: str
    watts: Gauge
    joules: Counter


@pytest.fixture
def exporter() -> Iterator[Exporter]:
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    watts = Gauge("outlet_watts", "Power of an outlet.", ["outlet"], registry=registry)
    joules = Counter("node_energy_joules", "Energy of the node.", ["zone"], registry=registry)
    served: tuple[WSGIServer, threading.Thread] = start_http_server(
        0, addr="127.0.0.1", registry=registry
    )
    server, thread = served
    yield Exporter(f"http://127.0.0.1:{server.server_port}/metrics", watts, joules)
    server.shutdown()
    server.server_close()
    thread.join()


METERS = [
    {
        "energy": [
            {"metric": "node_energy_joules_total", "labels": {"zone": "all"}, "zeroed": "restart"}
        ]
    },
    {"scope": "outlet", "key": ["outlet"], "power": [{"metric": "outlet_watts"}]},
]


@pytest.fixture
async def plugin() -> Prometheus:
    return Prometheus(Clock())


async def test_an_exporter_of_the_official_library_is_read(
    exporter: Exporter, plugin: Prometheus
) -> None:
    exporter.watts.labels(outlet="1").set(70.5)
    exporter.watts.labels(outlet="2").set(float("nan"))
    exporter.joules.labels(zone="all").inc(12345.6)
    settings = PrometheusSettings(
        name="node-1", type="prometheus", url=exporter.url, meters=METERS, timeout="5s"
    )
    one = plugin.collector(settings)
    readings = by_part(await one.collect())
    assert {part: (one.power, one.energy) for part, one in readings.items()} == {
        "": (None, 12345),
        "outlet/1": (70.5, None),
    }
    total = readings[""]
    assert total.register.zeroed is Zeroed.RESTART
    assert total.uptime is not None
    assert 0 <= total.uptime.total_seconds() < 86_400, "of this process"
    await one.close()
    await plugin.close()


PROMETHEUS = """\
global: {{scrape_interval: 1s, scrape_timeout: 1s}}
scrape_configs:
  - job_name: nodes
    static_configs: [{{targets: ["{target}"], labels: {{rack: r07}}}}]
"""


@pytest.fixture
def prometheus(exporter: Exporter, tmp_path: Path) -> Iterator[str]:
    """Debian's Prometheus, which scrapes the exporter once a second."""
    target = exporter.url.removeprefix("http://").removesuffix("/metrics")
    (tmp_path / "prometheus.yml").write_text(PROMETHEUS.format(target=target))

    def command(port: int) -> list[str]:
        return [
            "prometheus",
            f"--config.file={tmp_path}/prometheus.yml",
            f"--storage.tsdb.path={tmp_path}/data",
            f"--web.listen-address=127.0.0.1:{port}",
            "--log.level=error",
        ]

    with running(command, "/-/ready", tmp_path) as url:
        yield url


FEDERATE = "/federate?match%5B%5D=%7Bjob%3D%22nodes%22%7D"


@needs("prometheus", "prometheus")
async def test_a_prometheus_hands_on_what_it_has_scraped_with_its_times(
    exporter: Exporter, prometheus: str, plugin: Prometheus
) -> None:
    exporter.watts.labels(outlet="1").set(70.5)
    exporter.joules.labels(zone="all").inc(500)
    url = prometheus + FEDERATE

    def scraped() -> bool | None:
        text = httpx.get(url, trust_env=False).text
        return True if "outlet_watts{" in text and "node_energy_joules_total{" in text else None

    wait_for(scraped, "the exporter is scraped")
    given = {"name": "node-1", "type": "prometheus", "url": url, "timeout": "5s"}
    one = plugin.collector(PrometheusSettings(**given, labels={"rack": "r07"}, meters=METERS))
    readings = by_part(await one.collect())
    assert readings["outlet/1"].power == 70.5
    assert readings[""].energy == 500
    assert readings[""].uptime is not None
    assert abs((Clock().now() - readings[""].at).total_seconds()) < 60
    await one.close()
    await plugin.close()


@needs("prometheus", "prometheus")
async def test_the_page_of_prometheus_itself_is_read(prometheus: str, plugin: Prometheus) -> None:
    meter = {"power": [{"metric": "process_resident_memory_bytes", "unit": "uW"}]}
    up = {"scope": "outlet", "key": ["version"], "power": [{"metric": "prometheus_build_info"}]}
    settings = PrometheusSettings(
        name="p", type="prometheus", url=f"{prometheus}/metrics", meters=[meter, up], timeout="5s"
    )
    one = plugin.collector(settings)
    readings = by_part(await one.collect())
    assert readings[""].power is not None
    assert readings[""].power > 1
    assert [one.power for part, one in readings.items() if part.startswith("outlet/2.")] == [1]
    await one.close()
    await plugin.close()


SETTINGS = """\
sites: [{{name: home}}]
devices:
  - name: node-1
    type: prometheus
    url: {url}
    meters:
      - energy:
          - {{metric: node_energy_joules_total, labels: {{zone: all}}, zeroed: restart}}
      - scope: outlet
        key: outlet
        power: [{{metric: outlet_watts, labels: {{outlet: 1}}}}]
"""


async def test_carbond_once_reads_an_exporter_by_a_settings_file(
    exporter: Exporter, tmp_path: Path
) -> None:
    exporter.watts.labels(outlet="1").set(70.5)
    exporter.joules.labels(zone="all").inc(7_200_000)
    settings = tmp_path / "carbond.yaml"
    settings.write_text(SETTINGS.format(url=exporter.url))
    code, out, errors = await carbond_says("once", "-c", str(settings), "--json")
    assert code == 0, errors
    (polled,) = json.loads(out)
    seen = {one["meter"]: (one["power_watts"], one["energy_joules"]) for one in polled["seen"]}
    assert seen == {"node-1": (None, 7_200_000), "node-1/outlet/1": (70.5, None)}


async def test_a_daemon_with_an_exporter_and_a_device_of_one_type_tells_them_apart(
    exporter: Exporter, tmp_path: Path
) -> None:
    exporter.watts.labels(outlet="1").set(70.5)
    exporter.joules.labels(zone="all").inc(500)
    settings = tmp_path / "carbond.yaml"
    settings.write_text(
        SETTINGS.format(url=exporter.url)
        + "    every: 1s\n    timeout: 900ms\n"
        + "exporters: [{name: metrics, type: prometheus}]\n"
        + "http: {port: 0}\nledger: {path: ledger.db}\n"
    )
    async with carbond("run", "-c", str(settings)) as daemon:
        page = await daemon.shows('carbond_device_up{device="node-1",kind="prometheus"} 1')
        assert 'meter="node-1/outlet/1"' in page.text
        code, out, errors = await carbond_says("status", "-c", str(settings))
        assert code == 0, errors
        assert "answering  1 of 1 devices and grids" in out
