"""`carbond probe` and `carbond profile`, as people call them."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from agent.cli import main
from config.profiles import schema_text
from tests.collectors.snmp.conftest import Snmpd, needs_snmpd

APC = "1.3.6.1.4.1.318.1.1.26"
WALK = f"""\
1.3.6.1.2.1.1.1.0|4|Rack PDU MN:AP8959EU3 HR:02
1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.318.1.3.4.6
{APC}.4.3.1.5.1|2|117
{APC}.4.3.1.9.1|2|706
{APC}.4.3.1.16.1|2|125
{APC}.9.4.3.1.2.1|2|1
{APC}.9.4.3.1.3.1|4|db-1
{APC}.9.4.3.1.4.1|2|1
{APC}.9.4.3.1.7.1|2|163
"""
Said = pytest.CaptureFixture[str]


@pytest.fixture
def walk(tmp_path: Path) -> Path:
    path = tmp_path / "pdu.snmprec"
    path.write_text(WALK)
    return path


def test_a_walk_is_one_object_of_plain_values(walk: Path, capsys: Said) -> None:
    assert main(["probe", "--walk", str(walk), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "vendor": "APC",
        "model": "AP8959EU3",
        "role": "pdu",
        "active_power_w": {"total": 1170, "outlets": {"1": 163}},
        "energy_wh": {"total": 70600},
        "apparent_power_va": {"total": 1250},
        "confidence": {
            "active_power_w.total": "high",
            "active_power_w.outlets": "high",
            "energy_wh.total": "high",
            "apparent_power_va.total": "high",
        },
        "oids": {
            "active_power_w.total": f"{APC}.4.3.1.5.1",
            "active_power_w.outlets": f"{APC}.9.4.3.1.7.1",
            "energy_wh.total": f"{APC}.4.3.1.9.1",
            "apparent_power_va.total": f"{APC}.4.3.1.16.1",
        },
        "notes": "",
    }


def test_a_table_is_for_people(walk: Path, capsys: Said) -> None:
    assert main(["probe", "--walk", str(walk)]) == 0
    title, heading, total, outlet = capsys.readouterr().out.splitlines()
    assert title.startswith("APC AP8959EU3: APC rPDU2")
    assert heading.split() == ["meter", "power", "energy", "name", "conditions"]
    assert total.split() == ["total", "1,170.0", "W", "70.600", "kWh", "1250", "VA"]
    assert outlet.split() == ["outlet/1", "163.0", "W", "–", "db-1"]


def test_a_table_has_no_column_that_no_meter_fills(tmp_path: Path, capsys: Said) -> None:
    path = tmp_path / "pdu.snmprec"
    path.write_text("".join(line for line in WALK.splitlines(keepends=True) if "|4|db" not in line))
    assert main(["probe", "--walk", str(path)]) == 0
    _, heading, *_ = capsys.readouterr().out.splitlines()
    assert heading.split() == ["meter", "power", "energy", "conditions"]


SENSORS = "1.3.6.1.2.1.99.1.1.1"
CELSIUS = f"""\
1.3.6.1.2.1.1.1.0|4|A switch
1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.99999.1
{SENSORS}.1.1|2|8
{SENSORS}.2.1|2|9
{SENSORS}.3.1|2|0
{SENSORS}.4.1|2|31
"""


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (CELSIUS, "it has no power and no energy of profile entity-sensor"),
        (
            "1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.318.1.3.11\n1.3.6.1.4.1.318.1.1.8.1.5.0|4|AP4423\n",
            "it reports currents and apparent power only",
        ),
    ],
)
def test_a_device_with_nothing_to_read_says_so_in_a_line(
    tmp_path: Path, capsys: Said, text: str, why: str
) -> None:
    path = tmp_path / "known.snmprec"
    path.write_text(text)
    assert main(["probe", "--walk", str(path)]) == 0
    _, line = capsys.readouterr().out.splitlines()
    assert line == f"nothing to book: {why}"


def test_what_is_not_believed_is_said(tmp_path: Path, capsys: Said) -> None:
    ups = "1.3.6.1.2.1.33.1"
    path = tmp_path / "ups.snmprec"
    path.write_text(f"{ups}.4.4.1.4.1|2|0\n{ups}.4.4.1.5.1|2|30\n")
    assert main(["probe", "--walk", str(path)]) == 0
    assert "not believed: active_power_w.total 0: 0 while" in capsys.readouterr().out


def test_a_device_can_be_pasted_into_the_settings(walk: Path, tmp_path: Path, capsys: Said) -> None:
    secret = tmp_path / "community"
    secret.write_text("public\n")
    arguments = ["probe", "--walk", str(walk), "--yaml", "--community-file", str(secret)]
    assert main(arguments) == 0
    pasted = capsys.readouterr().out
    (device,) = yaml.safe_load(pasted)["devices"]
    assert (device["name"], device["role"], device["profile"]) == (
        "ap8959eu3",
        "rack",
        "apc-rpdu2",
    )
    assert device["read"] == ["total", "outlet"]
    settings = tmp_path / "carbond.yaml"
    settings.write_text(f"sites: [{{name: here}}]\nledger: {{path: {tmp_path}/l.db}}\n{pasted}")
    assert main(["check", "-c", str(settings)]) == 0


def test_other_keys_can_be_set_for_the_settings(walk: Path, capsys: Said) -> None:
    keys = ("name=rack-7-a", "role=feed", "tags.row=7", "read=[total]", "community.env=SNMP")
    options = [part for key in keys for part in ("--set", key)]
    assert main(["probe", "--walk", str(walk), "--yaml", *options]) == 0
    (device,) = yaml.safe_load(capsys.readouterr().out)["devices"]
    assert device == {
        "name": "rack-7-a",
        "type": "snmp",
        "role": "feed",
        "address": "ADDRESS",
        "tags": {"row": "7"},
        "read": ["total"],
        "community": {"env": "SNMP"},
        "version": "v2c",
        "profile": "apc-rpdu2",
    }


def test_an_unknown_device_names_the_closest_profile_and_the_way_out(
    tmp_path: Path, capsys: Said
) -> None:
    path = tmp_path / "new.snmprec"
    path.write_text("1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.13742.99\n")
    assert main(["probe", "--walk", str(path), "--json"]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert "no profile for sysObjectID 1.3.6.1.4.1.13742.99; closest is raritan-" in said.err
    assert "run `carbond record ADDRESS`" in said.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "write an ADDRESS to ask, or --walk FILE"),
        (["10.0.0.1", "--walk", "x"], "write an ADDRESS to ask, or --walk FILE"),
        (["--walk", "{folder}/none"], "cannot read the walk"),
        (["--walk", "{folder}/bad"], "bad:2: it is no line of a walk"),
        (["--walk", "{folder}/odd"], "odd:1: there is no type '99'"),
        (["--walk", "{folder}/empty"], "is empty: record one with `carbond record ADDRESS`"),
        (["--walk", "{folder}/bad", "--profile", "x"], "there is no profile 'x'"),
        (["10.0.0.1", "--port", "0"], '"port" must be at least 1, not 0'),
        (["10.0.0.1", "--user", "u", "--auth", "md5"], "--auth md5: write PROTOCOL:FILE"),
        (
            ["10.0.0.1", "--user", "u", "--auth", "md9:{folder}/bad"],
            '"auth.protocol" must be one of "md5"',
        ),
        (["10.0.0.1", "--community-file", "{folder}/none"], "there is no secret file"),
    ],
)
def test_bad_input_gets_one_clear_message(
    tmp_path: Path, capsys: Said, arguments: list[str], message: str
) -> None:
    (tmp_path / "bad").write_text("1.3.6.1.2.1.1.1.0|4|x\nrubbish\n")
    (tmp_path / "odd").write_text("1.3.6.1.2.1.1.1.0|99|x\n")
    (tmp_path / "empty").write_text("")
    assert main(["probe", *(one.format(folder=tmp_path) for one in arguments)]) == 2
    assert message in capsys.readouterr().err


@pytest.fixture
def agent(tmp_path: Path) -> Iterator[Snmpd]:
    one = Snmpd(tmp_path)
    yield one
    one.stop()


@needs_snmpd
@pytest.mark.parametrize("version", ["v1", "v2c", "v3"])
def test_a_real_agent_is_probed(agent: Snmpd, tmp_path: Path, capsys: Said, version: str) -> None:
    agent.start(
        'rocommunity public\ncreateUser carbon SHA-256 "correct horse" AES "battery staple"\n'
        "rouser carbon authPriv\n"
    )
    for name, text in (("auth", "correct horse"), ("priv", "battery staple")):
        (tmp_path / name).write_text(text)
    access = ["--snmp-version", version]
    if version == "v3":
        access = ["--user", "carbon"]
        access += ["--auth", f"sha256:{tmp_path}/auth", "--priv", f"aes128:{tmp_path}/priv"]
    assert main(["probe", "127.0.0.1", "--port", str(agent.port), "--json", *access]) == 0
    said = capsys.readouterr().out
    entry = json.loads(said)
    assert entry["active_power_w"] == {"total": 1170}
    assert entry["energy_wh"] == {"total": 70600}
    assert "horse" not in said


@needs_snmpd
def test_a_silent_device_ends_with_one_and_the_cause(agent: Snmpd, capsys: Said) -> None:
    # Nothing listens there.
    arguments = ["127.0.0.1", "--port", str(agent.port), "--timeout", "50ms"]
    assert main(["probe", *arguments]) == 1
    assert "carbond: 127.0.0.1: no answer within" in capsys.readouterr().err


GOOD = """\
name: acme
title: Acme
match: {object_ids: [1.3.6.1.4.1.318]}
limit_watts: 1000
meters:
  - {scope: total, rows: sum, power: {oid: "1.3.6.1.4.1.318.1.1.26.4.3.1.16.{number}", scale: 10}}
