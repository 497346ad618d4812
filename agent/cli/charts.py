"""Charts of unicode blocks: columns from zero, gaps as gaps."""

from collections.abc import Sequence

BLOCKS = " ▁▂▃▄▅▆▇█"
EIGHTHS = len(BLOCKS) - 1
FULL = BLOCKS[-1]
WIDEST = 3
"""Cells of one column, with the gap behind it."""


def cell_of(columns: int, room: int) -> int:
    """Return how many cells each of so many columns may take, 1 at least."""
    return max(min(room // max(columns, 1), WIDEST), 1)


def columns_of(values: Sequence[float | None], height: int, cell: int) -> list[str]:
    """Return the lines of a chart, the highest first, scaled to its greatest value.

    A value that is known is drawn with an eighth of a line at least; one that is not stays empty.
    """
    most = max((one for one in values if one is not None), default=0.0)
    eighths = [_eighths(one, most, height) for one in values]
    bar, gap = max(cell - 1, 1), " " if cell > 1 else ""
    return [
        "".join(BLOCKS[min(max(one - line * EIGHTHS, 0), EIGHTHS)] * bar + gap for one in eighths)
        for line in reversed(range(height))
    ]


def _eighths(value: float | None, most: float, height: int) -> int:
    if value is None:
        return 0
    return max(round(value / most * height * EIGHTHS) if most > 0 else 0, 1)


def axis_of(labels: Sequence[str], cell: int) -> str:
    """Return the line under a chart: each label where its column begins, as far as there is room
    beside the one before.
    """
    line = ""
    for at, label in enumerate(labels):
        if label and (not line or len(line) < at * cell):
            line = line.ljust(at * cell) + label
    return line


def signs_of(signs: Sequence[str], cell: int) -> str:
    """Return a line of one sign for each column."""
    return "".join(sign.ljust(cell) for sign in signs).rstrip()
