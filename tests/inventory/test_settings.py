"""What is imported is good settings, and makes the metering tree that NetBox describes."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from agent.accounting.metering.tree import Tree
from agent.app import load
from agent.app.parts import tree_of
from agent.errors import ConfigError
from agent.inventory.netbox import Choices, Kind, import_of, settings_text, stock_of
from agent.model import Role
from tests.inventory.boxes import Box, two_feeds

SITES = "sites:\n  - {name: ams-1, timezone: Europe/Amsterdam}\n"
SECRETS = ("snmp-community", "redfish-password", "ipmi-password")
ROLES: Mapping[str, Kind | None] = {"power-meter": Kind(Role.UTILITY, "modbus")}


def write(folder: Path, box: Box, *, secrets: bool = True, **choices: object) -> Path:
    """Write settings with an import in their conf.d, and the files of its secrets."""
    (folder / "conf.d").mkdir()
    (folder / "secrets").mkdir()
    for name in SECRETS if secrets else ():
        (folder / "secrets" / name).write_text("a-good-secret\n")
    found = import_of(stock_of(box.answers()), Choices(roles=ROLES, **choices))  # type: ignore[arg-type] # options
    text = settings_text(found, folder / "secrets")
    (folder / "conf.d" / "netbox.yaml").write_text(text)
    path = folder / "carbond.yaml"
    path.write_text(SITES)
    return path


def ids(meters: object) -> list[str]:
    return [meter.id for meter in meters]  # type: ignore[attr-defined] # a sequence of meters


def tree(folder: Path, box: Box) -> Tree:
    return tree_of(load(write(folder, box)))


@pytest.mark.parametrize("bmc", ["redfish", "ipmi"])
def test_an_import_is_good_settings_once_the_secrets_are_there(tmp_path: Path, bmc: str) -> None:
    settings = load(write(tmp_path, two_feeds(), bmc=bmc))
    kinds = [device.type for device in settings.devices]
    assert kinds == ["modbus", "snmp", "snmp", "snmp", "snmp", bmc, bmc, bmc]


def test_without_the_secrets_each_file_that_misses_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as found:
        load(write(tmp_path, two_feeds(), secrets=False))
    for name in ("snmp-community", "redfish-password"):
        assert f"there is no secret file {tmp_path}/secrets/{name}: create it" in str(found.value)


def test_the_boundary_is_the_meter_of_the_utility(tmp_path: Path) -> None:
    assert ids(tree(tmp_path, two_feeds()).boundary("ams-1")) == ["main-meter"]


def test_it_is_measured_at_the_racks_and_each_is_counted_once(tmp_path: Path) -> None:
    box = two_feeds()
    site = box.lists["sites"][0]
    behind = box.device(site, "pdu", "pdu-behind", primary_ip="192.0.2.30/24")
    box.cable(box.port(behind, "in"), box.lists["power-outlets"][-1])
    known = tree(tmp_path, box)
    assert known.it_role("ams-1") is Role.RACK
    assert ids(known.it("ams-1")) == ["PDU-R07-A", "PDU-R07-B"]


def test_the_power_flows_as_the_cables_run(tmp_path: Path) -> None:
    known = tree(tmp_path, two_feeds())
    flows = [(sorted(ids(one.own)), sorted(ids(one.downstream))) for one in known.nodes("ams-1")]
    assert (["main-meter"], ["UPS-A", "UPS-B"]) in flows
    assert (["UPS-A"], ["PDU-R07-A"]) in flows
    assert (["UPS-B"], ["PDU-R07-B"]) in flows
    assert (["PDU-R07-A", "PDU-R07-B"], ["srv-1", "srv-10", "srv-2"]) in flows
    server = known.meter("srv-1")  # type: ignore[arg-type] # a name is a meter's id
    assert server is not None
    assert server.upstream == ("PDU-R07-A/outlet/2", "PDU-R07-B/outlet/2")
    assert server.tags == {"rack": "r07", "room": "Hall 2", "tenant": "acme"}


def test_names_that_yaml_would_take_for_something_else_stay_what_they_are(tmp_path: Path) -> None:
    box = two_feeds()
    for device, rack, tenant in zip(
        box.lists["devices"], ("null", "1.10", "NO", "~", "a: b #", "x"), "yn,?[*", strict=False
    ):
        device["rack"] = {"id": 1, "name": rack}
        device["tenant"] = {"id": 1, "name": tenant}
    settings = load(write(tmp_path, box))
    expected = {
        one["name"].replace(" ", "-").replace("/", "-"): one for one in box.lists["devices"]
    }
    for one in settings.devices:
        written = expected[one.name]
        assert one.rack == written["rack"]["name"]
        assert one.tenant == (written["tenant"]["name"].strip() or None)
