"""Answers as tables: CSV (RFC 4180) with a line of names, of an empty table too."""

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

T = TypeVar("T")
Row = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Table(Generic[T]):
    """How an answer is told as a table."""

    names: Sequence[str]
    """What stands above its columns; empty where they are those of its first row."""

    rows: Callable[[T], Iterable[Row]]


def table_of(item: type[BaseModel]) -> Table[Any]:
    """Return the table of pages whose items are of this model."""
    return Table(
        names=tuple(item.model_fields),
        rows=lambda page: (one.model_dump() for one in page.items),
    )


def csv_of(names: Sequence[str], rows: Iterable[Row]) -> bytes:
    """Return rows as CSV (RFC 4180) under their names; what is missing is empty."""
    rest = iter(rows)
    if not names:
        first = next(rest, None)
        if first is None:
            return b""
        names, rest = tuple(first), chain([first], rest)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(names)
    writer.writerows([_cell(row[name]) for name in names] for row in rest)
    return text.getvalue().encode()


def _cell(value: object) -> object:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, Sequence) and not isinstance(value, str):
        return " ".join(map(str, value))
    if isinstance(value, str) and value.startswith(tuple("=+-@\t\r")):
        # A spreadsheet would take it for a formula.
        return f"'{value}"
    return value
