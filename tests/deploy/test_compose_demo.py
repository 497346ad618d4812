"""The demo of the compose file, run with its own arguments beside Debian's servers."""

import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
import yaml

from tests.daemon.processes import CARBOND
from tests.deploy.compose import CONTAINER, laid_out, option, says, services
from tests.servers import free_port, influxd_in, is_up, needs, running, started, wait_for

pytestmark = [
    needs("influxd", "influxdb"),
    needs("prometheus", "prometheus"),
    needs("mosquitto", "mosquitto"),
    needs("mosquitto_pub", "mosquitto-clients"),
]
BROKER_FILE = "mosquitto/config/mosquitto.conf"
COUNT = "SELECT count(*) FROM {}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """Where the demo and what is around it answer."""

    carbond: str
    influxdb: str
    prometheus: str
    broker: int


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The demo of the compose file with Debian's servers, each started as its service is."""
    folder = tmp_path_factory.mktemp("stack")
    with ExitStack() as opened:
        broker = mosquitto_in(folder, opened)
        influxd = running(influxd_in(part(folder, "influxdb")), "/ping", folder / "influxdb")
        influxdb = opened.enter_context(influxd)
        reply = httpx.post(f"{influxdb}/query", data={"q": "CREATE DATABASE carbond"})
        assert reply.is_success
        port = free_port()
        command = prometheus_in(part(folder, "prometheus"), port)
        ready = running(command, "/-/ready", folder / "prometheus")
        prometheus = opened.enter_context(ready)
        demo = demo_command(folder, port=port, influxdb=influxdb, broker=broker)
        log = folder / "demo.log"
        process = opened.enter_context(started(demo, log))
        carbond = f"http://127.0.0.1:{port}"
        # It simulates 67 devices and books an hour first: twice the patience of other servers.
        with suppress(AssertionError):
            is_up(process, f"{carbond}/readyz")
        assert is_up(process, f"{carbond}/readyz"), log.read_text()
        yield Stack(carbond=carbond, influxdb=influxdb, prometheus=prometheus, broker=broker)
        # The signal that `docker stop` sends.
        process.terminate()
        assert process.wait(timeout=30) == 0, log.read_text()


def part(folder: Path, name: str) -> Path:
    (folder / name).mkdir()
    return folder / name


def mosquitto_in(folder: Path, opened: ExitStack) -> int:
    """Start the broker and what publishes to it, and return its port."""
    port = free_port()
    text = (
        laid_out(services()["mosquitto"], folder) / "mosquitto/config/mosquitto.conf"
    ).read_text()
    listener = f"listener {port} 127.0.0.1\nuser root\n"
    (folder / "mosquitto.conf").write_text(text.replace("listener 1883\n", listener))
    command = ["mosquitto", "-c", str(folder / "mosquitto.conf")]
    opened.enter_context(started(command, folder / "mosquitto.log"))
    lights = services()["lights"]["entrypoint"][-1]
    script = laid_out(services()["lights"], folder) / lights.lstrip("/")
    more = ["env", "BROKER=127.0.0.1", f"PORT={port}", "EVERY=1"]
    opened.enter_context(started([*more, "sh", str(script)], folder / "lights.log"))
    return port


def prometheus_in(folder: Path, port: int) -> Callable[[int], list[str]]:
    service = services()["prometheus"]
    settings = laid_out(service, folder) / option(service, "--config.file").lstrip("/")
    text = settings.read_text().replace("carbond:9464", f"127.0.0.1:{port}")
    settings.write_text(text.replace("15s", "1s").replace("30s", "1s"))
    for rules in settings.parent.glob("rules/*.rules.yml"):
        text = rules.read_text()
        rules.write_text(re.sub(r"^( +interval:).*$", r"\1 1s", text, flags=re.MULTILINE))
    return lambda own: [
        *("prometheus", f"--config.file={settings}", f"--storage.tsdb.path={folder / 'data'}"),
        f"--web.listen-address=127.0.0.1:{own}",
    ]


