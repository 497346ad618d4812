"""The items of the lists: from what was written to an instance of a plug-in's class.

An item is made of layers: a device's own keys win over those of the item that named its list, and
these over the defaults of its type. Each key keeps its place, so a fault is shown where it stands.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from pydantic import ValidationError

from config.fields import Strict
from config.fitting import fitted_keys, shapes_of
from config.nodes import Node, Place
from config.problems import Problems, listed, quoted, unknown
from config.wording import Fault, faults_of

Model = TypeVar("Model", bound=Strict)

JOINED = "tags"
"""The one mapping whose keys are joined over the layers; any other is taken as a whole."""


@dataclass(frozen=True, slots=True)
class Layer:
    """Some keys of an item, and what to call the thing in which they stand."""

    thing: str
    keys: Mapping[str, Node]


@dataclass(slots=True)
class Item:
    """One thing of the settings: its keys from all layers, and where each comes from."""

    place: Place
    thing: str
    keys: dict[str, Node] = field(default_factory=dict)
    things: dict[str, str] = field(default_factory=dict)
    """What to call the thing in which a key stands, if it is not the item itself."""

    def text(self, key: str) -> str | None:
        """Return the text of a key that is set and is a text."""
        return self.keys[key].text if key in self.keys else None

    def at(self, key: str) -> Place:
        """Return where a key is set; the item's place if it is not."""
        return self.keys[key].place if key in self.keys else self.place

    def thing_with(self, key: str) -> str:
        """Return what to call the thing in which a key stands."""
        return self.things.get(key, self.thing)


def item_of(place: Place, layers: Iterable[Layer]) -> Item:
    """Return the item that the layers make, the first of them on top; its name is theirs."""
    top, *below = layers
    item = Item(place, top.thing, dict(top.keys))
    for layer in below:
        for key, node in layer.keys.items():
            if key not in item.keys:
                item.keys[key] = node
                item.things[key] = layer.thing
            elif key == JOINED and item.keys[key].mapping and node.mapping:
                own = item.keys[key]
                joined = {**node.mapping, **own.mapping}
                item.keys[key] = Node(joined, own.place, own.key)
    return item


def thing_of(key: str, number: int, node: Node) -> str:
    """Return what to call an item: `devices[3] "rack-07-a"`; items count from 0."""
    name = node.mapping["name"].text if "name" in node.mapping else None
    return f"{key}[{number}]" + (f" {quoted(name)}" if name else "")


def model_of(
    item: Item, models: Mapping[str, type[Model]], problems: Problems
) -> type[Model] | None:
    """Return the class of the item's type; None if it has no type that is known."""
    kind = item.text("type")
    if kind is None:
        known = f"Allowed: {listed(sorted(models))}"
        problems.add(item.at("type"), f'"type" is missing. {known}', item.thing)
        return None
    if kind not in models:
        text = unknown("type", kind, sorted(models))
        problems.add(item.keys["type"].place, text, item.thing_with("type"))
        return None
    return models[kind]


def checked(item: Item, model: type[Model], problems: Problems) -> Model | None:
    """Return the instance that an item describes; None if it is wrong, which is noted."""
    try:
        return model.model_validate(fitted_keys(item.keys, shapes_of(model)))
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)
        for fault in faults_of(details, model, item.keys):
            _note(fault, item, problems)
        return None


def _note(fault: Fault, item: Item, problems: Problems) -> None:
    thing = item.thing_with(fault.key) if fault.key else item.thing
    place = fault.place or item.place
    # One wrong column is one fault, however many rows the list has.
    problems.add(place, fault.text, "the header" if fault.unknown and place.cell else thing)
