"""Options that name a day, a month or a year of a site's own time."""

import argparse
import re

from agent.accounting.periods.calendar import FIRST_YEAR, LAST_YEAR, Period, period_of
from agent.cli.options import Options
from agent.errors import ConfigError

PERIODS = (("day", "2026-10-03"), ("month", "2026-10"), ("year", "2026"))


def add_periods(command: Options) -> None:
    """Add `--day`, `--month` and `--year`."""
    for name, example in PERIODS:
        command.add_argument(
            f"--{name}", metavar=name.upper(), help=f"A {name}, such as {example}."
        )


def period_asked(arguments: argparse.Namespace, timezone: str) -> Period | None:
    """Return the period of the option that names one; None if none does.

    Raises ConfigError if there is no such period.
    """
    for name, example in PERIODS:
        text = getattr(arguments, name)
        if text is not None:
            return _period(name, example, text, timezone)
    return None


def _period(name: str, example: str, text: str, timezone: str) -> Period:
    if re.fullmatch(re.sub(r"\d", "[0-9]", example), text) is None:
        raise ConfigError(f"--{name} {text[:40]!r}: must be a {name}, such as {example}")
    if not FIRST_YEAR <= int(text[:4]) <= LAST_YEAR:
        raise ConfigError(f"--{name} {text!r}: years go from {FIRST_YEAR} to {LAST_YEAR}")
    try:
        return period_of(text, timezone)
    except ConfigError as error:
        raise ConfigError(f"--{name} {text!r}: there is no such {name}") from error
