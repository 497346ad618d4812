"""A report as people read it: lines with a name, a value and how far it can be relied on."""

import textwrap
from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from rich.text import Text

from agent.accounting.periods.totals import Totals
from agent.cli.report_chart import chart_lines
from agent.cli.report_rows import emission_rows, energy_rows, indicator_rows, pue_rows
from agent.figures import THIN, energy, figure, mass, percent
from agent.reports.look import Look
from agent.reports.report import Report
from agent.reports.shares import Share
from agent.reports.terms import several

NAME = 18
NUMBER, UNIT = 6, 8
NOTE = NAME + NUMBER + UNIT + 1
LARGEST = 8
BAR = 20
HEADING = (("energy", 12), ("of IT", 9), ("mean", 10), ("known", 9), ("emitted", 10))
TABLE = 2 + sum(room for _, room in HEADING) + 2
"""Cells of a row of racks, without its name and its bar."""
MOST_LOOKS = 8


def lines_of(report: Report, width: int) -> Iterator[Text]:
    """Yield a report, in lines that are no wider where words can be wrapped."""
    yield from _head(report, width)
    if not report.totals.version and not report.totals.provisional:
        yield Text("Nothing is booked in it.")
        return
    for name, rows in (
        ("Energy", energy_rows(report)),
        ("PUE", pue_rows(report)),
        ("Emissions", emission_rows(report)),
        ("Indicators", indicator_rows(report)),
    ):
        found = list(rows)
        if found:
            yield Text()
            yield Text(name, style="bold")
            for row in found:
                yield from _row(*row, width)
    chart = list(chart_lines(report, width))
    if chart:
        yield Text()
        yield from chart
    yield from _shares(report, width)
    yield from _restated(report, width)
    yield from _looks(report, width)


def _row(name: str, value: str, note: str, width: int) -> Iterator[Text]:
    number, _, unit = value.partition(THIN if THIN in value else " ")
    head = f"  {name}".ljust(NAME)
    notes = textwrap.wrap(note, max(width - NOTE, 24)) or [""]
    yield Text.assemble(
        head,
        (number.rjust(NUMBER), "bold"),
        (f"{THIN if unit else ' '}{unit}".ljust(UNIT + 1), "bold"),
        (notes[0], "dim"),
    )
    for line in notes[1:]:
        yield Text(" " * NOTE + line, style="dim")


def _head(report: Report, width: int) -> Iterator[Text]:
    yield Text.assemble((report.site.name, "bold"), " · ", (_title(report), "bold"))
    yield from (Text(line, style="dim") for line in textwrap.wrap(_state(report), width))
    yield Text("─" * width, style="dim")


def _title(report: Report) -> str:
    period = report.period
    local = period.start.astimezone(ZoneInfo(period.timezone))
    form = {4: "%Y", 7: "%B %Y", 10: "%A, %-d %B %Y"}[len(period.name)]
    return local.strftime(form)


def _state(report: Report) -> str:
    totals, period = report.totals, report.period
    zone = period.timezone
    since = ""
    if report.since is not None and report.since > period.start:
        since = f" · read since {_local(report.since, zone)}"
    if totals.until >= period.end:
        waiting = f", {totals.provisional} of them provisional" if totals.provisional else ""
        return f"{zone} · {several(period.hours, 'hour')}{waiting}{_version(totals)}{since}"
    so_far = f"{totals.hours:,} of {several(period.hours, 'hour')} are over"
    return f"{zone} · so far, at {_clock(totals.until, zone)}: {so_far}{since}"


def _version(totals: Totals) -> str:
    """Return whether anything was said of it before, if anything was."""
    return ["", " · as first computed", " · as restated"][min(totals.version, 2)]


def _clock(at: datetime, zone: str) -> str:
    return f"{at.astimezone(ZoneInfo(zone)):%H:%M}"


def _local(at: datetime, zone: str) -> str:
    return f"{at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"


