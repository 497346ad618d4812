"""What cannot work is refused before the first connection, with the way out."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from agent.app import load
from agent.errors import ConfigError
from tests.collectors.modbus.conftest import METER, settings

INVERTER = "sunspec"
ONE = {"model": 103}
TOTAL = METER["meters"][0]
POWER = METER | {"meters": [{"scope": "total", "power": TOTAL["power"]}]}
WATER = METER | {"meters": [{"scope": "total", "energy": TOTAL["energy"] | {"unit": "m3"}}]}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"profile": "eastron-sdm639"}, "do you mean 'eastron-sdm630'?"),
        ({"profile": "x"}, "there is no profile 'x': there are auto, eastron-sdm630, "),
        ({"profile": "janitza-umg", "registers": METER}, "leave profile out"),
        ({"profile": "janitza-umg", "model": 203}, "model: only SunSpec devices have models"),
        ({"model": 203, "instance": 2}, "instance and model: only SunSpec devices have models"),
        ({"read": []}, "an empty list reads nothing: write [total], or leave it out"),
        ({"read": ["socket"]}, "Input should be 'total'"),
        ({"timeout": "30s", "tries": 2}, "timeout x tries must be shorter than every"),
        ({"unit": 256}, "less than or equal to 255"),
        ({"port": 0}, "greater than or equal to 1"),
        ({"framer": "rtu"}, "Input should be 'tcp' or 'rtu-over-tcp'"),
        ({"direction": "both"}, "Input should be 'auto', 'import' or 'export'"),
        ({"address": ""}, "at least 1 character"),
        ({"adress": "x"}, "Extra inputs are not permitted"),
        ({"registers": {"limit_watts": 5, "meters": []}}, "at least 1 item"),
        ({"registers": METER | {"meterz": 1}}, "Extra inputs are not permitted"),
        ({"role": "water"}, "it has the role water, but its map measures energy"),
        ({"registers": WATER}, "its map measures water: write role: water"),
        ({"registers": METER | {"generates": True}}, "it generates: write role: onsite, or gen"),
        ({"role": "onsite"}, "no energy that flows out of the load: write direction: import"),
        ({"direction": "export"}, "its map has no energy that flows out of the load"),
        ({"read": ["phase"]}, "its map has nothing of what read names (phase): it has total"),
        ({"profile": INVERTER, "role": "rack"} | ONE, "it generates: write role: onsite, or gen"),
        ({"profile": INVERTER, "read": ["outlet"]}, "has nothing of what read names (outlet)"),
        ({"profile": INVERTER, "model": 64999}, "sunspec does not know 64999: it knows 101, 102"),
        ({"registers": POWER, "every": "6m"}, "the total has a power and no register, and would"),
        ({"registers": POWER, "every": "6m"}, "make `every` shorter, or `longest_gap` longer"),
    ],
)
def test_settings_that_cannot_work_say_why(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError) as bad:
        settings(**{"port": 502} | options)
    assert message in str(bad.value)


def test_settings_that_work_are_taken() -> None:
    assert settings(502, profile=INVERTER, role="onsite", model=103).model == 103
    assert settings(502, profile=INVERTER, role="rack", model=203).model == 203
    assert settings(502, profile=INVERTER, role="rack").role == "rack"
    assert settings(502, profile="auto", role="water", read=["outlet"]).read == ("outlet",)
    assert settings(502, registers=METER, every="6m").every == timedelta(minutes=6)
    patient = settings(502, registers=POWER | {"longest_gap": "7m"}, every="6m")
    assert patient.every == timedelta(minutes=6)
    made = settings(1502, profile="auto", timeout="3s", framer="rtu-over-tcp", unit=17)
    assert (made.port, made.unit, made.timeout) == (1502, 17, timedelta(seconds=3))
    assert settings(1502, profile="auto", model=203).model == 203
    assert settings(1502, profile="sunspec", instance=2).instance == 2


SITE = """\
sites: [{name: home}]
defaults: {modbus: {address: 192.0.2.1, profile: janitza-umg}}
devices:
  - {name: a, type: modbus, unit: 1}
  - {name: b, type: modbus, unit: 2, port: 503, framer: rtu-over-tcp}
"""


def test_one_port_is_wrapped_in_one_way(tmp_path: Path) -> None:
    path = tmp_path / "carbond.yaml"
    path.write_text(SITE)
    assert len(load(path).devices) == 2
    path.write_text(SITE + "  - {name: c, type: modbus, unit: 3, framer: rtu-over-tcp}\n")
    with pytest.raises(ConfigError) as refused:
        load(path)
    assert str(refused.value) == (
        f'{path}:6: devices[2] "c": "framer" is rtu-over-tcp here and tcp for "a", at the same '
        "address and port: write the same framer for all of one port"
    )


def test_what_only_the_device_says_is_left_to_the_first_poll(tmp_path: Path) -> None:
    path = tmp_path / "carbond.yaml"
    path.write_text(SITE + "  - {name: c, type: modbus, profile: auto, role: onsite, unit: 3}\n")
    assert len(load(path).devices) == 3
