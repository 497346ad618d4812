"""The page about inventories says what the code does."""

import json
import re
from pathlib import Path

import pytest

from agent.app.plugins import device_plugins
from agent.cli import main
from agent.inventory import csv_text, devices_in_csv
from agent.inventory.netbox import TYPES, Choices, import_of
from agent.inventory.netbox.answers import LISTS
from agent.inventory.netbox.kinds import Rules, kind_of
from agent.inventory.netbox.stock import stock_of
from tests.inventory.boxes import Box, two_feeds
from tests.inventory.mapped import METER, found, imported

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "inventory.md").read_text()


@pytest.mark.parametrize("command", ["netbox", "export", "import"])
def test_every_option_is_on_the_page(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["inventory", command, "--help"])
    options = set(re.findall(r"--[a-z-]+", capsys.readouterr().out)) - {"--help", "--config"}
    assert {one for one in options if f"{one} " not in PAGE and f"{one}`" not in PAGE} == set()


def test_the_words_of_roles_are_those_of_the_page() -> None:
    box = Box()
    site = box.site("ams-1", "Amsterdam 1")
    rules = Rules(roles={}, bmc="redfish")
    rows = re.findall(r"with the word (.*?)(?:, or any with.*?)? \\| `role: ([a-z-]+)`", PAGE)
    assert len(rows) == 4
    for words, role in rows:
        for word in re.findall(r"`([a-z]+)`", words):
            device = stock_of({"dcim/devices": [box.device(site, word, "a")]}).devices
            kind = kind_of(next(iter(device.values())), rules, outlets=False, ports=False)
            assert kind is not None, word
            assert kind.role == role, word


def test_the_lists_and_types_that_are_read_are_on_the_page() -> None:
    for path, words in LISTS.items():
        assert words in PAGE
        assert path.removeprefix("dcim/") in PAGE
    assert all(f"`{kind}`" in PAGE for kind in TYPES)


def test_the_list_on_the_page_can_be_read(tmp_path: Path) -> None:
    (sample,) = re.findall(r"```\n(name,type.*?)```", PAGE, re.DOTALL)
    path = tmp_path / "devices.csv"
    path.write_text(sample)
    kinds = {name: plugin.settings for name, plugin in device_plugins().items()}
    found = devices_in_csv(path, kinds, folder=tmp_path)  # type: ignore[arg-type] # those of devices
    assert csv_text(found, tmp_path).text == sample


def test_the_power_chain_is_mapped_as_it_is_drawn() -> None:
    written = json.dumps(two_feeds().answers())
    # The last server of the box is plugged in as the first one of the page is.
    for name, drawn in (("PDU R07/", "PDU-R07-"), ('srv-1"', 'srv-0"'), ("srv-10", "srv-1")):
        written = written.replace(name, drawn)
    written = written.replace("Outlet 11", "Outlet 12 (C13)").replace('Outlet 12"', 'Outlet 11"')
    taken = import_of(stock_of(json.loads(written)), Choices()).taken
    mapped = {one["name"]: one for one in taken}
    (drawing,) = re.findall(r"```\nsrv-1 .*?```", PAGE, re.DOTALL)
    server, pdu = mapped["srv-1"], mapped["PDU-R07-A"]
    assert re.findall(r"PDU-R07-./outlet/\d+", drawing) == server["upstream"]
    assert f"upstream: {pdu['upstream']}".replace("'", "") in drawing
    assert f"feed: {pdu['feed']}" in drawing


def test_what_is_not_mapped_is_said_in_the_words_of_the_page() -> None:
    box = two_feeds()
    box.device(box.lists["sites"][0], "server", "srv-17")
    found(box, "power-panels", "PP-B")["custom_fields"] = {}
    samples = re.findall(r"^not mapped: (.*)$", PAGE, re.MULTILINE)
    assert len(samples) == 2
    assert {str(one) for one in imported(box, roles=METER).unmapped} == set(samples)
