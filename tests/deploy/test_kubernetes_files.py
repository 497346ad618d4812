"""The files for Kubernetes, one by one: right by the published schemas, and of one mind."""

import shutil
from importlib import import_module
from pathlib import Path

import pytest
import yaml

from agent.app import load
from agent.cli import parser
from collectors.ipmi.settings import IpmiSettings
from collectors.modbus.settings import ModbusSettings
from collectors.redfish.settings import RedfishSettings
from collectors.snmp.settings import SnmpSettings
from config import Settings
from config.http import HttpSettings
from deploy.kubernetes.rules import RULES, TARGET, prometheus_rule
from tests.deploy import operator, units
from tests.deploy.compose import services
from tests.deploy.kubernetes import (
    BASE,
    KUBERNETES,
    KUSTOMIZATION,
    SHARDED,
    Resource,
    all_of,
    container,
    faults,
    files_of_resources,
    kustomizations,
    named_by,
    pod,
    resources_in,
    the,
)

# It has no types.
schemas = import_module("kubernetes_validate")

VERSIONS = ("1.29", "1.32", "1.35")
SHARDS = sorted((KUBERNETES / "overlays/sharded/settings").glob("*.yaml"))


def faults_of(resource: Resource, version: str) -> str:
    """Return what the published schema says against a resource."""
    try:
        schemas.validate(resource, version, strict=True)
    except schemas.ValidationError as error:
        return f"{'/'.join(map(str, error.path))}: {error.message}"
    return ""


@pytest.mark.parametrize("version", VERSIONS)
def test_every_resource_keeps_to_the_published_schemas(version: str) -> None:
    for path in files_of_resources():
        for resource in resources_in(path):
            if resource["kind"] not in operator.SPECS:
                assert faults_of(resource, version) == "", path.name


def test_what_a_schema_does_not_know_is_told() -> None:
    service = yaml.safe_load(yaml.safe_dump(dict(the("Service"))))
    service["spec"]["ports"][0]["prot"] = 1
    assert "'prot' was unexpected" in faults_of(service, VERSIONS[0])


@pytest.mark.parametrize("kind", operator.SPECS)
def test_what_the_operator_reads_is_all_that_it_knows(kind: str) -> None:
    assert operator.faults_of(the(kind)) == []


def test_what_the_operator_would_refuse_is_told() -> None:
    bad = yaml.safe_load(TARGET.read_text())
    first = bad["spec"]["groups"][0]["rules"][0]
    first |= {"keep_fireing_for": "1m", "for": "5 minutes"}
    found = "\n".join(operator.faults_of(bad))
    assert "$.spec.groups[0].rules[0]" in found
    assert "'keep_fireing_for' was unexpected" in found
    assert "'5 minutes' does not match" in found


def test_the_rules_are_those_of_prometheus() -> None:
    assert TARGET.read_text() == prometheus_rule(), "make them anew: `make dashboards`"
    made = {rule.get("alert", rule.get("record")) for rule in rules_of(resources_in(TARGET)[0])}
    files = [yaml.safe_load(path.read_text()) for path in RULES.glob("*.rules.yml")]
    written = {rule.get("alert", rule.get("record")) for one in files for rule in rules_of(one)}
    assert made == written
    assert "CarbondAgentDown" in made


def rules_of(holder: Resource) -> list[Resource]:
    groups = holder.get("spec", holder)["groups"]
    return [rule for group in groups for rule in group["rules"]]


def test_all_that_is_named_is_there() -> None:
    assert list(faults()) == []


def test_what_is_there_is_named() -> None:
    named = {
        (one / KUSTOMIZATION if one.is_dir() else one).resolve()
        for path, kustomization in kustomizations()
        for one in named_by(path, kustomization)
    }
    there = {path.resolve() for path in KUBERNETES.rglob("*.yaml")}
    overlays = {path.resolve() for path in (KUBERNETES / "overlays").glob(f"*/{KUSTOMIZATION}")}
    assert there - named == overlays


def test_a_file_that_is_missing_is_named_with_who_names_it(tmp_path: Path) -> None:
    copy = tmp_path / "kubernetes"
    shutil.copytree(KUBERNETES, copy)
    (copy / "base/services.yaml").unlink()
    (copy / "overlays/sharded/settings/carbond-1.yaml").unlink()
    assert list(faults(copy)) == [
        "base/kustomization.yaml: names services.yaml, which is not there",
        "overlays/sharded/kustomization.yaml: names carbond-1.yaml, which is not there",
    ]


