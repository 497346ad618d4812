"""Names that are there twice, or not at all."""

from tests.config.cases.case import LIST, Case, device

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
        says='carbond.yaml:1: sites[0] "a": "grid" names no grid: there is no "de"; name '
        "one of these: nl",
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
        says='carbond.yaml:3: devices[0] "a": "upstream" names no device: there is no "upss"; '
        "name one of these: a",
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
    Case(
        name="circle over one of two feeds",
        text="devices:\n"
        "- {name: a, type: snmp, host: h, upstream: [u, b/outlet/3]}\n"
        "- {name: b, type: snmp, host: h, upstream: [u, c]}\n"
        "- {name: c, type: snmp, host: h, upstream: [a, u]}\n"
        "- {name: u, type: snmp, host: h}\n",
        says='carbond.yaml:3: devices[0] "a": "upstream" goes in a circle: a -> b -> c -> a; give '
        "one of them another, or none",
    ),
    Case(
        name="second feed that does not exist",
        text="devices:\n"
        "- {name: a, type: snmp, host: h, upstream: [pdu/outlet/1, pdv/outlet/1]}\n"
        "- {name: pdu, type: snmp, host: h}\n",
        says='carbond.yaml:3: devices[0] "a": "upstream" names no device: there is no "pdv"; did '
        'you mean "pdu"?',
    ),
    Case(
        name="second feed of a row that does not exist",
        text=LIST,
        files={"pdus.csv": "name,host,upstream\nu,h,\na,h,u/outlet/1 ux/outlet/1\n"},
        says='pdus.csv:3 column 3: "a": "upstream" names no device: there is no "ux"; did you mean '
        '"u"?',
    ),
    Case(
        name="second feed that is no part of a device",
        text="devices:\n"
        "- {name: a, type: snmp, host: h, upstream: [u, u/plug/1]}\n"
        "- {name: u, type: snmp, host: h}\n",
        says='carbond.yaml:3: devices[0] "a": "upstream[1]" must be the name of a device, or a '
        'part of one such as ups-1/input or pdu-3/outlet/12, not "u/plug/1"',
    ),
    Case(
        name="one feed twice",
        text="devices:\n"
        "- {name: a, type: snmp, host: h, upstream: [u/outlet/1, u/outlet/2, u/outlet/1]}\n"
        "- {name: u, type: snmp, host: h}\n",
        says='carbond.yaml:3: devices[0] "a": "upstream" names "u/outlet/1" twice: name it once',
    ),
    Case(
        name="mapping for a feed",
        text=device("upstream: {pdu: 3}"),
        says='carbond.yaml:3: devices[0] "a": "upstream" must be a list, not a mapping',
    ),
    Case(
        name="upstream of a water meter",
        text="devices:\n"
        "- {name: w, type: snmp, host: h, role: water, upstream: u}\n"
        "- {name: u, type: snmp, host: h}\n",
        says='carbond.yaml:3: devices[0] "w": "upstream" is for electricity, and the role is '
        "water: leave it out",
    ),
    Case(
        name="heat meter as upstream",
        text="devices:\n"
        "- {name: a, type: snmp, host: h, upstream: w}\n"
        "- {name: w, type: snmp, host: h, role: heat-reuse}\n",
        says='carbond.yaml:3: devices[0] "a": "upstream" names "w", whose role is heat-reuse: it '
        "feeds nothing",
    ),
    Case(
        name="upstream in another site",
        text="sites: [{name: x}, {name: y}]\n"
        "devices:\n"
        "- {name: a, type: snmp, host: h, site: x, upstream: b}\n"
        "- {name: b, type: snmp, host: h, site: y}\n",
        sites="",
        says='carbond.yaml:3: devices[0] "a": "upstream" names "b", which is of another site, "y": '
        "each site is accounted for on its own; leave it out",
    ),
]
