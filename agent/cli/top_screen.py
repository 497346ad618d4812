"""The screen of `carbond top`: lines that fit a terminal of any size."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Self
from zoneinfo import ZoneInfo

from rich.text import Text

from agent.cli.top_data import Item, Line, Silent, Snapshot, Values, lines_in, silent_in
from agent.cli.top_view import View
from agent.figures import figure, mass, percent, significant, sparkline
from agent.units import GRAMS_PER_KILOGRAM
from agent.wording import MISSING

NAME, LONGEST_NAME = 12, 28
SITE_CELLS = (("power", 10), ("IT", 10), ("PUE", 7), ("grid", 12), ("CO2e today", 12))
SITE_ROOMY = (("coverage", 10), ("answering", 11), ("to look at", 12))
ROOMY = 100
"""Columns from which a site has all its cells in one line."""

POWER, AGE = 10, 8
TREND, LEAST_TREND = 30, 8
TREND_LABEL = 30
MOST_SILENT = 5
STALE = 180.0
"""Seconds after which a reading's age is told in colour."""

KEYS = "q quit   s sort   r racks/devices/meters   / filter   ↑↓ scroll"


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """All that one screen shows, and its size."""

    snapshot: Snapshot
    at: datetime
    where: str
    """The daemon's address."""

    trouble: str
    """Why it has not answered since the snapshot; empty if it has."""

    width: int
    height: int | None = None
    """Lines; as many as it takes if None."""


def screen_of(frame: Frame, view: View) -> list[Text]:
    """Return the lines, none wider than the terminal and no more than it has."""
    snapshot = frame.snapshot
    silent = silent_in(snapshot)
    lines = view.chosen(lines_in(snapshot, view.kind))
    top = [*_head(frame), *_sites(frame), Text()]
    bottom = [*_silent(silent, frame), *(_foot(view, frame) if frame.height else ())]
    room = len(lines)
    if frame.height is not None:
        room = max(frame.height - len(top) - len(bottom) - 2, 1)
    first = view.clamp(len(lines), room)
    shown = lines[first : first + room]
    heading = _heading(view, len(lines), first, len(shown))
    found = [*top, *_table(heading, shown, Layout.of(lines, frame.width), frame)]
    if frame.height is not None:
        found += [Text()] * max(frame.height - len(found) - len(bottom), 0)
    found += bottom
    for line in found:
        line.truncate(frame.width, overflow="ellipsis")
    return found[: frame.height]


def _head(frame: Frame) -> Iterator[Text]:
    zone = _zone(frame)
    left = Text.assemble(("carbond top", "bold"), (f" · {frame.where}", "dim"))
    right = f"{frame.at.astimezone(zone):%a %d %b %H:%M:%S %Z}"
    gap = max(frame.width - left.cell_len - len(right), 1)
    yield Text.assemble(left, " " * gap, (right, "bold"))
    if frame.trouble:
        last = frame.snapshot.at.astimezone(zone)
        yield Text(f"as of {last:%H:%M:%S}, {frame.trouble}", style="bold red")
    else:
        yield Text("─" * frame.width, style="dim")


def _zone(frame: Frame) -> tzinfo:
    zones = [one["timezone"] for one in frame.snapshot.sites]
    return ZoneInfo(zones[0] if zones else "UTC")


def _sites(frame: Frame) -> Iterator[Text]:
    roomy = frame.width >= ROOMY
    cells = (*SITE_CELLS, *(SITE_ROOMY if roomy else ()))
    heading = "".join(name.rjust(room) for name, room in cells)
    yield Text(f"{'site':{NAME}}{heading}", style="dim")
    for one in frame.snapshot.sites:
        values = _site_values(one)
        main = "".join(_right(values[name], room) for name, room in cells)
        yield Text.assemble((one["name"].ljust(NAME)[:NAME], "bold"), main)
        if not roomy:
            said = " · ".join(f"{name} {values[name]}" for name, _ in SITE_ROOMY)
            yield Text(f"{'':{NAME}}{said}", style="dim")
        trend = frame.snapshot.site_history.get(one["name"], ())
        if any(value is not None for value in trend):
            yield _site_trend(trend, frame.width)


def _site_trend(trend: Values, width: int) -> Text:
    known = [value for value in trend if value is not None]
    shown = list(trend)[-max(width - NAME - TREND_LABEL, 10) :]
    said = f"{figure(min(known), 'W')} to {figure(max(known), 'W')} in {len(shown)} min"
    return Text.assemble(" " * NAME, (sparkline(shown), "green"), (f"  {said}", "dim"))


