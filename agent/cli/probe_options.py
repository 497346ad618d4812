"""The options of `carbond probe`. Most stand for a key of the settings of a device."""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from collectors import DEVICES


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A key of the settings that an option gives a value to."""

    option: str
    """As it was written, for messages."""

    key: str
    """With dots where it stands inside of another one."""

    text: str
    of: str = ""
    """The one type that has it; any type that has the key if empty."""

    is_yaml: bool = False
    """Whether the text is YAML, and not the value itself."""


def add_options(command: argparse.ArgumentParser) -> None:
    """Add all of them; `arguments.given` is what was given, in its order."""
    command.add_argument("address", nargs="?", metavar="ADDRESS", help="The device to ask.")
    command.add_argument(
        "--type",
        metavar="TYPE",
        help=f"The collector that reads it: {', '.join(DEVICES)}; snmp where left out.",
    )
    command.add_argument(
        "--walk", type=Path, metavar="FILE", help="Read a recorded walk in place of a device."
    )
    _add_keys(command)
    _add_keys_of_snmp(command)
    form = command.add_mutually_exclusive_group()
    form.add_argument(
        "--json", action="store_true", help="Print JSON for programs in place of text for people."
    )
    form.add_argument(
        "--yaml", action="store_true", help="Print a device to paste into the settings."
    )
    command.set_defaults(given=[])


def _add_keys(command: argparse.ArgumentParser) -> None:
    add = _adder(command)
    add("--port", "port", "PORT", "Its port; the usual one of the type where left out.")
    add("--user", "user", "NAME", "The user to log in as; of SNMP the user of v3.")
    add("--password-file", "password.file", "FILE", "The file that holds the user's password.")
    add("--profile", "profile", "NAME", "Read it by this profile, of SNMP or Modbus.")
    add("--unit", "unit", "UNIT", "The Modbus unit; the one chassis or PDU of a Redfish service.")
    add("--timeout", "timeout", "TIME", "How long to wait for each try, such as 2s.")
    command.add_argument(
        "--set",
        dest="given",
        action="append",
        type=_set,
        metavar="KEY=VALUE",
        help="Any other key of the type's settings, as YAML; a key in a key after a dot.",
    )


def _add_keys_of_snmp(command: argparse.ArgumentParser) -> None:
    group = command.add_argument_group("SNMP")
    add = _adder(group, of="snmp")
    add("--snmp-version", "version", "VERSION", "v1 or v2c; v2c where left out, v3 with a user.")
    add("--community", "community", "TEXT", "The community of v1 and v2c; public where left out.")
    add("--community-file", "community.file", "FILE", "The file that holds the community.")
    for name, what, example in (("auth", "sign", "sha256"), ("priv", "encrypt", "aes128")):
        said = f"How to {what} messages of v3, such as {example}:FILE with the password in it."
        add(f"--{name}", name, "PROTOCOL:FILE", said)


def _adder(
    group: "argparse._ActionsContainer", of: str = ""
) -> Callable[[str, str, str, str], None]:
    def add(option: str, key: str, metavar: str, text: str) -> None:
        group.add_argument(
            option,
            dest="given",
            action="append",
            type=lambda said: Given(option=option, key=key, text=said, of=of),
            metavar=metavar,
            help=text,
        )

    return add


def _set(said: str) -> Given:
    key, equals, text = said.partition("=")
    if not equals or not all(key.split(".")):
        raise argparse.ArgumentTypeError("write KEY=VALUE, such as every=10s or tls.verify=false")
    return Given(option=f"--set {key}", key=key, text=text, is_yaml=True)
