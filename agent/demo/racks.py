"""The racks of the demo, feed by feed."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from agent.demo.site import FEEDS
from agent.figures import figure
from agent.model import MeterNow, Role, Scope
from agent.units import Watts

CELLS = 4
PLAIN = 36
"""Columns of one rack without a bar."""

LONGEST_BAR = 24

Racks = Mapping[str, Mapping[str, Watts | None]]
"""By rack the power of each feed; one that is silent is missing."""


def racks_of(meters: Sequence[MeterNow]) -> Racks:
    """Return the racks that any meter of their feeds tells of, in order."""
    racks: dict[str, dict[str, Watts | None]] = defaultdict(dict)
    for each in meters:
        meter = each.meter
        if meter.role is Role.RACK and meter.scope is Scope.TOTAL:
            rack = meter.tags.get("rack", meter.device)
            racks[rack][meter.tags.get("feed", "").lower()] = each.power
    return dict(sorted(racks.items()))


def rack_table(racks: Racks, columns: int, width: int) -> RenderableType:
    """Return the table in that many columns of racks, with bars where there is room."""
    bar = min(width // columns - PLAIN, LONGEST_BAR)
    table = Table.grid(padding=(0, 2, 0, 0))
    for _ in range(columns):
        for justify in ("left", "right", "right"):
            table.add_column(justify=justify, no_wrap=True)
        table.add_column(no_wrap=True)
    heading = [Text(f"{word:>7}", style="dim") for word in ("feed A", "feed B", "both")]
    table.add_row(*[Text("rack", style="dim"), *heading] * columns)
    rows = list(_rows(racks, bar))
    lines = -(-len(rows) // columns)
    for line in range(lines):
        numbers = range(line, lines * columns, lines)
        table.add_row(*[cell for number in numbers for cell in _at(rows, number)])
    return table


def _at(rows: Sequence[Sequence[RenderableType]], number: int) -> Sequence[RenderableType]:
    return rows[number] if number < len(rows) else [""] * CELLS


def _rows(racks: Racks, bar: int) -> Iterator[Sequence[RenderableType]]:
    sums = {name: _sum_of(feeds) for name, feeds in racks.items()}
    most = max((total for total in sums.values() if total is not None), default=0)
    for name, feeds in racks.items():
        total = sums[name]
        filled = round(bar * total / most) if total and bar > 0 else 0
        both = Text.assemble((f"{figure(total, 'W'):>7}", "bold"), (f" {'▪' * filled}", "green"))
        yield [name, *(figure(feeds.get(feed), "W") for feed in FEEDS), both]


def _sum_of(feeds: Mapping[str, Watts | None]) -> float | None:
    """Return the power of both feeds; one that is silent makes the sum unknown."""
    known = [power for power in (feeds.get(feed) for feed in FEEDS) if power is not None]
    return sum(known) if len(known) == len(FEEDS) else None
