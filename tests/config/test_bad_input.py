"""Each thing that can be wrong, and the exact words for it."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PosixPath
from typing import NoReturn

import pytest

from agent.errors import ConfigError
from config import load
from tests.config.kinds import KINDS, ONE_SITE, write

SNMP = (
    "name, type, site, role, upstream, rack, room, feed, tenant, tags, every, limit_watts, host, "
    "port, version, community, user, outlets, timeout, mib"
)
SNMP_DEFAULTS = SNMP.removeprefix("name, type, ")
TOP = "sites, devices, grids, exporters, defaults, ledger, http, log"
WAYS = "write `{file: PATH}`, `{env: NAME}` or `{credential: NAME}` (systemd LoadCredential=)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What was written, and the message that must come; `carbond.yaml` begins with one site."""

    name: str
    text: str = ""
    says: str
    files: dict[str, str | bytes] = field(default_factory=dict)
    sites: str = ONE_SITE


def device(text: str) -> str:
    return "devices:\n  - {name: a, type: snmp, host: h, " + text + "}\n"


KEYS = [
    Case(
        name="unknown key of a device",
        text="devices:\n  - name: rack-07-a\n    type: snmp\n    host: h\n    comunity: public\n",
        says='carbond.yaml:6: devices[0] "rack-07-a": unknown key "comunity"; did you mean '
        f'"community"? Allowed: {SNMP}',
    ),
    Case(
        name="unknown key at the top",
        text="devises: []\n",
        says=f'carbond.yaml:2: unknown key "devises"; did you mean "devices"? Allowed: {TOP}',
    ),
    Case(
        name="unknown key that is near to none",
        text="ledger: {zzz: 1}\n",
        says='carbond.yaml:2: ledger: unknown key "zzz". Allowed: path, keep',
    ),
    Case(
        name="unknown key in a section of a section",
        text="ledger:\n  keep: {minute: 5d}\n",
        says='carbond.yaml:3: ledger: "keep": unknown key "minute"; did you mean "minutes"? '
        "Allowed: minutes, hourly, cap",
    ),
    Case(
        name="missing key",
        text="devices:\n  - name: a\n    type: snmp\n",
        says='carbond.yaml:3: devices[0] "a": "host" is missing: Address of the device.',
    ),
    Case(
        name="missing key in a mapping",
        text=device("user: {hash: md5}"),
        says='carbond.yaml:3: devices[0] "a": "user.name" is missing: Name of the user.',
    ),
    Case(
        name="key without its value",
        text="devices:\n  - name:\n    type: snmp\n    host: h\n",
        says='carbond.yaml:3: devices[0]: "name" is missing: '
        "Name of the device, and of its meters.",
    ),
    Case(
        name="missing type",
        text="devices:\n  - name: a\n",
        says='carbond.yaml:3: devices[0] "a": "type" is missing. Allowed: ipmi, snmp',
    ),
    Case(
        name="unknown type",
        text="exporters:\n  - name: a\n    type: influx\n",
        says='carbond.yaml:4: exporters[0] "a": unknown type "influx"; did you mean "influxdb"? '
        "Allowed: influxdb, prometheus",
    ),
    Case(
        name="key that stands twice",
        text="http:\n  port: 1\n  port: 2\n",
        says='carbond.yaml:4: the key "port" stands here a second time: it is set in line 3 too',
    ),
]