def _site_values(one: Item) -> dict[str, str]:
    hour, today = one["hour"] or {}, one["today"]
    kg = today["emissions_kg"]["location"]
    return {
        "power": figure(one["power_watts"], "W"),
        "IT": figure(one["it_power_watts"], "W"),
        "PUE": _pue(hour),
        "grid": _grid(hour),
        "CO2e today": mass(None if kg is None else kg * GRAMS_PER_KILOGRAM),
        "coverage": percent(today["coverage"]),
        "answering": f"{one['meters']['reporting']}/{one['meters']['total']}",
        "to look at": str(one["troubles"] or "nothing"),
    }


def _pue(hour: Item) -> str:
    if hour.get("pue") is None:
        return MISSING
    return f"{'' if hour['pue_measured'] else '~'}{hour['pue']:.2f}"


def _grid(hour: Item) -> str:
    used = hour.get("intensities", {}).get("direct")
    if used is None:
        return MISSING
    sign = "~" if used["estimated"] or used["fallback"] else ""
    return f"{sign}{significant(used['value_g_per_kwh'])} g/kWh"


def _heading(view: View, count: int, first: int, shown: int) -> str:
    wanted = f" with “{view.wanted}”" if view.wanted else ""
    span = f" · {first + 1} to {first + shown}" if 0 < shown < count else ""
    name = f"{view.kind}"[: -1 if count == 1 else None]
    return f"{count} {name}{wanted} by {view.sort}{span}"


@dataclass(frozen=True, slots=True)
class Layout:
    """How wide the columns are: the same for all lines, shown or not."""

    names: int
    trend: int

    @classmethod
    def of(cls, lines: Sequence[Line], width: int) -> Self:
        """Return the layout in which most of a line is seen: the trend gives way first."""
        names = max((len(one.name) for one in lines), default=0)
        names = min(max(names, NAME), LONGEST_NAME) + 1
        what = max((len(one.what) for one in lines), default=0)
        room = width - names - POWER - AGE - what - 4
        there = any(value is not None for one in lines for value in one.history)
        return cls(names, min(max(room, LEAST_TREND), TREND) if there else 0)


def _table(heading: str, lines: Sequence[Line], layout: Layout, frame: Frame) -> Iterator[Text]:
    yield Text(heading, style="bold")
    trend = f"  last {layout.trend} min" if layout.trend else ""
    yield Text(f"{'':{layout.names}}{'power':>{POWER}}{'read':>{AGE}}{trend}", style="dim")
    for one in lines:
        yield _line(one, layout, frame.at)


def _line(one: Line, layout: Layout, at: datetime) -> Text:
    seconds = None if one.at is None else max((at - one.at).total_seconds(), 0.0)
    trend = layout.trend
    history = sparkline(list(one.history)[-trend:]) if trend else ""
    return Text.assemble(
        one.name[: layout.names - 1].ljust(layout.names),
        (_right(figure(one.power, "W"), POWER), "bold"),
        (_right(_age(seconds), AGE), "yellow" if seconds is None or seconds > STALE else "dim"),
        (f"  {history.ljust(trend)}" if trend else "", "green"),
        (f"  {one.what}", "dim"),
    )


def _age(seconds: float | None) -> str:
    if seconds is None:
        return "never"
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size:.0f} {unit}"
    return f"{seconds:.0f} s"


def _silent(silent: Sequence[Silent], frame: Frame) -> Iterator[Text]:
    """Yield who does not answer, since when and why; the rest as a number."""
    if not silent:
        return
    most = len(silent) if frame.height is None else min(MOST_SILENT, max(frame.height // 4, 1))
    count = "1 device does" if len(silent) == 1 else f"{len(silent)} devices do"
    more = f", the latest {most}" if len(silent) > most else ""
    yield Text()
    yield Text(f"{count} not answer{more}", style="bold red")
    names = max(len(one.name) for one in silent[:most])
    for one in silent[:most]:
        since = MISSING if one.since is None else _since(one.since, frame)
        yield Text.assemble((one.name.ljust(names), "red"), f"  since {since}  {one.why}")


def _since(since: datetime, frame: Frame) -> str:
    zone = _zone(frame)
    local, now = since.astimezone(zone), frame.at.astimezone(zone)
    return f"{local:%H:%M}" if local.date() == now.date() else f"{local:%d %b %H:%M}"


def _foot(view: View, frame: Frame) -> Iterator[Text]:
    yield Text()
    if view.typing:
        yield Text(f"/{view.wanted}▏  Enter keeps it, Esc clears it", style="bold")
    else:
        yield Text(KEYS, style="dim")


def _right(text: str, room: int) -> str:
    return text.rjust(room)
