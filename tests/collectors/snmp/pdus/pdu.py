"""A rack PDU that nobody has recorded for us: what it sends, and what that means."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Sent = Mapping[str, int | str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pdu:
    """What a PDU sends, and what it means."""

    profile: str
    object_id: str
    root: str
    """What all its OIDs begin with."""
    sent: Sent
    meant: Mapping[str, Any]
    states: Mapping[str, float] = field(default_factory=dict)
    """Of its outlets."""
    names: Mapping[str, str] = field(default_factory=dict)
    """Of its outlets."""


def row(entry: str, index: str, columns: Mapping[int, int | str]) -> Sent:
    """Return a row of a table, by the numbers of its columns."""
    return {f"{entry}.{column}.{index}": value for column, value in columns.items()}