TYPES = [
    Case(
        name="text for a whole number",
        text=device("port: snmp"),
        says='carbond.yaml:3: devices[0] "a": "port" must be a whole number, not snmp',
    ),
    Case(
        name="part of a number for a whole one",
        text=device("port: 1.5"),
        says='carbond.yaml:3: devices[0] "a": "port" must be a whole number, not 1.5',
    ),
    Case(
        name="truth for a number",
        text="sites: [{name: home, pue: {declared: true}}]\n",
        sites="",
        says='carbond.yaml:1: sites[0] "home": "pue.declared" must be a number, not true',
    ),
    Case(
        name="number out of its bounds",
        text=device("port: 70000"),
        says='carbond.yaml:3: devices[0] "a": "port" must be at most 65535, not 70000',
    ),
    Case(
        name="number for a truth",
        text="devices:\n- {name: a, type: ipmi, host: h, lan_plus: 7}\n",
        says='carbond.yaml:3: devices[0] "a": "lan_plus" must be true or false, not 7',
    ),
    Case(
        name="list for a text",
        text=device("rack: [1, 2]"),
        says='carbond.yaml:3: devices[0] "a": "rack" must be a text, not a list',
    ),
    Case(
        name="mapping in the tags",
        text=device("tags: {row: {a: b}}"),
        says='carbond.yaml:3: devices[0] "a": "tags.row" must be a text, not a mapping',
    ),
    Case(
        name="tag without its value",
        text=device("tags: {row: }"),
        says='carbond.yaml:3: devices[0] "a": "tags.row" must be a text, not nothing',
    ),
    Case(
        name="text for a mapping",
        text="sites: [{name: home, pue: 1.4}]\n",
        sites="",
        says='carbond.yaml:1: sites[0] "home": "pue" must be a mapping of keys and values, not a '
        "single value",
    ),
    Case(
        name="text for a list",
        text=device("outlets: all of them"),
        says='carbond.yaml:3: devices[0] "a": "outlets" must be a list, not a single value',
    ),
    Case(
        name="wrong item of a list",
        text=device("outlets: [1, two]"),
        says='carbond.yaml:3: devices[0] "a": "outlets[1]" must be a whole number, not two',
    ),
    Case(
        name="none of the choices",
        text=device("role: racks"),
        says='carbond.yaml:3: devices[0] "a": "role" must be one of "utility", "generator", '
        '"onsite", "ups-input", "ups-output", "feed", "rack", "outlet", "device", "cooling", '
        '"lighting" or "other", not racks; did you mean "rack"?',
    ),
    Case(
        name="this or that",
        text="exporters: [{name: a, type: influxdb, retry: often}]\n",
        says='carbond.yaml:2: exporters[0] "a": "retry" must be true or false or a whole number, '
        "not often",
    ),
    Case(
        name="name that is none",
        text="devices:\n- {name: rack 7, type: snmp, host: h}\n",
        says='carbond.yaml:3: devices[0] "rack 7": "name" must begin with a letter or digit and '
        'hold only letters, digits and . _ : -, not "rack 7"',
    ),
    Case(
        name="time without its unit",
        text=device("every: 60"),
        says='carbond.yaml:3: devices[0] "a": "every" must be a time with its unit, such as 60s, '
        "5m, 1h or 100d, not 60",
    ),
    Case(
        name="time of nothing",
        text=device("every: 0s"),
        says='carbond.yaml:3: devices[0] "a": "every" must be from 1ms to 36525d, not "0s"',
    ),
    Case(
        name="size without its unit",
        text="ledger: {keep: {cap: 20}}\n",
        says='carbond.yaml:2: ledger: "keep.cap" must be a size with its unit, such as 500MB or '
        "20GB, not 20",
    ),
    Case(
        name="zone of time that does not exist",
        text="sites: [{name: home, timezone: Europe/Berlim}]\n",
        sites="",
        says='carbond.yaml:1: sites[0] "home": "timezone" must be a zone of the IANA data base, '
        'such as Europe/Berlin, not "Europe/Berlim"; did you mean Europe/Berlin?',
    ),
    Case(
        name="section that is a list",
        text="http: [1]\n",
        says='carbond.yaml:2: "http" must be a mapping of options',
    ),
    Case(
        name="list that is a mapping",
        text="devices: {a: {type: snmp}}\n",
        says='carbond.yaml:2: "devices" must be a list: begin each item with "- "',
    ),
    Case(
        name="item that is a text",
        text="devices: [pdu-1]\n",
        says="carbond.yaml:2: devices[0] must be a mapping of options, such as - name: NAME",
    ),
]

