"""From a simulated server to whoever is told: agent, real Prometheus, real Alertmanager, webhook.

The agent evaluates the same rule beside them, and tells a webhook of its own.
"""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from agent.alerts import catalogue, prometheus, watch
from agent.alerts.rule import Rule
from agent.app import Daemon, load
from agent.clock import Clock
from agent.demo.bmc import Bmc
from config.alerts import AlertName, AlertsSettings
from tests.accounting.places import HOUR_9
from tests.daemon.processes import write_settings
from tests.servers import Fake, fake_server, free_port, needs, running
from tests.waiting import until

pytestmark = [
    needs("prometheus", "prometheus"),
    needs("prometheus-alertmanager", "prometheus-alertmanager"),
]

NAME = AlertName.CARBON_RATE_HIGH
IDLE, BUSY = 200.0, 2000.0
"""Watts of the server: x 1.5 (PUE) x 300 g/kWh that is 90 and 900 g an hour."""

ALERTS = """
alerts:
  every: 1s
  thresholds: {{carbon_rate_kg_per_hour: 0.5}}
  to: {{webhook: {{url: "{url}/agent"}}}}
"""


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rules are as they are, but for their times: nobody waits for a quarter of an hour."""

    def rules_of(settings: AlertsSettings) -> Sequence[Rule]:
        none = timedelta()
        return [replace(one, hold=none, keep=none) for one in catalogue.rules_of(settings)]

    monkeypatch.setattr(watch, "rules_of", rules_of)
    monkeypatch.setattr(prometheus, "rules_of", rules_of)


@dataclass(slots=True)
class Server:
    """What a simulated server draws."""

    watts: float = IDLE

    def power(self) -> float:
        return self.watts


@dataclass(frozen=True, slots=True)
class Told:
    """What a webhook was sent under one of its paths."""

    fake: Fake
    path: str

    def statuses(self) -> list[str]:
        """The states of our alert, message after message, each once in a row."""
        found: list[str] = []
        for body in self.bodies():
            if body["groupLabels"]["alertname"] == NAME and found[-1:] != [body["status"]]:
                found.append(body["status"])
        return found

    def bodies(self) -> list[dict[str, Any]]:
        asked = [one for one in self.fake.requests if one.path == self.path]
        return [json.loads("\n".join(one.lines)) for one in asked]


@contextmanager
def alertmanager(folder: Path, hook: str) -> Iterator[str]:
    settings = {
        "route": {
            "receiver": "test",
            "group_by": ["alertname"],
            "group_wait": "0s",
            "group_interval": "300ms",
        },
        "receivers": [{"name": "test", "webhook_configs": [{"url": hook}]}],
    }
    folder.mkdir()
    (folder / "alertmanager.yml").write_text(json.dumps(settings))

    def command(port: int) -> Sequence[str]:
        return [
            "prometheus-alertmanager",
            f"--config.file={folder / 'alertmanager.yml'}",
            f"--storage.path={folder / 'data'}",
            f"--web.listen-address=127.0.0.1:{port}",
            "--cluster.listen-address=",
            "--log.level=warn",
        ]

    with running(command, "/-/ready", folder) as url:
        yield url


@contextmanager
def prometheus_of(folder: Path, rules: str, target: str, manager: str) -> Iterator[None]:
    def static(address: str) -> list[dict[str, Any]]:
        return [{"targets": [address]}]

    settings = {
        "global": {"scrape_interval": "300ms", "evaluation_interval": "300ms"},
        "rule_files": ["rules.yml"],
        "scrape_configs": [
            {"job_name": "carbond", "scrape_timeout": "300ms", "static_configs": static(target)}
        ],
        "alerting": {
            "alertmanagers": [{"static_configs": static(manager.removeprefix("http://"))}]
        },
    }
    folder.mkdir()
    (folder / "rules.yml").write_text(rules)
    (folder / "prometheus.yml").write_text(json.dumps(settings))

    def command(port: int) -> Sequence[str]:
        return [
            "prometheus",
            f"--config.file={folder / 'prometheus.yml'}",
            f"--storage.tsdb.path={folder / 'data'}",
            f"--web.listen-address=127.0.0.1:{port}",
            "--log.level=warn",
        ]

    with running(command, "/-/ready", folder):
        yield


@asynccontextmanager
async def daemon_of(settings: Path) -> AsyncIterator[Daemon]:
    """The daemon in this loop, twenty times as fast as the world."""
    daemon = Daemon(lambda: load(settings), Clock(start=HOUR_9, speed=20))
    task = asyncio.create_task(daemon.run())
    try:
        await daemon.ready.wait()
        yield daemon
    finally:
        daemon.stop()
        await task


async def test_an_alert_arrives_when_a_threshold_is_crossed_and_ends_when_it_falls(
    tmp_path: Path,
) -> None:
    server, port = Server(), free_port()
    async with fake_server() as fake, Bmc(server.power) as bmc:
        path = write_settings(tmp_path, [bmc], ALERTS.format(url=fake.url))
        text = path.read_text().replace("port: 0}", f"port: {port}}}")
        path.write_text(text.replace("every: 1s, timeout", "every: 10s, timeout"))
        rules = prometheus.rules_text(load(path).alerts)
        assert re.search(r"emissions_location_grams_per_hour > 500$", rules, re.MULTILINE)
        by_manager, by_agent = Told(fake, "/alertmanager"), Told(fake, "/agent")
        with (
            alertmanager(tmp_path / "alertmanager", f"{fake.url}/alertmanager") as manager,
            prometheus_of(tmp_path / "prometheus", rules, f"127.0.0.1:{port}", manager),
        ):
            async with daemon_of(path):
                await until(lambda: bmc.sessions)
                assert by_manager.statuses() == by_agent.statuses() == []
                server.watts = BUSY
                await arrives(by_manager, by_agent, ["firing"])
                server.watts = IDLE
                await arrives(by_manager, by_agent, ["firing", "resolved"])
    one, same = (
        next(
            alert
            for body in told.bodies()
            for alert in body["alerts"]
            if alert["labels"]["alertname"] == NAME
        )
        for told in (by_manager, by_agent)
    )
    assert one["labels"]["site"] == same["labels"]["site"] == "fra1"
    assert one["labels"]["severity"] == same["labels"]["severity"] == "warning"
    said = "fra1 emits 900g CO2e an hour (location-based), more than 500g."
    assert one["annotations"]["summary"] == said
    assert one["annotations"] == same["annotations"]
    assert set(same) <= set(one), "the agent sends no key that Alertmanager does not"
    own, theirs = by_agent.bodies()[0], by_manager.bodies()[0]
    assert set(own) == set(theirs)


async def arrives(one: Told, other: Told, statuses: list[str]) -> None:
    both: Callable[[], bool] = lambda: one.statuses() == other.statuses() == statuses  # noqa: E731 it is short
    await until(both)
