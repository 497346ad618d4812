"""`carbond discover`: which devices can be read in a network."""

import argparse
import asyncio
import contextlib
import signal
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from agent.app.discovery import IPMI, KINDS, REDFISH, SNMP, USUAL, Discovery, Search
from agent.app.networks import MOST, addresses_of
from agent.cli.found import SECRETS, Listed, csv_of, listed, plain, yaml_of
from agent.cli.options import Commands, add_command
from agent.cli.output import say, say_data
from agent.cli.tables import Table, show, table_of
from agent.errors import ConfigError
from config import Secret
from config.quantities import duration_of
from config.secret import secret_of

TEXT = """\
It asks the addresses that are given, and no others, whether they speak SNMP, IPMI or Redfish.
It never tries a login: SNMP is asked with the communities given (v2c, v1) and for its v3
engine; a BMC for its ways to log in; Redfish for its root, over TLS without verification,
because nothing secret is sent. The own and the broadcast address of a network are left out.
Ctrl-C ends it with what was found so far, and with 1.

examples:
  carbond discover 10.0.7.0/26
  carbond discover 10.0.7.10-10.0.7.40 10.0.9.3 --only snmp --community-file community
  carbond discover 10.0.7.0/24 --rate 20 --yaml > devices.yaml
  carbond discover 10.0.7.0/24 --csv > devices.csv
"""
PUBLIC = "public"
LONGEST = 79


def add_to(commands: Commands) -> None:
    """Add the command."""
    command = add_command(commands, "discover", "Find devices that can be read.", TEXT)
    command.add_argument(
        "networks",
        nargs="+",
        metavar="NETWORK",
        help="A network (10.0.7.0/26), a range (10.0.7.10-10.0.7.20) or an address.",
    )
    command.add_argument(
        "--only",
        metavar="KINDS",
        default=",".join(KINDS),
        help=f"Look for these only, with commas between them: {', '.join(KINDS)}.",
    )
    _add_access(command)
    _add_manners(command)
    form = command.add_mutually_exclusive_group()
    form.add_argument("--yaml", action="store_true", help="Print devices to paste into settings.")
    form.add_argument("--csv", action="store_true", help="Print a list that settings can name.")
    form.add_argument("--json", action="store_true", help="Print JSON for programs.")
    command.set_defaults(command=main)


def _add_access(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--community",
        action="append",
        default=[],
        metavar="TEXT",
        help="A community of SNMP v2c and v1, may be repeated; public where none is given.",
    )
    command.add_argument(
        "--community-file",
        action="append",
        default=[],
        type=Path,
        metavar="FILE",
        help="A file that holds a community, may be repeated.",
    )
    for kind, port in USUAL.items():
        command.add_argument(
            f"--{kind}-port", type=int, default=port, metavar="PORT", help=f"{port} if left out."
        )


def _add_manners(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--rate",
        type=float,
        default=50.0,
        metavar="N",
        help="Send N packets or connections a second over all; 50 where left out.",
    )
    command.add_argument(
        "--at-once", type=int, default=64, metavar="N", help="Ask N addresses at once; 64."
    )
    command.add_argument(
        "--timeout",
        default="1s",
        metavar="TIME",
        help="How long to wait for each of two tries; 1s.",
    )
    command.add_argument(
        "--most", type=int, default=4096, metavar="N", help="Allow N addresses; 4096."
    )


def main(arguments: argparse.Namespace) -> int:
    """Search and print."""
    communities = _communities(arguments)
    search = _search(arguments, [secret for secret, _ in communities])
    discovery = Discovery(search)
    whole = asyncio.run(_run(discovery))
    shown = listed(discovery.found, [file for _, file in communities])
    _print(shown, arguments)
    if not whole:
        count = len(search.addresses)
        sys.stderr.write(f"carbond: ended after {discovery.asked} of {count} addresses\n")
    return 0 if whole else 1