NAMES = [
    Case(
        name="two devices of one name",
        text="devices:\n- {name: a, type: snmp, host: h}\n- {name: a, type: ipmi, host: i}\n",
        says='carbond.yaml:4: devices[1] "a": there is another device of this name at '
        "carbond.yaml:3: names must differ",
    ),
    Case(
        name="two devices of one name in two files",
        text="devices:\n- {name: a, type: snmp, host: h}\n",
        files={"conf.d/b.yaml": "devices:\n- name: a\n  type: snmp\n  host: i\n"},
        says='conf.d/b.yaml:2: devices[0] "a": there is another device of this name at '
        "carbond.yaml:3: names must differ",
    ),
    Case(
        name="two sites of one name",
        text="sites: [{name: a}, {name: a}]\n",
        sites="",
        says='carbond.yaml:1: sites[1] "a": there is another site of this name at carbond.yaml:1: '
        "names must differ",
    ),
    Case(
        name="two exporters of one name",
        text="exporters: [{name: a, type: prometheus}, {name: a, type: influxdb}]\n",
        says='carbond.yaml:2: exporters[1] "a": there is another exporter of this name at '
        "carbond.yaml:2: names must differ",
    ),
    Case(
        name="no site at all",
        text="devices: []\n",
        sites="",
        says='carbond.yaml: "sites" is missing: name at least one, such as "- name: home"',
    ),
    Case(
        name="site that does not exist",
        text=device("site: hone"),
        says='carbond.yaml:3: devices[0] "a": "site" names no site: there is no "hone"; did you '
        'mean "home"?',
    ),
    Case(
        name="no site where there are several",
        text="sites: [{name: a}, {name: b}]\ndevices: [{name: x, type: snmp, host: h}]\n",
        sites="",
        says='carbond.yaml:2: devices[0] "x": "site" is missing, and there are several: a, b',
    ),
    Case(
        name="grid that does not exist",
        text="sites: [{name: a, grid: de}]\ngrids: [{name: nl, type: file, path: x}]\n",
        sites="",
        says='carbond.yaml:1: sites[0] "a": "grid" names no grid: there is no "de"',
    ),
    Case(
        name="marginal grid that does not exist",
        text="sites: [{name: a, marginal_grid: nl1}]\ngrids: [{name: nl, type: file, path: x}]\n",
        sites="",
        says='carbond.yaml:1: sites[0] "a": "marginal_grid" names no grid: there is no "nl1"; did '
        'you mean "nl"?',
    ),
    Case(
        name="upstream that does not exist",
        text=device("upstream: upss/outlet/3"),
        says='carbond.yaml:3: devices[0] "a": "upstream" names no device: there is no "upss"',
    ),
    Case(
        name="upstream that is no part of a device",
        text=device("upstream: a/plug/3"),
        says='carbond.yaml:3: devices[0] "a": "upstream" must be the name of a device, or a '
        'part of one such as ups-1/input or pdu-3/outlet/12, not "a/plug/3"',
    ),
    Case(
        name="tree with a circle",
        text="devices:\n"
        "- {name: x, type: snmp, host: h, upstream: c}\n"
        "- {name: a, type: snmp, host: h, upstream: b/outlet/3}\n"
        "- {name: c, type: snmp, host: h, upstream: a}\n"
        "- {name: b, type: snmp, host: h, upstream: c}\n",
        says='carbond.yaml:4: devices[1] "a": "upstream" goes in a circle: a -> b -> c -> a; give '
        "one of them another, or none",
    ),
    Case(
        name="device upstream of itself",
        text="devices: [{name: a, type: snmp, host: h, upstream: a/input}]\n",
        says='carbond.yaml:2: devices[0] "a": "upstream" goes in a circle: a -> a; give one of '
        "them another, or none",
    ),
]

