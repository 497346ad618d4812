"""What stands in a profile's fields: object identifiers, with places in them, and exact numbers."""

import re
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Literal

from pydantic import BeforeValidator, ConfigDict, WithJsonSchema

from config.fields import Duration, Strict

PLACES = ("unit", "group", "number", "row", "text", "rest")
_OID = re.compile(r"[012](\.\d+)+")
_PLACE = re.compile(r"\{(\w+)\}")
_TEXT = {"type": "string"}
UNQUOTED = "YAML reads on, off, yes and no as true and false: write them in quotes"


def _oid(value: object) -> str:
    text = str(value).removeprefix(".")
    if not _OID.fullmatch(text):
        raise ValueError(f"{value!r} is no OID: write it in numbers, such as 1.3.6.1.4.1.318")
    return text


def _pattern(value: object) -> str:
    text = str(value).removeprefix(".")
    names = _PLACE.findall(text)
    for name in names:
        if name not in PLACES:
            allowed = ", ".join(f"{{{place}}}" for place in PLACES)
            raise ValueError(f"{{{name}}} stands for nothing: there are {allowed}")
    if len(set(names)) < len(names):
        raise ValueError("the same place stands in it twice")
    if "{text}" in text.partition("{rest}")[2]:
        raise ValueError("{rest} stands for what the others leave, so no {text} comes behind it")
    _oid(_PLACE.sub("0", text))
    return text


def _exact(value: object) -> Fraction:
    """Return a number as it was written: 0.1 is a tenth, and not the float beside it."""
    if isinstance(value, Fraction):
        return value
    try:
        number = Fraction(Decimal(str(value)))
    except ArithmeticError:
        raise ValueError(f"{value!r} is no number") from None
    if number <= 0:
        raise ValueError("a scale is above zero")
    return number


def _regex(value: object) -> str:
    try:
        return re.compile(str(value)).pattern
    except re.error as error:
        raise ValueError(f"it is no regular expression: {error}") from error


def _listed(value: object) -> object:
    """Return one thing as a list of it."""
    return value if isinstance(value, list | tuple) else (value,)


def _code(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError(UNQUOTED)  # noqa: TRY004 what a person wrote is wrong
    return value


def _pairs(value: object) -> object:
    """Return a mapping as pairs, which can be hashed."""
    if not isinstance(value, Mapping):
        return value
    if any(isinstance(key, bool) for key in value):
        raise ValueError(UNQUOTED)
    return tuple(value.items())


Oid = Annotated[str, BeforeValidator(_oid), WithJsonSchema(_TEXT | {"pattern": r"^\.?[0-9.]+$"})]
Pattern = Annotated[
    str, BeforeValidator(_pattern), WithJsonSchema(_TEXT | {"pattern": r"^\.?[0-9a-z.{}]+$"})
]
"""An OID; `{unit}`, `{group}`, `{number}`, `{row}` stand for an arc of its index, `{text}` for a
text with its length before it, `{rest}` for what they leave.
"""

Patterns = Annotated[
    tuple[Pattern, ...], BeforeValidator(_listed, json_schema_input_type=Pattern | list[Pattern])
]
"""One of them, or a list."""

Exact = Annotated[
    Fraction, BeforeValidator(_exact), WithJsonSchema({"type": "number", "exclusiveMinimum": 0})
]
Regex = Annotated[str, BeforeValidator(_regex), WithJsonSchema(_TEXT | {"format": "regex"})]
Oids = Annotated[tuple[Oid, ...], BeforeValidator(_listed, json_schema_input_type=Oid | list[Oid])]
"""One OID, or a list of them."""

Code = Annotated[int | str, BeforeValidator(_code, json_schema_input_type=int | str)]
"""A value that an object says: a number, or a text."""

Meanings = Annotated[
    tuple[tuple[int | str, float], ...],
    BeforeValidator(_pairs, json_schema_input_type=dict[str, float]),
]
Span = Annotated[Duration, WithJsonSchema(_TEXT | {"examples": ["5m"]})]
IndexText = Literal["{text}", "{rest}"]
"""The part of the index that is text itself, such as a MAC address."""


def places_of(pattern: str) -> frozenset[str]:
    """Return the names of the places in a pattern."""
    return frozenset(_PLACE.findall(pattern))


class Data(Strict):
    """A part of a profile. Unknown keys are errors."""

    model_config = ConfigDict(arbitrary_types_allowed=True)
