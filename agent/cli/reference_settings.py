"""The configuration reference: every option, from the classes that check them."""

import re
from collections.abc import Iterator, Mapping
from importlib.resources import files

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from agent.cli.reference_examples import EXAMPLES
from agent.cli.reference_types import default, model_in, takes
from agent.model import Role, Scope
from collectors import DEVICES, GRIDS
from config import DeviceSettings, ExporterSettings, GridSettings, Settings
from exporters import PLUGINS

INTRODUCTION = """\
# Settings, option by option

`carbond reference settings` prints this page, from the classes that check the settings. How they
are read, from several files, lists and tables too, is said in
[config/README.md](../config/README.md), and what each kind of device needs in the README of its
folder. `carbond check` says all that is wrong at once.

| Takes | Written as |
|---|---|
| time | a number with its unit: `250ms`, `60s`, `5m`, `1h`, `100d` |
| size | a number with its unit: `500MB`, `20GB` |
| power, current, mass | a number with its unit: `7.4 kW`, `32 A`, `2 t` |
| share | `0.01` or `1 %` |
| name | begins with a letter or digit; letters, digits and `. _ : -` |
| secret | where it is, never itself: `{file: PATH}`, `{env: NAME}` or `{credential: NAME}` |
| path | relative ones are relative to the file that they stand in |
| role, part | see the end of this page |
| alert | a name out of [alerts.md](alerts.md) |

A default of `needed` must be written; where none stands the option is not set. `tls.key` is the
key `key` in the mapping `tls`, and `tokens[].name` the key `name` of each item of the list
`tokens`.
"""

DEFAULTS = """\
Options for all devices of one type, under its name; a device's own win, and so do those of the item
that names its list. `from` in place of `name` takes each row of a CSV file as a device.
"""

KINDS: tuple[tuple[str, type[BaseModel], Mapping[str, type[BaseModel]], str], ...] = (
    (
        "devices",
        DeviceSettings,
        {name: one.settings for name, one in DEVICES.items()},
        "collectors",
    ),
    ("grids", GridSettings, {name: one.settings for name, one in GRIDS.items()}, "collectors"),
    (
        "exporters",
        ExporterSettings,
        {name: one.settings for name, one in PLUGINS.items()},
        "exporters",
    ),
)
"""Lists whose items have a type: their key, what all types have, each type, and its package."""

Row = tuple[str, FieldInfo]


def settings_page() -> str:
    """Return the page."""
    return "\n".join(_parts())


def _parts() -> Iterator[str]:
    yield INTRODUCTION
    kinds = {key: (shared, types, package) for key, shared, types, package in KINDS}
    for key, field in Settings.model_fields.items():
        yield f"## `{key}`\n\n{_sentences(field)}\n"
        yield _example(EXAMPLES.get(key, ""))
        if key in kinds:
            yield from _list_of_types(key, *kinds[key])
        else:
            model, _ = model_in(field.annotation)
            yield _table(_rows(model)) if model else ""
    yield _choices()


def _list_of_types(
    key: str, shared: type[BaseModel], types: Mapping[str, type[BaseModel]], package: str
) -> Iterator[str]:
    yield f"What all {key} have:\n"
    yield _table(_rows(shared))
    if key == "devices":
        yield f"### `defaults`, and lists\n\n{DEFAULTS}"
        yield _example(EXAMPLES["defaults"])
    for name, model in sorted(types.items()):
        folder = _folder_of(model)
        yield f"### {key[:-1]}: `type: {name}`\n"
        yield f"{_summary(model)} [README](../{package}/{folder}/README.md)\n"
        yield _example(sample_of(package, folder))
        own = [row for row in _rows(model) if _is_own(row, shared)]
        yield _table(own) if own else "No options of its own.\n"


def sample_of(package: str, folder: str) -> str:
    """Return what a plug-in's sample sets, without its comments."""
    text = (files(package) / folder / "sample.yaml").read_text()
    text = re.sub(r"- #.*\n(?: *#.*\n)* +", "- ", text)
    return re.sub(r"(?m)^ *(?:#.*)?\n", "", text)


def _folder_of(model: type[BaseModel]) -> str:
    return model.__module__.split(".")[1]


def _is_own(row: Row, shared: type[BaseModel]) -> bool:
    """Whether an option is of one type, or not for it what it is for all."""
    name, field = row
    first, _, inner = name.partition(".")
    common = shared.model_fields.get(first.removesuffix("[]"))
    if common is None:
        return True
    if inner or name == "type":
        return False
    return (field.description, default(field)) != (common.description, default(common))


def _rows(model: type[BaseModel], before: str = "") -> Iterator[Row]:
    """Yield each option, and those of the mappings in it."""
    for name, field in model.model_fields.items():
        yield f"{before}{name}", field
        inner, listed = model_in(field.annotation)
        # What a map of a device family holds has a page of its own.
        if inner is not None and not inner.__module__.startswith("config.profiles"):
            yield from _rows(inner, f"{before}{name}{'[]' if listed else ''}.")


def _table(rows: "Iterator[Row] | list[Row]") -> str:
    lines = ["| Option | Takes | Default | Meaning |", "|---|---|---|---|"]
    for name, field in rows:
        cells = (f"`{name}`", takes(field), default(field), _sentences(field))
        lines.append(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |")
    return "\n".join(lines) + "\n"


def _sentences(field: FieldInfo) -> str:
    return " ".join((field.description or "").split())


def _summary(model: type[BaseModel]) -> str:
    return " ".join((model.__doc__ or "").split("\n\n")[0].split())


def _example(text: str) -> str:
    return f"```yaml\n{text}```\n" if text else ""


def _choices() -> str:
    roles, scopes = (", ".join(f"`{one}`" for one in kind) for kind in (Role, Scope))
    return (
        "## What a role and a part can be\n\n"
        f"`role`: {roles}. What they mean: "
        "[config/README.md](../config/README.md#the-metering-tree).\n\n"
        f"Parts of a device, as in `read`: {scopes}. The README of a collector says which it has.\n"
    )