SECRETS = [
    Case(
        name="secret in the settings",
        text=device("community: hunter2"),
        says='carbond.yaml:3: devices[0] "a": "community": a secret never stands in the settings: '
        f"{WAYS}",
    ),
    Case(
        name="secret in the place of its source",
        text=device("community: {hunter2: x}"),
        says='carbond.yaml:3: devices[0] "a": "community": a secret comes from a file, env or '
        f"credential: {WAYS}",
    ),
    Case(
        name="secret in the place of the mapping that holds it",
        text=device("user: hunter2"),
        says='carbond.yaml:3: devices[0] "a": "user" must be a mapping of keys and values, not a '
        "single value",
    ),
    Case(
        name="source of a secret without a name",
        text=device("community: {env: }"),
        says='carbond.yaml:3: devices[0] "a": "community": the source of a secret has no name: '
        f"{WAYS}",
    ),
    Case(
        name="secret file that does not exist",
        text=device("user: {name: u, password: {file: secrets/u}}"),
        says='carbond.yaml:3: devices[0] "a": "user.password": there is no secret file secrets/u: '
        "create it, or correct the path",
    ),
    Case(
        name="secret file that is a folder",
        text=device("community: {file: conf.d}"),
        files={"conf.d/x.txt": ""},
        says='carbond.yaml:3: devices[0] "a": "community": cannot read the secret file conf.d: '
        "Is a directory: name a file",
    ),
    Case(
        name="empty secret file",
        text=device("community: {file: x}"),
        files={"x": "\n"},
        says='carbond.yaml:3: devices[0] "a": "community": the secret file x is empty: write the '
        "secret into it",
    ),
    Case(
        name="secret file that is no text",
        text=device("community: {file: x}"),
        files={"x": b"hunter2\xff"},
        says='carbond.yaml:3: devices[0] "a": "community": the secret file x is not text in UTF-8: '
        "write the secret anew",
    ),
    Case(
        name="secret file that is too large",
        text=device("community: {file: x}"),
        files={"x": b"hunter2" * 10_000},
        says='carbond.yaml:3: devices[0] "a": "community": the secret file x is too large: it must '
        "hold the secret and nothing else",
    ),
    Case(
        name="variable that is not set",
        text=device("community: {env: NOT_SET}"),
        says='carbond.yaml:3: devices[0] "a": "community": the environment has no NOT_SET: set it, '
        "or use {file: PATH}",
    ),
    Case(
        name="secret in the place of a variable's name",
        text=device("community: {env: hunter-2}"),
        says='carbond.yaml:3: devices[0] "a": "community": `env` takes the name of a variable, '
        "such as SNMP_COMMUNITY",
    ),
    Case(
        name="no credentials",
        text=device("community: {credential: snmp}"),
        says='carbond.yaml:3: devices[0] "a": "community": there are no systemd credentials: the '
        "unit needs LoadCredential=, or use {file: PATH}",
    ),
    Case(
        name="secret that YAML takes for an alias",
        text=device("community: *hunter2"),
        says='carbond.yaml:3: a text that begins with "*" must be in quotes',
    ),
    Case(
        name="secret that YAML takes for a tag",
        text=device("community: !hunter2 x"),
        says='carbond.yaml:3: tags are not used here: put text that begins with "!" in quotes',
    ),
]

FILES = [
    Case(
        name="no file",
        says="carbond.yaml: there is no settings file: create it, or correct the path",
    ),
    Case(
        name="empty file",
        text="# nothing but this\n",
        sites="",
        says="carbond.yaml: the file is empty: it needs at least `sites:`",
    ),
    Case(
        name="file that is a list",
        text="- sites\n",
        sites="",
        says="carbond.yaml:1: the file must be a mapping, with keys such as `sites:`",
    ),
    Case(
        name="file in another encoding",
        files={"carbond.yaml": "sites:\n- name: home\n  # Z\xfcrich\n".encode("latin-1")},
        says="carbond.yaml:3: this is not UTF-8: save the file in that encoding",
    ),
    Case(
        name="file with a control character",
        text="log:\n  level: \x07\n",
        says="carbond.yaml:3: not YAML: it holds a control character: remove it",
    ),
    Case(
        name="tab that indents",
        text="log:\n\tlevel: info\n",
        says="carbond.yaml:3: not YAML: a tab cannot indent: use spaces",
    ),
    Case(
        name="colon in a text",
        text="log: level: info\n",
        says='carbond.yaml:2: not YAML: a ":" cannot stand here: put the text in quotes, or check '
        "the indentation",
    ),
    Case(
        name="text that begins with a reserved character",
        text="log: {level: @info}\n",
        says='carbond.yaml:2: not YAML: a text that begins with "@" must be in quotes',
    ),
    Case(
        name="bracket that is not closed",
        text="devices: [\nlog: 1\n",
        says='carbond.yaml:4: not YAML: a "," or "]" is missing (in what begins in line 2)',
    ),
    Case(
        name="two documents",
        text="---\nlog: {}\n",
        says='carbond.yaml:2: a second document: remove the "---"',
    ),
    Case(
        name="alias of itself",
        text="log: &a {level: *a}\n",
        says="carbond.yaml:2: an alias stands inside of what it stands for",
    ),
    Case(
        name="merge of what is no mapping",
        text="log: {<<: info}\n",
        says='carbond.yaml:2: "<<" takes an alias of a mapping, such as <<: *rack',
    ),
    Case(
        name="key that is a list",
        text="? [a]\n: b\n",
        says="carbond.yaml:2: a key must be a text, not a list or a mapping",
    ),
    Case(
        name="file nested too deeply",
        text="log: " + "[" * 5000,
        says="carbond.yaml:2: nested deeper than 40 levels",
    ),
    Case(
        name="aliases that unfold for ever",
        text="defaults:\n  a: &a0 {x: y}\n"
        + "".join(f"  b{n}: &a{n} {{a: *a{n - 1}, b: *a{n - 1}}}\n" for n in range(1, 40)),
        says="carbond.yaml:20: the aliases stand for more than 1,000,000 values",
    ),
    Case(
        name="section in two files",
        text="http: {port: 1}\n",
        files={"conf.d/web.yaml": "http:\n  host: ::1\n"},
        says='conf.d/web.yaml:1: "http" is set at carbond.yaml:2 too: keep one of the two',
    ),
    Case(
        name="defaults of a type in two files",
        text="defaults: {snmp: {port: 1}}\n",
        files={"conf.d/x.yaml": "defaults:\n  snmp: {}\n"},
        says='conf.d/x.yaml:2: "defaults.snmp" is set at carbond.yaml:2 too: keep one of the two',
    ),
    Case(
        name="file of conf.d with another ending",
        text="",
        files={"conf.d/x.yml": "devices: []\n"},
        says="conf.d/x.yml: is not read: give it a name that ends in .yaml",
    ),
    Case(
        name="file of conf.d that is not YAML",
        files={"carbond.yaml": "grids: []\n", "conf.d/x.yaml": "sites: ]\n"},
        says="conf.d/x.yaml:1: not YAML: did not find expected node content",
    ),
]

