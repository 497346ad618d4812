"""Options and wording that several commands share."""

import argparse
from pathlib import Path
from typing import Any

SETTINGS = Path("/etc/carbond/carbond.yaml")

Options = argparse.ArgumentParser | argparse._MutuallyExclusiveGroup
"""What an option can be added to."""

Commands = Any
"""What `add_subparsers` returns; argparse does not name its type."""


def add_command(commands: Commands, name: str, summary: str, text: str) -> argparse.ArgumentParser:
    """Add a command whose help is whole sentences and an example."""
    added: argparse.ArgumentParser = commands.add_parser(
        name,
        help=summary,
        description=f"{summary}\n\n{text}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    return added


def add_settings(command: argparse.ArgumentParser) -> None:
    """Add `-c`."""
    command.add_argument(
        "-c",
        "--config",
        type=Path,
        default=SETTINGS,
        metavar="FILE",
        help=f"Read the settings from this file; {SETTINGS} where left out.",
    )


def add_ledger(command: argparse.ArgumentParser) -> None:
    """Add `-c` and `--ledger`, of which `ledger_path` takes what it needs."""
    add_settings(command)
    command.add_argument(
        "--ledger", type=Path, metavar="FILE", help="Read this ledger, without any settings."
    )


def ledger_path(arguments: argparse.Namespace) -> Path:
    """Return the ledger that is to be read. Raises ConfigError if the settings have faults."""
    if arguments.ledger is not None:
        return Path(arguments.ledger)
    # Only here: settings need the options of every plug-in, which take a second to import.
    from agent.app import load

    return load(arguments.config).ledger.path


def add_json(command: Options) -> None:
    """Add `--json`."""
    command.add_argument(
        "--json", action="store_true", help="Print JSON for programs in place of text for people."
    )
