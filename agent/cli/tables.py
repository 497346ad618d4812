"""Tables for people: aligned on a terminal and in a file. Nothing in them is ever cut."""

import textwrap
from collections.abc import Collection, Sequence

from rich.console import Console
from rich.table import Column, Table

from agent.cli.output import say

WIDEST = 10_000
INDENT = "    "


def table_of(names: Sequence[str], *, numbers: Collection[str] = ()) -> Table:
    """Return an empty table. Columns of numbers stand to the right."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in names:
        table.add_column(name, justify="right" if name in numbers else "left", no_wrap=True)
    return table


def show_rows(table: Table, nothing: str) -> None:
    """Print a table of rows, or in a line that there is nothing."""
    if table.row_count:
        show(table)
    else:
        say(nothing)


def show(table: Table) -> None:
    """Print it; where there is no terminal a line is as long as it has to be.

    Columns for which a terminal is too narrow, from the last one on, stand under each row.
    """
    console = Console(highlight=False, markup=False)
    width = console.width if console.is_terminal else WIDEST
    kept = len(table.columns)
    while kept > 1 and _width(console, _first(table, kept)) > width:
        kept -= 1
    shown = _first(table, kept)
    console.width = _width(console, shown)
    if kept == len(table.columns):
        console.print(shown)
    else:
        _show_narrow(console, shown, table.columns[kept:], width)


def _show_narrow(console: Console, shown: Table, rest: Sequence[Column], width: int) -> None:
    with console.capture() as captured:
        console.print(shown)
    heading, *lines = captured.get().splitlines()
    below = zip(*([str(cell) for cell in column.cells] for column in rest), strict=True)
    say(heading)
    for line, cells in zip(lines, below, strict=True):
        say(line)
        for part in _wrapped([str(column.header) for column in rest], cells, width):
            say(part)


def _wrapped(names: Sequence[str], cells: Sequence[str], width: int) -> list[str]:
    """Return the lines of what stands under a row; a value alone needs no name."""
    named = [f"{name}: {cell}" for name, cell in zip(names, cells, strict=True) if cell]
    text = cells[0] if len(cells) == 1 else " · ".join(named)
    return textwrap.wrap(text, width, initial_indent=INDENT, subsequent_indent=INDENT)


def _first(table: Table, count: int) -> Table:
    """Return a table of its first columns."""
    first = Table(box=None, header_style="bold", pad_edge=False)
    for column in table.columns[:count]:
        first.add_column(column.header, justify=column.justify, no_wrap=True)
    for row in zip(*(column.cells for column in table.columns[:count]), strict=True):
        first.add_row(*row)
    return first


def _width(console: Console, table: Table) -> int:
    return console.measure(table, options=console.options.update(max_width=WIDEST)).maximum
