"""A list of devices kept as CSV: a header of keys, a row for each device."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass

from config.nodes import Node, Place
from config.problems import Problems, quoted

DELIMITERS = ",;\t"


@dataclass(frozen=True, slots=True)
class _Column:
    path: tuple[str, ...]
    place: Place
    """Where the header names it."""

    def clashes(self, path: tuple[str, ...]) -> bool:
        """Whether it sets the same key, or a part of it, or all of it."""
        return all(own == other for own, other in zip(self.path, path, strict=False))


def rows_of(text: str, file: str, problems: Problems) -> Iterator[Node]:
    """Yield each row as a mapping node; what cannot be read is noted and passed over.

    The header's cells are keys, nested by dots (`tags.row`). An empty cell is a key that is not
    set. Empty rows, and rows that begin with `#`, are no devices. The cells are separated by what
    is most frequent in the header: commas, semicolons or tabs.
    """
    header: list[_Column] = []
    for line, cells in _lines(text, file, problems):
        if not header:
            header = _header(cells, Place(file, line), problems)
            if not header:
                return
        elif len(cells) > len(header):
            text = f"the row has {len(cells)} cells, but the header has {len(header)}"
            problems.add_unread(Place(file, line), f"{text}: quote a cell that holds the separator")
        else:
            yield _row(header, cells, Place(file, line))
    if not header:
        problems.add_unread(Place(file), "the list is empty: its first line must name the keys")


def _lines(text: str, file: str, problems: Problems) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows that hold something, each with the number of its first line."""
    lines = text.splitlines(keepends=True)
    first = next((line for line in lines if line.strip() and line[0] != "#"), "")
    reader = csv.reader(lines, delimiter=max(DELIMITERS, key=first.count), strict=True)
    line = 1
    try:
        for cells in reader:
            stripped = [cell.strip() for cell in cells]
            if any(stripped) and not stripped[0].startswith("#"):
                yield line, stripped
            line = reader.line_num + 1
    except csv.Error as error:
        problems.add_unread(Place(file, line), f"not CSV: {error}: check the quotes")


def _header(cells: list[str], place: Place, problems: Problems) -> list[_Column]:
    """Return the columns; nothing if the list cannot be read by them."""
    columns: list[_Column] = []
    for number, cell in enumerate(cells, 1):
        at = Place(place.file, place.line, number, cell=True)
        path = tuple(part.strip() for part in cell.split("."))
        other = next((each for each in columns if each.clashes(path)), None)
        if not all(path):
            problems.add_unread(at, "the header must name the key of each column")
        elif other is not None:
            text = f"{quoted(cell)} does not go with column {other.place.column}"
            problems.add_unread(at, f"{text}: remove one of them")
        else:
            columns.append(_Column(path, at))
    return columns if len(columns) == len(cells) else []


def _row(columns: list[_Column], cells: list[str], place: Place) -> Node:
    entries: dict[str, Node] = {}
    for column, cell in zip(columns, cells, strict=False):
        if not cell:
            continue
        at = Place(place.file, place.line, column.place.column, cell=True)
        inner = entries
        for part in column.path[:-1]:
            inner = inner.setdefault(part, Node({}, at, column.place)).mapping
        inner[column.path[-1]] = Node(cell, at, column.place)
    return Node(entries, place, place)
