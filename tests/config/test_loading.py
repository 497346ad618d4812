"""What good settings mean."""

from datetime import timedelta
from pathlib import Path

import pytest

from agent.model import Kind, Role
from config import Secret, SiteSettings, load
from tests.config.kinds import (
    KINDS,
    ONE_SITE,
    FileSettings,
    InfluxSettings,
    IpmiSettings,
    SnmpSettings,
    User,
    load_text,
    write,
)

PDU = "  - {name: a, type: snmp, host: h}\n"


def snmp_of(folder: Path, options: str) -> SnmpSettings:
    """Load one SNMP device with these options."""
    text = f"{ONE_SITE}devices:\n  - name: a\n    type: snmp\n    host: h\n{options}\n"
    (device,) = load_text(folder, text).devices
    assert isinstance(device, SnmpSettings)
    return device


def test_one_site_is_enough(tmp_path: Path) -> None:
    settings = load_text(tmp_path, ONE_SITE)
    assert settings.sites == (SiteSettings(name="home"),)
    assert settings.ledger.path == Path("/var/lib/carbond/ledger.db")
    assert settings.http.port == 9464


def test_items_are_instances_of_the_classes_of_their_plug_ins(tmp_path: Path) -> None:
    text = """
sites: [{name: home, timezone: Europe/Berlin, grid: de, pue: {declared: 1.4, it: rack}}]
devices:
  - {name: a, type: snmp, host: h, role: rack, every: 30s}
  - {name: b, type: ipmi, host: i, upstream: a/outlet/3, suite: 3}
grids: [{name: de, type: file, path: de.csv, kinds: [direct, marginal]}]
exporters: [{name: x, type: influxdb}]
"""
    settings = load_text(tmp_path, text)
    assert settings.devices == (
        SnmpSettings(
            name="a",
            type="snmp",
            site="home",
            host="h",
            role=Role.RACK,
            every=timedelta(seconds=30),
        ),
        IpmiSettings(
            name="b", type="ipmi", site="home", host="i", upstream=("a/outlet/3",), suite=3
        ),
    )
    kinds = (Kind.DIRECT, Kind.MARGINAL)
    path = tmp_path / "de.csv"
    assert settings.grids == (FileSettings(name="de", type="file", path=path, kinds=kinds),)
    assert settings.exporters == (InfluxSettings(name="x", type="influxdb"),)
    assert settings.sites[0].pue.declared == 1.4


def test_lists_go_on_in_conf_d_in_the_order_of_its_names(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "carbond.yaml": ONE_SITE + "devices:\n" + PDU,
        "conf.d/20-b.yaml": "devices: [{name: c, type: snmp, host: h}]\nlog: {form: json}\n",
        "conf.d/10-z.yaml": "devices: [{name: b, type: snmp, host: h, upstream: c}]\n",
        "conf.d/30-empty.yaml": "# devices:\n",
        "conf.d/.#40-being-edited.yaml": "]",
        "conf.d/README": "notes",
    }
    settings = load(write(tmp_path, files), KINDS)
    assert [device.name for device in settings.devices] == ["a", "b", "c"]
    assert settings.log.form == "json"


def test_a_header_without_what_stood_under_it_is_not_set(tmp_path: Path) -> None:
    settings = load_text(tmp_path, ONE_SITE + "devices:\nledger:\n  keep:\nhttp:\n  port:\n")
    assert settings == load_text(tmp_path, ONE_SITE)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_row_of_a_list_is_a_device(tmp_path: Path, delimiter: str) -> None:
    header = ["name", "host", "every", "tags.row", "user.name", "outlets"]
    rows = [
        ["r1", "10.0.0.1", "30s", "7", "x", "1 2 3"],
        ["# r2", "10.0.0.2", "", "", "", ""],
        ["", "", "", "", "", ""],
        ["r3", "fe80::1", "", "NO", "", ""],
    ]
    lines = "\r\n".join(delimiter.join(row) for row in [header, *rows])
    text = (
        f"{ONE_SITE}devices:\n{PDU}"
        "  - {from: pdus.csv, type: snmp, every: 5m, tags: {row: 0, hall: x}}\n"
    )
    _, first, second = load_text(tmp_path, text, **{"pdus.csv": "\ufeff" + lines}).devices
    assert first == SnmpSettings(
        name="r1",
        type="snmp",
        site="home",
        host="10.0.0.1",
        every=timedelta(seconds=30),
        tags={"hall": "x", "row": "7"},
        user=User(name="x"),
        outlets=(1, 2, 3),
    )
    assert second == SnmpSettings(
        name="r3",
        type="snmp",
        site="home",
        host="fe80::1",
        every=timedelta(minutes=5),
        tags={"hall": "x", "row": "NO"},
    )