def test_the_pod_is_restricted() -> None:
    assert unrestricted(pod()) == []
    labels = the("Namespace")["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"


def unrestricted(spec: Resource) -> list[str]:
    """Return what the PodSecurity standard `restricted` forbids in a pod, and what we do."""
    whole = spec["securityContext"]
    wanted = {
        "runAsNonRoot": whole.get("runAsNonRoot") is True and whole.get("runAsUser", 0) > 0,
        "seccompProfile": whole.get("seccompProfile") == {"type": "RuntimeDefault"},
        "host": not any(spec.get(key) for key in ("hostNetwork", "hostPID", "hostIPC")),
        "volumes": all(
            set(volume) & {"configMap", "emptyDir", "projected", "secret"}
            for volume in spec["volumes"]
        ),
        "token": spec.get("automountServiceAccountToken") is False,
    }
    for one in spec["containers"]:
        own = one.get("securityContext", {})
        wanted["allowPrivilegeEscalation"] = own.get("allowPrivilegeEscalation") is False
        wanted["readOnlyRootFilesystem"] = own.get("readOnlyRootFilesystem") is True
        wanted["capabilities"] = own.get("capabilities") == {"drop": ["ALL"]}
        wanted["hostPort"] = not any("hostPort" in port for port in one["ports"])
        wanted["memory"] = "memory" in one["resources"]["limits"]
    return [name for name, kept in wanted.items() if not kept]


def test_what_is_not_restricted_is_told() -> None:
    spec = yaml.safe_load(yaml.safe_dump(dict(pod())))
    del spec["securityContext"]["seccompProfile"]
    spec["containers"][0]["securityContext"]["capabilities"] = {"drop": ["NET_RAW"]}
    spec["volumes"].append({"name": "root", "hostPath": {"path": "/"}})
    assert set(unrestricted(spec)) == {"seccompProfile", "capabilities", "volumes"}


def test_the_user_the_image_and_its_port_are_those_of_the_container() -> None:
    carbond = services()["carbond"]
    whole = pod()["securityContext"]
    assert f"{whole['runAsUser']}:{whole['runAsGroup']}" == carbond["user"]
    assert container()["image"] == carbond["image"]
    (port,) = container()["ports"]
    assert port["containerPort"] == HttpSettings.model_fields["port"].default


def test_services_probes_and_policies_agree_on_the_pod_and_its_port() -> None:
    labels = the("StatefulSet")["spec"]["template"]["metadata"]["labels"]
    (port,) = container()["ports"]
    assert the("StatefulSet")["spec"]["selector"]["matchLabels"] == labels
    for service in all_of("Service"):
        assert service["spec"]["selector"] == labels
        (served,) = service["spec"]["ports"]
        assert (served["port"], served["targetPort"]) == (port["containerPort"], port["name"])
    for policy in all_of("NetworkPolicy"):
        assert policy["spec"]["podSelector"]["matchLabels"] == labels
        for rule in policy["spec"]["ingress"]:
            assert rule["from"], "everybody may ask"
            assert [one["port"] for one in rule["ports"]] == [port["name"]]
    assert the("PodDisruptionBudget")["spec"]["selector"]["matchLabels"] == labels
    asked = {name: container()[f"{name}Probe"]["httpGet"] for name in ("startup", "liveness")}
    assert {one["path"] for one in asked.values()} == {"/healthz"}
    assert container()["readinessProbe"]["httpGet"] == {"path": "/readyz", "port": port["name"]}
    assert the("StatefulSet")["spec"]["serviceName"] in {
        one["metadata"]["name"] for one in all_of("Service") if one["spec"].get("clusterIP")
    }


PORTS = {
    ("UDP", SnmpSettings.model_fields["port"].default),
    ("UDP", IpmiSettings.model_fields["port"].default),
    ("TCP", RedfishSettings.model_fields["port"].default),
    ("TCP", ModbusSettings.model_fields["port"].default),
    # MQTT, without and with TLS; InfluxDB.
    *(("TCP", port) for port in (1883, 8883, 8086)),
}
DEVICES = {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"}


def test_the_policy_lets_it_ask_names_devices_and_grids_over_both_protocols() -> None:
    names, devices, grids = the("NetworkPolicy")["spec"]["egress"]
    assert ports_of(names) == {("UDP", 53), ("TCP", 53)}
    assert "169.254.20.10/32" in networks_of(names), "the address of NodeLocal DNSCache"
    assert ports_of(devices) == PORTS
    assert networks_of(devices) == DEVICES
    assert (ports_of(grids), networks_of(grids)) == ({("TCP", 443)}, {"0.0.0.0/0", "::/0"})


def ports_of(rule: Resource) -> set[tuple[str, int]]:
    return {(one["protocol"], one["port"]) for one in rule["ports"]}


def networks_of(rule: Resource) -> set[str]:
    return {one["ipBlock"]["cidr"] for one in rule["to"] if "ipBlock" in one}


def test_a_large_ledger_has_as_long_to_be_brought_up_to_date_as_systemd_gives_it() -> None:
    probe = container()["startupProbe"]
    (unit,) = units.options()["TimeoutStartSec"]
    assert probe["periodSeconds"] * probe["failureThreshold"] == int(unit.removesuffix("min")) * 60


def test_prometheus_scrapes_each_agent_once_under_the_name_that_the_rules_ask_for() -> None:
    monitor = the("ServiceMonitor")["spec"]
    wanted = monitor["selector"]["matchLabels"].items()
    (service,) = (one for one in all_of("Service") if wanted <= one["metadata"]["labels"].items())
    (endpoint,) = monitor["endpoints"]
    assert endpoint["port"] == service["spec"]["ports"][0]["name"]
    assert service["metadata"]["labels"][monitor["jobLabel"]] == "carbond"
    assert endpoint["relabelings"] == [
        {"sourceLabels": ["__meta_kubernetes_pod_name"], "targetLabel": "instance"}
    ], "a pod that starts again goes on with its series"
    (down,) = (
        one for one in rules_of(the("PrometheusRule")) if one.get("alert") == "CarbondAgentDown"
    )
    assert 'job="carbond"' in down["expr"]


def seen(tmp_path: Path, main: Path) -> Settings:
    """Return the settings of an agent, its files where its pod sees them."""
    folder = tmp_path / "etc/carbond"
    for source in sources():
        name = source["configMap"]["name"]
        for item in source["configMap"].get("items", [{"key": main.name, "path": main.name}]):
            path = main if name == "carbond-settings" else BASE / "settings" / item["key"]
            target = folder / item["path"]
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(path.read_text().replace("/var/lib/", f"{tmp_path}/"))
    (tmp_path / "carbond").mkdir()
    return load(folder / main.name)


def sources() -> list[Resource]:
    (volume,) = (one for one in pod()["volumes"] if one["name"] == "settings")
    found: list[Resource] = volume["projected"]["sources"]
    return found


@pytest.mark.parametrize(
    "main", [BASE / "settings/carbond.yaml", *SHARDS], ids=lambda one: one.stem
)
def test_the_agent_takes_the_settings_that_its_pod_sees(tmp_path: Path, main: Path) -> None:
    settings = seen(tmp_path, main)
    mounts = {one["name"]: one["mountPath"] for one in container()["volumeMounts"]}
    assert mounts["settings"] == "/etc/carbond"
    assert settings.ledger.path == tmp_path / "carbond/ledger.db"
    assert mounts["ledger"] == "/var/lib/carbond"
    assert not settings.http.is_local, "nobody could ask it"
    namespace = the("Namespace")["metadata"]["name"]
    service = the("Service")["metadata"]["name"]
    name = f"{service}.{namespace}.svc.cluster.local"
    for dots in (0, 1, 2, 4):
        assert ".".join(name.split(".")[: dots + 1]) in settings.http.names
    for agent in agents():
        beside = f"{agent}.{the('StatefulSet')['spec']['serviceName']}"
        whole = f"{beside}.{namespace}.svc.cluster.local"
        assert {beside, whole} <= set(settings.http.names)


def agents() -> list[str]:
    """Return the names of the pods, where there are several."""
    component = yaml.safe_load((SHARDED / KUSTOMIZATION).read_text())
    (replicas,) = component["replicas"]
    return [f"{replicas['name']}-{number}" for number in range(replicas["count"])]


def test_the_command_line_has_what_the_pod_is_started_with() -> None:
    assert (
        str(parser(["run"]).parse_args(container()["args"]).config) == "/etc/carbond/carbond.yaml"
    )
    assert {"name": "secrets", "mountPath": "/secrets/agent", "readOnly": True} in container()[
        "volumeMounts"
    ]


def test_each_agent_has_its_own_settings_and_sites() -> None:
    component = yaml.safe_load((SHARDED / KUSTOMIZATION).read_text())
    assert {one["name"] for one in component["replicas"]} == {
        the("StatefulSet")["metadata"]["name"]
    }
    assert [path.stem for path in SHARDS] == agents()
    (patch,) = yaml.safe_load(component["patches"][0]["patch"])
    assert patch["value"] == ["run", "-c", "/etc/carbond/$(POD_NAME).yaml"]
    assert "POD_NAME" in {one["name"] for one in container()["env"]}
    sites = [one["name"] for path in SHARDS for one in yaml.safe_load(path.read_text())["sites"]]
    assert len(set(sites)) == len(sites), "a site is computed from one ledger"