LIST = "devices:\n  - {from: pdus.csv, type: snmp}\n"

LISTS = [
    Case(
        name="list that does not exist",
        text=LIST,
        says="carbond.yaml:3: there is no list of devices pdus.csv: create it, or correct the path",
    ),
    Case(
        name="list without a path",
        text="devices:\n  - from: [a]\n",
        says='carbond.yaml:3: devices[0]: "from" must be the path of a CSV file',
    ),
    Case(
        name="empty list",
        text=LIST,
        files={"pdus.csv": "\n# none\n"},
        says="pdus.csv: the list is empty: its first line must name the keys",
    ),
    Case(
        name="wrong type in a cell",
        text=LIST,
        files={"pdus.csv": "name,host,every\na,h,60s\nrack-07-a,h,fast\n"},
        says='pdus.csv:3 column 3: "rack-07-a": "every" must be a time with its unit, such as 60s, '
        '5m, 1h or 100d, not "fast"',
    ),
    Case(
        name="unknown key in the header, said once",
        text=LIST,
        files={"pdus.csv": "name,hostt,host\na,x,h\nb,y,h\n"},
        says='pdus.csv:1 column 2: the header: unknown key "hostt"; did you mean "host"? '
        f"Allowed: {SNMP}",
    ),
    Case(
        name="missing cell",
        text=LIST,
        files={"pdus.csv": "name,host\na,\n"},
        says='pdus.csv:2: "a": "host" is missing: Address of the device.',
    ),
    Case(
        name="cell without a key",
        text=LIST,
        files={"pdus.csv": "name,,host\na,b,c\n"},
        says="pdus.csv:1 column 2: the header must name the key of each column",
    ),
    Case(
        name="two columns of one key",
        text=LIST,
        files={"pdus.csv": "name,user,user.name\na,b,c\n"},
        says='pdus.csv:1 column 3: "user.name" does not go with column 2: remove one of them',
    ),
    Case(
        name="too many cells",
        text=LIST,
        files={"pdus.csv": "name,host\na,h,rack 7\n"},
        says="pdus.csv:2: the row has 3 cells, but the header has 2: quote a cell that holds the "
        "separator",
    ),
    Case(
        name="quote that is not closed",
        text=LIST,
        files={"pdus.csv": 'name,host\n"a,h\n'},
        says="pdus.csv:2: not CSV: unexpected end of data: check the quotes",
    ),
    Case(
        name="list in another encoding",
        text=LIST,
        files={"pdus.csv": "name,host,room\na,h,Z\xfcrich\n".encode("latin-1")},
        says="pdus.csv:2: this is not UTF-8: save the file in that encoding",
    ),
    Case(
        name="wrong default of a list, said once",
        text="devices:\n  - {from: pdus.csv, type: snmp, port: x}\n",
        files={"pdus.csv": "name,host\na,h\nb,h\n"},
        says='carbond.yaml:3: devices[0]: "port" must be a whole number, not x',
    ),
    Case(
        name="wrong default of a type, said once",
        text="defaults: {snmp: {community: {file: none}}}\n" + LIST,
        files={"pdus.csv": "name,host\na,h\nb,h\n"},
        says='carbond.yaml:2: defaults.snmp: "community": there is no secret file none: create it, '
        "or correct the path",
    ),
    Case(
        name="unknown default",
        text="defaults: {snmp: {comunity: x}}\n",
        says='carbond.yaml:2: defaults.snmp: unknown key "comunity"; did you mean "community"? '
        f"Allowed: {SNMP_DEFAULTS}",
    ),
    Case(
        name="defaults of an unknown type",
        text="defaults: {snpm: {}}\n",
        says='carbond.yaml:2: defaults: unknown type "snpm"; did you mean "snmp"? Allowed: ipmi, '
        "snmp",
    ),
    Case(
        name="defaults that are no mapping",
        text="defaults: {snmp: 60s}\n",
        says='carbond.yaml:2: "defaults.snmp" must be a mapping of options',
    ),
]

