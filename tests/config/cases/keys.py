"""Keys that are not known."""

from tests.config.cases.case import SNMP, TOP, Case, device

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
