"""`carbond explain`: where a figure comes from."""

import argparse
from datetime import UTC, datetime

from agent.accounting.periods.calendar import rolling_year
from agent.app.requests import hour_in, moment_in
from agent.cli.options import Commands, add_command, add_json, add_ledger, ledger_path
from agent.cli.output import say, say_data
from agent.cli.periods import add_periods, period_asked
from agent.errors import ConfigError
from agent.ledger import Connection, check_read, reading, site_named
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
  carbond explain --site fra1 --rolling-year
"""


def add_to(commands: Commands) -> None:
    """Add the command."""
    command = add_command(commands, "explain", "Say where a figure comes from.", TEXT)
    add_ledger(command)
    what = command.add_mutually_exclusive_group(required=True)
    what.add_argument("--meter", metavar="NAME", help="A meter, such as rack-07-a/outlet/12.")
    what.add_argument("--site", metavar="NAME", help="A site, in an hour or a longer period.")
    when = command.add_mutually_exclusive_group(required=True)
    when.add_argument("--hour", metavar="HOUR", help="A UTC hour, such as 2026-10-03T14.")
    add_periods(when)
    when.add_argument(
        "--rolling-year",
        action="store_true",
        help="The twelve months up to the last full hour: an annual PUE on any day.",
    )
    command.add_argument(
        "--known",
        metavar="TIME",
        help="As it was known then, such as 2026-10-20T08:00 (UTC); a day means its beginning.",
    )
    command.add_argument(
        "--rows", action="store_true", help="Print the readings, versions and hours one by one too."
    )
    add_json(command)
    command.set_defaults(command=main)


def main(arguments: argparse.Namespace) -> int:
    """Print the calculation."""
    with reading(ledger_path(arguments)) as connection:
        term = _explained(connection, arguments)
    if arguments.json:
        say_data(as_data(term))
    else:
        say("\n".join(as_lines(term, rows=arguments.rows)))
    return 0


def _explained(connection: Connection, arguments: argparse.Namespace) -> Term:
    known = None if arguments.known is None else moment_in(arguments.known, "--known")
    hour = None if arguments.hour is None else hour_in(arguments.hour, "--hour")
    if arguments.meter is not None:
        if hour is None:
            raise ConfigError("--meter is explained hour by hour: give --hour, or --site")
        check_read(connection, arguments.meter)
        return explain_meter(connection, arguments.meter, hour, known=known)
    site = site_named(connection, arguments.site)
    if hour is not None:
        return explain_site_hour(connection, site, hour, known=known)
    now = datetime.now(UTC)
    period = period_asked(arguments, site.timezone) or rolling_year(known or now, site.timezone)
    return explain_period(connection, site, period, now=now, known=known)