CASES = [*KEYS, *TYPES, *NAMES, *SECRETS, *FILES, *LISTS]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_fault_is_said_in_one_line_with_its_place_and_the_way_out(case: Case) -> None:
    files = dict(case.files)
    if case.text or case.name == "file of conf.d with another ending":
        files.setdefault("carbond.yaml", case.sites + case.text)
    write(Path(), files)
    with pytest.raises(ConfigError) as caught:
        load(Path("carbond.yaml"), KINDS)
    assert str(caught.value) == case.says
    assert "hunter2" not in str(caught.value)


def test_all_faults_are_said_at_once_in_the_order_of_the_files() -> None:
    text = (
        "ledger: {keep: {cap: much}}\n"
        "devices:\n"
        "  - {name: a, type: snmp, upstream: b}\n"
        "  - {name: b, type: snpm, host: h, upstream: zz}\n"
        "http: {port: x}\n"
    )
    write(Path(), {"carbond.yaml": ONE_SITE + text, "conf.d/a.yaml": "htpp: {}\n"})
    with pytest.raises(ConfigError) as caught:
        load(Path("carbond.yaml"), KINDS)
    lines = str(caught.value).splitlines()
    assert [line.partition(": ")[0] for line in lines] == [
        "carbond.yaml:2",
        "carbond.yaml:4",
        "carbond.yaml:5",
        "carbond.yaml:5",
        "carbond.yaml:6",
        "conf.d/a.yaml:1",
    ]


def test_many_faults_do_not_bury_the_first() -> None:
    rows = "".join(f"pdu-{number},\n" for number in range(150))
    write(Path(), {"carbond.yaml": ONE_SITE + LIST, "pdus.csv": "name,host\n" + rows})
    with pytest.raises(ConfigError) as caught:
        load(Path("carbond.yaml"), KINDS)
    lines = str(caught.value).splitlines()
    assert len(lines) == 101
    assert lines[-1] == "... and 50 more"


def test_a_secret_file_that_may_not_be_read_says_who_must_be_let_in(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write(Path(), {"carbond.yaml": ONE_SITE + device("community: {file: x}")})

    def refuse(path: Path, mode: str) -> NoReturn:
        raise PermissionError(13, "Permission denied")

    # Root, who runs the tests in a container, may read every file.
    monkeypatch.setattr("config.secret.Path", type("Refusing", (PosixPath,), {"open": refuse}))
    monkeypatch.setattr(os, "geteuid", lambda: 998)
    with pytest.raises(ConfigError) as caught:
        load(Path("carbond.yaml"), KINDS)
    assert str(caught.value) == (
        'carbond.yaml:3: devices[0] "a": "community": cannot read the secret file x: '
        "Permission denied: let user 998 read it"
    )


def test_the_folder_of_conf_d_that_may_not_be_read_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    write(Path(), {"carbond.yaml": ONE_SITE, "conf.d/x.yaml": ""})

    def refuse(self: Path) -> Iterator[Path]:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "iterdir", refuse)
    with pytest.raises(ConfigError, match=r"conf\.d: cannot read the folder: Permission denied"):
        load(Path("carbond.yaml"), KINDS)
