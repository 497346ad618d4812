"""The sample and the README say what the code takes."""

import re
from importlib.resources import files

import yaml

from collectors import DEVICES
from collectors.host import Host, HostSettings

SAMPLE = files("collectors.host").joinpath("sample.yaml").read_text()
README = files("collectors.host").joinpath("README.md").read_text()
UNCOMMENTED = re.sub(
    rf"(?m)^    # (({'|'.join(HostSettings.model_fields)}): .*)$", r"    \1", SAMPLE
)


def test_the_sample_loads_as_it_stands() -> None:
    (device,) = yaml.safe_load(SAMPLE)["devices"]
    assert HostSettings(**device).model_fields_set == {"name", "type", "upstream", "role"}


def test_every_option_stands_in_the_sample_with_its_default() -> None:
    (device,) = yaml.safe_load(UNCOMMENTED)["devices"]
    assert set(device) == set(HostSettings.model_fields)
    settings = HostSettings(**device)
    bare = HostSettings(name="host-1", type="host", upstream=("pdu",))
    for name in ("alone", "rapl", "powercap", "total", "gpus", "longest_gap", "every", "role"):
        assert getattr(settings, name) == getattr(bare, name), name


def test_the_readme_names_every_option() -> None:
    own = set(HostSettings.__annotations__) - {"type"}
    assert [name for name in own if f"`{name}`" not in README] == []


def test_the_plug_in_stands_in_the_table() -> None:
    assert DEVICES["host"] is Host
