"""`carbond inventory`: devices from NetBox, and lists of devices as CSV, both ways."""

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from agent.app.plugins import device_plugins
from agent.cli import inventory_netbox
from agent.cli.options import Commands, add_command, add_settings
from agent.cli.output import say
from agent.errors import ConfigError
from agent.inventory import (
    Listed,
    csv_text,
    devices_in_csv,
    devices_in_settings,
    write_text,
    yaml_text,
)
from config import DeviceSettings

TEXT = """\
It turns what is known elsewhere into devices of the settings, and the settings into lists for
elsewhere. No device is asked for anything, and no secret is read but the token of NetBox.

examples:
  carbond inventory netbox --help
  carbond inventory export -c carbond.yaml --output devices.csv
  carbond inventory import devices.csv --output conf.d/devices.yaml
"""

EXPORT = """\
It writes the devices of the settings, of conf.d and of the lists they name as one CSV list, with
a column for every key that one of them sets, in the form that `from:` in the settings reads. What
comes from `defaults` stays there. Secrets are not read: the list says where they are, as the
settings do. What is written is read again and compared; a device that has what no cell can hold,
such as a register map of its own, is left out and named, and the command ends with 1 then.

examples:
  carbond inventory export -c carbond.yaml > devices.csv
  carbond inventory export -c carbond.yaml --output devices.csv
"""

IMPORT = """\
It writes the devices of a CSV list as YAML for conf.d. The list has the form that `from:` in the
settings reads; a list can also be named there and be left as it is. `carbond check` says whether
the settings are good with it.

examples:
  carbond inventory import devices.csv --output /etc/carbond/conf.d/devices.yaml
  carbond inventory import pdus.csv --type snmp
"""

MARK = "# Devices from a CSV list, written by `carbond inventory import`."


def add_to(commands: Commands) -> None:
    """Add the command, and its own."""
    summary = "Take devices from NetBox or CSV, and list them as CSV."
    command = add_command(commands, "inventory", summary, TEXT)
    own = command.add_subparsers(title="commands", metavar="COMMAND", required=True)
    inventory_netbox.add_to(own)
    _add_export(own)
    _add_import(own)


def _add_export(commands: Commands) -> None:
    command = add_command(commands, "export", "Write the devices of the settings as CSV.", EXPORT)
    add_settings(command)
    inventory_netbox.add_output(command)
    command.add_argument(
        "--whole",
        action="store_true",
        help="Write the defaults of the types into each row too, for settings without them.",
    )
    command.set_defaults(command=_export)


def _add_import(commands: Commands) -> None:
    command = add_command(commands, "import", "Write the devices of a CSV list as YAML.", IMPORT)
    command.add_argument("file", type=Path, metavar="FILE", help="The list.")
    inventory_netbox.add_output(command)
    command.add_argument("--type", metavar="TYPE", help="The type of the rows that name none.")
    command.set_defaults(command=_import)


def _export(arguments: argparse.Namespace) -> int:
    folder = _folder(arguments.output)
    found = devices_in_settings(arguments.config, _kinds(), folder=folder, whole=arguments.whole)
    _check_any(found, arguments.config)
    text = csv_text(found, folder)
    if text.text:
        _write(arguments, text.text, None)
    return _say_lost(text.lost, "cannot stand in a CSV list: leave this device in YAML")


def _import(arguments: argparse.Namespace) -> int:
    folder = _folder(arguments.output)
    found = devices_in_csv(arguments.file, _kinds(), folder=folder, kind=arguments.type)
    _check_any(found, arguments.file)
    text = yaml_text(found, MARK.removeprefix("# "), folder)
    _write(arguments, text.text, MARK)
    return _say_lost(text.lost, "cannot be written as YAML: write this device by hand")


def _kinds() -> Mapping[str, type[DeviceSettings]]:
    return {name: plugin.settings for name, plugin in device_plugins().items()}  # type: ignore[misc] # those of devices


def _folder(output: Path | None) -> Path | None:
    return None if output is None else output.absolute().parent


def _check_any(found: Sequence[Listed], file: Path) -> None:
    if not found:
        raise ConfigError(f"{file}: there are no devices in it: name a file that lists some")


def _write(arguments: argparse.Namespace, text: str, mark: str | None) -> None:
    output: Path | None = arguments.output
    if output is None:
        sys.stdout.write(text)
        return
    changed = write_text(output, text, mark, replace=arguments.replace)
    say(f"{output}: {'written' if changed else 'nothing has changed'}")


def _say_lost(lost: Mapping[str, Sequence[str]], why: str) -> int:
    for name, keys in lost.items():
        sys.stderr.write(f"carbond: {name}: {', '.join(keys)} {why}\n")
    return 1 if lost else 0
