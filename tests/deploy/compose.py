"""The compose file as data: what stands in it, and what it mounts."""

import shutil
import subprocess
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
CONTAINER = ROOT / "deploy" / "container"
COMPOSE = CONTAINER / "compose.yaml"
BIN = Path(sys.executable).parent

Service = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mount:
    """What a service sees at a path of its own: a file of the checkout, or a volume."""

    source: str
    target: str
    read_only: bool

    @property
    def is_file(self) -> bool:
        return self.source.startswith((".", "/"))


def document(path: Path = COMPOSE) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(path.read_text())
    return found


def services(path: Path = COMPOSE) -> dict[str, Service]:
    found: dict[str, Service] = document(path)["services"]
    return found


def mounts(service: Service) -> Iterator[Mount]:
    for text in service.get("volumes", ()):
        source, target, *options = text.split(":")
        yield Mount(source=source, target=target, read_only=options == ["ro"])


def faults(path: Path = COMPOSE) -> Iterator[str]:
    """Yield what a compose file names and what is not there."""
    whole = document(path)
    for name, service in whole["services"].items():
        yield from _faults_of_mounts(name, service, path, whole["volumes"])
        for network in service.get("networks", ()):
            if network not in whole["networks"]:
                yield f"{name}: is on the network {network}, which is not declared"
        for other in service.get("depends_on", ()):
            if other not in whole["services"]:
                yield f"{name}: depends on {other}, which is no service"
        yield from _faults_of_build(name, service, path)


def _faults_of_mounts(
    name: str, service: Service, path: Path, volumes: Collection[str]
) -> Iterator[str]:
    for mount in mounts(service):
        if mount.is_file and not (path.parent / mount.source).exists():
            yield f"{name}: mounts {mount.source}, which is not there"
        if not mount.is_file and mount.source not in volumes:
            yield f"{name}: mounts the volume {mount.source}, which is not declared"


def _faults_of_build(name: str, service: Service, path: Path) -> Iterator[str]:
    build = service.get("build")
    if build:
        file = path.parent / build["context"] / build["dockerfile"]
        if not file.exists():
            yield f"{name}: is built by {build['dockerfile']}, which is not there"


def laid_out(service: Service, folder: Path) -> Path:
    """Copy what a service mounts of the checkout to where it would see it, below a folder."""
    for mount in mounts(service):
        if mount.is_file:
            source, target = CONTAINER / mount.source, folder / mount.target.lstrip("/")
            target.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                shutil.copytree(source, target, dirs_exist_ok=True)
            else:
                shutil.copy2(source, target)
    return folder


def seen_as(service: Service, path: str) -> Path | None:
    """Return the file of the checkout that a service sees at a path; None if it sees none."""
    for mount in mounts(service):
        if path == mount.target or path.startswith(f"{mount.target}/"):
            return (CONTAINER / mount.source / path[len(mount.target) :].lstrip("/")).resolve()
    return None


def names_of(name: str, service: Service, network: str) -> set[str]:
    """Return the names under which others on a network reach a service; none if it is not there."""
    networks = service.get("networks", ())
    if network not in networks:
        return set()
    options = networks[network] or {} if isinstance(networks, dict) else {}
    return {name, *options.get("aliases", ())}


def reaches(caller: str, host: str) -> set[str]:
    """Return the services that a service finds under a host's name."""
    every = services()
    return {
        name
        for network in every[caller].get("networks", ())
        for name, service in every.items()
        if host in names_of(name, service, network)
    }


def option(service: Service, name: str) -> str:
    """Return the value of an option in the command of a service."""
    (value,) = (word.partition("=")[2] for word in service["command"] if word.startswith(name))
    return str(value)


def says(
    command: Sequence[str], env: Mapping[str, str] | None = None
) -> "subprocess.CompletedProcess[str]":
    """Run a command to its end."""
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, env=env)
