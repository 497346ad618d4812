"""What may be written of a device, and that the sample and the README say all of it."""

import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from agent.app import load
from agent.app.parts import tree_of
from agent.errors import ConfigError
from agent.model import MeterId, Role
from collectors import DEVICES
from collectors.prometheus import Prometheus, PrometheusSettings
from config import Secret
from config.profiles.prometheus import EnergySeries, MeterMap, PowerSeries, maps

SAMPLE = files("collectors.prometheus").joinpath("sample.yaml").read_text()
README = files("collectors.prometheus").joinpath("README.md").read_text()
UNCOMMENTED = re.sub(
    rf"(?m)^    # (({'|'.join(PrometheusSettings.model_fields)}): .*)$", r"    \1", SAMPLE
)
GIVEN: dict[str, Any] = {
    "name": "server-1",
    "type": "prometheus",
    "url": "http://192.0.2.5:9290/metrics",
    "map": "ipmi-exporter",
}
METER = {"power": [{"metric": "a"}]}
OUTLET = {**METER, "scope": "outlet", "key": ["a", "b"]}
COUNTED = {**METER, "energy": [{"metric": "j"}]}


def test_the_sample_loads_as_it_stands() -> None:
    (device,) = yaml.safe_load(SAMPLE)["devices"]
    settings = PrometheusSettings(**device)
    assert settings.model_fields_set == {"name", "type", "url", "map"}


def test_every_option_stands_in_the_sample_with_its_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (device,) = yaml.safe_load(UNCOMMENTED)["devices"]
    assert set(device) == set(PrometheusSettings.model_fields)
    for name in ("exporter-password", "exporter-token"):
        (tmp_path / name).write_text("secret\n")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    bare = PrometheusSettings(**GIVEN)
    # These need a file, or exclude each other.
    for name in ("ca_file", "client_cert", "token"):
        del device[name]
    settings = PrometheusSettings(**device)
    shown = (
        "meters",
        "labels",
        "alone",
        "verify_tls",
        "timeout",
        "max_age",
        "longest_gap",
        "every",
    )
    for name in (*shown, "role"):
        assert getattr(settings, name) == getattr(bare, name), name


def test_the_readme_and_the_sample_name_every_option_map_and_key() -> None:
    own = set(PrometheusSettings.__annotations__) - {"type"}
    keys = {*MeterMap.model_fields, *EnergySeries.model_fields, *PowerSeries.model_fields}
    assert [name for name in {*own, *maps(), *keys} if f"`{name}`" not in README] == []
    assert [name for name in maps() if name not in SAMPLE] == []


def test_the_settings_of_the_readme_load(tmp_path: Path) -> None:
    (text,) = re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)
    path = tmp_path / "carbond.yaml"
    path.write_text(f"sites: [{{name: home}}]\n{text}")
    (device,) = load(path).devices
    assert isinstance(device, PrometheusSettings)
    assert [one.scope for one in device.meters] == ["total", "outlet"]
    assert device.meters[0].power[0].factor == 10