def _communities(arguments: argparse.Namespace) -> list[tuple[Secret, Path]]:
    """Return the communities, each with the file that settings can name. Raises ConfigError."""
    texts = arguments.community
    if not texts and not arguments.community_file:
        texts = [PUBLIC]
    names = ["community", *(f"community-{number}" for number in range(2, len(texts) + 1))]
    found = [(Secret(text), SECRETS / name) for text, name in zip(texts, names, strict=False)]
    try:
        for file in arguments.community_file:
            found.append((secret_of({"file": file}), file))
    except ValueError as error:
        raise ConfigError(str(error)) from error
    return found


def _search(arguments: argparse.Namespace, communities: Sequence[Secret]) -> Search:
    """Raises ConfigError for options that cannot be."""
    kinds = [kind.strip() for kind in arguments.only.split(",")]
    for kind in kinds:
        if kind not in KINDS:
            raise ConfigError(f"--only: there is no {kind!r}: there are {', '.join(KINDS)}")
    ports = {SNMP: arguments.snmp_port, IPMI: arguments.ipmi_port, REDFISH: arguments.redfish_port}
    for kind, port in ports.items():
        _check(f"--{kind}-port", port, 1, 65535)
    _check("--rate", arguments.rate, 0.1, 10_000)
    _check("--at-once", arguments.at_once, 1, 1024)
    _check("--most", arguments.most, 1, MOST)
    return Search(
        addresses=addresses_of(arguments.networks, arguments.most),
        ports={kind: port for kind, port in ports.items() if kind in kinds},
        communities=communities,
        rate=arguments.rate,
        at_once=arguments.at_once,
        timeout=seconds_of("--timeout", arguments.timeout),
    )


def seconds_of(option: str, text: str) -> float:
    """Return the seconds of an option such as `2s`. Raises ConfigError."""
    try:
        return duration_of(text).total_seconds()
    except ValueError as error:
        raise ConfigError(f"{option}: {error}") from error


def _check(option: str, value: float, least: float, most: float) -> None:
    if not least <= value <= most:
        raise ConfigError(f"{option} {value:g}: write a number from {least:g} to {most:g}")


async def _run(discovery: Discovery) -> bool:
    """Search until all are asked; return False if it was ended before."""
    ending = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ending.set)
    console = Console(stderr=True, highlight=False)
    console.print(_expected(discovery))
    with _progress(console, discovery) as seen:
        await discovery.run(ending, seen)
    return not ending.is_set()


def _expected(discovery: Discovery) -> str:
    search = discovery.search
    count = len(search.addresses)
    return (
        f"asking {count} {'address' if count == 1 else 'addresses'} for "
        f"{', '.join(search.ports)}: about {_duration(discovery.seconds)} at "
        f"{search.rate:g} packets a second"
    )


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"  # noqa: PLR2004 as people say it


@contextlib.contextmanager
def _progress(console: Console, discovery: Discovery) -> Iterator["Seen"]:
    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"))
    bar = Progress(
        *columns, TimeRemainingColumn(), console=console, disable=not console.is_terminal
    )
    with bar:
        yield Seen(bar, discovery)


class Seen:
    """Moves the bar on."""

    def __init__(self, bar: Progress, discovery: Discovery) -> None:
        self._bar = bar
        self._discovery = discovery
        self._task = bar.add_task("found none yet", total=len(discovery.search.addresses))

    def __call__(self) -> None:
        found = len(self._discovery.found)
        text = f"found {found}" if found else "found none yet"
        self._bar.update(self._task, completed=self._discovery.asked, description=text)


def _print(shown: Sequence[Listed], arguments: argparse.Namespace) -> None:
    if arguments.json:
        say_data([plain(one) for one in shown])
    elif not shown:
        sys.stderr.write("nothing was found\n")
    elif arguments.yaml:
        say(yaml_of(shown))
    elif arguments.csv:
        say(csv_of(shown))
    else:
        show(_table(shown))


def _table(shown: Sequence[Listed]) -> Table:
    table = table_of(("address", "type", "name", "profile", "about", "note"))
    for one in shown:
        found = one.found
        profile = found.profile.name if found.profile else ""
        table.add_row(
            found.address,
            found.kind,
            str(one.device["name"]),
            profile,
            found.about[:LONGEST],
            found.note or one.note,
        )
    return table
