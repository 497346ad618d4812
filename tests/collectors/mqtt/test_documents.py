"""The documents say what the code does: the sample, the README, and the maps."""

import re
from pathlib import Path
from typing import Any

import yaml

from collectors import DEVICES
from collectors.mqtt import Mqtt, MqttSettings
from collectors.mqtt.maps import maps
from collectors.mqtt.schema import AvailabilityMap, EnergyMap, Map, MeterMap, TimeMap
from collectors.mqtt.settings import INLINE, TlsSettings
from tests.collectors.mqtt.conftest import certificate

FOLDER = Path(__file__).parents[3] / "collectors" / "mqtt"
README = (FOLDER / "README.md").read_text()
SAMPLE = (FOLDER / "sample.yaml").read_text()


def uncommented() -> dict[str, Any]:
    """The sample with every option in force."""
    text = re.sub(r"(?m)^( *)# ( *(?:- \{)?[a-z_/{}]+:(?: .*)?)$", r"\1\2", SAMPLE)
    (one,) = yaml.safe_load(text)["devices"]
    assert isinstance(one, dict)
    return one


def test_the_sample_loads() -> None:
    (one,) = yaml.safe_load(SAMPLE)["devices"]
    loaded = MqttSettings.model_validate(one)
    assert (loaded.name, loaded.map, loaded.version) == ("plug-07", "tasmota", "5")


def test_every_option_stands_in_the_sample_with_its_default(tmp_path: Path) -> None:
    one = uncommented()
    assert set(one) == set(MqttSettings.model_fields)
    assert set(one["tls"]) == set(TlsSettings.model_fields)
    pem = str(certificate(tmp_path))
    one["tls"] |= {"ca_file": pem, "certificate_file": pem, "key_file": str(tmp_path / "key.pem")}
    one["password"]["file"] = pem
    shown = MqttSettings.model_validate({key: one[key] for key in one if key not in INLINE})
    bare = MqttSettings.model_validate(
        {"name": "a", "type": "mqtt", "address": "a", "map": "tasmota"}
    )
    for name in ("version", "clock", "rebirth", "every", "tags", "role"):
        assert getattr(shown, name) == getattr(bare, name), name


def test_the_meters_of_the_sample_load() -> None:
    one = uncommented()
    own = {key: one[key] for key in ("name", "type", "address", *INLINE) if key != "sparkplug"}
    loaded = MqttSettings.model_validate(own)
    assert loaded.keys() == ("total", "outlet/{number}")
    assert loaded.silent_after is None
    shown = loaded.messages()
    assert one["silent_after"] == "10m"
    assert (shown.silent_after.seconds, shown.longest_gap.seconds) == (600, 300)


def test_every_option_map_and_key_stands_in_the_readme() -> None:
    models = (MqttSettings, TlsSettings, Map, MeterMap, EnergyMap, AvailabilityMap, TimeMap)
    wanted = {name for model in models for name in model.model_fields} | set(maps())
    assert [name for name in sorted(wanted - {"conditions"}) if f"`{name}`" not in README] == []


def test_every_place_of_a_map_stands_in_the_readme() -> None:
    for one in maps().values():
        (row,) = [line for line in README.splitlines() if line.startswith(f"| `{one.name}`")]
        assert [place for place in one.places if f"`{place}`" not in row] == []


def test_the_settings_of_the_readme_load() -> None:
    (text,) = re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)
    devices = yaml.safe_load(text)["devices"]
    loaded = [MqttSettings.model_validate({"address": "192.0.2.5"} | one) for one in devices]
    assert [one.name for one in loaded] == ["plug-07", "rack-3", "hall-4", "pdu-9"]
    assert loaded[1].keys() == ("outlet/{number}",)


def test_the_plug_in_stands_in_the_table() -> None:
    assert DEVICES["mqtt"] is Mqtt
    assert Mqtt.settings is MqttSettings
