"""Devices as CSV and as YAML: what goes there comes back."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.errors import ConfigError
from agent.inventory import csv_text, devices_in_csv, devices_in_settings, yaml_text
from agent.model import Role
from config import DeviceSettings, load
from tests.config.kinds import KINDS

SITE = "sites: [{name: home}]\n"


def load_devices(folder: Path, text: str) -> tuple[DeviceSettings, ...]:
    path = folder / "again.yaml"
    path.write_text(SITE + text)
    return load(path, KINDS).devices


def through_csv(folder: Path, devices: str) -> tuple[str, dict[str, Any]]:
    """Return the CSV list of some devices, and what it lost."""
    path = folder / "carbond.yaml"
    path.write_text(SITE + devices)
    text = csv_text(devices_in_settings(path, KINDS.devices, folder=folder), folder)
    return text.text, dict(text.lost)


def test_every_key_that_a_device_sets_is_a_column(tmp_path: Path) -> None:
    text, lost = through_csv(
        tmp_path,
        """devices:
  - {type: snmp, name: a, host: h, role: rack, upstream: [b, c/outlet/3], tags: {row: 7, k: v}}
  - {name: b, type: snmp, host: i, community: {env: HOME}, limit_watts: 1.10, every: 5m}
  - {name: c, type: ipmi, host: "j, k", room: 'say "hi"', outlets: ~}
""".replace(", outlets: ~", ""),
    )
    assert lost == {}
    assert text.splitlines() == [
        "name,type,host,role,upstream,tags.row,tags.k,community.env,limit_watts,every,room",
        "a,snmp,h,rack,b c/outlet/3,7,v,,,,",
        "b,snmp,i,,,,,HOME,1.10,5m,",
        'c,ipmi,"j, k",,,,,,,,"say ""hi"""',
    ]


def test_devices_of_conf_d_and_of_lists_are_there_too(tmp_path: Path) -> None:
    (tmp_path / "conf.d").mkdir()
    (tmp_path / "conf.d" / "x.yaml").write_text(
        "devices:\n  - {from: more.csv, type: snmp, tags: {a: 1}}\n"
    )
    (tmp_path / "conf.d" / "more.csv").write_text("name;host;tags.b\nb;h;2\n")
    text, _ = through_csv(tmp_path, "devices: [{name: a, type: ipmi, host: h}]\n")
    assert text == "name,type,host,tags.a,tags.b\na,ipmi,h,,\nb,snmp,h,1,2\n"


def test_defaults_stay_where_they_are_unless_all_is_wanted(tmp_path: Path) -> None:
    path = tmp_path / "carbond.yaml"
    path.write_text(
        SITE + "defaults: {snmp: {port: 1161, community: {file: s/c}}}\n"
        "devices: [{name: a, type: snmp, host: h}]\n"
    )
    assert csv_text(devices_in_settings(path, KINDS.devices)).text == "name,type,host\na,snmp,h\n"
    whole = devices_in_settings(path, KINDS.devices, whole=True)
    assert csv_text(whole).text == (
        f"name,type,host,port,community.file\na,snmp,h,1161,{tmp_path}/s/c\n"
    )


def test_paths_are_kept_in_the_same_folder_and_absolute_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "s").write_text("secret")
    other = tmp_path / "lists"
    other.mkdir()
    path = tmp_path / "carbond.yaml"
    path.write_text(
        f"{SITE}devices: [{{name: a, type: snmp, host: h, mib: m.txt, community: {{file: s}}}}]\n"
    )
    expected = load(path, KINDS).devices
    for folder, mib in ((tmp_path, "m.txt"), (other, f"{tmp_path}/m.txt")):
        text = csv_text(devices_in_settings(path, KINDS.devices, folder=folder), folder).text
        assert f",{mib}," in text
        (folder / "list.csv").write_text(text)
        again = tmp_path / "again.yaml"
        again.write_text(f"{SITE}devices: [{{from: {folder}/list.csv}}]\n")
        assert load(again, KINDS).devices == expected


def test_secrets_are_neither_read_nor_written(tmp_path: Path) -> None:
    (tmp_path / "s").write_text("very-hidden")
    text, lost = through_csv(
        tmp_path,
        """devices:
  - {name: a, type: snmp, host: h, community: {file: s}}
  - {name: b, type: snmp, host: h, community: {file: not-there}}
  - {name: c, type: snmp, host: h, community: {env: NOT_SET}}
""",
    )
    assert lost == {}
    assert "very-hidden" not in text
    assert text.splitlines()[1:] == ["a,snmp,h,s,", "b,snmp,h,not-there,", "c,snmp,h,,NOT_SET"]


def test_what_no_cell_can_hold_is_named_and_the_rest_is_written(tmp_path: Path) -> None:
    text, lost = through_csv(
        tmp_path,
        """devices:
  - {name: a, type: snmp, host: h, rack: "null"}
  - {name: b, type: snmp, host: h, tags: {a.b: c}}
  - {name: c, type: snmp, host: " h"}
  - {name: d, type: snmp, host: h, user: {}}
  - {name: e, type: snmp, host: h}
""",
    )
    assert text == "name,type,host\ne,snmp,h\n"
    assert lost == {"a": ["rack"], "b": ["tags"], "c": ["host"], "d": ["user"]}


