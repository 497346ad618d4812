"""A real Prometheus scrapes the page."""

import asyncio
import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest

from agent.clock import Clock
from exporters.prometheus import Prometheus, PrometheusSettings
from tests.exporters.entries import OUTLET, PDU, START, meter_now, now, with_tags
from tests.servers import needs, running, wait_for

pytestmark = needs("prometheus", "prometheus")


@pytest.fixture
def page() -> Iterator[tuple[Prometheus, str]]:
    """Serve a view as the daemon does: the bytes it keeps, compressed for who takes it."""
    settings = PrometheusSettings.model_validate({"name": "page", "type": "prometheus"})
    view = Prometheus(settings, Clock())

    class Metrics(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            packed = "gzip" in self.headers.get("Accept-Encoding", "")
            body = view.body_gzip if packed else view.body
            self.send_response(200)
            self.send_header("Content-Type", view.content_type)
            self.send_header("Content-Length", str(len(body)))
            if packed:
                self.send_header("Content-Encoding", "gzip")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Metrics) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield view, f"127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def scraper(
    page: tuple[Prometheus, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("prometheus")
    job = {"job_name": "dc", "static_configs": [{"targets": [page[1]]}]}
    settings = {"global": {"scrape_interval": "1s"}, "scrape_configs": [job]}
    (folder / "prometheus.yml").write_text(json.dumps(settings))

    def command(port: int) -> list[str]:
        return [
            "prometheus",
            f"--config.file={folder / 'prometheus.yml'}",
            f"--storage.tsdb.path={folder / 'data'}",
            f"--web.listen-address=127.0.0.1:{port}",
            "--log.level=warn",
        ]

    with running(command, "/-/ready", folder) as url:
        yield url


def query(url: str, expression: str) -> list[dict[str, Any]]:
    answer = httpx.get(f"{url}/api/v1/query", params={"query": expression}, trust_env=False).json()
    rows: list[dict[str, Any]] = answer["data"]["result"]
    return rows


def found(url: str, expression: str) -> dict[str, Any] | None:
    rows = query(url, expression)
    return rows[0] if rows else None


def test_a_scrape_takes_the_page_and_a_silent_meter_becomes_stale(
    page: tuple[Prometheus, str], scraper: str
) -> None:
    view, _ = page
    odd = with_tags(PDU, {"rack": 'a"b\\c\nd'})
    asyncio.run(view.show(now(meters=(meter_now(odd), meter_now(OUTLET)))))

    power = 'carbond_meter_power_watts{meter="pdu-1"}'
    row = wait_for(lambda: found(scraper, power), "a first scrape")
    assert row["value"][1] == "200.5"
    assert row["metric"]["rack"] == 'a"b\\c\nd'
    (up,) = query(scraper, 'up{job="dc"}')
    assert up["value"][1] == "1"
    assert found(scraper, "carbond_site_emissions_location_grams_total") is not None

    later = START + timedelta(minutes=10)
    meters = (meter_now(odd), meter_now(OUTLET, at=later, power=7.0))
    asyncio.run(view.show(now(at=later, meters=meters)))
    changed = 'carbond_meter_power_watts{meter="pdu-1/outlet/12"} == 7'
    wait_for(lambda: found(scraper, changed), "the scrape after it")
    assert query(scraper, power) == []
    assert query(scraper, 'carbond_meter_last_reading_timestamp_seconds{meter="pdu-1"}') != []
