"""What `carbond ledger` shows and does not change: repairs, periods, restatements, findings."""

import argparse
import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from agent.accounting.periods.figures import Figure
from agent.app import load
from agent.app.requests import hour_in, period_data, repair_data
from agent.cli.figures import change_of, name_of, text_of
from agent.cli.options import Commands, add_command, add_json, add_settings
from agent.cli.tables import show, table_of
from agent.ledger import (
    Repaired,
    Restatement,
    Since,
    findings_of,
    periods_of,
    repairs_of,
    restatements_of,
)
from agent.model import Finding, Quantity

REPAIRS = """\
It lists what was said afterwards of a meter's energy, by whom and why. It reads the ledger beside a
running daemon, or without one, and changes nothing.

examples:
  carbond ledger repairs
  carbond ledger repairs --meter rack-07-a --json
"""

PERIODS = """\
It shows each month that was closed: the figures as they were reported, as they are now, and the
difference; and how often its hours were restated since, and why.

examples:
  carbond ledger periods
  carbond ledger periods --site fra1 --json
"""

RESTATEMENTS = """\
It lists each figure of each hour that was once said differently: before, after, why and when. Hours
are UTC and named by their start. At the end stands what it has changed of the site's totals.

examples:
  carbond ledger restatements --site fra1
  carbond ledger restatements --site fra1 --from 2026-10-03T00 --to 2026-10-04T00 --json
"""

FINDINGS = """\
It lists what the registers of meters did beside counting: rollovers, resets, glitches, stuck and
replaced ones, and what was booked for each.

examples:
  carbond ledger findings
  carbond ledger findings --meter rack-07-a --json
"""

SHOWN = (
    "energy_kwh",
    "it_kwh",
    "water_l",
    "emissions_location_kg",
    "emissions_lifecycle_kg",
    "emissions_marginal_kg",
    "pue",
    "measured_share",
    "interpolated_share",
    "missing_share",
)
"""Figures of a period that are shown even where they have not changed."""

SUMS = ("_j", "_ml", "_g")
"""Units of figures that add up over hours."""


def add_to(commands: Commands) -> None:
    """Add the commands."""
    add = _add(commands, "repairs", "List what was repaired.", REPAIRS)
    add.add_argument("--meter", metavar="NAME", help="Those of this meter.")
    add.set_defaults(command=_repairs)
    add = _add(commands, "periods", "Show what was closed, and what has become of it.", PERIODS)
    add.add_argument("--site", metavar="NAME", help="Those of this site.")
    add.set_defaults(command=_periods)
    add = _add(commands, "restatements", "List what was said differently before.", RESTATEMENTS)
    add.add_argument("--site", required=True, metavar="NAME", help="The site.")
    add.add_argument("--from", dest="start", metavar="HOUR", help="From this hour on.")
    add.add_argument("--to", dest="end", metavar="HOUR", help="Up to this hour, without it.")
    add.set_defaults(command=_restatements)
    add = _add(commands, "findings", "List what registers did beside counting.", FINDINGS)
    add.add_argument("--meter", metavar="NAME", help="Those of this meter.")
    add.set_defaults(command=_findings)


def _add(commands: Commands, name: str, summary: str, text: str) -> argparse.ArgumentParser:
    command = add_command(commands, name, summary, text)
    add_settings(command)
    command.add_argument(
        "--ledger", type=Path, metavar="FILE", help="Read this ledger, without any settings."
    )
    add_json(command)
    return command


def _path(arguments: argparse.Namespace) -> Path:
    return arguments.ledger or load(arguments.config).ledger.path


def _write(data: object) -> int:
    sys.stdout.write(f"{json.dumps(data)}\n")
    return 0


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


def _repairs(arguments: argparse.Namespace) -> int:
    found = repairs_of(_path(arguments), arguments.meter)
    if arguments.json:
        return _write([repair_data(one) for one in found])
    table = table_of(
        ("repair", "meter", "from (UTC)", "to (UTC)", "energy", "before", "booked", "who", "why"),
        numbers={"repair", "energy", "before"},
    )
    for one in found:
        table.add_row(*_repair_row(one))
    if found:
        show(table)
    else:
        _say("nothing was repaired")
    return 0


def _unit(quantity: Quantity) -> str:
    return "_ml" if quantity is Quantity.WATER else "_j"


def _repair_row(one: Repaired) -> Iterator[str]:
    unit = _unit(one.quantity)
    yield from (str(one.number), one.meter, _hour(one.start), _hour(one.end))
    yield "unknown" if one.energy is None else text_of(unit, one.energy)
    yield from (text_of(unit, one.before), _hour(one.at), one.who, one.why)