def test_a_list_may_say_the_type_and_leave_cells_off_at_the_end(tmp_path: Path) -> None:
    rows = 'name,type,host,outlets,room\na,snmp,"h",1;2,"hall 1, left"\nb,ipmi,i\n'
    text = ONE_SITE + "devices: [from: all.csv]\n"
    first, second = load_text(tmp_path, text, **{"all.csv": rows}).devices
    assert isinstance(first, SnmpSettings)
    assert first.outlets == (1, 2)
    assert first.room == "hall 1, left"
    assert isinstance(second, IpmiSettings)


def test_a_device_wins_over_its_list_and_that_over_the_defaults_of_the_type(tmp_path: Path) -> None:
    text = """
sites: [{name: home}]
defaults:
  snmp: {port: 1, every: 1m, version: 1, tags: {a: default, b: default, c: default}}
  ipmi: {every: 9m}
devices:
  - {from: pdus.csv, type: snmp, port: 2, every: 2m, tags: {a: list, b: list}}
"""
    rows = "name,host,port,tags.a\nx,h,3,row\ny,h,,\n"
    x, y = load_text(tmp_path, text, **{"pdus.csv": rows}).devices
    assert isinstance(x, SnmpSettings)
    assert isinstance(y, SnmpSettings)
    assert (x.port, x.every, x.version) == (3, timedelta(minutes=2), "1")
    assert (y.port, y.every) == (2, timedelta(minutes=2))
    assert x.tags == {"a": "row", "b": "list", "c": "default"}


def test_a_key_without_a_value_takes_a_default_away(tmp_path: Path) -> None:
    text = f"""
{ONE_SITE}
defaults: {{snmp: {{rack: r1, community: {{file: one}}, host: d}}}}
devices:
  - {{name: a, type: snmp, rack: , community: ~}}
  - {{name: b, type: snmp}}
"""
    a, b = load_text(tmp_path, text, one="x").devices
    assert isinstance(a, SnmpSettings)
    assert (a.rack, a.community) == (None, None)
    assert isinstance(b, SnmpSettings)
    assert (b.rack, b.community, b.host) == ("r1", Secret("x"), "d")


def test_a_secret_file_stands_beside_the_file_that_names_it(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "carbond.yaml": ONE_SITE
        + "defaults: {snmp: {community: {file: secrets/one}}}\n"
        + "devices:\n  - {from: lists/pdus.csv, type: snmp, user: {name: u}}\n",
        "secrets/one": "top\n",
        "conf.d/x.yaml": "devices:\n"
        "  - {name: b, type: snmp, host: h, community: {file: one}}\n"
        "  - {name: c, type: snmp, host: h}\n",
        "conf.d/one": "beside\r\n",
        "lists/pdus.csv": "name,host,community.file\na,h,one\n",
        "lists/one": "list",
    }
    devices = load(write(tmp_path, files), KINDS).devices
    secrets = {d.name: d.community for d in devices if isinstance(d, SnmpSettings)}
    assert secrets == {"a": Secret("list"), "b": Secret("beside"), "c": Secret("top")}


