"""`carbond probe`: what a device is, and what it says."""

import argparse
import asyncio
import sys
from pathlib import Path
from typing import Any, cast

import yaml

from agent.app import Once, collect_once
from agent.cli.asked import SNMP, Asked, asked_of
from agent.cli.options import Commands, add_command
from agent.cli.output import say, say_data
from agent.cli.probe_options import add_options
from agent.cli.probe_snmp import ROLES, settings_text, show_probed
from agent.cli.readings import Row, row_of, table_of_rows
from agent.cli.tables import show_rows
from agent.cli.waiting import working
from agent.clock import Clock
from agent.errors import ConfigError, Unavailable
from agent.model import Reading
from agent.reports.readings import plain
from collectors.snmp.probing.entry import entry_of
from collectors.snmp.probing.probe import Probed, probe_device, probe_walk
from collectors.snmp.settings import SnmpSettings
from collectors.snmp.wire.failure import Silent
from config.profiles import profiles

__all__ = ["ROLES", "add_to", "main"]

TEXT = """\
It reads a device once, as the daemon would, and writes nothing anywhere. By SNMP it first
finds out what kind of device answers, and shows all of its meters; with --walk it does the same
from a recorded walk (snmprec). With --type any other collector reads it, with the options that
a device has in the settings: those below, and all others by --set. What is read of it is what
its `read` says. A type whose first reading takes its time says so on standard error: `host`
measures for a second, and `mqtt` waits for what is published, for 0.8 of `every` at most.
It ends with 0 if the device was read, with 1 if it is silent or unknown.

examples:
  carbond probe 10.0.7.12 --community public
  carbond probe pdu-7.example --user carbond --auth sha256:/etc/carbond/secrets/auth
  carbond probe 10.0.7.12 --yaml >> carbond.yaml
  carbond probe --walk pdu.snmprec --json
  carbond probe 10.0.9.3 --type redfish --user power --password-file F --set tls.verify=false
  carbond probe 10.0.9.3 --type ipmi --user power --password-file F --set temperature=inlet
  carbond probe 10.0.8.2 --type modbus --profile eastron-sdm630 --unit 3
  carbond probe 10.0.8.2 --type modbus --unit 3 --set 'read=[total, phase]' --yaml
  carbond probe http://10.0.9.4:9100/metrics --type prometheus --set map=node-exporter \\
      --set alone=true
  carbond probe 10.0.5.1 --type mqtt --set map=tasmota --set places.device=plug_4F --set every=10s
  carbond probe --type host --set alone=true
"""

NEITHER = "write an ADDRESS to ask, or --walk FILE"


def add_to(commands: Commands) -> None:
    """Add the command."""
    command = add_command(commands, "probe", "Find out what a device is and read it once.", TEXT)
    add_options(command)
    command.set_defaults(command=main)


def main(arguments: argparse.Namespace) -> int:
    """Probe and print."""
    asked = _asked(arguments)
    try:
        if asked.kind == SNMP:
            with working(f"asking {arguments.address or arguments.walk} what it is"):
                probed = asyncio.run(_probed(asked, arguments.walk))
            _print_probed(probed, asked, arguments)
        else:
            _print_read(_read(asked), asked, arguments)
    except Unavailable as error:
        sys.stderr.write(f"carbond: {error}{_other_ways(error, arguments)}\n")
        return 1
    except KeyboardInterrupt:
        return 1
    return 0


def _asked(arguments: argparse.Namespace) -> Asked:
    """Raises ConfigError."""
    if arguments.walk is None:
        if arguments.address is None and arguments.type in (None, SNMP):
            raise ConfigError(NEITHER)
    elif arguments.address is not None:
        raise ConfigError(NEITHER)
    elif arguments.type not in (None, SNMP):
        raise ConfigError(f"--walk is of --type snmp, not of {arguments.type}")
    return asked_of(arguments.type, arguments.address, arguments.given)


async def _probed(asked: Asked, walk: Path | None) -> Probed:
    """Raises Unavailable, ConfigError."""
    if walk is None:
        return await probe_device(cast("SnmpSettings", asked.settings()))
    name = asked.written.get("profile")
    if name is not None and name not in profiles():
        raise ConfigError(f"there is no profile {name!r}: `carbond profile list` shows them")
    return await probe_walk(walk, profiles()[name] if name else None)


def _print_probed(probed: Probed, asked: Asked, arguments: argparse.Namespace) -> None:
    if arguments.json:
        say_data(entry_of(probed))
    elif arguments.yaml:
        say(settings_text(probed, asked.written))
    else:
        show_probed(probed)


def _other_ways(error: Unavailable, arguments: argparse.Namespace) -> str:
    """Return what else may be tried at an address that nobody said speaks SNMP."""
    if arguments.type is not None or not isinstance(error.__cause__, Silent):
        return ""
    return (
        "; if it speaks another protocol, try `--type redfish` or `--type ipmi`: "
        f"`carbond discover {arguments.address}` says which one answers"
    )


def _read(asked: Asked) -> Once:
    """Return what a device said to the collector of its type. Raises Unavailable, ConfigError."""
    with working(f"asking {asked.address or asked.kind}"):
        (read,) = asyncio.run(collect_once([asked.settings()], Clock(), _wait))
    if read.error:
        raise Unavailable(f"{read.name}: {read.error}")
    return read


def _wait(text: str) -> None:
    sys.stderr.write(f"carbond: {text}\n")


def _print_read(read: Once, asked: Asked, arguments: argparse.Namespace) -> None:
    if arguments.json:
        say_data(_plain(read, asked.address))
    elif arguments.yaml:
        device = {"name": read.name, "type": read.kind, **asked.written}
        say(yaml.safe_dump({"devices": [device]}, sort_keys=False, allow_unicode=True).rstrip())
    else:
        show_rows(table_of_rows(_rows(read)), f"{read.name}: it has nothing to read now")


def _plain(read: Once, address: str | None) -> dict[str, Any]:
    readings = [{**plain(one, read.role), "name": read.names.get(one.meter)} for one in _seen(read)]
    return {"type": read.kind, "address": address, "readings": readings}


def _rows(read: Once) -> list[Row]:
    return [row_of(one, read.role, read.names.get(one.meter, "")) for one in _seen(read)]


def _seen(read: Once) -> list[Reading]:
    return [one for one in read.seen if isinstance(one, Reading)]
