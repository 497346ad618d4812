"""`carbond ledger backup`: a copy of the ledger, made while the daemon runs."""

import argparse
import sys
from pathlib import Path

from agent.cli.options import Commands, add_command, add_json, add_ledger, ledger_path
from agent.cli.output import say, say_data
from agent.cli.waiting import Waiting
from agent.ledger import Backup, back_up
from agent.wording import minute

BACKUP = """\
It copies the ledger as it is at this moment into one file, and checks the copy. The daemon may run
and goes on booking. The file gets its name once it is whole and on disk; one that is there already
is never replaced. To restore it, stop the daemon and put the copy where the ledger was.
docs/operating.md has the steps.

examples:
  carbond ledger backup /backup/ledger-2026-10-20.db
  carbond ledger backup /backup/ledger-2026-10-20.db --ledger /var/lib/carbond/ledger.db
"""


def add_to(commands: Commands) -> None:
    """Add the command."""
    command = add_command(commands, "backup", "Copy the ledger while the daemon runs.", BACKUP)
    add_ledger(command)
    command.add_argument("to", type=Path, metavar="COPY", help="The file to make.")
    add_json(command)
    command.set_defaults(command=main)


def main(arguments: argparse.Namespace) -> int:
    """Make the copy, and say how far it goes."""
    with Waiting(sys.stderr) as waiting:
        made = back_up(ledger_path(arguments), arguments.to, waiting.shows)
    if arguments.json:
        say_data(_data(made))
    else:
        upto = f"up to {minute(made.last)} UTC" if made.last else "without a reading"
        say(f"{made.path}: {made.size:,} bytes, checked, {upto}")
    return 0


def _data(made: Backup) -> dict[str, object]:
    return {
        "path": str(made.path),
        "bytes": made.size,
        "position": made.position,
        "last_reading": None if made.last is None else made.last.isoformat(),
    }
