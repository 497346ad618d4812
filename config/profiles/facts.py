"""Which device it is: how a family is known, and what it says of its maker and model."""

import re
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, model_validator

from config.fields import Name
from config.profiles.patterns import Data, Oid, Oids, Pattern, Regex

Kind = Literal["pdu", "ups", "meter", "server", "switch", "ats", "other"]


class Match(Data):
    """How a device of the family is known."""

    object_ids: tuple[Oid, ...] = ()
    """What its sysObjectID begins with; of several profiles, the longest wins."""

    not_object_ids: tuple[Oid, ...] = ()
    """What its sysObjectID must not begin with."""

    description: str | None = None
    """A regular expression that its sysDescr must match."""

    probe: Oids = ()
    """Subtrees, of which it must have something in one."""

    not_probe: Oids = ()
    """Subtrees in which it must have nothing."""

    after: tuple[Name, ...] = ()
    """Profiles that are tried before this one where both match."""

    generic: bool = False
    """Whether it is for devices of any maker, and so comes after all others."""

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.object_ids and not self.probe:
            raise ValueError("write object_ids, or a probe: a profile must not match everything")
        try:
            re.compile(self.description or "")
        except re.error as error:
            raise ValueError(f"description is no regular expression: {error}") from error
        return self


class Fact(Data):
    """Where a device says its maker or model. Without anything to say, the next one is asked."""

    oid: Pattern | None = None
    """The object that says it, of a table the first row; sysDescr where left out."""

    matches: Regex | None = None
    """A regular expression that must be found in it: its group is the fact, or all of it."""

    text: str | None = None
    """What to call it, in place of what the object says."""

    without_enterprise: bool = False
    """Whether it counts only where the sysObjectID names no maker, as net-snmp's names none."""

    @model_validator(mode="after")
    def _something(self) -> Self:
        if self.oid is None and self.matches is None and self.text is None:
            raise ValueError("write oid, matches or text")
        return self


def _facts(value: object) -> object:
    """Return facts of a list, of a single one, or of a text that is always true."""
    many = value if isinstance(value, list | tuple) else (value,)
    return tuple({"text": one} if isinstance(one, str) else one for one in many)


Facts = Annotated[
    tuple[Fact, ...],
    BeforeValidator(_facts, json_schema_input_type=str | Fact | list[str | Fact]),
]
"""A text, or where to find it; of a list, the first that says something."""
