"""Tables for people: aligned on a terminal and in a file. Nothing in them is ever cut.

Not rich's own: a month in which each hour was restated has five thousand rows, and they took it
six seconds.
"""

import textwrap
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from agent.cli.output import say

GAP, INDENT = "  ", "    "
CONTROLS = {code: " " for code in (*range(32), *range(127, 160))}
"""A name that a device was given may hold anything: no cell breaks a line."""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of text below their headings; columns of numbers stand to the right."""

    names: Sequence[str]
    numbers: Collection[str]
    rows: list[Sequence[str]] = field(default_factory=list)

    def add_row(self, *cells: str) -> None:
        """Add a row that has a cell in each column."""
        if len(cells) != len(self.names):
            raise ValueError(f"{len(cells)} cells in {len(self.names)} columns")
        self.rows.append([cell.translate(CONTROLS) for cell in cells])


def table_of(names: Sequence[str], *, numbers: Collection[str] = ()) -> Table:
    """Return an empty table."""
    return Table(names, numbers)


def show_rows(table: Table, nothing: str) -> None:
    """Print a table of rows, or in a line that there is nothing."""
    if table.rows:
        show(table)
    else:
        say(nothing)


def show(table: Table) -> None:
    """Print it; where there is no terminal a line is as long as it has to be.

    Columns for which a terminal is too narrow, from the last one on, stand under each row.
    """
    console = Console(highlight=False, markup=False)
    widths = [max(map(cell_len, column)) for column in zip(table.names, *table.rows, strict=True)]
    kept = _fitting(widths, console.width) if console.is_terminal else len(widths)
    console.print(Text(_line(table, table.names, widths[:kept]), "bold"), soft_wrap=True)
    for row in table.rows:
        say(_line(table, row, widths[:kept]))
        for part in _wrapped(table.names[kept:], row[kept:], console.width):
            say(part)


def _fitting(widths: Sequence[int], most: int) -> int:
    """Return how many columns, at least the first, fit side by side."""
    kept = len(widths)
    while kept > 1 and sum(widths[:kept]) + len(GAP) * (kept - 1) > most:
        kept -= 1
    return kept


def _line(table: Table, cells: Sequence[str], widths: Sequence[int]) -> str:
    shown = []
    for name, cell, width in zip(table.names, cells, widths, strict=False):
        space = " " * (width - cell_len(cell))
        shown.append(space + cell if name in table.numbers else cell + space)
    return GAP.join(shown).rstrip()


def _wrapped(names: Sequence[str], cells: Sequence[str], width: int) -> list[str]:
    """Return the lines of what stands under a row; a value alone needs no name."""
    named = [f"{name}: {cell}" for name, cell in zip(names, cells, strict=True) if cell]
    text = cells[0] if len(cells) == 1 else " · ".join(named)
    return textwrap.wrap(text, width, initial_indent=INDENT, subsequent_indent=INDENT)
