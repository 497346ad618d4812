"""Values of the wrong type."""

from tests.config.cases.case import LIST, Case, device

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
        name="mass without its unit",
        text="sites: [{name: home, carbon_budget: {day: 2}}]\n",
        sites="",
        says='carbond.yaml:1: sites[0] "home": "carbon_budget.day" must be a mass with its unit, '
        "such as 800 kg or 2 t, not 2",
    ),
    Case(
        name="budget of nothing",
        text="sites: [{name: home, carbon_budget: {month: 0 t}}]\n",
        sites="",
        says='carbond.yaml:1: sites[0] "home": "carbon_budget.month" must be above zero, not "0 t"',
    ),
    Case(
        name="budget without a period",
        text="sites: [{name: home, carbon_budget: {}}]\n",
        sites="",
        says='carbond.yaml:1: sites[0] "home": "carbon_budget" must have a day, a month or both: '
        "{day: 2 t, month: 60 t}",
    ),
    Case(
        name="rating with the unit of another",
        text=device("rating: {power: 32 A}"),
        says='carbond.yaml:3: devices[0] "a": "rating.power" must be a power with its unit, such '
        'as 7.4 kW, not "32 A"',
    ),
    Case(
        name="rating without a power or a current",
        text=device("rating: {}"),
        says='carbond.yaml:3: devices[0] "a": "rating" must have a power, a current or both: '
        "{power: 7.4 kW, current: 32 A}",
    ),
    Case(
        name="rating in a list",
        text=LIST,
        files={"pdus.csv": "name,host,rating.power,rating.current\na,h,7.4 kW,32\n"},
        says='pdus.csv:2 column 4: "a": "rating.current" must be a current with its unit, such as '
        "32 A, not 32",
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
        '"lighting", "other", "water" or "heat-reuse", not racks; did you mean "rack"?',
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
        name="share that is no number",
        text=device("accuracy: good"),
        says='carbond.yaml:3: devices[0] "a": "accuracy" must be a share such as 0.01, or 1 %, not '
        '"good"',
    ),
    Case(
        name="percent written as a share",
        text=device("accuracy: 2"),
        says='carbond.yaml:3: devices[0] "a": "accuracy" must be a share such as 0.01, or 1 %, '
        "from 0 to 1, not 2",
    ),
    Case(
        name="accuracy of one percent written as a share",
        text=device("accuracy: 1"),
        says='carbond.yaml:3: devices[0] "a": "accuracy" must be below 1, not 1',
    ),
    Case(
        name="accuracy of nothing",
        text=device("accuracy: 0 %"),
        says='carbond.yaml:3: devices[0] "a": "accuracy" must be above 0, not "0 %"',
    ),
    Case(
        name="coverage above all",
        text="sites: [{name: home, least_coverage: 101 %}]\n",
        sites="",
        says='carbond.yaml:1: sites[0] "home": "least_coverage" must be a share such as 0.01, or '
        '1 %, from 0 to 1, not "101 %"',
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
