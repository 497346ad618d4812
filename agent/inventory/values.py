"""What is written in settings, without its places: texts, lists and mappings of texts."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from config.fitting import Shape, fitted_keys, items_of
from config.nodes import Node

Value = str | None | list["Value"] | dict[str, "Value"]
"""None is a key that stands there without a value, which takes a default away."""

_ELSEWHERE = "/nowhere/else"
"""A folder in which no settings are: what means something else there is a relative path."""


def values_of(
    keys: Mapping[str, Node], shapes: Mapping[str, Shape], folder: Path | None
) -> dict[str, Value]:
    """Return the keys of a device as they are to be written into a file in another folder.

    Texts stay as they were written. A relative path is one of the folder it stands in, so it
    becomes absolute unless that is `folder`; None is a folder that is not known.
    """
    here = fitted_keys(keys, shapes)
    there = fitted_keys({key: _moved(node) for key, node in keys.items()}, shapes)
    return {key: _value(node, here.get(key), there.get(key), folder) for key, node in keys.items()}


def _moved(node: Node) -> Node:
    """Return a node as if it stood in another folder."""
    place = replace(node.place, file=f"{_ELSEWHERE}/list")
    match node.value:
        case dict():
            return replace(node, place=place, value={k: _moved(v) for k, v in node.value.items()})
        case list():
            return replace(node, place=place, value=[_moved(item) for item in node.value])
    return replace(node, place=place)


def _value(node: Node, here: object, there: object, folder: Path | None) -> Value:
    if node.nothing:
        return None
    if isinstance(node.value, dict):
        return {
            key: _value(item, _at(here, key), _at(there, key), folder)
            for key, item in node.value.items()
        }
    if isinstance(node.value, list) or isinstance(here, list):
        items = items_of(node)
        return [_value(one, _at(here, i), _at(there, i), folder) for i, one in enumerate(items)]
    if here != there and Path(node.place.file).parent != folder:
        return str(here)
    return node.value


def _at(fitted: object, part: str | int) -> object:
    """Return the part of a fitted value; None where it was left out."""
    if isinstance(fitted, dict):
        return fitted.get(part)
    if isinstance(fitted, list) and isinstance(part, int) and part < len(fitted):
        return fitted[part]
    return None
