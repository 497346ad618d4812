"""`carbond inventory netbox`: devices and their power chain from NetBox."""

import argparse
import asyncio
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TextIO

from agent.app import number_of
from agent.cli.options import Commands, add_command, add_json
from agent.cli.output import say_data
from agent.cli.waiting import Waiting
from agent.clock import Clock
from agent.errors import ConfigError, Unavailable
from agent.inventory import write_text
from agent.inventory.netbox import (
    BMC_TYPES,
    MARK,
    TYPES,
    Access,
    Choices,
    Import,
    Kind,
    ask_all,
    import_of,
    read_dump,
    settings_text,
    stock_of,
)
from agent.model import Role
from config import Secret
from config.problems import unknown
from config.secret import secret_of

TEXT = """\
It reads the devices of a NetBox and the cables of their power, by its API or from a file with its
answers, and writes them as a file of conf.d: PDUs and UPSs read by SNMP, servers by their BMCs,
each with what is upstream of it. What NetBox does not say is listed with the way out. The same
NetBox gives the same file, so that a diff shows what has changed. It ends with 0 if all that
belongs there is in the file, and with 1 if something could not be mapped.

examples:
  carbond inventory netbox https://netbox.example --token-file token \\
      --output /etc/carbond/conf.d/netbox.yaml
  carbond inventory netbox https://netbox.example --token-file token --site ams-1=amsterdam
  carbond inventory netbox --file answers.json --role power-meter=utility:modbus
"""

SHOWN = 20
"""So many of what could not be mapped are shown; --json has all."""

SECRETS = Path("/etc/carbond/secrets")
_SKIP = "none"


def add_to(commands: Commands) -> None:
    """Add the command."""
    summary = "Take devices and their power chain from NetBox."
    command = add_command(commands, "netbox", summary, TEXT)
    command.add_argument("url", nargs="?", metavar="URL", help="The address of NetBox.")
    command.add_argument(
        "--file", type=Path, metavar="FILE", help="Read its answers from this file in place of it."
    )
    command.add_argument(
        "--token-file", type=Path, metavar="FILE", help="The file that holds the API token."
    )
    command.add_argument(
        "--ca",
        type=Path,
        metavar="FILE",
        help="The certificates (PEM) that may have signed its own.",
    )
    _add_choices(command)
    add_output(command)
    command.add_argument(
        "--secrets",
        type=Path,
        default=SECRETS,
        metavar="FOLDER",
        help=f"Where the files with the devices' secrets will be; {SECRETS} where left out.",
    )
    command.add_argument(
        "--no-defaults",
        action="store_true",
        help="Write no defaults with secrets: another file has those of the types.",
    )
    add_json(command)
    command.set_defaults(command=main)


def add_output(command: argparse.ArgumentParser) -> None:
    """Add `--output` and `--replace`."""
    command.add_argument(
        "--output",
        type=Path,
        metavar="FILE",
        help="Write this file; to standard output where left out.",
    )
    command.add_argument(
        "--replace",
        action="store_true",
        help="Write over a file that this command is not known to have written.",
    )


def _add_choices(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--site",
        action="append",
        default=[],
        metavar="SLUG[=NAME]",
        help="Take this site, by its slug or name, and call it NAME; all where left out.",
    )
    command.add_argument(
        "--status",
        action="append",
        metavar="STATUS",
        help="Take devices of this status; active where left out.",
    )
    command.add_argument(
        "--role",
        action="append",
        default=[],
        metavar="SLUG=ROLE[:TYPE]",
        help="What devices of a role of NetBox are, such as crac=cooling:modbus; none skips them.",
    )
    command.add_argument(
        "--bmc",
        choices=BMC_TYPES,
        default=BMC_TYPES[0],
        help="How servers are read, unless a tag of theirs says it; redfish where left out.",
    )
    command.add_argument(
        "--panel-field",
        default="ups",
        metavar="NAME",
        help="The custom field of power panels that names what feeds them; ups where left out.",
    )
    command.add_argument(
        "--field",
        action="append",
        default=[],
        metavar="NAME",
        help="Make a tag of this custom field of devices.",
    )


