"""Device lists and defaults."""

from tests.config.cases.case import LIST, SNMP, SNMP_DEFAULTS, Case

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
