"""Tables for people: aligned on a terminal and in a file."""

from collections.abc import Collection, Sequence

from rich.console import Console
from rich.table import Table

WIDEST = 10_000


def table_of(names: Sequence[str], *, numbers: Collection[str] = (), last: bool = True) -> Table:
    """Return an empty table. Columns of numbers stand to the right; the last one may be folded."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in names:
        folded = last and name == names[-1]
        table.add_column(
            name,
            justify="right" if name in numbers else "left",
            no_wrap=not folded,
            overflow="fold" if folded else "ellipsis",
        )
    return table


def show(table: Table) -> None:
    """Print it; where there is no terminal a line is as long as it has to be."""
    console = Console(highlight=False, markup=False)
    if not console.is_terminal:
        console.width = console.measure(
            table, options=console.options.update(max_width=WIDEST)
        ).maximum
    console.print(table)
