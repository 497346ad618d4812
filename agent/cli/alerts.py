"""`carbond alerts`: what fires, and the rules for Prometheus."""

import argparse
import asyncio
from datetime import datetime
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from agent.cli.options import SETTINGS, Commands, add_command, add_json, add_settings
from agent.cli.output import say, say_data
from agent.cli.top import add_source, source_of
from agent.cli.top_data import Item
from agent.errors import ConfigError, Unavailable
from agent.wording import minute

if TYPE_CHECKING:
    from config.alerts import AlertsSettings

SUMMARY = "List what fires, say what to do, and print the rules."

TEXT = """\
It asks a daemon that runs what fires by its own evaluation of the rules, and what is about to: the
gravest first. It ends with 0 if nothing fires, with 1 if something does, and with 2 if nobody can
be asked or no rule is evaluated. docs/alerts.md has the rules, their thresholds, and where else
alerts go.

examples:
  carbond alerts
  carbond alerts -c carbond.yaml --json
  carbond alerts runbook CarbondDeviceSilent
  carbond alerts rules -c carbond.yaml > /etc/prometheus/carbond.rules.yml
"""

RULES = """\
It prints the same rules that the daemon evaluates as a file for Prometheus (2.42 or later), with
the thresholds of the settings. Without -c, and without settings in their usual place, it prints
them with the defaults: that is deploy/prometheus/carbond.rules.yml.

example:
  carbond alerts rules -c carbond.yaml > /etc/prometheus/carbond.rules.yml
"""

RUNBOOK = """\
It prints what an alert means, what to look at and what to do; without a NAME of all alerts. Such an
alert may come from Prometheus or from the daemon itself.

example:
  carbond alerts runbook CarbondDeviceSilent
"""

STYLES = {"critical": "bold red", "warning": "yellow", "info": "cyan"}


def add_to(commands: Commands) -> None:
    """Add the command, and its own."""
    command = add_command(commands, "alerts", SUMMARY, TEXT)
    add_source(command)
    add_json(command)
    command.set_defaults(command=main)
    own = command.add_subparsers(title="commands", metavar="COMMAND")
    rules = add_command(own, "rules", "Print the rules as a file for Prometheus.", RULES)
    add_settings(rules)
    rules.set_defaults(command=print_rules)
    runbook = add_command(own, "runbook", "Say what to do when an alert fires.", RUNBOOK)
    runbook.add_argument("name", nargs="?", metavar="NAME", help="The alert's name.")
    runbook.set_defaults(command=print_runbook)


def main(arguments: argparse.Namespace) -> int:
    """Print what fires."""
    try:
        found = asyncio.run(_found(arguments))
    except Unavailable as error:
        raise ConfigError(
            f"{error}: start it with `carbond run`, or name its address with --url"
        ) from error
    if found is None:
        raise ConfigError(
            "no rule is evaluated there, so that none fires says nothing: `alerts.disabled` of "
            "its settings lists all of them"
        )
    if arguments.json:
        say_data(found)
    else:
        _show(found)
    return int(any(one["state"] == "firing" for one in found))


async def _found(arguments: argparse.Namespace) -> list[Item] | None:
    source = source_of(arguments)
    try:
        return await source.alerts()
    finally:
        await source.close()


def _show(found: list[Item]) -> None:
    console = Console(highlight=False, markup=False)
    if not found:
        console.print("nothing fires")
    for one in found:
        state = "" if one["state"] == "firing" else " (pending)"
        since = minute(datetime.fromisoformat(one["since"]))
        line = Text.assemble(
            (one["severity"].ljust(9), STYLES.get(one["severity"], "")),
            f"since {since} UTC{state}: {one['summary']}",
        )
        console.print(line, soft_wrap=True)
        console.print(Text(f"{'':9}{_way_out(one)}", "dim"), soft_wrap=True)


def _way_out(alert: Item) -> str:
    """Return where it stands what to do: the settings' own page, or the command that prints it."""
    name, runbook = alert["name"], str(alert["runbook"])
    if runbook.startswith(("http://", "https://")):
        return f"{name}: {runbook}"
    return f"what to do: carbond alerts runbook {name}"


def print_runbook(arguments: argparse.Namespace) -> int:
    """Print a section of the runbook, or all of it."""
    # Only here: listing what fires needs neither.
    from rich.markdown import Markdown

    from agent.alerts.runbook import sections
    from config.problems import unknown

    known = sections()
    if arguments.name is not None and arguments.name not in known:
        raise ConfigError(unknown("alert", arguments.name, known))
    wanted = known if arguments.name is None else [arguments.name]
    text = "\n\n".join(f"## {name}\n\n{known[name]}" for name in wanted)
    console = Console()
    if console.is_terminal:
        console.print(Markdown(text))
    else:
        say(text)
    return 0


def print_rules(arguments: argparse.Namespace) -> int:
    """Print the rules file."""
    # Only here: listing what fires needs no rule.
    from agent.alerts.prometheus import rules_text

    say(rules_text(_settings(arguments)).rstrip())
    return 0


def _settings(arguments: argparse.Namespace) -> "AlertsSettings":
    """Return the settings named, or the usual ones; where there are none the defaults."""
    from config.alerts import AlertsSettings

    if arguments.config == SETTINGS and not SETTINGS.exists():
        return AlertsSettings()
    from agent.app import load

    return load(arguments.config).alerts