def test_the_plug_in_stands_in_the_table() -> None:
    assert DEVICES["prometheus"] is Prometheus


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"url": "192.0.2.5"}, "must be an address such as http://127.0.0.1:9100/metrics"),
        ({"url": "ftp://192.0.2.5/"}, "must be an address such as"),
        ({"url": "http://a:b@192.0.2.5/"}, "must not hold a password: use `user` and `password`"),
        ({"url": "http://192.0.2.5:99999/"}, "must"),
        ({"map": "ipmi_exporter"}, "there is no map 'ipmi_exporter': do you mean 'ipmi-exporter'?"),
        ({"map": "x"}, "there is no map 'x': there are idrac-exporter, "),
        ({"map": None}, "it needs a `map`, or `meters` of its own, and not both"),
        ({"meters": [METER]}, "it needs a `map`, or `meters` of its own, and not both"),
        ({"read": []}, "an empty list reads nothing"),
        ({"read": ["outlet"]}, "the map has no outlet: leave it out"),
        ({"user": "me"}, "`user` and `password` go together"),
        (
            {"user": "me", "password": Secret("a"), "token": Secret("b")},
            "`user` and `token` are two ways to log in",
        ),
        ({"token": "plain"}, "a secret never stands in the settings"),
        ({"ca_file": "/nowhere.pem"}, "must be a file in PEM: there is no /nowhere.pem"),
        ({"timeout": "2m"}, "timeout is longer than every"),
        ({"alone": True}, "`alone` is for what is read in-band: leave it out"),
        ({"labels": {"a": "~("}}, "is no regular expression"),
        ({"map": "kepler"}, "it is read in-band: name what meters it from outside"),
        (
            {"map": "kepler", "upstream": ["pdu"], "role": "device"},
            "as role device its energy would be added",
        ),
        ({"map": None, "meters": [METER], "in_band": True}, "or write `alone: true`"),
        ({"map": None, "meters": [METER, METER]}, "total stands there twice: give one of them all"),
        ({"map": None, "meters": [OUTLET, OUTLET]}, "outlet by a, b stands there twice: give one"),
        ({"every": "6m"}, "the total of the map has a power and no register, and would have no"),
        ({"every": "300s"}, "it is read every 300 s, and power is integrated over 300 s at most"),
        ({"every": "6m"}, "make `every` shorter, or `longest_gap` longer"),
    ],
)
def test_what_cannot_work_is_refused_with_the_reason(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError) as raised:
        PrometheusSettings(**GIVEN | options)
    assert message in str(raised.value)


@pytest.mark.parametrize(
    "options",
    [
        {"every": "6m", "longest_gap": "7m"},
        {"every": "6m", "map": None, "meters": [COUNTED]},
        {"every": "6m", "map": None, "meters": [COUNTED, OUTLET], "read": ["total"]},
        {"map": None, "meters": [OUTLET, {**OUTLET, "key": "b"}]},
    ],
)
def test_what_can_work_is_taken(options: dict[str, Any]) -> None:
    assert PrometheusSettings(**GIVEN | options).name == "server-1"


def test_certificates_that_are_none_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.pem"
    path.write_text("no certificate\n")
    for name in ("ca_file", "client_cert"):
        with pytest.raises(ValidationError, match="the certificates cannot be used: "):
            PrometheusSettings(**GIVEN | {"url": "https://192.0.2.5/", name: path})
    with pytest.raises(ValidationError, match="`ca_file` has no use with `verify_tls: false`"):
        PrometheusSettings(**GIVEN | {"ca_file": path, "verify_tls": False})


SITE = """\
sites: [{name: home}]
devices:
  - {name: pdu, type: snmp, address: 192.0.2.2, community: {env: KEY}, role: rack}
  - {name: node, type: prometheus, url: "http://192.0.2.5/metrics", %s}
"""


@pytest.mark.parametrize(
    ("options", "role"),
    [
        ("map: kepler, upstream: pdu/outlet/3", Role.OTHER),
        ("map: kepler, alone: true", Role.DEVICE),
        ("map: kepler, in_band: false", Role.DEVICE),
        ("map: ipmi-exporter, upstream: pdu/outlet/3", Role.DEVICE),
        ("map: ipmi-exporter, in_band: true, upstream: pdu", Role.OTHER),
        ("meters: [{power: [{metric: a}]}], in_band: true, upstream: pdu", Role.OTHER),
    ],
)
def test_what_is_read_in_band_stands_in_no_sum_unless_it_is_alone(
    options: str, role: Role, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEY", "public")
    path = tmp_path / "carbond.yaml"
    path.write_text(SITE % options)
    found = tree_of(load(path)).meter(MeterId("node"))
    assert found is not None
    assert found.role is role


def test_a_fault_in_a_meter_of_the_settings_is_shown_where_it_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEY", "public")
    path = tmp_path / "carbond.yaml"
    path.write_text(SITE % "meters: [{power: [{metric: a, unit: kJ, lables: {a: b}}]}]")
    with pytest.raises(ConfigError) as raised:
        load(path)
    text = str(raised.value)
    assert f"{path}:4" in text
    assert '"meters[0].power[0].unit" must be one of' in text
    assert 'unknown key "lables"; did you mean "labels"?' in text
