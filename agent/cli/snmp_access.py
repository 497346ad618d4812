"""Options that say how one device is asked by SNMP."""

import argparse
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from agent.errors import ConfigError
from collectors.snmp.settings import SnmpSettings
from config import Secret
from config.secret import secret_of


def add_access(command: argparse.ArgumentParser) -> None:
    """Add the options that `access_of` takes."""
    command.add_argument("--port", type=int, default=161, help="Its UDP port; 161 where left out.")
    command.add_argument(
        "--snmp-version", choices=("v1", "v2c"), default="v2c", help="v2c where left out."
    )
    command.add_argument(
        "--community",
        default="public",
        metavar="TEXT",
        help="The community of v1 and v2c; public where left out.",
    )
    command.add_argument(
        "--community-file", type=Path, metavar="FILE", help="The file that holds the community."
    )
    command.add_argument("--user", metavar="NAME", help="The user of v3.")
    for name, what, example in (("auth", "sign", "sha256"), ("priv", "encrypt", "aes128")):
        command.add_argument(
            f"--{name}",
            metavar="PROTOCOL:FILE",
            help=f"How to {what} messages of v3, such as {example}:FILE with the password in it.",
        )
    command.add_argument(
        "--timeout", default="2s", metavar="TIME", help="How long to wait for each of three tries."
    )


def access_of(arguments: argparse.Namespace, name: str) -> SnmpSettings:
    """Return how to ask a device. Raises ConfigError."""
    options: dict[str, Any] = {
        "name": name,
        "type": "snmp",
        "address": arguments.address,
        "port": arguments.port,
        "timeout": arguments.timeout,
        "version": "v3" if arguments.user else arguments.snmp_version,
    }
    try:
        return SnmpSettings.model_validate(options | _credentials(arguments))
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(map(str, first["loc"])) or "the options"
        message = first["msg"].removeprefix("Value error, ")
        raise ConfigError(f"{key}: {message}") from None
    except ValueError as error:
        raise ConfigError(str(error)) from error


def _credentials(arguments: argparse.Namespace) -> dict[str, Any]:
    """Raises ConfigError, ValueError."""
    if arguments.user:
        parts = {key: getattr(arguments, key) for key in ("auth", "priv")}
        secrets = {key: protocol_of(key, said) for key, said in parts.items() if said}
        return {"user": arguments.user, **secrets}
    if arguments.community_file:
        return {"community": secret_of({"file": arguments.community_file})}
    return {"community": Secret(arguments.community)}


def protocol_of(key: str, said: str) -> dict[str, Any]:
    """Return the settings of `PROTOCOL:FILE`. Raises ConfigError."""
    protocol, _, file = said.partition(":")
    if not file:
        raise ConfigError(f"--{key} {said}: write PROTOCOL:FILE, with the password in the file")
    return {"protocol": protocol, "password": {"file": file}}