"""


def test_a_good_profile_shows_what_it_reads(walk: Path, tmp_path: Path, capsys: Said) -> None:
    path = tmp_path / "acme.yaml"
    path.write_text(GOOD)
    assert main(["profile", "check", str(path), "--walk", str(walk)]) == 0
    good, rest = capsys.readouterr().out.split("\n", 1)
    assert good == f"{path}: the profile is good"
    assert json.loads(rest)["active_power_w"] == {"total": 1250}


def test_a_walk_that_does_not_fit_ends_with_1_and_says_what_is_not_in_it(
    walk: Path, tmp_path: Path, capsys: Said
) -> None:
    path = tmp_path / "acme.yaml"
    path.write_text(GOOD.replace("1.3.6.1.4.1.318", "1.3.6.1.4.1.99999"))
    assert main(["profile", "check", str(path), "--walk", str(walk)]) == 1
    said = capsys.readouterr()
    assert said.out == f"{path}: the profile is good\n"
    nothing, other = said.err.splitlines()
    assert "reads nothing of it: it has no 1.3.6.1.4.1.99999.1.1.26.4.3.1.16.{number}" in nothing
    assert "such a device is read by apc-rpdu2: its sysObjectID is 1.3.6.1.4.1.318" in other
    assert "profile: acme" not in other


def test_a_profile_that_reads_a_walk_but_is_not_chosen_for_it_says_so(
    walk: Path, tmp_path: Path, capsys: Said
) -> None:
    path = tmp_path / "acme.yaml"
    block = '  - {scope: outlet, power: {oid: "1.3.6.1.4.1.99999.1.{number}"}}\n'
    path.write_text(GOOD + block)
    assert main(["profile", "check", str(path), "--walk", str(walk), "--json"]) == 0
    nothing, other = json.loads(capsys.readouterr().out)["notes"]
    assert nothing == f"{walk}: nothing is read of: outlet"
    assert "is read by apc-rpdu2" in other
    assert "write `profile: acme` in the settings of the device" in other
    walk.write_text(WALK.replace("1.3.6.1.4.1.318.1.3.4.6", "1.3.6.1.4.1.99999.1"))
    path.write_text(GOOD.replace("[1.3.6.1.4.1.318]", "[1.3.6.1.4.1.99999]"))
    assert main(["profile", "check", str(path), "--walk", str(walk)]) == 0
    assert capsys.readouterr().err == ""


def test_every_fault_of_a_profile_has_a_line(tmp_path: Path, capsys: Said) -> None:
    path = tmp_path / "acme.yaml"
    bad = GOOD.replace("title", "titel").replace("limit_watts: 1000", "limit_watts: lots")
    path.write_text(bad.replace("scale: 10", "scale: 0"))
    assert main(["profile", "check", str(path)]) == 2
    faults = capsys.readouterr().err.splitlines()
    assert faults[0] == f"{path}: titel: there is no such key; do you mean 'title'?"
    assert {fault.removeprefix(f"{path}: ").partition(":")[0] for fault in faults} == {
        "titel",
        "title",
        "limit_watts",
        "meters.0.power.scale",
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (GOOD.replace("name: acme", "name: other"), "name: 'other' is not the name of its file"),
        (GOOD.replace("{object_ids", "{after: [none], object_ids"), "there is no profile 'none'"),
        ("name: [", "is not YAML"),
        ("- 1", "a profile is a mapping"),
    ],
)
def test_a_profile_that_cannot_be_one_is_refused(
    tmp_path: Path, capsys: Said, text: str, message: str
) -> None:
    path = tmp_path / "acme.yaml"
    path.write_text(text)
    assert main(["profile", "check", str(path)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"{path}: ")
    assert message in line


def test_a_profile_that_is_not_there_is_said(tmp_path: Path, capsys: Said) -> None:
    assert main(["profile", "check", str(tmp_path / "none.yaml")]) == 2
    assert "cannot read" in capsys.readouterr().err


def test_the_schema_is_printed_and_profiles_are_listed(capsys: Said) -> None:
    assert main(["profile", "schema"]) == 0
    assert capsys.readouterr().out == schema_text()
    assert main(["profile", "list"]) == 0
    assert "apc-rpdu2" in capsys.readouterr().out
