"""The compose file: right by its schema, closed by default, and of one mind with all it mounts."""

import json
import re
import shlex
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from agent.cli import parser
from config.http import HttpSettings
from tests.deploy.compose import (
    BIN,
    COMPOSE,
    CONTAINER,
    ROOT,
    document,
    faults,
    mounts,
    reaches,
    seen_as,
    services,
)

DOCKER = shutil.which("docker")
PORTS = {
    "influxdb": 8086,
    "prometheus": 9090,
    "alertmanager": 9093,
    "carbond": 9464,
    "demo": 9464,
    "mosquitto": 1883,
}
"""At which port each answers: the defaults of their images, and carbond's own."""

ONCE = {"secrets"}
"""Services that end when their work is done."""

CARBOND = {"carbond", "demo"}


def has_compose() -> bool:
    if DOCKER is None:
        return False
    asked = subprocess.run([DOCKER, "compose", "version"], capture_output=True, check=False)
    return asked.returncode == 0


def text_of(path: str) -> str:
    return (CONTAINER / path).read_text()


def settings_of(path: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(text_of(path))
    return found


def test_it_keeps_to_the_published_schema_of_compose() -> None:
    found = schema_says(COMPOSE)
    assert found.returncode == 0, found.stdout


def schema_says(path: Path) -> "subprocess.CompletedProcess[str]":
    command = [str(BIN / "check-jsonschema"), "--builtin-schema", "vendor.compose-spec"]
    return subprocess.run([*command, str(path)], capture_output=True, text=True, check=False)


def test_what_the_schema_does_not_know_is_told(tmp_path: Path) -> None:
    bad = tmp_path / "compose.yaml"
    bad.write_text(COMPOSE.read_text().replace("mem_limit: 64m", "memory_limit: 64m"))
    assert "memory_limit" in schema_says(bad).stdout


@pytest.mark.skipif(not has_compose(), reason="this machine has no docker compose")
def test_docker_itself_can_read_it() -> None:
    assert DOCKER is not None
    for profile in ("demo", "site"):
        command = [DOCKER, "compose", "-f", str(COMPOSE), "--profile", profile, "config", "-q"]
        found = subprocess.run(command, capture_output=True, text=True, check=False)
        assert found.returncode == 0, found.stderr


def test_all_that_it_names_is_there() -> None:
    assert list(faults()) == []


def test_what_is_declared_is_used() -> None:
    whole = document()
    every = list(services().values())
    used = {mount.source for one in every for mount in mounts(one) if not mount.is_file}
    assert set(whole["volumes"]) == used
    assert set(whole["networks"]) == {net for one in every for net in one.get("networks", ())}


def test_a_file_that_is_missing_is_named_with_who_mounts_it(tmp_path: Path) -> None:
    for name in ("container", "prometheus", "grafana"):
        shutil.copytree(CONTAINER.parent / name, tmp_path / "deploy" / name)
    (tmp_path / "deploy/container/alertmanager/alertmanager.yml").unlink()
    compose = tmp_path / "deploy/container/compose.yaml"
    compose.write_text(compose.read_text().replace("networks: [broker]", "networks: [brokers]"))
    assert set(faults(compose)) == {
        "alertmanager: mounts ./alertmanager/alertmanager.yml, which is not there",
        "lights: is on the network brokers, which is not declared",
        "mosquitto: is on the network brokers, which is not declared",
    }


@pytest.mark.parametrize("name", services())
def test_each_is_hardened_and_only_this_machine_reaches_it(name: str) -> None:
    service = services()[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["init"] is True, "without it a signal before the program's own is ignored"
    assert service["mem_limit"]
    assert service["pids_limit"]
    assert not service.get("privileged")
    assert "latest" not in service["image"]
    assert re.fullmatch(r"[a-z/-]+:v?\d+\.\d+\.\d+", service["image"]), "pinned to a version"
    user = service["user"].partition(":")[0]
    assert user.isdecimal()
    assert (user == "0") == (name in ONCE), "root, without what root may, for the first moment only"
    for port in service.get("ports", ()):
        assert port.startswith("127.0.0.1:")
    for mount in mounts(service):
        assert mount.read_only or not mount.is_file, f"{mount.source} could be written to"


def test_no_secret_stands_in_it() -> None:
    for path in (COMPOSE, *CONTAINER.glob("*/**/*")):
        text = path.read_text() if path.is_file() else ""
        assert not re.search(r"(?i)(password|token|secret|key)\s*[:=]\s*[\"']?[0-9a-z]{16}", text)


@pytest.mark.parametrize("name", [name for name in services() if name not in {*ONCE, "lights"}])
def test_each_says_whether_it_is_well(name: str) -> None:
    service = services()[name]
    if name in CARBOND:
        assert "test" not in service.get("healthcheck", {}), "the image has its own"
        return
    kind, program, *_ = service["healthcheck"]["test"]
    assert kind == "CMD"
    assert program in {"wget", "influx", "mosquitto_sub"}


def test_influxdb_is_well_only_once_its_tokens_are_made() -> None:
    # Its image sets it up at another port, and its command's own settings name that port meanwhile.
    influxdb = services()["influxdb"]
    assert f"http://localhost:{PORTS['influxdb']}" in influxdb["healthcheck"]["test"]
    for name in (*CARBOND, "grafana"):
        assert services()[name]["depends_on"]["influxdb"] == {"condition": "service_healthy"}
    # What is left there of a set-up that was broken off would forbid the next one.
    assert "/etc/influxdb2" not in {mount.target for mount in mounts(influxdb)}
    (options,) = (one for one in influxdb["tmpfs"] if one.startswith("/etc/influxdb2:"))
    uid, gid = influxdb["user"].split(":")
    assert {"mode=0700", f"uid={uid}", f"gid={gid}"} <= set(options.partition(":")[2].split(","))


def test_prometheus_asks_who_is_there() -> None:
    settings = settings_of("prometheus/prometheus.yml")
    jobs = {job["job_name"]: job["static_configs"] for job in settings["scrape_configs"]}
    asked = [*jobs.values(), settings["alerting"]["alertmanagers"][0]["static_configs"]]
    targets = [target for (group,) in asked for target in group["targets"]]
    assert {"carbond:9464", "alertmanager:9093"} <= set(targets)
    for target in targets:
        host, port = target.split(":")
        if host == "127.0.0.1":
            continue
        found = reaches("prometheus", host)
        assert found, f"prometheus reaches no {host}"
        assert {PORTS[name] for name in found} == {int(port)}


def test_the_files_that_commands_name_are_mounted() -> None:
    for service in services().values():
        words = [*service.get("entrypoint", ()), *service.get("command", ())]
        for word in words:
            path = word.partition("=")[2] if word.startswith("--") else word
            if path.startswith(("/etc/", "/demo/", "/setup/")):
                found = seen_as(service, path)
                assert found is not None, f"{path} is not mounted"
                assert found.exists(), f"{found} is not there"


def test_the_rules_that_prometheus_reads_are_those_of_the_folder_beside() -> None:
    (pattern,) = settings_of("prometheus/prometheus.yml")["rule_files"]
    folder = seen_as(services()["prometheus"], f"/etc/prometheus/{pattern}")
    assert folder is not None
    rules = {path.name for path in folder.parent.glob(folder.name)}
    assert {"carbond.rules.yml"} <= rules
    assert rules == {path.name for path in (ROOT / "deploy/prometheus").glob("*.rules.yml")}


def test_what_one_alert_says_of_another_is_as_in_the_example() -> None:
    example = yaml.safe_load((ROOT / "deploy/prometheus/alertmanager.yml").read_text())
    here = settings_of("alertmanager/alertmanager.yml")
    assert here["inhibit_rules"] == example["inhibit_rules"] != []


def test_the_agent_answers_to_the_name_that_prometheus_asks_for() -> None:
    for name in CARBOND:
        service = services()[name]
        assert service["hostname"] == "carbond"
        assert service["ports"] == ["127.0.0.1:9464:9464"]
        assert service["networks"]["metrics"] == {"aliases": ["carbond"]}
    assert HttpSettings.model_fields["port"].default == PORTS["carbond"]


def test_the_demo_starts_as_the_command_line_allows() -> None:
    service = services()["demo"]
    chosen = parser(["demo"]).parse_args(mounted(service["command"]))
    assert chosen.port == PORTS["demo"]
    assert chosen.host == "0.0.0.0"  # noqa: S104 only this machine reaches the container
    (volume,) = (one for one in mounts(service) if one.source == "demo")
    assert str(chosen.folder).startswith(f"{volume.target}/"), "the volume may hold other things"


def mounted(command: list[str]) -> list[str]:
    """Return a command with the files of the checkout in place of those of the container."""
    service = services()["demo"]
    words = []
    for word in command:
        option, _, path = word.partition("=")
        found = seen_as(service, path) if option == "--add" else None
        words.append(word if found is None else f"{option}={found}")
    return words


def test_agent_influxdb_and_grafana_agree_on_the_bucket_and_its_tokens() -> None:
    every = services()
    (exporter,) = settings_of("carbond/conf.d/influxdb.yaml")["exporters"]
    address = urlsplit(exporter["url"])
    given = every["influxdb"]["environment"]
    assert exporter["org"] == given["DOCKER_INFLUXDB_INIT_ORG"]
    assert exporter["bucket"] == given["DOCKER_INFLUXDB_INIT_BUCKET"]
    for name in CARBOND:
        assert reaches(name, str(address.hostname)) == {"influxdb"}
        assert secret_is_mounted(name, exporter["token"]["file"])
    assert address.port == PORTS["influxdb"]
    setup = text_of("influxdb/setup.sh")
    for token in re.findall(r'"\$ROOT(/\S+)"', setup):
        assert secret_is_mounted("influxdb", f"/secrets{token}", writes=True)
    assert '"$ROOT/agent/influxdb-token"' in setup


def secret_is_mounted(name: str, path: str, *, writes: bool = False) -> bool:
    found = [one for one in mounts(services()[name]) if path.startswith(f"{one.target}/")]
    return len(found) == 1 and found[0].read_only is not writes


def test_each_sees_its_own_secrets_only() -> None:
    seen = {
        name: {one.source for one in mounts(service) if one.source.endswith("-secrets")}
        for name, service in services().items()
    }
    assert seen["carbond"] == seen["demo"] == {"agent-secrets"}
    assert seen["grafana"] == {"grafana-secrets"}
    assert {name for name, found in seen.items() if "influxdb-secrets" in found} == {
        "secrets",
        "influxdb",
    }
    for name, service in services().items():
        for value in service.get("environment", {}).values():
            if value.startswith("/secrets/"):
                assert secret_is_mounted(name, value)
                made = value.replace("/secrets", "$ROOT")
                assert f'make "{made}"' in text_of("influxdb/secrets.sh")


def test_the_broker_of_the_settings_is_the_one_that_is_there() -> None:
    (device,) = settings_of("demo/lights.yaml")["devices"]
    assert reaches("demo", device["address"]) == {"mosquitto"}
    assert reaches("lights", services()["lights"]["environment"]["BROKER"]) == {"mosquitto"}
    assert f"listener {PORTS['mosquitto']}\n" in text_of("mosquitto/mosquitto.conf")
    assert "ports" not in services()["mosquitto"], "whoever reaches it may publish"
    assert f"tele/{device['places']['device']}/SENSOR" in text_of("demo/lights.sh")


def test_the_version_is_that_of_the_project() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert {services()[name]["image"] for name in CARBOND} == {f"carbond:{version}"}
    dockerfile = text_of("Dockerfile")
    assert f'org.opencontainers.image.version="{version}"' in dockerfile
    assert f"-t carbond:{version} " in dockerfile


def test_grafana_reads_dashboards_and_data_sources_from_what_is_mounted() -> None:
    grafana = services()["grafana"]
    folder = seen_as(grafana, "/etc/grafana/provisioning")
    assert folder is not None
    for path in (folder / "dashboards").glob("*.y*ml"):
        for provider in yaml.safe_load(path.read_text())["providers"]:
            found = seen_as(grafana, provider["options"]["path"])
            assert found is not None, f"{provider['options']['path']} is not mounted"
            assert list(found.rglob("*.json")), f"{found} has no dashboard"
    for path in (folder / "datasources").glob("*.y*ml"):
        for source in yaml.safe_load(path.read_text())["datasources"]:
            address = urlsplit(source["url"])
            (name,) = reaches("grafana", str(address.hostname))
            assert address.port == PORTS[name]
    first = seen_as(grafana, grafana["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"])
    assert first is not None
    assert json.loads(first.read_text())["panels"], "what is seen first"
    text = (folder / "datasources/carbond.yaml").read_text()
    (token,) = re.findall(r"\$__file\{(\S+)\}", text)
    assert secret_is_mounted("grafana", token)
    assert f'keep "{token.replace("/secrets", "$ROOT")}"' in text_of("influxdb/setup.sh")


def test_the_documented_command_is_that_of_the_file() -> None:
    command = "docker compose -f deploy/container/compose.yaml --profile demo up"
    assert command in text_of("README.md")
    assert command in COMPOSE.read_text()
    assert json.dumps("127.0.0.1:3000:3000") in json.dumps(services()["grafana"]["ports"])
    assert "http://127.0.0.1:3000" in text_of("README.md")


def commands_of_pages() -> list[list[str]]:
    """Return what stands after the name of the compose file, for each command."""
    pages = (CONTAINER / "README.md", ROOT / "docs/operating.md")
    lines = [line for page in pages for line in page.read_text().splitlines()]
    start = "docker compose -f deploy/container/compose.yaml "
    return [
        shlex.split(line[len(start) :], comments=True) for line in lines if line.startswith(start)
    ]


def test_every_command_of_the_pages_names_what_there_is() -> None:
    every = services()
    profiles = {profile for one in every.values() for profile in one.get("profiles", ())}
    commands = commands_of_pages()
    assert len(commands) > 10
    for words in commands:
        chosen = None
        if words[0] == "--profile":
            _, chosen, *words = words
            assert chosen in profiles
        if words[0] in {"exec", "logs", "kill", "run", "stop", "start"}:
            named = next(word for word in words[1:] if word in every)
            assert chosen in every[named].get("profiles", [None]), f"without it no {named}"
        if words[0] == "exec":
            service, program, *rest = words[1:]
            assert service in every
            if program == "carbond":
                parser(rest[:1]).parse_args(rest)
            if program == "cat":
                assert secret_is_mounted(service, rest[0])


@pytest.mark.parametrize("folder", ["container", "kubernetes"])
def test_what_a_readme_leads_to_is_there(folder: str) -> None:
    readme = CONTAINER.parent / folder / "README.md"
    for link in re.findall(r"\]\((?!http)([^)#]+)", readme.read_text()):
        assert (readme.parent / link).exists(), f"{link} is not there"
