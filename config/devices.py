"""The devices of the settings: their own keys, those of a CSV list, the defaults of their type."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from config.csv_list import rows_of
from config.files import DEFAULTS, Document, read_text
from config.fitting import shapes_of
from config.items import Item, Layer, item_of, thing_of
from config.nodes import Node
from config.problems import Problems, quoted, unknown
from config.settings import DeviceSettings

FROM = "from"
"""The key of an item that names a list of devices, each of which has the item's other keys."""

_OWN = frozenset({"name", "type"})
"""Keys that make no sense as a default of a type."""


def devices_of(
    document: Document, kinds: Mapping[str, type[DeviceSettings]], problems: Problems
) -> Iterator[Item]:
    """Yield every device, those of the lists where the lists are named."""
    defaults = {
        kind: _default(kind, node, kinds, problems) for kind, node in document.defaults.items()
    }
    for written in document.items["devices"]:
        thing = thing_of("devices", written.number, written.node)
        layer = Layer(thing, written.node.mapping)
        if FROM not in layer.keys:
            yield _device(written.node, [layer], defaults)
            continue
        rest = {key: node for key, node in layer.keys.items() if key != FROM}
        for row in _rows(layer.keys[FROM], thing, problems):
            name = row.mapping["name"].text if "name" in row.mapping else None
            own = Layer(quoted(name) if name else "", row.mapping)
            yield _device(row, [own, Layer(thing, rest)], defaults)


def _device(node: Node, layers: list[Layer], defaults: Mapping[str, Layer]) -> Item:
    kinds = (layer.keys["type"].text for layer in layers if "type" in layer.keys)
    default = defaults.get(next(kinds, None) or "")
    return item_of(node.place, [*layers, default] if default else layers)


def _default(
    kind: str, node: Node, kinds: Mapping[str, type[DeviceSettings]], problems: Problems
) -> Layer:
    """Return the defaults of a type, without the keys that it does not have: they are noted."""
    thing = f"{DEFAULTS}.{kind}"
    if kind not in kinds:
        problems.add(node.key, unknown("type", kind, sorted(kinds)), DEFAULTS)
        return Layer(thing, {})
    allowed = [key for key in shapes_of(kinds[kind]) if key not in _OWN]
    for key, value in node.mapping.items():
        if key not in allowed:
            problems.add(value.key, unknown("key", key, allowed), thing)
    return Layer(thing, {key: node.mapping[key] for key in allowed if key in node.mapping})


def _rows(node: Node, thing: str, problems: Problems) -> Iterator[Node]:
    name = node.text
    if name is None:
        problems.add_unread(node.place, f'{thing}: "from" must be the path of a CSV file')
        return
    path: Path = node.place.beside(name)
    text = read_text(path, node.place, "list of devices", problems)
    if text is not None:
        yield from rows_of(text, str(path), problems)
