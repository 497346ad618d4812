"""The command line: `carbond COMMAND`."""

import argparse
import re
import sys
from collections.abc import Sequence
from importlib.metadata import version

from agent.cli import (
    check,
    demo,
    discover,
    explain,
    inventory,
    ledger,
    once,
    probe,
    profile,
    record,
    run,
    status,
)
from agent.errors import ConfigError

COMMANDS = (
    run,
    check,
    once,
    status,
    explain,
    ledger,
    discover,
    probe,
    record,
    profile,
    inventory,
    demo,
)

_BELOW_ZERO = re.compile(r"-[0-9.,]")
_OPTION = re.compile(r"--[a-z][a-z-]*")

DESCRIPTION = """\
carbond reads the power and energy of a data centre each minute, books them in a durable
ledger, applies the PUE and the hourly carbon intensity of the grid, and hands the figures to
InfluxDB and Prometheus.
"""

EXAMPLES = """\
examples:
  carbond demo                        See it at work on a simulated data centre.
  carbond check -c carbond.yaml       Say whether the settings are good.
  carbond run -c carbond.yaml         Run the daemon.

Every command explains itself: carbond run --help
"""


def parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    top = argparse.ArgumentParser(
        prog="carbond",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument(
        "--version",
        action="version",
        version=f"carbond {version('carbond')}",
        help="Print the version and end.",
    )
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in COMMANDS:
        command.add_to(commands)
    return top


def _joined(arguments: Sequence[str]) -> list[str]:
    """Return the words with each number below zero joined to its option: argparse would take it
    for an option of its own, and would not say what is wrong with it.
    """
    joined: list[str] = []
    for word in arguments:
        if _BELOW_ZERO.match(word) and joined and _OPTION.fullmatch(joined[-1]):
            joined[-1] += f"={word}"
        else:
            joined.append(word)
    return joined


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code: 0 done, 1 not as wished, 2 a person must act."""
    chosen = parser().parse_args(_joined(sys.argv[1:] if arguments is None else arguments))
    try:
        return int(chosen.command(chosen))
    except ConfigError as error:
        sys.stderr.write(f"carbond: {error}\n")
        return 2
    except BrokenPipeError:
        # The reader has seen enough, as `| head` does.
        sys.stderr.close()
        return 0
