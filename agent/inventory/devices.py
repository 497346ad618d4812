"""Lists of devices as they stand in settings and in CSV, without their secrets being read."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from agent.inventory.values import Value, values_of
from config import DeviceSettings
from config.csv_list import rows_of
from config.devices import devices_of
from config.files import read_document, read_text
from config.fitting import Shape, fitted_keys, shapes_of
from config.items import Item, Layer, item_of, model_of, thing_of
from config.nodes import Node, Place
from config.problems import Problems, unknown

Kinds = Mapping[str, type[DeviceSettings]]

_FIRST = ("name", "type")
"""What begins every device, whatever order its keys were written in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One device as it is to be written, and what its keys mean."""

    name: str
    values: dict[str, Value]
    shapes: Mapping[str, Shape]
    meaning: Mapping[str, object]
    """What the settings take from its keys; what is written must mean the same."""

    def lost(self, written: Mapping[str, Node]) -> list[str]:
        """Return the keys that mean something else as they are written, or are missing."""
        found = fitted_keys(written, self.shapes)
        keys = dict.fromkeys([*self.meaning, *found])
        return [key for key in keys if self._of(found, key) != self._of(self.meaning, key)]

    def _of(self, fitted: Mapping[str, object], key: str) -> str:
        """Return what a key means, so that 1, 1.0 and true differ, and a list of one may be one."""
        if key not in fitted:
            return ""
        value = fitted[key]
        alone = key in self.shapes and self.shapes[key].leaves == {list}
        return repr([value] if alone and isinstance(value, str) else value)


def devices_in_settings(
    path: Path, kinds: Kinds, *, folder: Path | None = None, whole: bool = False
) -> list[Listed]:
    """Return the devices of the settings, of `conf.d` and of the lists that they name.

    `folder` is the one they will be written into. Unless they are wanted `whole`, what comes from
    the defaults of their types is left there. Raises ConfigError for what cannot be read, and for
    types that nothing reads; what else is wrong is for `carbond check` to find.
    """
    problems = Problems()
    document = read_document(path.absolute(), problems)
    document = document if whole else replace(document, defaults={})
    return _listed(devices_of(document, kinds, problems), kinds, problems, folder)


def devices_in_csv(
    path: Path, kinds: Kinds, *, folder: Path | None = None, kind: str | None = None
) -> list[Listed]:
    """Return the devices of a CSV list; `kind` is the type of the rows that name none.

    Raises ConfigError for what cannot be read, and for unknown types and keys.
    """
    problems = Problems()
    file = path.absolute()
    text = read_text(file, Place(str(file)), "list of devices", problems)
    rows = [] if text is None else list(rows_of(text, str(file), problems))
    items = (_item(number, row, kind) for number, row in enumerate(rows))
    return _listed(items, kinds, problems, folder)


def _item(number: int, row: Node, kind: str | None) -> Item:
    layers = [Layer(thing_of("devices", number, row), row.mapping)]
    if kind is not None:
        layers.append(Layer("--type", {"type": Node(kind, row.place, row.place)}))
    return item_of(row.place, layers)


def _listed(
    items: Iterable[Item], kinds: Kinds, problems: Problems, folder: Path | None
) -> list[Listed]:
    found = list(_each(items, kinds, problems, folder))
    problems.raise_if_any()
    return found


def _each(
    items: Iterable[Item], kinds: Kinds, problems: Problems, folder: Path | None
) -> Iterator[Listed]:
    for item in items:
        model = model_of(item, kinds, problems)
        if model is None:
            continue
        shapes = shapes_of(model)
        for key, node in item.keys.items():
            if key not in shapes:
                problems.add(node.key, unknown("key", key, shapes), item.thing_with(key))
        keys = {key: item.keys[key] for key in (*_FIRST, *item.keys) if key in item.keys}
        yield Listed(
            name=item.text("name") or item.thing,
            values=values_of(keys, shapes, folder),
            shapes=shapes,
            meaning=fitted_keys(keys, shapes),
        )
