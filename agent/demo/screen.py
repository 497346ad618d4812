"""One screen of the demo, laid out for the size of the terminal."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from agent.demo.racks import rack_table, racks_of
from agent.demo.wording import counts_of, intensity_in_words, pue_in_words, troubles_of
from agent.figures import energy, figure, mass, percent, sparkline
from agent.model import MINUTE, DeviceNow, Kind, Now, SiteNow

WIDE = 120
"""Columns from which the racks stand beside the figures and not below them."""

ROOMY = 110
"""Columns from which there is room for whole sentences in the head."""

ONE_LINE = 76
"""Columns from which all kinds of emissions stand in one line."""

FIRST_MINUTE = "known after the first full minute"

LABEL = 16
TREND_LABEL = 34
SHORTEST_TREND = 8
GAP = 2
LINES_BESIDE_RACKS = 17

Trend = Sequence[tuple[datetime, float | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """All that one screen shows, and its size in columns and lines."""

    now: Now | None
    at: datetime
    """In the zone of the site."""

    speed: float
    powers: Trend
    console: str
    ledger: str
    width: int
    height: int


def screen_of(frame: Frame) -> RenderableType:
    """Return the screen; from 80 x 24 on nothing of it is cut off."""
    if frame.now is None or not frame.now.sites:
        waiting = Text("\nThe first readings are on their way.\n", style="dim")
        return Group(_head(frame), waiting, *_foot(frame, frame.height))
    site, racks = frame.now.sites[0], racks_of(frame.now.meters)
    if frame.width >= WIDE:
        half = (frame.width - GAP) // 2
        beside = Table.grid(padding=(0, GAP, 0, 0))
        beside.add_column(width=half)
        beside.add_column(width=half)
        devices = _devices(frame, lines=max(len(racks) - 9, 3))
        beside.add_row(Group(_figures(frame, site, half), devices), rack_table(racks, 1, half))
        return Group(_head(frame), Text(), beside, Text(), *_foot(frame, frame.height))
    columns = 1 if frame.height >= LINES_BESIDE_RACKS + len(racks) else 2
    spare = frame.height - LINES_BESIDE_RACKS - -(-len(racks) // columns)
    parts = [_head(frame), _figures(frame, site, frame.width)]
    parts += [_devices(frame, lines=min(max(spare + 2, 2), 8)), Text()]
    parts += [rack_table(racks, columns, frame.width)]
    return Group(*parts, *_foot(frame, spare))


def _head(frame: Frame) -> RenderableType:
    roomy = frame.width >= ROOMY
    grid = Table.grid(expand=True)
    grid.add_column(no_wrap=True)
    grid.add_column(justify="right", no_wrap=True)
    speed = f"  {frame.speed:g}x real time" if frame.speed != 1 else ""
    grid.add_row(
        Text.assemble(("carbond", "bold"), " demo", *([TAGLINE] if roomy else [])),
        Text.assemble((f"{frame.at:%a %d %b %Y  %H:%M:%S %Z}", "bold"), (speed, "dim")),
    )
    return Group(grid, Text("─" * frame.width, style="dim"))


TAGLINE = (" · a simulated data centre on real protocols", "dim")


def _foot(frame: Frame, spare: int) -> Sequence[RenderableType]:
    grid = _grid()
    grid.add_row("console", Text(frame.console, no_wrap=True, overflow="ellipsis"))
    grid.add_row("ledger", Text(frame.ledger, no_wrap=True, overflow="ellipsis"))
    if spare <= 1:
        return (grid,)
    ending = "Ctrl-C ends it and sets what was booked beside the truth"
    grid.add_row("", Text(ending, style="dim"))
    return (Text(), grid)


def _grid() -> Table:
    grid = Table.grid(padding=(0, 1, 0, 0))
    grid.add_column(width=LABEL, min_width=LABEL, style="dim", no_wrap=True)
    # Where it is too wide this column gives way, which it may not if its own option were no_wrap.
    grid.add_column(overflow="ellipsis")
    return grid


def _figures(frame: Frame, site: SiteNow, width: int) -> RenderableType:
    hour = site.hour
    grid = _grid()
    grid.add_row("power now", _strong(figure(site.power, "W"), _parts(site)))
    grid.add_row("", _trend(frame.powers, width - LABEL - 2))
    grid.add_row("energy today", _strong(energy(site.energy_today), _wait(site)))
    grid.add_row("PUE this hour", _strong(*pue_in_words(hour.pue if hour else None)))
    grid.add_row("grid", _strong(*intensity_in_words(hour, Kind.DIRECT)))
    grid.add_row("", Text(_other_intensities(site), style="dim"))
    for label, line in zip(("emissions today", ""), _emissions(site, width), strict=False):
        grid.add_row(label, line)
    grid.add_row("coverage today", _strong(percent(site.coverage_today)))
    return grid


def _strong(value: str, rest: str = "") -> Text:
    parts = ((value, "bold"), (f"  {rest}" if rest else "", "dim"))
    return Text.assemble(*parts, no_wrap=True, overflow="ellipsis")


def _wait(site: SiteNow) -> str:
    return FIRST_MINUTE if site.energy_today is None else ""


def _parts(site: SiteNow) -> str:
    rest = None
    if site.power is not None and site.it_power is not None:
        rest = site.power - site.it_power
    return f"IT {figure(site.it_power, 'W')} · rest {figure(rest, 'W')}"


def _trend(powers: Trend, width: int) -> Text:
    known = [power for _, power in powers if power is not None]
    if len(known) < 2:  # noqa: PLR2004 one point is no trend
        return Text()
    room = max(width - TREND_LABEL, SHORTEST_TREND)
    shown = powers[-room:]
    some = [power for _, power in shown if power is not None] or known
    minutes = (shown[-1][0] - shown[0][0]) / MINUTE
    label = f"{figure(min(some), 'W')} to {figure(max(some), 'W')} in {minutes:.0f} min"
    line = sparkline([power for _, power in shown])
    return Text.assemble((line, "green"), (f"  {label}", "dim"))


def _other_intensities(site: SiteNow) -> str:
    others = (intensity_in_words(site.hour, kind) for kind in (Kind.LIFECYCLE, Kind.MARGINAL))
    return " · ".join(f"{value} {words.split(',')[0]}" for value, words in others)


def _emissions(site: SiteNow, width: int) -> Sequence[Text]:
    """Return one line, or two where one has not the room for all kinds."""
    grams = site.emissions_today
    direct = mass(grams.get(Kind.DIRECT))
    others = " · ".join(
        f"{kind} {mass(grams.get(kind))}" for kind in (Kind.LIFECYCLE, Kind.MARGINAL)
    )
    if width >= ONE_LINE:
        return (_strong(direct, f"direct · {others}"),)
    return _strong(direct, "direct"), Text(others, style="dim", no_wrap=True)


def _devices(frame: Frame, *, lines: int) -> RenderableType:
    """Return how many answer and, in at most so many lines, which do not and why."""
    devices = frame.now.devices if frame.now else ()
    up, down = counts_of(devices)
    state = (f"● {down} down", "bold red") if down else ("none down", "dim")
    grid = _grid()
    grid.add_row("devices", Text.assemble((f"{up} up", "bold"), "  ", state))
    troubles, room = troubles_of(devices), lines - 1
    named = troubles if len(troubles) <= room else troubles[: room - 1]
    for device in named:
        grid.add_row("", _trouble(device, frame.at))
    if len(named) < len(troubles):
        rest = ", ".join(device.name for device in troubles[len(named) :])
        grid.add_row("", Text(rest if not named else f"and {rest}", style="red"))
    return grid


def _trouble(device: DeviceNow, at: datetime) -> Text:
    cause = device.error.removeprefix(f"{device.name}: ") or "no answer yet"
    since = f"{device.since.astimezone(at.tzinfo):%H:%M}"
    return Text.assemble((device.name, "red"), f"  {cause}", (f"  since {since}", "dim"))
