"""Files that are missing, or are no settings."""

from tests.config.cases.case import Case

FILES = [
    Case(
        name="no file",
        says="carbond.yaml: there is no settings file: create it, or name another one with -c",
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
