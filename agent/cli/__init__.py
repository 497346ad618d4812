"""The command line: `carbond COMMAND`."""

import argparse
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module
from importlib.metadata import version

from agent.errors import ConfigError

COMMANDS: Mapping[str, str] = {
    "run": "Run the daemon in the foreground.",
    "check": "Say whether the settings are good.",
    "once": "Poll everything one time and print it.",
    "status": "Say what the ledger holds and who is down.",
    "health": "Say whether a daemon can do its work.",
    "top": "Watch sites, racks and meters live.",
    "alerts": "List what fires, say what to do, and print the rules.",
    "report": "Report a day, a month or a year.",
    "explain": "Say where a figure comes from.",
    "ledger": "Correct and close what is booked, and see what was.",
    "discover": "Find devices that can be read.",
    "probe": "Find out what a device is and read it once.",
    "record": "Write a walk of a device for a bug report.",
    "profile": "Check a profile or map of a device family.",
    "inventory": "Take devices from NetBox or CSV, and list them as CSV.",
    "reference": "Print every setting, or every metric.",
    "token": "Make a token for the console and its API.",
    "demo": "See it at work on a simulated data centre.",
}
"""Each is the module of its name, which is imported only when it is asked for: together they need
every collector, the web server and the demo, which takes longer than most commands do.
"""

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


def parser(wanted: Iterable[str] = tuple(COMMANDS)) -> argparse.ArgumentParser:
    """Return the parser of all commands. Of those that are not wanted it knows the names alone."""
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
    for name, summary in COMMANDS.items():
        if name in wanted:
            import_module(f"agent.cli.{name}").add_to(commands)
        else:
            commands.add_parser(name, help=summary)
    return top


def _command_in(words: Iterable[str]) -> Sequence[str]:
    """Return the command that is asked for, if one is: no option before it has a value."""
    return [word for word in words if not word.startswith("-")][:1]


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
    words = _joined(sys.argv[1:] if arguments is None else arguments)
    chosen = parser(_command_in(words)).parse_args(words)
    try:
        return int(chosen.command(chosen))
    except ConfigError as error:
        sys.stderr.write(f"carbond: {error}\n")
        return 2
    except BrokenPipeError:
        # The reader has seen enough, as `| head` does.
        sys.stderr.close()
        return 0
