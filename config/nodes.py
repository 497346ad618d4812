"""What was written, and where: the tree that YAML and CSV are read into before anything is checked.

A scalar is kept as its text. What it means (a number, a truth, a name that looks like a number) is
decided when the field that takes it is known, in `config.fitting`.
"""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Place:
    """A position in a file; lines and columns count from 1."""

    file: str
    line: int = 0
    """0 is the file as a whole."""

    column: int = 0
    cell: bool = False
    """Whether the column is one of a CSV list, which is worth naming."""

    def __str__(self) -> str:
        if not self.line:
            return self.file
        column = f" column {self.column}" if self.cell and self.column else ""
        return f"{self.file}:{self.line}{column}"

    def beside(self, path: str) -> Path:
        """Return the path that a text in this file means: relative to the folder of the file."""
        return Path(self.file).parent / path


@dataclass(frozen=True, slots=True)
class Node:
    """A text, a list or a mapping, and where it and its key stand."""

    value: "str | list[Node] | dict[str, Node]"
    place: Place
    key: Place
    plain: bool = True
    """Whether a text stood without quotes, so that it may be a number or nothing."""

    @property
    def text(self) -> str | None:
        """The text of a scalar that is set; None for everything else."""
        return self.value if isinstance(self.value, str) and not self.nothing else None

    @property
    def nothing(self) -> bool:
        """Whether a key stands here without a value."""
        return self.plain and isinstance(self.value, str) and self.value in NOTHING

    @property
    def mapping(self) -> "dict[str, Node]":
        """The keys and values of a mapping; empty for everything else."""
        return self.value if isinstance(self.value, dict) else {}


NOTHING = frozenset({"", "~", "null", "Null", "NULL"})
