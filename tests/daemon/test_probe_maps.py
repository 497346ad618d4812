"""`carbond profile check` of the maps of Modbus, MQTT and Prometheus."""

from pathlib import Path

import pytest

import config
from agent.cli import main
from agent.cli.maps import KINDS, kind_of

Said = pytest.CaptureFixture[str]
SHIPPED = Path(config.__file__).parent / "profiles"

MODBUS = """\
name: acme
title: Acme
limit_watts: 1000
meters:
  - scope: total
    power: {register: 0x10, type: int16, unit: W}
"""
MQTT = """\
name: acme
title: Acme
topic: acme/{device}
meters:
  total:
    power: {path: $.watts}
"""
PROMETHEUS = """\
name: acme
title: Acme
meters:
  - power:
      - {metric: acme_watts}
"""


@pytest.mark.parametrize(
    ("kind", "text"), list(zip(KINDS, (MQTT, MODBUS, PROMETHEUS), strict=True))
)
def test_the_keys_of_a_map_tell_what_it_is_of(
    kind: str, text: str, tmp_path: Path, capsys: Said
) -> None:
    path = tmp_path / "acme.yaml"
    path.write_text(text)
    assert main(["profile", "check", str(path)]) == 0
    assert capsys.readouterr().out == f"{path}: the map of {kind} is good\n"


def test_every_map_that_ships_is_good_and_known_wherever_it_stands(
    tmp_path: Path, capsys: Said
) -> None:
    for kind in KINDS:
        for shipped in sorted((SHIPPED / kind).glob("*.yaml")):
            assert main(["profile", "check", str(shipped)]) == 0, capsys.readouterr().err
            assert kind_of(tmp_path / shipped.name, shipped.read_text()) == kind


def test_no_profile_of_snmp_is_taken_for_a_map() -> None:
    for shipped in SHIPPED.glob("*.yaml"):
        assert kind_of(shipped, shipped.read_text()) is None


def test_a_folder_says_more_than_the_keys(tmp_path: Path, capsys: Said) -> None:
    path = tmp_path / "modbus" / "acme.yaml"
    path.parent.mkdir()
    path.write_text(MQTT)
    assert main(["profile", "check", str(path)]) == 2
    assert f'{path}:3: unknown key "topic"' in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        (
            MODBUS.replace("int16", "int61").replace("title", "titel"),
            [
                '"title" is missing: What people call it.',
                '2: unknown key "titel"; did you mean "title"?',
                '6: "meters[0].power.type" must be one of "int16", ',
            ],
        ),
        (
            MODBUS.replace("scope: total", "scope: phase"),
            ['5: "meters[0]": a phase needs a key'],
        ),
        (
            MQTT.replace("path: $.watts", "path: $.watts, unit: V, skale: 2"),
            [
                '6: "meters.total.power.unit" must be one of "W" or "kW", not V',
                '6: "meters.total.power": unknown key "skale"; did you mean "scale"?',
            ],
        ),
        (
            PROMETHEUS.replace("acme_watts", "acme watts"),
            [
                '5: "meters[0].power[0].metric',
            ],
        ),
        (
            PROMETHEUS.replace("name: acme", "name: other"),
            ["1: \"name\": 'other' is not the name of the file"],
        ),
        (MQTT + "meters: {}\n", ['7: the key "meters" stands here a second time']),
    ],
)
def test_every_fault_of_a_map_has_a_line_with_its_place(
    text: str, faults: list[str], tmp_path: Path, capsys: Said
) -> None:
    path = tmp_path / "acme.yaml"
    path.write_text(text)
    assert main(["profile", "check", str(path)]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == len(faults), lines
    for line, fault in zip(sorted(lines), sorted(faults), strict=True):
        assert line.startswith(str(path))
        assert fault in line


def test_a_walk_goes_with_profiles_of_snmp_only(tmp_path: Path, capsys: Said) -> None:
    path = tmp_path / "acme.yaml"
    path.write_text(MODBUS)
    assert main(["profile", "check", str(path), "--walk", str(path)]) == 2
    assert "--walk is of profiles of SNMP" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["- register: 1\n", "register\n", ""])
def test_what_is_no_mapping_is_refused(text: str, tmp_path: Path, capsys: Said) -> None:
    path = tmp_path / "modbus" / "acme.yaml"
    path.parent.mkdir()
    path.write_text(text)
    assert main(["profile", "check", str(path)]) == 2
    assert capsys.readouterr().err == f"{path}: a map is a mapping with name, title and meters\n"