def demo_command(folder: Path, *, port: int, influxdb: str, broker: int) -> list[str]:
    """Return the command of the demo, with the addresses and the InfluxDB that there are here."""
    root = laid_out(services()["demo"], folder)
    exporter = root / "etc/carbond/conf.d/influxdb.yaml"
    settings = yaml.safe_load(exporter.read_text())
    (one,) = settings["exporters"]
    del one["org"], one["token"]
    one |= {"url": influxdb, "version": 1, "database": one.pop("bucket")}
    exporter.write_text(yaml.safe_dump(settings))
    lights = root / "etc/carbond/demo/lights.yaml"
    address = f"address: 127.0.0.1\n    port: {broker}"
    lights.write_text(lights.read_text().replace("address: mosquitto", address))
    here = {"--folder": folder / "site", "--history": "1h", "--port": port}
    words = []
    for word in services()["demo"]["command"]:
        name, _, value = word.partition("=")
        path = root / value.lstrip("/") if name == "--add" else here.get(name, value)
        words.append(f"{name}={path}" if value else word)
    return [*CARBOND, *words]


def value_of(stack: Stack, query: str) -> float | None:
    reply = httpx.get(f"{stack.prometheus}/api/v1/query", params={"query": query}).json()
    found = reply["data"]["result"]
    return float(found[0]["value"][1]) if found else None


def test_prometheus_has_the_site_and_the_lights_that_publish(stack: Stack) -> None:
    assert wait_for(lambda: value_of(stack, 'up{job="carbond"}') or None, "it is scraped") == 1
    lights = 'carbond_meter_power_watts{device="lighting"}'
    assert wait_for(lambda: value_of(stack, lights), "the lights are read") == 3200
    assert wait_for(lambda: value_of(stack, "sum(carbond_device_up)"), "devices answer")


def test_prometheus_evaluates_every_rule_and_none_fails(stack: Stack) -> None:
    def rules() -> list[dict[str, str]] | None:
        groups = httpx.get(f"{stack.prometheus}/api/v1/rules").json()["data"]["groups"]
        found = [rule for group in groups for rule in group["rules"]]
        return found if found and all(one["health"] != "unknown" for one in found) else None

    evaluated = wait_for(rules, "every rule was evaluated")
    assert "CarbondAgentDown" in {rule["name"] for rule in evaluated}
    assert [rule["name"] for rule in evaluated if rule["health"] != "ok"] == []


def test_influxdb_has_the_hours_before_and_the_minutes(stack: Stack) -> None:
    for measurement in ("carbond_minute", "carbond_site_hour", "carbond_intensity"):
        query = {"db": "carbond", "q": COUNT.format(measurement)}

        def rows(query: dict[str, str] = query) -> object:
            reply = httpx.get(f"{stack.influxdb}/query", params=query).json()
            return reply["results"][0].get("series")

        assert wait_for(rows, f"{measurement} is written")


def test_the_brokers_health_is_asked_as_its_service_does(stack: Stack) -> None:
    kind, *words = services()["mosquitto"]["healthcheck"]["test"]
    assert kind == "CMD"
    # In a compose file two stand for one.
    command = [word.replace("$$", "$") for word in words]
    done = says([*command, "-p", str(stack.broker)])
    assert done.returncode == 0, done.stderr
    assert "mosquitto version" in done.stdout


def test_its_health_is_asked_as_the_image_does(stack: Stack) -> None:
    command = health_check()
    assert command[0] == "carbond"
    done = says([*CARBOND, *command[1:], "--url", stack.carbond])
    assert (done.returncode, done.stdout) == (0, "ok\n")


def test_only_names_that_are_its_own_are_answered(stack: Stack) -> None:
    page = f"{stack.carbond}/metrics"
    assert httpx.get(page, headers={"Host": "elsewhere.example"}).status_code == 421
    assert httpx.get(page, headers={"Host": os.uname().nodename}).is_success


def health_check() -> list[str]:
    text = (CONTAINER / "Dockerfile").read_text()
    words = text.partition("HEALTHCHECK")[2].partition("CMD ")[2].splitlines()[0]
    command: list[str] = json.loads(words)
    return command
