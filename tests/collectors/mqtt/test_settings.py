"""What may be written in the settings and in maps, and what is said of the rest."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from agent.errors import ConfigError
from collectors.mqtt.maps import map_of, maps
from tests.collectors.mqtt.conftest import settings

POWER = {"power": {"path": "$.p"}}
OWN: dict[str, Any] = {"topic": "a/{device}", "meters": {"total": POWER}}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, "write map: NAME .*tasmota.*, or the meters"),
        ({"map": "tasmotta"}, "no map 'tasmotta': do you mean 'tasmota'?"),
        ({"map": "xyz"}, "there is no map 'xyz': there are shelly-gen2, sparkplug-b"),
        ({"map": "tasmota", "topic": "a"}, "topic stands in place of a map"),
        ({"map": "shelly-gen2"}, "nothing stands for {channel}: write places: {channel: TEXT}"),
        ({"map": "tasmota", "places": {"node": "x"}}, "{node} stands nowhere in the map"),
        ({"map": "tasmota", "places": {"device": "a/#"}}, "device: write the text"),
        ({"map": "tasmota", "read": ["outlet"]}, "read names nothing that the map has: it has ph"),
        ({"map": "tasmota", "password": {"env": "HOME"}}, "password needs a user"),
        ({"map": "tasmota", "role": "water"}, "litres and cubic metres are of the role water"),
        ({"map": "tasmota", "version": 4}, "'5' or '3.1.1'"),
        ({"map": "tasmota", "tls": {"ca_file": "/nowhere"}}, "the files cannot be used: No such"),
        ({"map": "tasmota", "tls": {"key_file": "/k"}}, "belong together"),
        ({"map": "tasmota", "tls": {"ca_file": "/k", "verify": False}}, "ca_file has no use"),
        (OWN | {"topic": "a/+/b"}, r"'a/\+/b' is no topic: write {number} in place of a \+"),
        ({"meters": {"total": POWER}}, "meters.total: it has no topic"),
        (OWN | {"topic": "{1}/b"}, r"'\{1\}/b': a place has a name such as {number}"),
        (OWN | {"topic": "{n}/{n}"}, r"'\{n\}/\{n\}': a place has .* and stands there once"),
        (OWN | {"meters": {"outlet": POWER}}, "'outlet': outlet needs a key"),
        (OWN | {"meters": {"total/1": POWER}}, "'total/1': total has no key"),
        (OWN | {"meters": {"plug/1": POWER}}, "'plug/1' is no meter"),
        (OWN | {"meters": {"outlet/{number}": POWER}}, "{number} stands in no topic, path or"),
        (OWN | {"meters": {"total": {}}}, "a meter has a power, an energy, or both"),
        (OWN | {"meters": {"total": {"power": {"path": "$.["}}}}, "is no JSON path"),
        (
            OWN | {"meters": {"phase/{p}": {"power": {"path": "$..x[{p}]"}}}},
            "has a place: write it with names and indexes alone",
        ),
        (OWN | {"meters": {"total": {"power": {"metric": "P"}}}}, "a metric needs `sparkplug`"),
        (
            OWN | {"sparkplug": {"group": "g", "node": "n"}},
            "a number of Sparkplug has a metric, and no topic or path",
        ),
        (OWN | {"meters": {"total": POWER | {"conditions": {"volts": {}}}}}, "'volts' is no cond"),
        (
            OWN | {"meters": {"total": {"energy": {"bits": 32, "modulus": 100}}}},
            "a counter has either bits or a modulus",
        ),
        (OWN | {"meters": {"total": {"energy": {"step": 0}}}}, "must be above zero"),
        (OWN | {"meters": {"total": {"power": {"scale": "x"}}}}, "'x' is no number"),
        (OWN | {"every": "6m"}, "meters.total has a power and no register, and would have no"),
        (OWN | {"every": "6m"}, "every 360 s, and power is integrated over 300 s at most: make"),
    ],
)
def test_what_cannot_be_is_refused_in_words(options: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        settings(1883, **options)


def test_the_settings_of_others_are_what_was_meant() -> None:
    one = settings(1883, **OWN)
    assert one.filled() == {"device": "plug-1"}
    assert one.keys() == ("total",)
    assert settings(1883, **OWN, every="6m", longest_gap="7m").every == timedelta(minutes=6)
    assert settings(1883, map="tasmota", every="6m").every == timedelta(minutes=6)
    assert settings(1883, map="tasmota").filled() == {"device": "plug-1", "prefix": "tele"}
    assert settings(1883, map="tasmota", silent_after="2h").messages().silent_after.seconds == 7200


def test_a_map_that_is_wrong_is_refused_with_its_file_and_key() -> None:
    start = "name: x\ntitle: x\ntopic: a\n"
    for text, said in (
        ("- a", "f.yaml: a map is a mapping with name, title and meters"),
        ("a: [", "f.yaml: is not YAML"),
        (start + "meters: {total: {power: {oid: 1}}}", "total.power.0.oid: there is no such key"),
        (start + "meters: {}", "f.yaml: meters: "),
        (start + "meters: {total: {power: {unit: VA}}}", r"meters.total.power.0.unit: .*'W'"),
    ):
        with pytest.raises(ConfigError, match=said):
            map_of(text, "f.yaml")


def test_the_maps_that_ship_load_and_have_a_total() -> None:
    assert {"tasmota", "shelly-gen2", "zigbee2mqtt", "sparkplug-b"} <= maps().keys()
    for one in maps().values():
        assert one.meters["total"].power
        assert one.meters["total"].energy
        assert one.tested


def test_no_vendor_stands_in_the_code() -> None:
    folder = Path(__file__).parents[3] / "collectors" / "mqtt"
    for path in folder.glob("*.py"):
        text = path.read_text().lower()
        assert [name for name in ("tasmota", "shelly", "zigbee") if name in text] == [], path