def _hour(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}"


def _periods(arguments: argparse.Namespace) -> int:
    found = periods_of(_path(arguments), arguments.site)
    if arguments.json:
        return _write([_period_data(one) for one in found])
    for one in found:
        _show_period(one)
    if not found:
        _say("no month is closed")
    return 0


def _period_data(one: Since) -> dict[str, Any]:
    return {
        **period_data(one.reported),
        "now": dict(one.now),
        "differences": {
            name: {"reported": before, "now": now, "difference": _difference(before, now)}
            for name, (before, now) in one.differences.items()
        },
        "restatements": one.restatements,
        "reasons": dict(one.reasons),
    }


def _difference(before: Figure, now: Figure) -> float | None:
    numbers = [one for one in (before, now) if isinstance(one, int | float)]
    return numbers[1] - numbers[0] if len(numbers) == len((before, now)) else None


def _show_period(one: Since) -> None:
    closed = one.reported
    _say(
        f"{closed.site} {closed.name}, closed {_hour(closed.at)} UTC by {closed.who}: {closed.why}"
    )
    table = table_of(("", "as reported", "now", "difference"), numbers={"as reported", "now"})
    for name, before in closed.figures.items():
        changed = name in one.differences
        if changed or (name in SHOWN and before is not None):
            now = one.now.get(name)
            difference = change_of(name, before, now) if changed else ""
            table.add_row(
                f"  {name_of(name)}", text_of(name, before), text_of(name, now), difference
            )
    show(table)
    times = "once" if one.restatements == 1 else f"{one.restatements:,} times"
    _say(f"  its hours were restated {times} since" + (":" if one.reasons else ""))
    for why, count in one.reasons.items():
        _say(f"    {count:,}  {why}")


def _restatements(arguments: argparse.Namespace) -> int:
    start, end = (
        None if text is None else hour_in(text, option)
        for text, option in ((arguments.start, "--from"), (arguments.end, "--to"))
    )
    found = restatements_of(_path(arguments), arguments.site, start=start, end=end)
    changes = _changes(found)
    if arguments.json:
        rows = [
            {**asdict(one), "hour": one.hour.isoformat(), "at": one.at.isoformat()} for one in found
        ]
        return _write({"restatements": rows, "changes": changes})
    if not found:
        _say("nothing was restated")
        return 0
    _show_restatements(found)
    _say(_summary(found, changes))
    return 0


def _show_restatements(found: Iterable[Restatement]) -> None:
    table = table_of(
        ("hour (UTC)", "version", "figure", "before", "after", "restated", "why"),
        numbers={"version", "before", "after"},
    )
    for one in found:
        values = (text_of(one.figure, value) for value in (one.before, one.after))
        row = (_hour(one.hour), str(one.version), name_of(one.figure), *values)
        table.add_row(*row, _hour(one.at), one.why)
    show(table)


def _changes(found: Iterable[Restatement]) -> dict[str, float]:
    """Return by how much the totals have changed: an hour that is not known is in no total."""
    changes: dict[str, float] = {}
    for one in found:
        if one.figure.endswith(SUMS):
            change = (one.after or 0.0) - (one.before or 0.0)
            changes[one.figure] = changes.get(one.figure, 0.0) + change
    return changes


def _summary(found: Sequence[Restatement], changes: Mapping[str, float]) -> str:
    hours = len({one.hour for one in found})
    versions = len({(one.hour, one.version) for one in found})
    sums = "; ".join(f"{name_of(name)} {change_of(name, 0, one)}" for name, one in changes.items())
    return f"{versions:,} restatements of {hours:,} hours{f': {sums}' if sums else ''}"


def _findings(arguments: argparse.Namespace) -> int:
    found = findings_of(_path(arguments), arguments.meter)
    if arguments.json:
        return _write([_finding_data(one) for _, one in found])
    table = table_of(
        ("seen (UTC)", "meter", "oddity", "register before", "register then", "booked"),
        numbers={"register before", "register then", "booked"},
        last=False,
    )
    for meter, one in found:
        unit = _unit(meter.quantity)
        values = (text_of(unit, value) for value in (one.before, one.now, one.energy))
        table.add_row(f"{one.at:%Y-%m-%d %H:%M:%S}", one.meter, one.oddity, *values)
    if found:
        show(table)
    else:
        _say("no register did anything but count")
    return 0


def _finding_data(one: Finding) -> dict[str, Any]:
    return {
        "meter": one.meter,
        "at": one.at.isoformat(),
        "oddity": one.oddity,
        "before_j": one.before,
        "now_j": one.now,
        "energy_j": one.energy,
    }
