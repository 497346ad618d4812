"""`carbond once`: poll one time and print."""

import argparse
import asyncio
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from rich.table import Table

from agent.app import Once, collect_once, load
from agent.cli.options import Commands, add_command, add_json, add_settings
from agent.cli.tables import show, table_of
from agent.clock import Clock
from agent.model import Intensity, Reading
from agent.units import kwh
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
    polled = asyncio.run(collect_once(load(arguments.config), Clock()))
    if arguments.json:
        text = json.dumps([_plain(one) for one in polled], default=_value)
        sys.stdout.write(f"{text}\n")
    else:
        show(_table(polled))
    return 1 if any(one.error for one in polled) else 0


def _plain(one: Once) -> dict[str, Any]:
    return {
        "name": one.name,
        "type": one.kind,
        "seconds": round(one.seconds, 4),
        "error": one.error or None,
        "seen": [_fields(seen) for seen in one.seen],
    }


def _fields(seen: Reading | Intensity) -> dict[str, Any]:
    if isinstance(seen, Intensity):
        return asdict(seen)
    return {
        "meter": seen.meter,
        "at": seen.at,
        "energy_joules": seen.energy,
        "power_watts": seen.power,
        "conditions": dict(seen.conditions),
        "source": seen.source,
        "flags": seen.flags,
    }


def _value(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    raise TypeError(f"no JSON of {value!r}")


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
    for seen in readings:
        power = MISSING if seen.power is None else f"{seen.power:,.1f} W"
        energy = MISSING if seen.energy is None else f"{kwh(seen.energy):,.3f} kWh"
        yield seen.meter, power, energy, seen.source or one.kind, " ".join(seen.flags)
    intensities = [seen for seen in one.seen if isinstance(seen, Intensity)]
    newest = {row.kind: row for row in sorted(intensities, key=lambda row: row.start)}
    for row in newest.values():
        note = f"{row.kind}, {minute(row.start)} UTC{', estimated' if row.estimated else ''}"
        yield one.name, f"{row.value:.0f} g/kWh", "", row.source, note
