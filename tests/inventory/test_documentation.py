"""The page about inventories says what the code does."""

import re
from pathlib import Path

import pytest

from agent.app.plugins import device_plugins
from agent.cli import main
from agent.inventory import csv_text, devices_in_csv
from agent.inventory.netbox import TYPES
from agent.inventory.netbox.answers import LISTS
from agent.inventory.netbox.kinds import Rules, kind_of
from agent.inventory.netbox.stock import stock_of
from tests.inventory.boxes import Box

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
