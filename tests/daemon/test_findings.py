"""What was found, as settings and as a list of devices: valid, and each machine read once."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from agent.app.discovery import Found
from agent.app.parts import load
from agent.cli.found import SECRETS, csv_of, listed, yaml_of
from config.profiles import profiles
from tests.daemon.network import PDU, SERVER, SERVICE, Net


async def test_what_it_prints_are_settings_and_a_list_of_devices(net: Net, tmp_path: Path) -> None:
    shown = listed((await net.searched(SERVICE, PDU, SERVER)).found, [SECRETS / "community"])
    devices = yaml.safe_load(yaml_of(shown))["devices"]
    assert [one["type"] for one in devices] == ["redfish", "snmp", "ipmi"]
    names = [one["name"] for one in devices]
    assert loaded(tmp_path, yaml_of(shown)) == names
    (tmp_path / "devices.csv").write_text(secrets_in(tmp_path, csv_of(shown)))
    assert loaded(tmp_path, "devices: [{from: devices.csv}]") == names


def secrets_in(folder: Path, text: str) -> str:
    """Return settings with the secrets that they name in a folder of the test."""
    for name in ("community", "ipmi-password", "redfish-password"):
        (folder / name).write_text("secret\n")
    return text.replace("/etc/carbond/secrets", str(folder))


def loaded(folder: Path, devices: str) -> list[str]:
    """Load settings with these devices, and return the devices' names."""
    sites = "sites:\n  - {name: fra1, pue: {declared: 1.5}}\nledger: {path: ledger.db}\n"
    file = folder / "carbond.yaml"
    file.write_text(sites + secrets_in(folder, devices))
    return [str(one.name) for one in load(file).devices]


def found(kind: str, **options: Any) -> Found:  # noqa: ANN401 its fields
    return Found(**{"address": "127.0.0.1", "kind": kind, "port": None, "about": ""} | options)


def test_one_machine_is_read_in_one_way_only() -> None:
    ups = profiles()["ups-mib"]
    agent = found("snmp", version="v2c", community=0, name="rack-1", profile=ups)
    engine = found("snmp", version="v3", note="it speaks SNMPv3: write its user")
    unknown = found("snmp", version="v2c", community=0, note="no profile for it")
    bmc, old = found("ipmi"), found("ipmi", note="it speaks only IPMI 1.5")
    service = found("redfish")
    for ways, best in (
        ([agent, bmc, service], "snmp"),
        ([engine, bmc, service], "redfish"),
        ([unknown, bmc], "ipmi"),
        ([engine, old], "snmp"),
    ):
        shown = listed(ways, [Path("community")])
        devices = yaml.safe_load(yaml_of(shown))["devices"]
        assert [one["type"] for one in devices] == [best]
        assert csv_of(shown).count("is read by") + 1 == len(ways) or any(one.note for one in ways)
        assert len({one.device["name"] for one in shown}) == len(ways)
    assert "127.0.0.1, ipmi: what is at 127.0.0.1 is read by snmp already" in yaml_of(
        listed([agent, bmc], [Path("community")])
    )


@pytest.mark.parametrize("name", ["", "-", "ÄÖ/ü", "a\nb: c", "x" * 300, "pdu 7"])
def test_every_name_is_made_valid_and_is_there_once(name: str, tmp_path: Path) -> None:
    ways = [found("ipmi", name=name, address=f"127.0.0.{number}") for number in (1, 2)]
    assert len(set(loaded(tmp_path, yaml_of(listed(ways, []))))) == 2
