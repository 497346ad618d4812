"""`carbond status`: what the ledger says."""

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime

from agent.app.plugins import device_plugins, exporter_plugins
from agent.cli.options import Commands, add_command, add_json, add_ledger, ledger_path
from agent.ledger import Status, status_of
from agent.model import HourIntensity, Kind, SiteHour
from agent.units import Joules, kilograms, kwh
from agent.wording import MISSING, minute, percent

TEXT = """\
It reads the ledger beside a running daemon, or without one, and changes nothing: the newest
hour of each site, who does not answer and why, and how far each exporter has come.

examples:
  carbond status -c carbond.yaml
  carbond status --ledger /var/lib/carbond/ledger.db --json
"""


def add_to(commands: Commands) -> None:
    """Add the command."""
    command = add_command(commands, "status", "Say what the ledger holds and who is down.", TEXT)
    add_ledger(command)
    add_json(command)
    command.set_defaults(command=main)


def main(arguments: argparse.Namespace) -> int:
    """Print the status."""
    status = status_of(ledger_path(arguments))
    lines = [json.dumps(asdict(status), default=_value)] if arguments.json else _lines(status)
    sys.stdout.writelines(f"{line}\n" for line in lines)
    return 0


def _value(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _lines(status: Status) -> Iterator[str]:
    size = f"{status.size / 1e6:,.1f} MB"
    yield f"ledger     {status.path} ({size}, newest entry {status.position:,})"
    if status.first is None or status.last is None:
        yield "readings   none yet"
    else:
        first, last = (f"{at:%Y-%m-%d %H:%M:%S}" for at in (status.first, status.last))
        yield f"readings   {status.meters} meters, {first} to {last} UTC"
    for hour in status.hours:
        yield from _hour_lines(hour)
    yield from _answering_lines(status)
    for cursor in status.cursors:
        losses = f", {cursor.lost:,} lost" if cursor.lost else ""
        refused = f", {cursor.refused:,} lines refused" if cursor.refused else ""
        yield f"exporter   {cursor.name}: {cursor.behind:,} entries behind{losses}{refused}"


def _answering_lines(status: Status) -> Iterator[str]:
    """Yield who answered when last asked; the ledger and the exporters are not asked."""
    # A view is not asked for its health; a device may be of a type that is an exporter too.
    others = {"ledger", *exporter_plugins()} - device_plugins().keys()
    asked = [one for one in status.devices if one.kind not in others]
    up = sum(one.up for one in asked)
    yield f"answering  {up} of {len(asked)} devices and grids"
    for one in (one for one in status.devices if not one.up):
        yield f"  down     {one.name} since {minute(one.since)} UTC: {one.error}"


def _hour_lines(hour: SiteHour) -> Iterator[str]:
    state = f"version {hour.version}" if hour.closed else "running"
    yield f"site       {hour.site}, hour {minute(hour.hour)} UTC ({state})"
    facility, it = _energy(hour.facility), _energy(hour.it)
    whole = "" if hour.closed else " of the whole hour"
    cover = hour.coverage
    known = f"known {percent(cover.known)}{whole} (interpolated {percent(cover.interpolated)})"
    yield f"  energy   {facility}, IT {it}, {known}"
    if hour.pue is not None:
        said = f"measured, category {hour.pue.category}" if hour.pue.measured else "declared"
        yield f"  PUE      {hour.pue.value:.3f} ({said})"
    for kind, used in hour.intensities.items():
        grams = hour.emissions.get(kind)
        emission = MISSING if grams is None else f"{kilograms(grams):,.3f} kg"
        method = " location-based" if kind is Kind.DIRECT else ""
        known = ", ".join(_standing(used))
        yield f"  {kind:9} {emission}{method} at {used.value:.0f} g/kWh ({known})"


def _standing(used: HourIntensity) -> Iterator[str]:
    """Yield where an intensity comes from, and what keeps it from being final."""
    yield used.source
    if used.estimated:
        yield "estimated"
    if used.fallback is not None:
        yield f"fallback: {used.fallback}"


def _energy(energy: Joules | None) -> str:
    return MISSING if energy is None else f"{kwh(energy):,.2f} kWh"
