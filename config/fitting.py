"""What was written, turned into what the field that takes it can take.

YAML guesses what an unquoted scalar is: `NO` is a truth and no grid in Norway, `1.10` becomes 1.1,
`12:30` is 750. Here the field says what it takes and the text as written is kept for a text.
"""

import re
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from config.nodes import Node

_LISTS = (list, tuple, set, frozenset)
_WHOLE = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})")
_HEX = re.compile(r"0x[0-9a-fA-F]{1,16}")
_REAL = re.compile(r"[-+]?([0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))([eE][-+]?[0-9]{1,3})?")
_TRUTHS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}


@dataclass(frozen=True, slots=True)
class Shape:
    """What a field takes, as far as it decides how its text is read."""

    leaves: frozenset[type] = frozenset()
    """Types of the scalars it takes; those of choices are the types of the choices."""

    models: tuple[type[BaseModel], ...] = ()
    items: "Shape | None" = None
    """What it takes in a list, if it takes lists."""

    values: "Shape | None" = None
    """What it takes under keys of any name, if it takes those."""

    @property
    def takes_nothing(self) -> bool:
        return types.NoneType in self.leaves

    @property
    def scalar(self) -> "Shape":
        """What it takes where no list stands: in place of one, what an item of it would be."""
        return self.items if self.items and self.leaves == {list} else self

    @property
    def is_text(self) -> bool:
        return str in self.leaves and not self.leaves & {int, float}


ANY = Shape()


def fitted(node: Node, shape: Shape = ANY) -> object:
    """Return the plain value of a node for pydantic to check.

    A mapping of the one key `file`, and a field that is a path, name a file beside the one they
    stand in. A key without a value is left out where its field must have one.
    """
    if node.nothing:
        return None
    if isinstance(node.value, list):
        return [fitted(item, shape.items or ANY) for item in node.value]
    if isinstance(node.value, dict):
        return _mapping(node.value, shape)
    if node.key.cell and shape.items:
        return [fitted(item, shape.items) for item in items_of(node)]
    if node.value and Path in shape.leaves:
        return str(node.place.beside(node.value))
    return _scalar(node.value, shape.scalar, plain=node.plain)


def items_of(node: Node) -> list[Node]:
    """Return the items of a list, of a cell that is parted into one, or what stands alone."""
    if isinstance(node.value, list):
        return node.value
    return _split(node, node.value) if node.key.cell else [node]


def fitted_keys(entries: Mapping[str, Node], shapes: Mapping[str, Shape]) -> dict[str, object]:
    """Return the plain values of the keys of a model."""
    return {
        key: fitted(node, shapes.get(key, ANY))
        for key, node in entries.items()
        if not (node.nothing and key in shapes and not shapes[key].takes_nothing)
    }


@cache
def shapes_of(model: type[BaseModel]) -> Mapping[str, Shape]:
    """Return what each key of a model takes, by the key as it is written."""
    fields = model.model_fields
    return {_key(name, field): _shape(field.annotation) for name, field in fields.items()}


def model_at(model: type[BaseModel], path: tuple[str | int, ...]) -> type[BaseModel] | None:
    """Return the model that stands at a path below another one, if one does."""
    shape = Shape(models=(model,))
    for part in path:
        if isinstance(part, int):
            shape = shape.items or ANY
        else:
            shape = _all_shapes(shape.scalar).get(part) or shape.values or ANY
    models = shape.scalar.models
    return models[0] if models else None


def _key(name: str, field: FieldInfo) -> str:
    return field.validation_alias if isinstance(field.validation_alias, str) else name


def _all_shapes(shape: Shape) -> Mapping[str, Shape]:
    shapes: dict[str, Shape] = {}
    for model in shape.models:
        shapes.update(shapes_of(model))
    return shapes


def _mapping(entries: dict[str, Node], shape: Shape) -> dict[str, object]:
    if entries.keys() == {"file"} and not shape.models:
        name = entries["file"].text
        if name is not None:
            return {"file": str(entries["file"].place.beside(name))}
    if shape.models:
        return fitted_keys(entries, _all_shapes(shape))
    return {key: fitted(node, shape.values or ANY) for key, node in entries.items()}


def _split(node: Node, text: object) -> list[Node]:
    parts = re.split(r"[;\s]+", str(text).strip("; \t"))
    return [replace(node, value=part) for part in parts if part]


def _scalar(text: str, shape: Shape, *, plain: bool) -> object:
    if not plain:
        return text
    if text in _TRUTHS:
        return _TRUTHS[text] if bool in shape.leaves or not shape.leaves else text
    if shape.is_text:
        return text
    if _WHOLE.fullmatch(text):
        return int(text)
    if _HEX.fullmatch(text):
        return int(text, 16)
    return float(text) if _REAL.fullmatch(text) else text


def _shape(annotation: Any) -> Shape:  # noqa: ANN401 an annotation may be anything
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is Annotated:
        return _shape(arguments[0])
    if origin in (typing.Union, types.UnionType):
        return _joined([_shape(argument) for argument in arguments])
    if origin is Literal:
        return Shape(leaves=frozenset(type(choice) for choice in arguments))
    if (origin or annotation) in _LISTS:
        return Shape(leaves=frozenset({list}), items=_shape(arguments[0]) if arguments else ANY)
    if isinstance(origin or annotation, type) and issubclass(origin or annotation, Mapping):
        return Shape(leaves=frozenset({dict}), values=_shape(arguments[1]) if arguments else ANY)
    return _leaf(annotation)


def _leaf(annotation: object) -> Shape:
    if not isinstance(annotation, type):
        return ANY
    if issubclass(annotation, BaseModel):
        return Shape(leaves=frozenset({dict}), models=(annotation,))
    if issubclass(annotation, Enum):
        return Shape(leaves=frozenset(type(choice.value) for choice in annotation))
    return Shape(leaves=frozenset({annotation}))


def _joined(shapes: list[Shape]) -> Shape:
    return Shape(
        leaves=frozenset().union(*(shape.leaves for shape in shapes)),
        models=tuple(model for shape in shapes for model in shape.models),
        items=next((shape.items for shape in shapes if shape.items), None),
        values=next((shape.values for shape in shapes if shape.values), None),
    )
