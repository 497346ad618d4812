"""Secrets that cannot be read."""

from tests.config.cases.case import WAYS, Case, device

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