def test_a_key_that_is_a_value_here_and_a_mapping_there_is_named(tmp_path: Path) -> None:
    text, lost = through_csv(
        tmp_path,
        """devices:
  - {name: a, type: snmp, host: h, user: {name: x}}
  - {name: b, type: snmp, host: h, user: y}
  - {name: c, type: snmp, host: h, tags: {k.l: v}}
  - {name: d, type: snmp, host: h, tags: {k: v}}
""",
    )
    assert text == "name,type,host,user.name,tags.k\na,snmp,h,x,\nd,snmp,h,,v\n"
    assert lost == {"b": ["user"], "c": ["tags"]}


def test_a_default_that_is_taken_away_stays_away(tmp_path: Path) -> None:
    text, lost = through_csv(tmp_path, "devices: [{name: a, type: snmp, host: h, community: }]\n")
    assert (text, lost) == ("name,type,host,community\na,snmp,h,~\n", {})
    (tmp_path / "list.csv").write_text(text)
    (device,) = devices_in_csv(tmp_path / "list.csv", KINDS.devices)
    assert "    community: ~\n" in yaml_text([device], "title").text


texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=12)
simple = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,9}", fullmatch=True)
odd = st.sampled_from(["1.10", "NO", "null", "~", "true", "0x1F", "1e3", "a;b", "# x", ", ,", " "])
options: dict[str, st.SearchStrategy[Any]] = {
    "role": st.sampled_from([str(role) for role in Role if role not in ("water", "heat-reuse")]),
    "rack": texts | odd,
    "room": texts | simple,
    "feed": odd,
    "tenant": texts,
    "tags": st.dictionaries(texts | simple, texts | odd, max_size=3),
    "every": st.sampled_from(["250ms", "60s", "5m", "1.5h"]),
    "limit_watts": st.floats(min_value=1, max_value=1e6),
    "accuracy": st.sampled_from([0.01, "1 %", "2%"]),
    "port": st.integers(min_value=1, max_value=65535),
    "version": st.sampled_from(["1", "2c", "3"]),
    "outlets": st.lists(st.integers(min_value=0, max_value=99), max_size=3),
    "user": st.fixed_dictionaries(
        {"name": texts | simple}, optional={"hash": st.sampled_from(["md5", "sha1"])}
    ),
    "mib": simple,
}


@st.composite
def fleets(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Devices of which each may be behind some of those before it."""
    names = draw(st.lists(simple, min_size=1, max_size=5, unique=True))
    devices = []
    for number, name in enumerate(names):
        device: dict[str, Any] = {"name": name, "type": "snmp", "host": draw(simple)}
        device |= draw(st.fixed_dictionaries({}, optional=options))
        above = (
            draw(st.lists(st.sampled_from(names[:number]), max_size=3, unique=True))
            if number
            else []
        )
        if above:
            outlet = draw(st.sampled_from(["", "/outlet/3", "/input"]))
            device["upstream"] = [f"{one}{outlet}" for one in above]
            if draw(st.booleans()):
                device["upstream"] = device["upstream"][0]
        devices.append(device)
    return devices


@given(fleets())
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_devices_come_back_from_csv_and_from_yaml(
    tmp_path: Path, fleet: list[dict[str, Any]]
) -> None:
    path = tmp_path / "carbond.yaml"
    path.write_text(SITE + yaml.safe_dump({"devices": fleet}))
    expected = {device.name: device for device in load(path, KINDS).devices}
    found = devices_in_settings(path, KINDS.devices, folder=tmp_path)
    text = csv_text(found, tmp_path)
    kept = [name for name in expected if name not in text.lost]
    if not kept:
        assert text.text == ""
        return
    (tmp_path / "list.csv").write_text(text.text, newline="")
    again = devices_in_csv(tmp_path / "list.csv", KINDS.devices, folder=tmp_path)
    assert [one.name for one in again] == kept
    anew = yaml_text(again, "title", tmp_path)
    assert anew.lost == {}
    for written in (anew.text, "devices: [{from: list.csv}]\n"):
        # What is upstream may be among those that were left out.
        more = [one for one in fleet if one["name"] in text.lost]
        rest = tmp_path / "conf.d"
        rest.mkdir(exist_ok=True)
        (rest / "rest.yaml").write_text(yaml.safe_dump({"devices": more}))
        loaded = {one.name: one for one in load_devices(tmp_path, written)}
        (rest / "rest.yaml").unlink()
        assert {name: loaded[name] for name in kept} == {name: expected[name] for name in kept}
    plain = [
        one for one in fleet if set(one) <= {"name", "type", "host", "role", "upstream", "every"}
    ]
    assert not {one["name"] for one in plain} & set(text.lost), "these can always be kept"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("name,type\na,smtp\n", 'unknown type "smtp"; did you mean "snmp"'),
        ("name,type,hst\na,snmp,h\n", 'unknown key "hst"; did you mean "host"'),
        ("name,host\na,h\n", '"type" is missing'),
        ('name,type\n"a,snmp\n', "not CSV"),
        ("", "the list is empty"),
    ],
)
def test_a_list_that_is_wrong_is_refused_with_its_place(
    tmp_path: Path, text: str, why: str
) -> None:
    path = tmp_path / "list.csv"
    path.write_text(text)
    with pytest.raises(ConfigError) as found:
        devices_in_csv(path, KINDS.devices)
    assert why in str(found.value)
    assert str(path) in str(found.value)


def test_rows_without_a_type_take_the_one_that_is_given(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("name,host,type\na,h,\nb,h,ipmi\n")
    found = devices_in_csv(path, KINDS.devices, kind="snmp")
    assert [one.values["type"] for one in found] == ["snmp", "ipmi"]
