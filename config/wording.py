"""What pydantic finds wrong, said in plain words."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from config.fields import NAME
from config.fitting import model_at, shapes_of
from config.nodes import Node, Place
from config.problems import nearest, quoted, unknown
from config.settings import UPSTREAM

_PATTERNS = {
    NAME: "begin with a letter or digit and hold only letters, digits and . _ : -",
    UPSTREAM: "be the name of a device, or a part of one such as ups-1/input or pdu-3/outlet/12",
}

_TEXT = "be a text"
_WHOLE = "be a whole number"
_NUMBER = "be a number"
_TRUTH = "be true or false"
_MAPPING = "be a mapping of keys and values"
_LIST = "be a list"
_HOLDERS = frozenset({_MAPPING, _LIST})

_DEMANDS: Mapping[str, str] = {
    "string_type": _TEXT,
    "string_unicode": _TEXT,
    "int_type": _WHOLE,
    "int_parsing": _WHOLE,
    "int_parsing_size": "be a smaller whole number",
    "int_from_float": _WHOLE,
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "finite_number": "be a finite number",
    "bool_type": _TRUTH,
    "bool_parsing": _TRUTH,
    "dict_type": _MAPPING,
    "mapping_type": _MAPPING,
    "model_type": _MAPPING,
    "model_attributes_type": _MAPPING,
    "list_type": _LIST,
    "tuple_type": _LIST,
    "set_type": _LIST,
    "frozen_set_type": _LIST,
    "path_type": "be a path",
}
"""What a value must be, by pydantic's name of the fault."""

_BOUNDS: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "greater_than": lambda ctx: f"be above {ctx['gt']:g}",
    "greater_than_equal": lambda ctx: f"be at least {ctx['ge']:g}",
    "less_than": lambda ctx: f"be below {ctx['lt']:g}",
    "less_than_equal": lambda ctx: f"be at most {ctx['le']:g}",
    "multiple_of": lambda ctx: f"be a multiple of {ctx['multiple_of']:g}",
    "string_too_short": lambda ctx: f"have at least {ctx['min_length']} characters",
    "string_too_long": lambda ctx: f"have at most {ctx['max_length']} characters",
    "too_short": lambda ctx: f"have at least {ctx['min_length']} items",
    "too_long": lambda ctx: f"have at most {ctx['max_length']} items",
    "literal_error": lambda ctx: f"be one of {_choices(ctx)}",
    "enum": lambda ctx: f"be one of {_choices(ctx)}",
    "string_pattern_mismatch": lambda ctx: _PATTERNS.get(
        ctx["pattern"], f"match the pattern {ctx['pattern']}"
    ),
}
"""The same for faults that come with a bound or a choice."""


Way = tuple[str | int, ...]
"""Keys and numbers that lead to a value from the outside in."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a model: in which of its keys, where that stands, and the words for it.

    Without a key it is the model as a whole; without a place it is a key that does not stand there.
    """

    key: str
    place: Place | None
    text: str
    unknown: bool = False


@dataclass(slots=True)
class _Refusal:
    """What one value must be. A field that takes this or that has more than one demand."""

    node: Node | None
    error: ErrorDetails
    demands: dict[str, None] = field(default_factory=dict)


def faults_of(
    errors: Iterable[ErrorDetails], model: type[BaseModel], keys: Mapping[str, Node]
) -> Iterator[Fault]:
    """Yield what pydantic found wrong with the keys of a model, in plain words.

    What was found is shown as it was written, but for a secret: that is never shown.
    """
    refusals: dict[Way, _Refusal] = {}
    for error in _counted(list(errors)):
        path, node = _found(error["loc"], keys)
        match error["type"]:
            case "missing":
                yield _missing(path, node, str(error["loc"][-1]), model)
            case "extra_forbidden":
                yield _unknown(path, node, model)
            case "value_error" | "assertion_error":
                yield _in_own_words(path, node, error)
            case _:
                refusal = refusals.setdefault(path, _Refusal(node, error))
                refusal.demands[_demand(error)] = None
    for path, refusal in refusals.items():
        yield _fault(path, refusal.node, _refused(_name(path), refusal))


