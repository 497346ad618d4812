"""`carbond check`: load everything, connect to nothing."""

import argparse
from collections import Counter

from agent.app import load, number_of
from agent.cli.options import Commands, add_command, add_settings

TEXT = """\
It reads the settings, conf.d, the device lists and the secrets as `carbond run` does, says
all that is wrong with them at once, and connects to nothing. It ends with 0 if they are good
and with 2 if not.

example:
  carbond check -c /etc/carbond/carbond.yaml
"""


def add_to(commands: Commands) -> None:
    """Add the command."""
    command = add_command(commands, "check", "Say whether the settings are good.", TEXT)
    add_settings(command)
    command.set_defaults(command=main)


def main(arguments: argparse.Namespace) -> int:
    """Print what the settings hold."""
    settings = load(arguments.config)
    print(f"{arguments.config}: the settings are good")  # noqa: T201 it is what was asked for
    for word, things in (
        ("device", settings.devices),
        ("grid", settings.grids),
        ("exporter", settings.exporters),
    ):
        kinds = Counter(one.type for one in things)
        detail = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
        counted = number_of(len(things), word)
        print(f"  {counted}{f': {detail}' if detail else ''}")  # noqa: T201 the same
    return 0
