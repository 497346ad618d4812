"""`carbond ledger periods`: what was reported, and what has become of it."""

import argparse
from typing import Any

from agent.app.requests import period_data
from agent.cli.figures import change_of, difference_of, name_of, text_of
from agent.cli.options import Commands, add_command, add_json, add_ledger, ledger_path
from agent.cli.output import say, say_data
from agent.cli.tables import show, table_of
from agent.ledger import Since, periods_of
from agent.reports.terms import several
from agent.wording import minute

PERIODS = """\
It shows each month that was closed: the figures as they were reported, as they are now, and the
difference; and how often its hours were restated since, and why.

examples:
  carbond ledger periods
  carbond ledger periods --site fra1 --json
"""

SHOWN = (
    "energy_kwh",
    "facility_kwh",
    "it_kwh",
    "emissions_location_kg",
    "pue",
    "pue_coverage",
    "measured_share",
    "interpolated_share",
    "missing_share",
)
"""Figures of a period that most readers want."""


def add_to(commands: Commands) -> None:
    """Add the command."""
    summary = "Show what was closed, and what has become of it."
    command = add_command(commands, "periods", summary, PERIODS)
    add_ledger(command)
    command.add_argument("--site", metavar="NAME", help="Those of this site.")
    command.add_argument(
        "--all", action="store_true", help="Show every figure that is known or has changed."
    )
    add_json(command)
    command.set_defaults(command=main)


def main(arguments: argparse.Namespace) -> int:
    """Print the periods."""
    found = periods_of(ledger_path(arguments), arguments.site)
    if arguments.json:
        say_data([_data(one) for one in found])
        return 0
    for one in found:
        _show(one, whole=arguments.all)
    if not found:
        say("no month is closed")
    return 0


def _data(one: Since) -> dict[str, Any]:
    return {
        **period_data(one.reported),
        "now": dict(one.now),
        "differences": {
            name: {"reported": before, "now": now, "difference": difference_of(before, now)}
            for name, (before, now) in one.differences.items()
        },
        "restatements": one.restatements,
        "reasons": dict(one.reasons),
    }


def _show(one: Since, *, whole: bool) -> None:
    closed = one.reported
    say(
        f"{closed.site} {closed.name}, closed {minute(closed.at)} UTC by {closed.who}: {closed.why}"
    )
    table = table_of(("", "as reported", "now", "difference"), numbers={"as reported", "now"})
    wanted = closed.figures if whole else SHOWN
    for name in wanted:
        before, now = closed.figures.get(name), one.now.get(name)
        if name in one.differences or before is not None:
            values = text_of(name, before), text_of(name, now)
            table.add_row(f"  {name_of(name)}", *values, change_of(name, before, now))
    show(table)
    others = len(set(one.differences).difference(wanted))
    if others:
        say(f"  {several(others, 'other figure')} changed too: --all shows all")
    _say_reasons(one)


def _say_reasons(one: Since) -> None:
    if not one.restatements:
        say("  its hours were not restated since")
        return
    times = "once" if one.restatements == 1 else f"{one.restatements:,} times"
    say(f"  its hours were restated {times} since:")
    for why, count in one.reasons.items():
        say(f"    {count:,}  {why}")
