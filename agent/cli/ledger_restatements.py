"""`carbond ledger restatements`: what was said differently before."""

import argparse
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from agent.app.requests import hour_in
from agent.cli.figures import change_of, name_of, text_of
from agent.cli.options import Commands, add_command, add_json, add_ledger, ledger_path
from agent.cli.output import say, say_data
from agent.cli.periods import add_periods, period_asked
from agent.cli.tables import show, table_of
from agent.errors import ConfigError
from agent.ledger import Restatement, reading, restatements_of, site_named
from agent.reports.terms import several
from agent.wording import minute

RESTATEMENTS = """\
It lists each figure of each hour that was once said differently: before, after, why and when. Hours
are UTC and named by their start; days, months and years are those of the site's own time. At the
end stands what it has changed of the site's totals.

examples:
  carbond ledger restatements --site fra1
  carbond ledger restatements --site fra1 --month 2026-10
  carbond ledger restatements --site fra1 --from 2026-10-03T00 --to 2026-10-04T00 --json
"""

SUMS = ("_j", "_ml", "_g")
"""Units of figures that add up over hours."""


def add_to(commands: Commands) -> None:
    """Add the command."""
    summary = "List what was said differently before."
    command = add_command(commands, "restatements", summary, RESTATEMENTS)
    add_ledger(command)
    command.add_argument("--site", required=True, metavar="NAME", help="The site.")
    add_periods(command.add_mutually_exclusive_group())
    command.add_argument("--from", dest="start", metavar="HOUR", help="From this hour on.")
    command.add_argument("--to", dest="end", metavar="HOUR", help="Up to this hour, without it.")
    add_json(command)
    command.set_defaults(command=main)


def main(arguments: argparse.Namespace) -> int:
    """Print the restatements, and what they have changed."""
    path = ledger_path(arguments)
    start, end = _asked(arguments, path)
    found = restatements_of(path, arguments.site, start=start, end=end)
    changes = _changes(found)
    if arguments.json:
        say_data({"restatements": [_data(one) for one in found], "changes": changes})
    elif found:
        _show(found)
        say(_summary(found, changes))
    else:
        say("nothing was restated")
    return 0


def _asked(arguments: argparse.Namespace, path: Path) -> tuple[datetime | None, datetime | None]:
    """Return from when to when, each None where nothing bounds it. Raises ConfigError."""
    start, end = (
        None if text is None else hour_in(text, option)
        for text, option in ((arguments.start, "--from"), (arguments.end, "--to"))
    )
    with reading(path) as connection:
        period = period_asked(arguments, site_named(connection, arguments.site).timezone)
    if period is None:
        _check_order(start, end)
        return start, end
    if start is not None or end is not None:
        raise ConfigError("give a day, month or year, or --from and --to: not both")
    return period.start, period.end


def _check_order(start: datetime | None, end: datetime | None) -> None:
    if start is not None and end is not None and end <= start:
        raise ConfigError(
            f"--to {end:%Y-%m-%dT%H} is not after --from {start:%Y-%m-%dT%H}: --to is where the "
            "last hour ends"
        )


def _data(one: Restatement) -> dict[str, Any]:
    return {**asdict(one), "hour": one.hour.isoformat(), "at": one.at.isoformat()}


def _show(found: Iterable[Restatement]) -> None:
    table = table_of(
        ("hour (UTC)", "version", "figure", "before", "after", "restated", "why"),
        numbers={"version", "before", "after"},
    )
    for one in found:
        values = (text_of(one.figure, value) for value in (one.before, one.after))
        row = (minute(one.hour), str(one.version), name_of(one.figure), *values)
        table.add_row(*row, minute(one.at), one.why)
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
    sums = "; ".join(
        f"{name_of(name)} {change_of(name, 0, one)}" for name, one in changes.items() if one
    )
    what = f"{several(versions, 'restatement')} of {several(hours, 'hour')}"
    return f"{what}{f': {sums}' if sums else ''}"
