"""`carbond profile`: check a profile of a device family, and show what it reads."""

import argparse
import json
import sys
from pathlib import Path

from agent.cli.maps import KINDS, check_map, kind_of
from agent.cli.options import Commands, add_command, add_json
from agent.cli.output import say, say_data
from agent.cli.profile_walk import Walked, walked
from agent.cli.tables import show, table_of
from agent.errors import ConfigError, Unavailable
from config.profiles import Profile, faults_of, profile_of, profiles, schema_text

LIST = """\
Each is a file in [config/profiles](../config/profiles/); [devices.md](devices.md) shows how to
add one.
`carbond profile list --markdown` prints this page.
"""
TEXT = """\
A profile is one YAML file for a family of devices; docs/devices.md shows how to write one of
SNMP, and the README of modbus, mqtt and prometheus in collectors/ the maps of these. check says
all that is wrong with any of them, a line each, and with --walk what a profile of SNMP reads from a
recorded walk, and whether a device that says this is taken for one of its family. Of which
collector a file is stands in the name of its folder (modbus, mqtt or prometheus), or else its keys
tell. It ends with 0 if the file is good, with 1 if it reads nothing of the walk, and with 2 if not.

examples:
  carbond profile check acme-pdu.yaml --walk acme.snmprec
  carbond profile check modbus/acme-meter.yaml
  carbond profile list
  carbond profile schema > profile.schema.json
"""


def add_to(commands: Commands) -> None:
    """Add the command and what it can do."""
    command = add_command(commands, "profile", "Check a profile or map of a device family.", TEXT)
    wishes = command.add_subparsers(title="what to do", metavar="WISH", required=True)
    check = add_command(wishes, "check", "Say whether a profile is good.", "")
    check.add_argument("file", type=Path, metavar="FILE", help="The profile.")
    check.add_argument(
        "--walk", type=Path, metavar="FILE", help="Show what it reads from a recorded walk."
    )
    add_json(check)
    check.set_defaults(command=_check)
    listed = add_command(wishes, "list", "Print the profiles that ship.", "")
    forms = listed.add_mutually_exclusive_group()
    forms.add_argument("--markdown", action="store_true", help="Print them for a document.")
    add_json(forms)
    listed.set_defaults(command=_list)
    add_command(wishes, "schema", "Print the JSON schema of profiles.", "").set_defaults(
        command=_schema
    )


def _check(arguments: argparse.Namespace) -> int:
    try:
        return _checked(arguments)
    except Unavailable as error:
        sys.stderr.write(f"carbond: {error}\n")
        return 1


def _checked(arguments: argparse.Namespace) -> int:
    """Say whether a file is good, and what it reads. Raises Unavailable for a walk of nothing."""
    path, walk = arguments.file, arguments.walk
    text = _text(path)
    kind = kind_of(path, text)
    if kind is not None and walk is not None:
        raise ConfigError(f"--walk is of profiles of SNMP, and {path} is a map of {kind}")
    faults = _faults(path, text) if kind is None else _map_faults(kind, path, text)
    read = walked(walk, profile_of(text, str(path))) if walk and not faults else None
    if arguments.json:
        said = {"file": str(path), "map": kind, "good": not faults, "faults": faults}
        say_data(said | ({"read": read.entry, "notes": [*read.notes]} if read else {}))
    elif faults:
        sys.stderr.writelines(f"{fault}\n" for fault in faults)
    else:
        say(f"{path}: the {f'map of {kind}' if kind else 'profile'} is good")
        if read is not None:
            _show(read)
    if faults:
        return 2
    return 0 if read is None or read.fits else 1


def _show(read: Walked) -> None:
    if read.fits:
        say(json.dumps(read.entry, indent=1, ensure_ascii=False))
    sys.stderr.writelines(f"carbond: {note}\n" for note in read.notes)


def _faults(path: Path, text: str) -> list[str]:
    faults = faults_of(text) or _faults_of_name(path, profile_of(text, str(path)))
    return [f"{path}: {fault}" for fault in faults]


def _map_faults(kind: str, path: Path, text: str) -> list[str]:
    try:
        check_map(KINDS[kind], path, text)
    except ConfigError as error:
        return str(error).splitlines()
    return []


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: it is not text in UTF-8") from error


def _faults_of_name(path: Path, profile: Profile) -> list[str]:
    """Return what is wrong with a profile beside its text."""
    faults = []
    if profile.name != path.name.removesuffix(".yaml"):
        faults.append(f"name: {profile.name!r} is not the name of its file")
    known = {*profiles(), profile.name}
    faults += [
        f"match.after: there is no profile {name!r}"
        for name in profile.match.after
        if name not in known
    ]
    return faults


def _schema(_: argparse.Namespace) -> int:
    sys.stdout.write(schema_text())
    return 0


def _plain(one: Profile) -> dict[str, object]:
    return {"name": one.name, "kind": one.kind, "title": one.title, "tested": list(one.tested)}


def _list(arguments: argparse.Namespace) -> int:
    if arguments.json:
        say_data([_plain(one) for one in profiles().values()])
        return 0
    rows = [(one.name, one.kind, one.title, ", ".join(one.tested)) for one in profiles().values()]
    if arguments.markdown:
        say(f"# Profiles of devices\n\n{LIST}")
        say("| Profile | Kind | Devices | Tested with recordings of |\n|---|---|---|---|")
        for name, *rest in rows:
            say(f"| `{name}` | {' | '.join(cell or '–' for cell in rest)} |")
        return 0
    table = table_of(("profile", "kind", "devices", "tested"))
    for row in rows:
        table.add_row(*row)
    show(table)
    return 0
