"""What an option takes, and what holds where it is left out, in words for the reference."""

import types
import typing
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Literal

from annotated_types import Ge, Gt, Le, Lt, MinLen
from pydantic import BaseModel, BeforeValidator
from pydantic.fields import FieldInfo

from agent.model import Role, Scope
from config import Secret
from config.alerts import AlertName
from config.fields import NAME
from config.quantities import current_of, mass_of, power_of, share_of, size_of
from config.settings import UPSTREAM

_LISTS = (list, tuple, set, frozenset)
_FEW = 8
"""Choices that are named in a table."""

_WORDS: Mapping[type, str] = {
    bool: "`true` or `false`",
    str: "text",
    int: "whole number",
    float: "number",
    Path: "path",
    Secret: "secret",
    timedelta: "time",
    Role: "role",
    Scope: "part",
    AlertName: "alert",
}

_READ_BY: Mapping[object, str] = {
    size_of: "size",
    share_of: "share",
    power_of: "power",
    current_of: "current",
    mass_of: "mass",
}

_PATTERNS: Mapping[str, str] = {NAME: "name", UPSTREAM: "name of a device, or of a part of one"}

_BOUNDS: Mapping[str, str] = {
    "gt": "above {}",
    "ge": "from {}",
    "lt": "below {}",
    "le": "up to {}",
    "min_length": "not empty",
}

_TIMES = (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1))
_SIZES = (("TB", 10**12), ("GB", 10**9), ("MB", 10**6))


def takes(field: FieldInfo) -> str:
    """Return what an option takes, such as `whole number, 1 to 65535`."""
    return _described(field.annotation, field.metadata)


def default(field: FieldInfo) -> str:
    """Return what holds where it is left out: `needed` if it must not be."""
    if field.is_required():
        return "needed"
    value = field.get_default(call_default_factory=True)
    return "" if value is None or isinstance(value, BaseModel) else f"`{_written(value)}`"


def model_in(annotation: Any) -> tuple[type[BaseModel] | None, bool]:  # noqa: ANN401 any type
    """Return the model that an annotation takes, if it takes one, and whether in a list."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation, False
    listed = typing.get_origin(annotation) in _LISTS
    for argument in typing.get_args(annotation):
        model, inside = model_in(argument)
        if model is not None:
            return model, listed or inside
    return None, False


def _described(annotation: Any, metadata: Sequence[object]) -> str:  # noqa: ANN401 any type
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    known = list(_flat(metadata))
    if origin is Annotated:
        return _described(arguments[0], [*arguments[1:], *known])
    if origin in (typing.Union, types.UnionType):
        branches = [one for one in arguments if one is not types.NoneType]
        return " or ".join(dict.fromkeys(_described(one, known) for one in branches))
    if origin is Literal:
        return _choices([str(one) for one in arguments])
    if (origin or annotation) in _LISTS:
        inner = _described(arguments[0], ()) if arguments else "text"
        return f"list of {inner}" if inner.startswith("`") else f"list: {inner}"
    return ", ".join([_plain(origin or annotation, known), *_bounds(known)])


def _flat(metadata: Sequence[object]) -> Iterator[object]:
    for one in metadata:
        if isinstance(one, FieldInfo):
            yield from _flat(one.metadata)
        else:
            yield one


def _plain(kind: Any, metadata: Sequence[object]) -> str:  # noqa: ANN401 any type
    """Return the word for a type that holds no other."""
    for one in metadata:
        if isinstance(one, BeforeValidator) and one.func in _READ_BY:
            return _READ_BY[one.func]
        if (named := _PATTERNS.get(str(getattr(one, "pattern", "")))) is not None:
            return named
    if kind in _WORDS:
        return _WORDS[kind]
    return _choices([str(one.value) for one in kind]) if issubclass(kind, Enum) else "mapping"


def _choices(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names) if len(names) <= _FEW else "one of several"


def _bounds(metadata: Sequence[object]) -> Iterator[str]:
    """Yield between which numbers it is, and of how many characters at least."""
    bounds: dict[str, float] = {}
    for one in metadata:
        for name in ("gt", "ge", "lt", "le", "min_length"):
            # Only what annotated_types holds has them.
            if isinstance(one, Gt | Ge | Lt | Le | MinLen) and hasattr(one, name):
                bounds[name] = getattr(one, name)
    if {"ge", "le"} <= bounds.keys():
        yield f"{_number(bounds.pop('ge'))} to {_number(bounds.pop('le'))}"
    for name, words in _BOUNDS.items():
        if name in bounds:
            yield words.format(_number(bounds[name]))


def _number(value: float) -> str:
    """Return a number without a point that says nothing."""
    return str(int(value)) if value == int(value) else str(value)


def _written(value: object) -> str:
    """Return a default as it is written in YAML."""
    match value:
        case bool():
            text = str(value).lower()
        case timedelta():
            text = _in(_TIMES, round(value.total_seconds() * 1000))
        case int() if value >= _SIZES[-1][1] and value % _SIZES[-1][1] == 0:
            text = _in(_SIZES, value)
        case float():
            text = _number(value)
        case tuple() | list() | set() | frozenset():
            text = f"[{', '.join(map(_written, value))}]"
        case _:
            text = str(value) or '""'
    return text


def _in(units: Sequence[tuple[str, int]], value: int) -> str:
    """Return a number in the largest unit of which it is a whole number."""
    unit, size = next(one for one in units if value % one[1] == 0)
    return f"{value // size}{unit}"
