"""`carbond explain`: where a figure comes from."""

import argparse
import json
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from agent.accounting.hours import hour_of
from agent.accounting.periods.calendar import period_of
from agent.app import load
from agent.cli.options import Commands, add_command, add_json, add_settings
from agent.errors import ConfigError
from agent.ledger import Connection, open_reader, site_named
from agent.reports import Term, as_data, as_lines, explain_meter, explain_period, explain_site_hour

TEXT = """\
It prints the calculation as a tree: readings, the basis of their intervals, what of the hour they
cover, PUE, the intensity with all its versions, the formula, the result. It reads the ledger beside
a running daemon, or without one, and changes nothing.

Hours are UTC and named by their start (2026-10-03T14); days, months and years are those of the
site's own time.

examples:
  carbond explain --meter rack-07-a --hour 2026-10-03T14 --rows
  carbond explain --site fra1 --hour 2026-10-03T14 --known 2026-10-20
  carbond explain --site fra1 --month 2026-10 --json
"""


def add_to(commands: Commands) -> None:
    """Add the command."""
    command = add_command(commands, "explain", "Say where a figure comes from.", TEXT)
    add_settings(command)
    command.add_argument(
        "--ledger", type=Path, metavar="FILE", help="Read this ledger, without any settings."
    )
    what = command.add_mutually_exclusive_group(required=True)
    what.add_argument("--meter", metavar="NAME", help="A meter, such as rack-07-a/outlet/12.")
    what.add_argument("--site", metavar="NAME", help="A site, in an hour or a longer period.")
    when = command.add_mutually_exclusive_group(required=True)
    when.add_argument("--hour", metavar="HOUR", help="A UTC hour, such as 2026-10-03T14.")
    for name, example in (("day", "2026-10-03"), ("month", "2026-10"), ("year", "2026")):
        when.add_argument(f"--{name}", metavar=name.upper(), help=f"A {name}, such as {example}.")
    command.add_argument(
        "--known",
        metavar="TIME",
        help="As it was known then, such as 2026-10-20 or 2026-10-20T08:00.",
    )
    command.add_argument(
        "--rows", action="store_true", help="Print the readings, versions and hours one by one too."
    )
    add_json(command)
    command.set_defaults(command=main)


def main(arguments: argparse.Namespace) -> int:
    """Print the calculation."""
    path = arguments.ledger or load(arguments.config).ledger.path
    with closing(open_reader(path)) as connection:
        term = _explained(connection, arguments)
    lines = [json.dumps(as_data(term))] if arguments.json else as_lines(term, rows=arguments.rows)
    sys.stdout.writelines(f"{line}\n" for line in lines)
    return 0


def _explained(connection: Connection, arguments: argparse.Namespace) -> Term:
    known = None if arguments.known is None else _moment(arguments.known, "--known")
    if arguments.meter is not None:
        if arguments.hour is None:
            raise ConfigError("--meter is explained hour by hour: give --hour, or --site")
        return explain_meter(connection, arguments.meter, _hour(arguments.hour), known=known)
    site = site_named(connection, arguments.site)
    if arguments.hour is not None:
        return explain_site_hour(connection, site, _hour(arguments.hour), known=known)
    text = arguments.day or arguments.month or arguments.year
    period = period_of(text, site.timezone)
    return explain_period(connection, site, period, now=datetime.now(UTC), known=known)


def _hour(text: str) -> datetime:
    return hour_of(_moment(text, "--hour"))


def _moment(text: str, option: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ConfigError(
            f"{option} {text}: not a time: write it as 2026-10-03T14 (UTC), or with its offset, "
            "2026-10-03T16:00+02:00"
        ) from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