def _counted(errors: Sequence[ErrorDetails]) -> Iterator[ErrorDetails]:
    """Yield them without lists that are too short only because wrong items are not counted."""
    for error in errors:
        inside = (one["loc"][: len(error["loc"])] for one in errors if one is not error)
        if error["type"] != "too_short" or error["loc"] not in inside:
            yield error


def _found(loc: Way, keys: Mapping[str, Node]) -> tuple[Way, Node | None]:
    """Return the part of pydantic's path that was written, and the node at its end.

    The rest are names of the branches of a union, keys that are missing, and the items of a list
    that is one cell.
    """
    path: Way = ()
    node: Node | None = None
    for part in loc:
        inner = _inner(part, keys if node is None else node.value)
        if inner is not None:
            path, node = (*path, part), inner
    return path, node


def _inner(part: str | int, value: "str | list[Node] | Mapping[str, Node]") -> Node | None:
    if isinstance(value, Mapping):
        return value.get(str(part))
    if isinstance(value, list) and isinstance(part, int) and part < len(value):
        return value[part]
    return None


def _name(path: Way) -> str:
    """Return a path as it is written in the header of a list: `v3.keys[1]`."""
    name = ""
    for part in path:
        name += f"[{part}]" if isinstance(part, int) else f".{part}"
    return name.removeprefix(".")


def _fault(path: Way, node: Node | None, text: str, *, unknown: bool = False) -> Fault:
    place = None if node is None else (node.key if unknown else node.place)
    return Fault(str(path[0]) if path else "", place, text, unknown)


def _missing(path: Way, node: Node | None, key: str, model: type[BaseModel]) -> Fault:
    if path and path[-1] == key:
        # It stands there without a value and was left out before the check.
        path = path[:-1]
    inner = model_at(model, path)
    info = inner.model_fields.get(key) if inner else None
    meaning = f": {info.description}" if info and info.description else ""
    return _fault(path, node, f"{quoted(_name((*path, key)))} is missing{meaning}")


def _unknown(path: Way, node: Node | None, model: type[BaseModel]) -> Fault:
    inner = model_at(model, path[:-1])
    allowed = shapes_of(inner) if inner else ()
    text = unknown("key", _name(path[-1:]), allowed)
    within = f"{quoted(_name(path[:-1]))}: " if path[:-1] else ""
    return _fault(path, node, within + text, unknown=True)


def _in_own_words(path: Way, node: Node | None, error: ErrorDetails) -> Fault:
    """Return the message of a validator of ours, or of a plug-in's."""
    text = str(error.get("ctx", {}).get("error", error["msg"]))
    if path:
        text = f"{quoted(_name(path))}{'' if text.startswith('must ') else ':'} {text}"
    return _fault(path, node, text)


def _demand(error: ErrorDetails) -> str:
    kind, ctx = error["type"], error.get("ctx", {})
    if kind in _BOUNDS:
        return _BOUNDS[kind](ctx)
    return _DEMANDS.get(kind) or _left_over(error["msg"])


def _refused(name: str, refusal: _Refusal) -> str:
    """Return that a key must be this or that, what was found instead, and the nearest choice."""
    node, error = refusal.node, refusal.error
    hint = ""
    if error["type"] in {"literal_error", "enum"} and node is not None and node.text is not None:
        hint = nearest(node.text, re.findall(r"'([^']*)'", error["ctx"]["expected"]))
    first, *others = refusal.demands
    demands = " or ".join([first, *(other.removeprefix("be ") for other in others)])
    # A password may stand where a mapping that holds its source is wanted: it is not shown.
    found = (
        "a single value"
        if _HOLDERS & refusal.demands.keys() and node and node.text
        else _shown(node)
    )
    return f"{quoted(name)} must {demands}, not {found}{hint}"


def _shown(node: Node | None) -> str:
    """Return what was found, as it was written."""
    match node:
        case None:
            return "what stands here"
        case Node(value=dict()):
            return "a mapping"
        case Node(value=list()):
            return "a list"
        case Node(nothing=True):
            return "nothing"
        case Node(value=str() as text):
            return text if node.plain and re.fullmatch(r"[-+.\w]{1,40}", text) else quoted(text)
    return "what stands here"


def _choices(ctx: Mapping[str, Any]) -> str:
    return str(ctx["expected"]).replace("'", '"')


def _left_over(message: str) -> str:
    words = re.sub(r"^Input should ", "", message)
    return words if words != message else f"be right: {message}"
