"""`carbond status`: what the ledger says."""

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path

from rich.console import Console
from rich.text import Text

from agent.accounting.periods.coverage import energy_of
from agent.cli.options import Commands, add_command, add_json, add_ledger, ledger_path
from agent.cli.output import say
from agent.figures import energy, figure, mass, significant, sparkline
from agent.ledger import Cursor, Status, reading, status_of
from agent.ledger.hours.site_hours import newest
from agent.model import HOUR, DeviceNow, HourIntensity, Kind, SiteHour
from agent.wording import minute, percent

TEXT = """\
It reads the ledger beside a running daemon, or without one, and changes nothing: the newest
hour of each site, who does not answer and why, and how far each exporter has come.

examples:
  carbond status -c carbond.yaml
  carbond status --ledger /var/lib/carbond/ledger.db --json
"""

DAY = timedelta(hours=24)
LEDGER = "ledger"
ROOM, SITE_ROOM = 11, 13
"""Columns of a line's name, and of one under a site."""

Trends = Mapping[str, Sequence[float | None]]
"""Mean powers of the 24 hours up to a site's newest one, in watts."""


def add_to(commands: Commands) -> None:
    """Add the command."""
    command = add_command(commands, "status", "Say what the ledger holds and who is down.", TEXT)
    add_ledger(command)
    add_json(command)
    command.set_defaults(command=main)


def main(arguments: argparse.Namespace) -> int:
    """Print the status."""
    path = ledger_path(arguments)
    status, trends = status_of(path), trends_in(path)
    if arguments.json:
        say(json.dumps({**asdict(status), "power_24h_watts": trends}, default=_value))
        return 0
    console = Console(highlight=False, markup=False)
    for line in lines_of(status, trends):
        console.print(line, soft_wrap=True)
    return 0


def _value(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def trends_in(path: Path) -> Trends:
    """Return the last day of each site. Raises ConfigError if there is no ledger to read."""
    with reading(path) as connection:
        trends = {}
        for last in status_of(path).hours:
            start = last.hour + HOUR - DAY
            found = newest(connection, last.site, start, last.hour + HOUR)
            powers = {one.hour: _watts(one) for one in found}
            trends[last.site] = [powers.get(start + n * HOUR) for n in range(DAY // HOUR)]
        return trends


def _watts(hour: SiteHour) -> float | None:
    """Return the mean power of the time that is known of an hour."""
    found, known = energy_of(hour), hour.coverage.known
    until = hour.hour + HOUR if hour.until is None else min(hour.until, hour.hour + HOUR)
    seconds = known * (until - hour.hour).total_seconds()
    return None if found is None or seconds <= 0 else found / seconds


def lines_of(status: Status, trends: Trends) -> Iterator[Text]:
    """Yield what a ledger says of itself."""
    size = f"{status.size / 1e6:,.1f} MB"
    yield _line("ledger", f"{status.path} ({size}, newest entry {status.position:,})")
    if status.first is None or status.last is None:
        yield _line("readings", "none yet")
    else:
        first, last = (f"{at:%Y-%m-%d %H:%M:%S}" for at in (status.first, status.last))
        yield _line("readings", f"{status.meters:,} meters, {first} to {last} UTC")
    yield from _answering_lines(status)
    yield from (_exporter_line(one) for one in status.cursors)
    for hour in status.hours:
        yield Text()
        yield from hour_lines(hour, trends.get(hour.site, ()))


def _line(name: str, *parts: str | tuple[str, str], room: int = ROOM) -> Text:
    return Text.assemble((name.ljust(room), "dim"), *parts)


def _exporter_line(cursor: Cursor) -> Text:
    losses = f", {cursor.lost:,} lost" if cursor.lost else ""
    refused = f", {cursor.refused:,} lines refused" if cursor.refused else ""
    behind = f"{cursor.name}: {cursor.behind:,} entries behind"
    return _line("exporter", behind, (f"{losses}{refused}", "red"))


def _answering_lines(status: Status) -> Iterator[Text]:
    """Yield who answered when last asked; the ledger and the exporters are not asked."""
    exporting = {cursor.name for cursor in status.cursors}
    asked = [one for one in status.devices if one.kind != LEDGER and one.name not in exporting]
    up = sum(one.up for one in asked)
    style = "" if up == len(asked) else "red"
    yield _line("answering", (f"{up} of {len(asked)}", style), " devices and grids")
    down = [one for one in status.devices if not one.up]
    names = max((len(one.name) for one in down), default=0)
    yield from (_down_line(one, names) for one in down)


def _down_line(one: DeviceNow, names: int) -> Text:
    cause = one.error.removeprefix(f"{one.name}: ")
    since = f" since {minute(one.since)} UTC: {cause}"
    return _line("  down", (one.name, "red"), since.rjust(len(since) + names - len(one.name)))


def hour_lines(hour: SiteHour, trend: Sequence[float | None] = ()) -> Iterator[Text]:
    """Yield a site's hour, under the site's name, and the day up to it."""
    state = f"version {hour.version}" if hour.closed else "running"
    yield _line("site", (hour.site, "bold"), f", hour {minute(hour.hour)} UTC ({state})")
    for name, value, said in _figures(hour, trend):
        yield _line(f"  {name}", value, said, room=SITE_ROOM)


def _figures(
    hour: SiteHour, trend: Sequence[float | None]
) -> Iterator[tuple[str, tuple[str, str], str]]:
    """Yield a name, a value with its style, and what is said of it."""
    yield "energy", (energy(energy_of(hour)), "bold"), f", IT {energy(hour.it)}, {_known(hour)}"
    known = [one for one in trend if one is not None]
    if len(known) > 1:
        span = f"{figure(min(known), 'W')} to {figure(max(known), 'W')}"
        yield "24 hours", (sparkline(trend), "green"), f"  {span}"
    if hour.pue is not None:
        said = f"measured, category {hour.pue.category}" if hour.pue.measured else "declared"
        yield "PUE", (f"{hour.pue.value:.2f}", "bold"), f" ({said})"
    masses = {kind: mass(hour.emissions.get(kind)) for kind in hour.intensities}
    width = max(map(len, masses.values()), default=0)
    for kind, used in hour.intensities.items():
        method = "location-based " if kind is Kind.DIRECT else ""
        at = f" {method}at {significant(used.value)} g/kWh ({', '.join(_standing(used))})"
        yield str(kind), (masses[kind].rjust(width), "bold"), at


def _known(hour: SiteHour) -> str:
    whole = "" if hour.closed else " of the hour so far"
    cover = hour.coverage
    interpolated = f" (interpolated {percent(cover.interpolated)})" if cover.interpolated else ""
    return f"known {percent(cover.known)}{whole}{interpolated}"


def _standing(used: HourIntensity) -> Iterator[str]:
    """Yield where an intensity comes from, and what keeps it from being final."""
    yield used.source
    if used.estimated:
        yield "estimated"
    if used.fallback is not None:
        yield f"fallback: {used.fallback}"
