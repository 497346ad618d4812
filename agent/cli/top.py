"""`carbond top`: sites, racks and meters live."""

import argparse
import asyncio
import ssl
import sys
from pathlib import Path

from rich.console import Console

from agent.cli.options import SETTINGS, Commands, add_command, add_json, add_settings
from agent.cli.output import say_data
from agent.cli.top_live import Live
from agent.cli.top_screen import Frame, screen_of
from agent.cli.top_source import Source, checked_url, reachable, token_in
from agent.cli.top_view import View
from agent.errors import ConfigError, Unavailable

TEXT = """\
It asks a daemon that runs, each two seconds, and shows its sites, its racks, devices or meters by
their power, and who does not answer since when and why. Where the output is no terminal, and with
--json, it prints one moment and ends. With -c it finds the daemon as the settings have it.

keys:
  q       Quit.
  s       Sort by power, by name, or the oldest reading first.
  r       Show racks, devices or meters.
  /       Show those alone that have some letters in their names; Esc shows all again.
  arrows  Scroll.

examples:
  carbond top
  carbond top -c carbond.yaml
  carbond top --url https://carbond.example:9464 --token-file token
  carbond top --json
"""

USUAL = "http://127.0.0.1:9464"
WIDEST = 120
"""Columns, where there is no terminal."""


def add_to(commands: Commands) -> None:
    """Add the command."""
    command = add_command(commands, "top", "Watch sites, racks and meters live.", TEXT)
    add_source(command)
    add_json(command)
    command.set_defaults(command=main)


def add_source(command: argparse.ArgumentParser) -> None:
    """Add `-c`, `--url` and `--token-file`, of which `source_of` takes what it needs."""
    add_settings(command)
    command.add_argument(
        "--url", metavar="URL", help=f"Ask the daemon there, such as {USUAL}, without any settings."
    )
    command.add_argument(
        "--token-file", type=Path, metavar="FILE", help="Send the token in this file."
    )


def main(arguments: argparse.Namespace) -> int:
    """Show it until told to end; or one moment."""
    try:
        asyncio.run(_show(arguments))
    except Unavailable as error:
        raise ConfigError(
            f"{error}: start it with `carbond run`, or name its address with --url"
        ) from error
    return 0


async def _show(arguments: argparse.Namespace) -> None:
    source = source_of(arguments)
    try:
        snapshot = await source.snapshot()
        if arguments.json:
            say_data(snapshot.data())
        elif sys.stdout.isatty():
            await Live(source, snapshot).run()
        else:
            console = Console(highlight=False, markup=False, width=WIDEST)
            frame = Frame(
                snapshot=snapshot, at=snapshot.at, where=source.url, trouble="", width=WIDEST
            )
            for line in screen_of(frame, View()):
                line.rstrip()
                console.print(line, soft_wrap=True)
    finally:
        await source.close()


def source_of(arguments: argparse.Namespace) -> Source:
    """Return what is to be asked. Raises ConfigError."""
    token = token_in(arguments.token_file)
    if arguments.url is not None:
        return Source(checked_url(arguments.url), token)
    if arguments.config == SETTINGS and not SETTINGS.exists():
        return Source(USUAL, token)
    # Only here: settings need the options of every plug-in, which take a second to import.
    from agent.app import load

    http = load(arguments.config).http
    if not http.port:
        raise ConfigError(
            f"{arguments.config}: http.port 0 is another one each time: name it with --url, as the "
            "daemon's log has it"
        )
    host = http.names[0] if http.tls and http.names else reachable(http.host)
    if http.tls is None:
        return Source(f"http://{host}:{http.port}", token)
    try:
        trusted = ssl.create_default_context(cafile=http.tls.certificate)
    except OSError as error:
        raise ConfigError(f"http.tls.certificate {http.tls.certificate}: {error}") from error
    return Source(f"https://{host}:{http.port}", token, trusted)
