"""The chart of a report: power over its hours, days or months, and the intensity under it."""

from collections.abc import Iterator, Sequence
from zoneinfo import ZoneInfo

from rich.text import Text

from agent.cli.charts import axis_of, cell_of, columns_of, signs_of
from agent.figures import figure, significant
from agent.model import Kind
from agent.reports.report import MOST_HOURS, Part, Report

LABEL = 18
SCALE = 12
POWER_LINES, INTENSITY_LINES = 4, 2
ESTIMATED, STANDS_IN, MIXED = "~", "=", "±"
SIGNS = {ESTIMATED: "estimated", STANDS_IN: "a stand-in", MIXED: "both"}
EVERY_HOURS, EVERY_DAYS = 3, 5


def chart_lines(report: Report, width: int) -> Iterator[Text]:
    """Yield the lines of a chart that is no wider; nothing where nothing is known."""
    parts = report.parts
    if not any(one.watts is not None or one.intensity is not None for one in parts):
        return
    cell = cell_of(len(parts), width - LABEL - SCALE)
    powers = [one.watts for one in parts]
    most = figure(_most(powers), "W")
    yield from _chart("power, mean", columns_of(powers, POWER_LINES, cell), most, "green")
    yield Text(" " * LABEL + axis_of(_labels(parts), cell), style="dim")
    intensities = [one.intensity for one in parts]
    if any(one is not None for one in intensities):
        most = f"{significant(_most(intensities))} g/kWh"
        yield from _chart("intensity", columns_of(intensities, INTENSITY_LINES, cell), most, "cyan")
        yield from _standing(parts, cell)


def _most(values: Sequence[float | None]) -> float:
    return max((one for one in values if one is not None), default=0.0)


def _chart(name: str, lines: Sequence[str], most: str, style: str) -> Iterator[Text]:
    last = len(lines) - 1
    for at, line in enumerate(lines):
        scale = {0: f" {most}", last: " 0"}.get(at, "")
        label = f"  {name if at == 0 else ''}".ljust(LABEL)
        yield Text.assemble(label, (line, style), (scale, "dim"))


def _labels(parts: Sequence[Part]) -> list[str]:
    return [_label(one) for one in parts]


def _label(part: Part) -> str:
    local = part.period.start.astimezone(ZoneInfo(part.period.timezone))
    if part.period.hours == 1:
        return f"{local:%H}" if local.hour % EVERY_HOURS == 0 else ""
    if part.period.hours <= MOST_HOURS:
        return f"{local.day}" if local.day == 1 or local.day % EVERY_DAYS == 0 else ""
    return f"{local:%b}"


def _standing(parts: Sequence[Part], cell: int) -> Iterator[Text]:
    """Yield the signs of what is not final, with what they mean; nothing where all is."""
    signs = [_sign(one) for one in parts]
    if not any(one.strip() for one in signs):
        return
    yield Text(f"{' ' * LABEL}{signs_of(signs, cell)}", style="yellow")
    used = [f"{sign} {word}" for sign, word in SIGNS.items() if sign in signs]
    yield Text(f"{' ' * LABEL}{'   '.join(used)}", style="dim")


def _sign(part: Part) -> str:
    total = part.totals.emissions[Kind.DIRECT]
    if part.intensity is None:
        return " "
    if total.fallback and total.estimated:
        return MIXED
    return STANDS_IN if total.fallback else ESTIMATED if total.estimated else " "