def test_secrets_come_from_the_environment_and_from_systemd(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SNMP_COMMUNITY", "from the environment")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    (tmp_path / "snmp").write_text("from systemd\n")
    device = snmp_of(tmp_path, "    community: {env: SNMP_COMMUNITY}")
    assert device.community == Secret("from the environment")
    device = snmp_of(tmp_path, "    community: {credential: snmp}")
    assert device.community == Secret("from systemd")


def test_a_secret_is_shown_by_nothing(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("hunter2")
    text = f"{ONE_SITE}devices: [{{name: a, type: snmp, host: h, community: {{file: x}}}}]\n"
    settings = load_text(tmp_path, text)
    shown = [str(settings), repr(settings), settings.model_dump_json(), str(settings.model_dump())]
    for each in shown:
        assert "hunter2" not in each
        assert "<secret>" in each
    assert isinstance(settings.devices[0], SnmpSettings)
    assert settings.devices[0].community is not None
    assert settings.devices[0].community.reveal() == "hunter2"


def test_what_is_dumped_holds_the_options_of_the_plug_ins(tmp_path: Path) -> None:
    text = f"{ONE_SITE}devices: [{{name: a, type: snmp, host: 10.0.0.9}}]\n"
    assert load_text(tmp_path, text).model_dump()["devices"][0]["host"] == "10.0.0.9"


@pytest.mark.parametrize(
    "written", ["NO", "yes", "1.10", "007", "1e3", "12:30", "2026-01-01", "0x1f", "true", "12"]
)
def test_a_text_stays_as_it_was_written(tmp_path: Path, written: str) -> None:
    assert snmp_of(tmp_path, f"    rack: {written}").rack == written
    assert snmp_of(tmp_path, f"    tags: {{row: {written}}}").tags == {"row": written}


def test_numbers_and_truths_are_what_the_field_takes(tmp_path: Path) -> None:
    device = snmp_of(tmp_path, "    port: 0x10\n    limit_watts: 1.5e3\n    version: 1")
    assert (device.port, device.limit_watts, device.version) == (16, 1500.0, "1")
    text = f"{ONE_SITE}exporters:\n- {{name: a, type: influxdb, retry: RETRY}}\n"
    for written, value in [("5", 5), ("false", False), ("1", 1)]:
        (exporter,) = load_text(tmp_path, text.replace("RETRY", written)).exporters
        assert isinstance(exporter, InfluxSettings)
        assert exporter.retry is value


def test_aliases_and_merge_keys_work(tmp_path: Path) -> None:
    text = """
sites: [{name: home}]
devices:
  - &first {name: a, type: snmp, host: h, every: 5m, tags: &tags {row: '7'}}
  - {<<: *first, name: b}
  - {<<: [{port: 5}, *first], name: c, tags: *tags}
"""
    _, b, c = load_text(tmp_path, text).devices
    assert (b.name, b.every) == ("b", timedelta(minutes=5))
    assert isinstance(c, SnmpSettings)
    assert (c.name, c.port, c.tags) == ("c", 5, {"row": "7"})


def test_paths_are_relative_to_the_file_they_stand_in(tmp_path: Path) -> None:
    text = ONE_SITE + "ledger: {path: book/ledger.db}\n"
    assert load_text(tmp_path, text).ledger.path == tmp_path / "book" / "ledger.db"
    assert snmp_of(tmp_path, "    mib: /usr/share/x.mib").mib == Path("/usr/share/x.mib")


def test_several_sites_have_devices_of_their_own(tmp_path: Path) -> None:
    text = """
sites: [{name: a}, {name: b}]
defaults: {snmp: {site: b}}
devices:
  - {name: x, type: snmp, host: h}
  - {name: y, type: snmp, host: h, site: a}
"""
    assert [device.site for device in load_text(tmp_path, text).devices] == ["b", "a"]


@pytest.mark.parametrize(
    ("written", "feeds"),
    [
        ("7", ("7",)),
        ("[7, 007]", ("7", "007")),
        ("7/outlet/3", ("7/outlet/3",)),
        ("[7/outlet/3, 007/outlet/3]", ("7/outlet/3", "007/outlet/3")),
        ("[]", ()),
        ("", ()),
    ],
)
def test_a_device_is_on_one_feed_or_on_several(
    tmp_path: Path, written: str, feeds: tuple[str, ...]
) -> None:
    text = f"""{ONE_SITE}devices:
  - {{name: 7, type: snmp, host: h}}
  - {{name: 007, type: snmp, host: h}}
  - {{name: server, type: snmp, host: h, upstream: {written}}}
"""
    assert load_text(tmp_path, text).devices[-1].upstream == feeds


def test_the_feeds_of_a_row_are_parted_by_spaces(tmp_path: Path) -> None:
    rows = "name,host,upstream\na,h,\nb,h,a\nc,h,a/outlet/1 b/outlet/1\n"
    text = ONE_SITE + "devices: [{from: all.csv, type: snmp}]\n"
    devices = load_text(tmp_path, text, **{"all.csv": rows}).devices
    assert [one.upstream for one in devices] == [(), ("a",), ("a/outlet/1", "b/outlet/1")]


@pytest.mark.parametrize(
    ("written", "share"),
    [("0.01", 0.01), ("1%", 0.01), ("1 %", 0.01), ("0.5 %", 0.005), ("5e-3", 0.005), (".5", 0.5)],
)
def test_a_share_is_written_as_one_or_in_percent(
    tmp_path: Path, written: str, share: float
) -> None:
    assert snmp_of(tmp_path, f"    accuracy: {written}").accuracy == share


def test_a_site_may_be_a_part_and_ask_for_coverage(tmp_path: Path) -> None:
    text = "sites: [{name: hall, pue: {partial: true}, least_coverage: 95 %}]\n"
    (site,) = load_text(tmp_path, text).sites
    assert site.pue.partial
    assert site.least_coverage == 0.95
