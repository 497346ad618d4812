"""Devices as a CSV list that `from:` reads, and as YAML for `conf.d`.

What was written is read back, and a device of which anything would be lost is left out and named.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from agent.inventory.devices import Listed
from agent.inventory.values import Value
from agent.inventory.yaml_text import comment, device_lines
from config.csv_list import DELIMITERS, rows_of
from config.nodes import Node
from config.problems import Problems
from config.yaml_positions import nodes_of

_EMPTY_LIST = ";"
_QUOTED = frozenset('"\r\n' + DELIMITERS)


@dataclass(slots=True)
class Text:
    """What to write, and the devices that it cannot hold: each with the keys that are lost."""

    text: str = ""
    lost: dict[str, Sequence[str]] = field(default_factory=dict)


def csv_text(devices: Sequence[Listed], folder: Path | None = None) -> Text:
    """Return a list with a column for every key that a device sets, and a row for each device; an
    empty text if it can hold none of them.

    A device of which a key cannot stand in a cell is left out and said to be lost.
    """
    lost = {one.name: keys for one in devices if (keys := _lost_alone(one, folder))}
    lost |= _clashing([one for one in devices if one.name not in lost])
    kept = [one for one in devices if one.name not in lost]
    return Text(_table([dict(_cells(one.values)) for one in kept]) if kept else "", lost)


def yaml_text(devices: Sequence[Listed], title: str, folder: Path | None = None) -> Text:
    """Return the devices as a file of `conf.d`, with a title in its first line."""
    lines = [comment(title), "", "devices:"]
    for device in devices:
        lines += device_lines(device.values)
    text = "\n".join(lines) + "\n"
    root = nodes_of(text, _file(folder), Problems())
    items = root.mapping["devices"].value if root is not None else []
    written = [item.mapping for item in items if isinstance(item, Node)]
    pairs = zip(devices, written or [{}] * len(devices), strict=True)
    return Text(text, {one.name: keys for one, item in pairs if (keys := one.lost(item))})


def _lost_alone(device: Listed, folder: Path | None) -> Sequence[str]:
    """Return the keys of a device that mean something else in a list of this device."""
    cells = dict(_cells(device.values))
    odd = [column for column in cells if _quoted(column) != column]
    if odd:
        return odd
    rows = list(rows_of(_table([cells]), _file(folder), Problems()))
    return device.lost(rows[0].mapping) if len(rows) == 1 else list(device.values)


def _clashing(devices: Sequence[Listed]) -> dict[str, Sequence[str]]:
    """Return the devices with a key that is one value where another device has a mapping, or the
    other way round: no header can have both.
    """
    values: set[str] = set()
    mappings: set[str] = set()
    lost: dict[str, Sequence[str]] = {}
    for device in devices:
        above = {column: set(_mappings_above(column)) for column, _ in _cells(device.values)}
        clashes = [one for one in above if one in mappings or above[one] & values]
        if clashes:
            lost[device.name] = clashes
        else:
            values.update(above)
            mappings.update(*above.values())
    return lost


def _mappings_above(column: str) -> Iterator[str]:
    parts = column.split(".")
    yield from (".".join(parts[:length]) for length in range(1, len(parts)))


def _file(folder: Path | None) -> str:
    """Return the name of a file in the folder that is written into."""
    return str((folder or Path("/")) / "list")


def _cells(values: Mapping[str, Value], above: str = "") -> Iterator[tuple[str, str]]:
    """Yield the column and the text of each cell."""
    for key, value in values.items():
        match value:
            case dict():
                yield from _cells(value, f"{above}{key}.")
            case list():
                yield f"{above}{key}", " ".join(map(_text, value)) or _EMPTY_LIST
            case _:
                yield f"{above}{key}", _text(value)


def _text(value: Value) -> str:
    """Return the text of a cell; what is neither a text nor nothing is found to be lost."""
    return value if isinstance(value, str) else "~" if value is None else ""


def _table(rows: Sequence[Mapping[str, str]]) -> str:
    columns = list(dict.fromkeys(column for row in rows for column in row))
    lines = [columns, *([row.get(column, "") for column in columns] for row in rows)]
    return "".join(",".join(map(_quoted, line)) + "\n" for line in lines)


def _quoted(text: str) -> str:
    # Readers take signs for ends of lines that a CSV writer does not.
    if not (_QUOTED & set(text)) and len(text.splitlines()) <= 1:
        return text
    return '"' + text.replace('"', '""') + '"'
