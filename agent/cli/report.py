"""`carbond report`: a day, a month or a year of a site."""

import argparse
import csv
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.text import Text

from agent.accounting.hours import hour_of
from agent.accounting.periods.calendar import Period, day_of, period_of
from agent.accounting.site import Site
from agent.cli.options import Commands, add_command, add_json, add_ledger, ledger_path
from agent.cli.output import say_data
from agent.cli.report_text import lines_of
from agent.cli.waiting import Waiting
from agent.errors import ConfigError
from agent.ledger import Connection, reading, site_named, status_of
from agent.ledger.places.sites import sites_in
from agent.model import HOUR
from agent.reports.report import Report, part_data, report_data, report_of

TEXT = """\
It says what a site used and emitted, how far the figures can be relied on, which racks had the most
of it, and what needs a look. It reads the ledger beside a running daemon, or without one, and
changes nothing. Days, months and years are those of the site's own time. What is refused for want
of coverage is a dash, and says why.

With --csv each line is the period, then each of its hours, days or months, with all their figures.

examples:
  carbond report today
  carbond report 2026-11 --site fra1
  carbond report 2026 --ledger /var/lib/carbond/ledger.db --csv > 2026.csv
  carbond report yesterday --json
  carbond report last-month
"""

WIDEST = 100
"""Columns: a longer line is hard to read."""

DAY, MONTH, YEAR = 10, 7, 4
"""Letters of the name of a day that name it, its month and its year."""

NOW = {"today": DAY, "month": MONTH, "year": YEAR}
BEFORE = {"yesterday": DAY, "last-month": MONTH, "last-year": YEAR}
"""Periods of now, and those before them."""


def add_to(commands: Commands) -> None:
    """Add the command."""
    command = add_command(commands, "report", "Report a day, a month or a year.", TEXT)
    command.add_argument(
        "period",
        metavar="PERIOD",
        help=f"{', '.join((*NOW, *BEFORE))}, or one such as 2026-11-22, 2026-11 or 2026.",
    )
    command.add_argument("--site", metavar="NAME", help="The site; all of them where left out.")
    add_ledger(command)
    forms = command.add_mutually_exclusive_group()
    add_json(forms)
    forms.add_argument("--csv", action="store_true", help="Print CSV for spreadsheets.")
    command.set_defaults(command=main)


def main(arguments: argparse.Namespace) -> int:
    """Print the reports."""
    reports = _reports(ledger_path(arguments), arguments)
    if arguments.json:
        say_data([report_data(one) for one in reports])
    elif arguments.csv:
        _print_csv(reports)
    else:
        _print(reports)
    return 0


def _reports(path: Path, arguments: argparse.Namespace) -> list[Report]:
    status, now = status_of(path), datetime.now(UTC)
    with reading(path) as connection, Waiting(sys.stderr) as waiting:
        asked = [
            (site, period_in(arguments.period, site, now))
            for site in _sites(connection, arguments.site)
        ]
        return [
            report_of(
                connection,
                site,
                period,
                status,
                now=now,
                seen=lambda done, of: waiting.shows("parts of the period", done, of),
            )
            for site, period in asked
        ]


def _sites(connection: Connection, name: str | None) -> Sequence[Site]:
    if name is not None:
        return [site_named(connection, name)]
    found = sites_in(connection)
    if not found:
        raise ConfigError("the ledger has no site yet: `carbond run` books the first")
    return found


def period_in(text: str, site: Site, now: datetime) -> Period:
    """Return the period of a word or of a date. Raises ConfigError for one that is none, or has not
    begun.
    """
    if text in NOW:
        return _with(hour_of(now), NOW[text], site)
    if text in BEFORE:
        running = _with(hour_of(now), BEFORE[text], site)
        return _with(running.start - HOUR, BEFORE[text], site)
    try:
        period = period_of(text, site.timezone)
    except ConfigError as error:
        words = "" if text[:1].isdigit() else f"; or one of {', '.join((*NOW, *BEFORE))}"
        raise ConfigError(f"{error}{words}") from error
    if period.start > now:
        raise ConfigError(f"period {text!r} has not begun at {site.name}: name an earlier one")
    return period


def _with(hour: datetime, letters: int, site: Site) -> Period:
    """Return the day, month or year of a site that an hour lies in."""
    return period_of(day_of(hour, site.timezone).name[:letters], site.timezone)


def _print_csv(reports: Iterable[Report]) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    rows = [part_data(part) for one in reports for part in (one, *one.parts)]
    writer.writerow(rows[0])
    writer.writerows([_cell(value) for value in row.values()] for row in rows)


def _cell(value: object) -> object:
    return str(value).lower() if isinstance(value, bool) else value


def _print(reports: Iterable[Report]) -> None:
    console = Console(highlight=False, markup=False)
    width = min(console.width, WIDEST) if console.is_terminal else WIDEST
    for number, report in enumerate(reports):
        lines = lines_of(report, width)
        for line in (Text(), *lines) if number else lines:
            line.rstrip()
            console.print(line, soft_wrap=True)
