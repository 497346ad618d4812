"""What kubectl builds of the kustomizations, offline."""

import re
import shutil
from importlib import import_module
from pathlib import Path

import pytest
import yaml

from tests.deploy import operator
from tests.deploy.compose import says
from tests.deploy.kubernetes import KUBERNETES, Resource
from tests.servers import needs

KUBECTL = shutil.which("kubectl")
VERSION = "1.32"

pytestmark = pytest.mark.skipif(KUBECTL is None, reason="this machine has no kubectl")


def built(folder: Path) -> list[Resource]:
    done = says([str(KUBECTL), "kustomize", str(folder)])
    assert done.returncode == 0, done.stderr
    return list(yaml.safe_load_all(done.stdout))


def of_kind(resources: list[Resource], kind: str) -> list[Resource]:
    return [one for one in resources if one["kind"] == kind]


def check(resources: list[Resource]) -> None:
    """Fail where a resource is against its schema, or outside of the namespace."""
    schemas = import_module("kubernetes_validate")
    for one in resources:
        if one["kind"] not in operator.SPECS:
            schemas.validate(one, VERSION, strict=True)
        if one["kind"] != "Namespace":
            assert one["metadata"]["namespace"] == "carbond", one["metadata"]["name"]


@pytest.mark.parametrize("name", ["base", "overlays/monitoring", "overlays/sharded"])
def test_it_is_built_and_keeps_to_the_schemas(name: str) -> None:
    assert f"kubectl apply -k deploy/kubernetes/{name} " in (KUBERNETES / "README.md").read_text()
    resources = built(KUBERNETES / name)
    check(resources)
    (agent,) = of_kind(resources, "StatefulSet")
    volumes = {one["name"]: one for one in agent["spec"]["template"]["spec"]["volumes"]}
    mounted = {one["configMap"]["name"] for one in volumes["settings"]["projected"]["sources"]}
    made = {one["metadata"]["name"] for one in of_kind(resources, "ConfigMap")}
    assert mounted == made, "the names with their hashes"


def test_several_agents_have_settings_each() -> None:
    resources = built(KUBERNETES / "overlays/sharded")
    (agent,) = of_kind(resources, "StatefulSet")
    (container,) = agent["spec"]["template"]["spec"]["containers"]
    assert agent["spec"]["replicas"] == 2
    assert container["args"][-1] == "/etc/carbond/$(POD_NAME).yaml"
    keys = {key for one in of_kind(resources, "ConfigMap") for key in one["data"]}
    assert keys == {"carbond-0.yaml", "carbond-1.yaml", "shared.yaml"}


@needs("promtool", "prometheus")
def test_prometheus_reads_the_rules_of_the_operator(tmp_path: Path) -> None:
    resources = built(KUBERNETES / "overlays/monitoring")
    (rule,) = of_kind(resources, "PrometheusRule")
    rules = tmp_path / "rules.yml"
    rules.write_text(yaml.safe_dump(rule["spec"]))
    found = says(["promtool", "check", "rules", str(rules)])
    assert found.returncode == 0, found.stderr


def test_the_kustomization_of_the_readme_is_built(tmp_path: Path) -> None:
    shutil.copytree(KUBERNETES, tmp_path / "deploy/kubernetes")
    mine = tmp_path / "mine"
    mine.mkdir()
    (text,) = re.findall(r"```yaml\n(.*?)```", (KUBERNETES / "README.md").read_text(), re.DOTALL)
    (mine / "kustomization.yaml").write_text(text)
    for number in range(2):
        (mine / f"carbond-{number}.yaml").write_text(f"sites: [{{name: fra-{number}}}]\n")
    resources = built(mine)
    check(resources)
    kinds = {one["kind"] for one in resources}
    assert kinds >= operator.SPECS.keys()
    (agent,) = of_kind(resources, "StatefulSet")
    (container,) = agent["spec"]["template"]["spec"]["containers"]
    assert container["image"] == "registry.example/carbond:0.1.0"
    assert "sites: [{name: fra-1}]\n" in [
        one["data"].get("carbond-1.yaml") for one in of_kind(resources, "ConfigMap")
    ]
