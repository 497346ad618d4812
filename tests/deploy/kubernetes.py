"""The files for Kubernetes as data: what kustomizations name, and what pods see."""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tests.deploy.compose import ROOT

KUBERNETES = ROOT / "deploy" / "kubernetes"
BASE = KUBERNETES / "base"
SHARDED = KUBERNETES / "components" / "sharded"
KUSTOMIZATION = "kustomization.yaml"

Resource = Mapping[str, Any]


@cache
def resources_in(path: Path) -> list[Resource]:
    """Return the resources of a file, which nobody may change."""
    return [one for one in yaml.safe_load_all(path.read_text()) if one]


def kustomizations(folder: Path = KUBERNETES) -> Iterator[tuple[Path, Resource]]:
    for path in sorted(folder.rglob(KUSTOMIZATION)):
        yield path, yaml.safe_load(path.read_text())


def named_by(path: Path, kustomization: Resource) -> Iterator[Path]:
    """Yield the files and folders that a kustomization names."""
    for key in ("resources", "components"):
        yield from (path.parent / name for name in kustomization.get(key, ()))
    for generator in kustomization.get("configMapGenerator", ()):
        yield from (path.parent / name for name in generator["files"])


def faults(folder: Path = KUBERNETES) -> Iterator[str]:
    """Yield what is named and not there."""
    for path, kustomization in kustomizations(folder):
        for named in named_by(path, kustomization):
            wanted = named / KUSTOMIZATION if named.is_dir() else named
            if not wanted.exists():
                yield f"{path.relative_to(folder)}: names {named.name}, which is not there"


def files_of_resources() -> list[Path]:
    """Return the files of resources that kustomizations name."""
    found = {
        (path.parent / name).resolve()
        for path, kustomization in kustomizations()
        for name in kustomization.get("resources", ())
    }
    return sorted(path for path in found if path.is_file())


def all_of(kind: str) -> list[Resource]:
    """Return the resources of a kind, from whatever file."""
    every = [one for path in files_of_resources() for one in resources_in(path)]
    return [one for one in every if one["kind"] == kind]


def the(kind: str, name: str = "carbond") -> Resource:
    (found,) = (one for one in all_of(kind) if one["metadata"]["name"] == name)
    return found


def pod() -> Resource:
    """Return the spec of the agent's pod."""
    spec: Resource = the("StatefulSet")["spec"]["template"]["spec"]
    return spec


def container() -> Resource:
    (one,) = pod()["containers"]
    found: Resource = one
    return found
