"""`carbond ledger`: correct, close and copy what is booked, and see what has become of it."""

import argparse
from datetime import datetime
from typing import Any

from agent.cli import ledger_backup, ledger_lists, ledger_periods, ledger_restatements
from agent.cli.figures import name_of, text_of
from agent.cli.options import Commands, add_command, add_json, add_settings
from agent.cli.output import say, say_data
from agent.cli.waiting import working
from agent.errors import ConfigError
from agent.model import Quantity
from agent.wording import MISSING, minute, percent

TEXT = """\
The ledger is never changed in place. A repair is a new entry that says who, when and why; the hours
it touches are computed again, and the restatement log says what they said before. A month that is
closed stays as it was reported.

examples:
  carbond ledger repair --help
  carbond ledger restatements --site fra1 --from 2026-10-03T00 --to 2026-10-04T00
  carbond ledger periods --site fra1
  carbond ledger backup /backup/ledger-2026-10-20.db
"""

REPAIR = """\
It books what the energy of one meter was in whole UTC hours, shared over them evenly, in place of
what its readings say; with --unknown it books that this is not known, and the hours count as
missing. The newest repair of an hour holds. A daemon that runs is asked to do it, through the
socket beside its ledger; without one it is done here. It ends with 0 once it is on disk.

examples:
  carbond ledger repair --meter rack-07-a --from 2026-10-03T14 --to 2026-10-03T16 \\
      --energy 12.5kWh --who facility-team --why "PDU swapped, read from its display"
  carbond ledger repair --meter cooling-water --from 2026-10-03T14 --to 2026-10-03T15 \\
      --energy 1.2m3 --who facility-team --why "read by hand"
  carbond ledger repair --meter rack-07-a --from 2026-10-03T14 --to 2026-10-03T16 \\
      --unknown --who facility-team --why "the current clamps were open"
"""

CLOSE = """\
It freezes the figures of a month, in the site's own time, as they are now. There is no way back:
what is restated later is shown beside them by `carbond ledger periods`. It refuses a month that is
not over or of which hours are still to be computed, and one of which less is known than the
settings ask of the site.

example:
  carbond ledger close --site fra1 --month 2026-10 --who facility-team --why "reported to the board"
"""


def add_to(commands: Commands) -> None:
    """Add the command, and its own."""
    summary = "Correct and close what is booked, and see what was."
    command = add_command(commands, "ledger", summary, TEXT)
    own = command.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_repair(own)
    _add_close(own)
    ledger_lists.add_to(own)
    ledger_periods.add_to(own)
    ledger_restatements.add_to(own)
    ledger_backup.add_to(own)


def _add_repair(commands: Commands) -> None:
    command = add_command(commands, "repair", "Say what a meter's energy was, and why.", REPAIR)
    add_settings(command)
    command.add_argument(
        "--meter", required=True, metavar="NAME", help="The meter, such as rack-07-a/outlet/12."
    )
    command.add_argument(
        "--from",
        required=True,
        metavar="HOUR",
        help="The first hour, such as 2026-10-03T14 (UTC).",
    )
    command.add_argument("--to", required=True, metavar="HOUR", help="Where the last hour ends.")
    energy = command.add_mutually_exclusive_group(required=True)
    energy.add_argument(
        "--energy",
        metavar="ENERGY",
        help="The energy of all these hours together, in J, Wh, kWh or MWh; of water in L or m3.",
    )
    energy.add_argument(
        "--unknown", action="store_true", help="What is booked is wrong, and nobody knows better."
    )
    command.add_argument(
        "--despite-size",
        action="store_true",
        help="Book it although it is far more than the meter has ever had.",
    )
    _add_reason(command)
    add_json(command)
    command.set_defaults(command=_repair)


def _add_close(commands: Commands) -> None:
    command = add_command(commands, "close", "Freeze a month as it is reported.", CLOSE)
    add_settings(command)
    command.add_argument("--site", required=True, metavar="NAME", help="The site.")
    command.add_argument(
        "--month", required=True, metavar="MONTH", help="The month, such as 2026-10."
    )
    command.add_argument(
        "--despite-coverage",
        action="store_true",
        help="Close it although too little is known of it; the reason says so then.",
    )
    _add_reason(command)
    add_json(command)
    command.set_defaults(command=_close)


def _add_reason(command: argparse.ArgumentParser) -> None:
    # The lists take it, so people will try it here.
    command.add_argument("--ledger", help=argparse.SUPPRESS)
    command.add_argument("--who", required=True, metavar="NAME", help="Who says so.")
    command.add_argument(
        "--why", required=True, metavar="TEXT", help="Why, for whoever audits it in years."
    )


def _repair(arguments: argparse.Namespace) -> int:
    names = ("meter", "from", "to", "energy", "despite_size", "who", "why")
    words = {"do": "repair", **{name: getattr(arguments, name) for name in names}}
    return _ask(arguments, words)


def _close(arguments: argparse.Namespace) -> int:
    names = ("site", "month", "despite_coverage", "who", "why")
    words = {"do": "close", **{name: getattr(arguments, name) for name in names}}
    return _ask(arguments, words)


def _ask(arguments: argparse.Namespace, words: dict[str, Any]) -> int:
    """Have it done, and say what was."""
    if arguments.ledger is not None:
        raise ConfigError(
            "repair and close need the settings: -c FILE in place of --ledger, which says where "
            "the ledger is"
        )
    # Only here: who lists what was done needs no settings, and no plug-in.
    from agent.app import load
    from agent.app.asking import ask

    doing = "booking the repair" if words["do"] == "repair" else "closing the month"
    settings = load(arguments.config)
    with working(f"{doing}, and computing what it changes"):
        done = ask(settings, words)
    if arguments.json:
        say_data(done)
    else:
        say(_repaired(done) if words["do"] == "repair" else _closed(done))
    return 0


def _repaired(done: dict[str, Any]) -> str:
    unit = next(one.suffix for one in Quantity if f"energy_{one.suffix}" in done)
    energy, before = (text_of(f"_{unit}", done[f"{name}_{unit}"]) for name in ("energy", "before"))
    start, end = (minute(datetime.fromisoformat(done[key])) for key in ("from", "to"))
    now = "is not known" if energy == MISSING else f"is {energy}"
    was = "of which nothing was known" if before == MISSING else f"in place of {before}"
    return (
        f"repair {done['repair']} is booked: {done['meter']}, {start} to {end} UTC, {now}, {was}; "
        f"its hours are computed again"
    )


def _closed(done: dict[str, Any]) -> str:
    figures = done["reported"]
    shown = ("energy_kwh", "it_kwh", "emissions_location_kg", "pue")
    said = [
        f"{name_of(figure)} {text_of(figure, figures[figure])}"
        for figure in shown
        if figures.get(figure) is not None
    ]
    if (missing := figures.get("missing_share")) is not None:
        said.append(f"{percent(1 - missing)} known")
    return f"{done['site']} {done['month']} is closed for good: {', '.join(said)}"
