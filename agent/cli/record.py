"""`carbond record`: a walk of a device for a bug report, without what is private."""

import argparse
import asyncio
import contextlib
import signal
import sys
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from agent.app.rate import Rate
from agent.cli.options import Commands, add_command
from agent.cli.snmp_access import access_of, add_access
from agent.errors import ConfigError, Unavailable
from collectors.snmp.recording.taking import Bounds, Recording, Written, record
from config.profiles import profiles
from config.quantities import duration_of

TEXT = """\
It reads what a device says about itself, its parts, power and energy, and what its maker has
added, at a rate that does not disturb it, and prints it as snmprec: a line `OID|type|value`
for each object. Interfaces, addresses, connections, users and communities are not read.
Names, contact, location, serial numbers, asset tags, MAC and IP addresses, host names, e-mail
addresses and the community or user that it was asked with are replaced by stand-ins, in values
and where an index spells them. What only its owner can know is not found: look at the file
before you send it. `carbond probe --walk FILE` reads it again.
Ctrl-C ends it with what was read so far.

examples:
  carbond record 10.0.7.12 > pdu.snmprec
  carbond record 10.0.7.12 --community-file community --output pdu.snmprec
  carbond record 10.0.7.12 --remove words.txt --rate 5 --output pdu.snmprec
"""


def add_to(commands: Commands) -> None:
    """Add the command."""
    command = add_command(commands, "record", "Write a walk of a device for a bug report.", TEXT)
    command.add_argument("address", metavar="ADDRESS", help="The device to ask by SNMP.")
    command.add_argument(
        "-o", "--output", type=Path, metavar="FILE", help="Write it here; it must not exist yet."
    )
    command.add_argument(
        "--keep-names", action="store_true", help="Keep the names of the device and its outlets."
    )
    command.add_argument(
        "--remove", type=Path, metavar="FILE", help="Also remove these words, one in each line."
    )
    add_access(command)
    command.add_argument(
        "--rate", type=float, default=10.0, metavar="N", help="Send N packets a second; 10."
    )
    command.add_argument(
        "--most", type=int, default=20_000, metavar="N", help="Take N objects at most; 20000."
    )
    command.add_argument(
        "--longest", default="15m", metavar="TIME", help="Take no longer; 15m where left out."
    )
    command.set_defaults(command=main)


def main(arguments: argparse.Namespace) -> int:
    """Walk, clean and write."""
    settings = access_of(arguments, "record")
    bounds, words = _bounds(arguments), _words(arguments.remove)
    if arguments.output is not None and arguments.output.exists():
        raise ConfigError(f"{arguments.output} is there already: remove it, or name another file")
    recording, rate = Recording(), Rate(arguments.rate)

    async def walk() -> bool:
        with _progress(recording, bounds) as seen:
            return await _until_ended(
                record(settings, profiles(), recording, turn=rate.turn, bounds=bounds, seen=seen)
            )

    try:
        whole = asyncio.run(walk())
    except Unavailable as error:
        sys.stderr.write(f"carbond: {error}\n")
        return 1
    if not whole:
        recording.problems.append("it was ended by a signal")
    written = recording.written(
        settings, profiles().values(), words=words, keep_names=arguments.keep_names
    )
    _write(written, arguments.output)
    _tell(written, recording)
    return 1 if recording.problems else 0


def _bounds(arguments: argparse.Namespace) -> Bounds:
    """Raises ConfigError for options that cannot be."""
    if not 0.1 <= arguments.rate <= 1000:  # noqa: PLR2004 as the message says
        raise ConfigError(f"--rate {arguments.rate:g}: write a number from 0.1 to 1000")
    if not 1 <= arguments.most <= 1_000_000:  # noqa: PLR2004 as the message says
        raise ConfigError(f"--most {arguments.most}: write a number from 1 to 1000000")
    try:
        seconds = duration_of(arguments.longest).total_seconds()
    except ValueError as error:
        raise ConfigError(f"--longest: {error}") from error
    return Bounds(objects=arguments.most, seconds=seconds)


def _words(file: Path | None) -> list[str]:
    """Return the lines of a file of words. Raises ConfigError."""
    if file is None:
        return []
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not text in UTF-8"
        raise ConfigError(f"cannot read the words in {file}: {reason}") from error
    return [line.strip() for line in lines if line.strip()]


async def _until_ended(work: Coroutine[Any, Any, None]) -> bool:
    """Do the work; return False if a signal has ended it before."""
    task = asyncio.ensure_future(work)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, task.cancel)
    await asyncio.wait([task])
    if task.cancelled():
        return False
    task.result()
    return True


@contextlib.contextmanager
def _progress(recording: Recording, bounds: Bounds) -> Iterator[Callable[[], None]]:
    """Show how many objects there are so far, of as many as are taken at most."""
    console = Console(stderr=True, highlight=False)
    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("objects at most"))
    with Progress(
        *columns, TimeElapsedColumn(), console=console, disable=not console.is_terminal
    ) as bar:
        task = bar.add_task("objects", total=bounds.objects)
        yield lambda: bar.update(task, completed=len(recording.objects))


def _write(written: Written, output: Path | None) -> None:
    """Raises ConfigError where it cannot be written."""
    if not written.lines:
        return
    text = "".join(f"{line}\n" for line in written.lines)
    if output is None:
        sys.stdout.write(text)
        return
    try:
        with output.open("x", encoding="ascii") as file:
            file.write(text)
    except OSError as error:
        raise ConfigError(f"cannot write {output}: {error.strerror}") from error


def _tell(written: Written, recording: Recording) -> None:
    """Say what was removed, and what a person has to do."""
    say = sys.stderr.write
    say(f"{len(written.lines)} objects\n")
    for what, count in sorted(written.removed.items()):
        say(f"removed: {what}, {count} {'time' if count == 1 else 'times'}\n")
    for problem in recording.problems:
        say(f"not whole: {problem}\n")
    say("Look at the file before you send it: names that only you know are still in it.\n")
