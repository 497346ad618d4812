"""The rows for people."""

import math
from collections.abc import Sequence

from rich.table import Table

from tests.bench.comparison import Comparison, Row, Skipped, Spread

HEADINGS = ("bench", "what", "unit", "ours", "peer", "the peer's", "ratio", "target", "met")
LEGEND = (
    "min / median / max of the rounds. Ours and the peer's: less is better. Ratio: the peer's by "
    "ours in the same round, more is better. Met: by the median of this run."
)
SMALL = 0.0005
RIGHT = {"ours", "the peer's", "ratio", "target"}


def table_of(rows: Sequence[Row]) -> Table:
    """Return one table: min / median / max of the rounds; a ratio above 1 is in our favour."""
    table = Table(title="carbond beside its peers", title_justify="left", box=None, padding=(0, 1))
    for heading in HEADINGS:
        table.add_column(heading, justify="right" if heading in RIGHT else "left", no_wrap=True)
    for row in rows:
        table.add_row(*(_skipped(row) if isinstance(row, Skipped) else _compared(row)))
    notes = [
        f"{row.bench}, {row.what}: skipped: {row.reason}"
        for row in rows
        if isinstance(row, Skipped)
    ]
    table.caption = "\n".join([*notes, LEGEND])
    table.caption_justify = "left"
    return table


def _skipped(row: Skipped) -> Sequence[str]:
    return (row.bench, row.what, "", "skipped", row.peer)


def _compared(row: Comparison) -> Sequence[str]:
    target = row.target
    return (
        row.bench,
        row.what,
        row.unit,
        _text(Spread.of(row.ours)),
        row.peer,
        _text(Spread.of(row.theirs)),
        _text(row.ratio),
        target.text() if target else "",
        "" if target is None else "yes" if target.met(row) else "NO",
    )


def _text(spread: Spread) -> str:
    return " / ".join(_digits(one) for one in (spread.least, spread.middle, spread.most))


def _digits(number: float) -> str:
    """Return three digits that count; of a very small number, two."""
    if not number or not math.isfinite(number):
        return f"{number:g}"
    if abs(number) < SMALL:
        return f"{number:.1e}"
    return f"{number:.{max(2 - math.floor(math.log10(abs(number))), 0)}f}"
