"""Maps of devices in files: of which collector one is, and what is wrong with it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from collectors.mqtt import maps as mqtt
from collectors.mqtt.schema import Map
from config import Strict
from config.items import Item, checked
from config.nodes import Node, Place
from config.problems import Problems
from config.profiles import modbus, prometheus
from config.profiles.prometheus import ExporterMap
from config.yaml_positions import nodes_of


@dataclass(frozen=True, slots=True, kw_only=True)
class MapKind:
    """The maps of one collector."""

    model: type[Strict]
    load: Callable[[str, str], Any]
    """How its own loader reads one. Raises ConfigError."""

    signs: frozenset[str]
    """Keys that the maps of no other collector have."""


KINDS: Mapping[str, MapKind] = {
    "mqtt": MapKind(
        model=Map,
        load=mqtt.map_of,
        signs=frozenset({"topic", "path", "sparkplug", "availability", "places", "silent_after"}),
    ),
    "modbus": MapKind(
        model=modbus.Profile,
        load=modbus.profile_of,
        signs=frozenset({"register", "blocks", "function", "identify", "models", "word_order"}),
    ),
    "prometheus": MapKind(
        model=ExporterMap, load=prometheus.map_of, signs=frozenset({"metric", "in_band", "labels"})
    ),
}
"""By the name of the collector, which is that of their folder too; `metric` is a key of MQTT's
Sparkplug as well, so that one is looked for first."""


def kind_of(path: Path, text: str) -> str | None:
    """Return the collector of a map: by its folder, else by its keys; None if it has none here."""
    folder = path.absolute().parent.name
    if folder in KINDS:
        return folder
    root = nodes_of(text, str(path), Problems())
    keys = set() if root is None else set(_keys(root))
    return next((name for name, kind in KINDS.items() if kind.signs & keys), None)


def _keys(node: Node) -> Iterator[str]:
    yield from node.mapping
    inner = node.value if isinstance(node.value, list) else node.mapping.values()
    for one in inner:
        yield from _keys(one)


def check_map(kind: MapKind, path: Path, text: str) -> None:
    """Raise ConfigError with a line for each fault of a map: file, line, key, cause, way out."""
    problems = Problems()
    root = nodes_of(text, str(path), problems)
    if root is not None and isinstance(root.value, dict):
        item = Item(Place(str(path)), "", dict(root.mapping))
        checked(item, kind.model, problems)
        _check_name(item, path, problems)
    elif not problems.incomplete:
        problems.add_unread(Place(str(path)), "a map is a mapping with name, title and meters")
    problems.raise_if_any()
    # Whatever else its own loader demands.
    kind.load(text, str(path))


def _check_name(item: Item, path: Path, problems: Problems) -> None:
    name = item.text("name")
    if name is not None and name != path.name.removesuffix(".yaml"):
        problems.add(item.at("name"), f'"name": {name!r} is not the name of the file')