def _shares(report: Report, width: int) -> Iterator[Text]:
    found = [one for one in report.shares if one.kwh is not None]
    if not found:
        return
    whole = sum(one.energy for one in found)
    yield Text()
    yield Text("Largest racks and devices", style="bold")
    names = max(max(len(one.name) for one in found[:LARGEST]), NAME - 4)
    bar = min(max(width - names - TABLE, 0), BAR)
    heading = "".join(_right(word, room) for word, room in HEADING)
    yield Text(f"  {'':{names}}{heading}", style="dim")
    for one in found[:LARGEST]:
        yield _share(one, whole, found[0].energy, names, bar)
    rest = found[LARGEST:]
    if rest:
        others = sum(one.energy for one in rest)
        yield Text(
            f"  {f'{len(rest):,} more':{names}}{_right(energy(others), 12)}"
            f"{_right(percent(others / whole), 9)}",
            style="dim",
        )


def _share(one: Share, whole: float, most: float, names: int, bar: int) -> Text:
    filled = "▪" * round(bar * one.energy / most) if most > 0 else ""
    share = percent(one.energy / whole if whole else None)
    cells = (share, figure(one.watts, "W"), percent(one.coverage), mass(one.grams))
    return Text.assemble(
        f"  {one.name:{names}}",
        (_right(energy(one.energy), HEADING[0][1]), "bold"),
        *(_right(cell, room) for cell, (_, room) in zip(cells, HEADING[1:], strict=True)),
        (f"  {filled}", "green"),
    )


def _right(text: str, width: int) -> str:
    return text.rjust(width)


def _restated(report: Report, width: int) -> Iterator[Text]:
    closed = report.closed
    if not report.restated_hours and closed is None:
        return
    yield Text()
    yield Text("Restated", style="bold")
    if report.restated_hours:
        hours = several(report.restated_hours, "hour")
        yield Text(f"  {hours} of it; `carbond ledger restatements` has what was said before")
        for why, count in report.reasons.items():
            yield from _wrapped(f"{several(count, 'time'):>12}  {why}", width, " " * 14)
    if closed is not None:
        when = _local(closed.at, report.period.timezone)
        told = (
            f"closed {when} by {closed.who}: {closed.why}; `carbond ledger periods` compares it "
            "with now"
        )
        yield from _wrapped(f"  {told}", width, "    ")


def _wrapped(text: str, width: int, indent: str, style: str = "") -> Iterator[Text]:
    lines = textwrap.wrap(text, max(width, 40), subsequent_indent=indent, drop_whitespace=True)
    first = len(text) - len(text.lstrip())
    for at, line in enumerate(lines):
        yield Text(" " * first + line.lstrip() if at == 0 else line, style=style)


def _looks(report: Report, width: int) -> Iterator[Text]:
    yield Text()
    yield Text("Needs a look", style="bold")
    if not report.looks:
        yield Text("  nothing", style="dim")
    by_kind: dict[str, list[Look]] = {}
    for one in report.looks:
        by_kind.setdefault(one.kind, []).append(one)
    for found in by_kind.values():
        yield from _kind(found, report.period.timezone, width)


def _kind(found: list[Look], zone: str, width: int) -> Iterator[Text]:
    shown = found[:MOST_LOOKS]
    names = max(len(one.name) for one in shown)
    for one in shown:
        since = "" if one.since is None else f", since {_local(one.since, zone)}"
        told = f"{one.what}{since}"
        lines = textwrap.wrap(told, max(width - names - 4, 24))
        yield Text.assemble("  ", (one.name.ljust(names), "red"), f"  {lines[0]}")
        for line in lines[1:]:
            yield Text(" " * (names + 4) + line)
    if len(found) > len(shown):
        yield Text(f"  and {len(found) - len(shown)} more: --json lists all", style="dim")
    yield from _wrapped(f"  → {shown[0].way_out}", width, "    ", "dim")