def main(arguments: argparse.Namespace) -> int:
    """Read, map and write."""
    choices = _choices(arguments)
    try:
        found, notes = _found(arguments, choices)
    except Unavailable as error:
        sys.stderr.write(f"carbond: {error}\n")
        return 1
    secrets = None if arguments.no_defaults else arguments.secrets.absolute()
    text = settings_text(found, secrets)
    if arguments.output is not None and not found.devices:
        passed = ", ".join(f"{count} of {reason}" for reason, count in found.passed.items())
        raise ConfigError(
            f"{arguments.output}: not written, since no device is taken"
            f"{f' ({passed})' if passed else ''}: check --site, --status and --role"
        )
    if arguments.output is not None:
        write_text(arguments.output, text, MARK, replace=arguments.replace)
    if arguments.json:
        say_data(_data(arguments, found, notes))
    elif arguments.output is None:
        sys.stdout.write(text)
        _show(sys.stderr, "", found, notes)
    else:
        _show(sys.stdout, f"{arguments.output}: ", found, notes)
    return 1 if found.unmapped else 0


def _found(arguments: argparse.Namespace, choices: Choices) -> tuple[Import, Sequence[str]]:
    if (arguments.url is None) == (arguments.file is None):
        raise ConfigError("write the URL of a NetBox, or --file FILE with its answers")
    if arguments.file is not None:
        _check_unasked(arguments)
        return import_of(stock_of(read_dump(arguments.file)), choices), ()
    access = Access(url=arguments.url, token=_token(arguments.token_file), ca=arguments.ca)
    with Waiting(sys.stderr) as waiting:
        asking = ask_all(access, choices.sites, Clock(), waiting.shows)
        answers, notes = asyncio.run(asking)
    return import_of(stock_of(answers), choices), notes


def _check_unasked(arguments: argparse.Namespace) -> None:
    """Raise ConfigError for what is for asking a NetBox, where a file is read in its place."""
    given = {"--token-file": arguments.token_file, "--ca": arguments.ca}
    for option, file in given.items():
        if file is not None:
            raise ConfigError(
                f"{option} is for a NetBox that is asked, and --file {arguments.file} is read in "
                f"its place: leave {option} out, or write the URL in place of --file"
            )


def _token(file: Path | None) -> Secret | None:
    try:
        return None if file is None else secret_of({"file": file})
    except ValueError as error:
        raise ConfigError(f"--token-file: {error}") from error


def _choices(arguments: argparse.Namespace) -> Choices:
    sites = {}
    for said in arguments.site:
        word, _, name = said.partition("=")
        sites[word] = name or word
    return Choices(
        sites=sites,
        statuses=tuple(arguments.status or ("active",)),
        roles=dict(_role(said) for said in arguments.role),
        bmc=arguments.bmc,
        panel_field=arguments.panel_field,
        fields=tuple(arguments.field),
    )


def _role(said: str) -> tuple[str, Kind | None]:
    slug, _, kind = said.partition("=")
    role, _, reader = kind.partition(":")
    if slug and kind == _SKIP:
        return slug, None
    if not slug or role not in tuple(Role):
        raise ConfigError(f"--role {said}: {unknown('role', role, [*Role, _SKIP])}")
    reader = reader or (BMC_TYPES[0] if role == Role.DEVICE else "snmp")
    if reader not in TYPES:
        raise ConfigError(f"--role {said}: {unknown('type', reader, TYPES)}")
    return slug, Kind(Role(role), reader)


def _counts(found: Import) -> Mapping[str, int]:
    return Counter(str(device["role"]) for device in found.taken)


def _data(
    arguments: argparse.Namespace, found: Import, notes: Sequence[str]
) -> Mapping[str, object]:
    return {
        "output": None if arguments.output is None else str(arguments.output),
        "devices": found.taken,
        "counts": _counts(found),
        "sites": [{"name": name, "timezone": zone or None} for name, zone in found.sites.items()],
        "passed_over": found.passed,
        "unmapped": [one._asdict() for one in found.unmapped],
        "notes": [*notes, *found.notes],
    }


def _show(out: TextIO, start: str, found: Import, notes: Sequence[str]) -> None:
    """Print what was done, and what is left to do."""
    counts = ", ".join(f"{count} {role}" for role, count in _counts(found).items())
    out.write(f"{start}{number_of(len(found.taken), 'device')}{f': {counts}' if counts else ''}\n")
    for reason, count in found.passed.items():
        out.write(f"  not taken: {number_of(count, 'device')} of {reason}\n")
    _show_some(out, "note", [*notes, *found.notes])
    _show_some(out, "not mapped", [str(one) for one in found.unmapped])


def _show_some(out: TextIO, word: str, texts: Sequence[str]) -> None:
    for text in texts[:SHOWN]:
        shown = "".join(sign if sign.isprintable() else " " for sign in text)
        out.write(f"  {word}: {shown}\n")
    if len(texts) > SHOWN:
        out.write(f"  {word}: {len(texts) - SHOWN} more: --json lists them\n")
