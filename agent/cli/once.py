"""`carbond once`: poll one time and print."""

import argparse
import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from agent.app import Once, collect_once, load
from agent.cli.options import Commands, add_command, add_json, add_settings
from agent.cli.output import say_data
from agent.cli.readings import energy_text, power_text
from agent.cli.tables import Table, show, table_of
from agent.cli.waiting import working
from agent.clock import Clock
from agent.model import Intensity, Reading, Role
from agent.reports.readings import plain
from agent.wording import MISSING, minute

TEXT = """\
It asks every device and grid in the settings once, side by side, prints what they said, and
writes nothing anywhere. It ends with 0 if all answered and with 1 if one did not.

examples:
  carbond once -c carbond.yaml
  carbond once -c carbond.yaml --json
"""


def add_to(commands: Commands) -> None:
    """Add the command."""
    command = add_command(commands, "once", "Poll everything one time and print it.", TEXT)
    add_settings(command)
    add_json(command)
    command.set_defaults(command=main)


def main(arguments: argparse.Namespace) -> int:
    """Poll and print."""
    settings = load(arguments.config)
    count = len(settings.devices) + len(settings.grids)
    with working(f"asking {count:,} devices and grids"):
        polled = asyncio.run(collect_once([*settings.devices, *settings.grids], Clock()))
    if arguments.json:
        say_data([_plain(one) for one in polled])
    else:
        show(_table(polled))
    return 1 if any(one.error for one in polled) else 0


def _plain(one: Once) -> dict[str, Any]:
    return {
        "name": one.name,
        "type": one.kind,
        "seconds": round(one.seconds, 4),
        "error": one.error or None,
        "seen": [
            _fields(seen) if isinstance(seen, Intensity) else plain(seen, one.role)
            for seen in one.seen
        ],
    }


def _fields(seen: Intensity) -> dict[str, Any]:
    return {key: _value(value) for key, value in asdict(seen).items()}


def _value(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    return value.total_seconds() if isinstance(value, timedelta) else value


def _table(polled: Sequence[Once]) -> Table:
    names = ("meter", "power", "energy", "source", "note")
    table = table_of(names, numbers={"power", "energy"})
    for row in (row for one in polled for row in _rows(one)):
        table.add_row(*row)
    return table


def _rows(one: Once) -> Iterator[tuple[str, ...]]:
    if one.error:
        yield one.name, MISSING, MISSING, one.kind, one.error
    readings = [seen for seen in one.seen if isinstance(seen, Reading)]
    water = one.role is Role.WATER
    for seen in readings:
        power = power_text(seen.power, water=water)
        energy = energy_text(seen.energy, water=water)
        yield seen.meter, power, energy, seen.source or one.kind, " ".join(seen.flags)
    intensities = [seen for seen in one.seen if isinstance(seen, Intensity)]
    newest = {row.kind: row for row in sorted(intensities, key=lambda row: row.start)}
    for row in newest.values():
        note = f"{row.kind}, {minute(row.start)} UTC{', estimated' if row.estimated else ''}"
        yield one.name, f"{row.value:.0f} g/kWh", "", row.source, note
