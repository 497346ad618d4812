"""`carbond health`: for the health check of a container, and for scripts."""

import argparse
import json
import ssl
import sys
from http.client import HTTPException
from ipaddress import ip_address
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPSHandler, ProxyHandler, build_opener

from agent.cli.options import Commands, add_command, add_json
from agent.errors import ConfigError

TEXT = """\
It asks a daemon whether it can do its work: whether it runs, and its ledger takes what is read.
No token is needed. It ends with 0 if so, and with 1 if not, or if nobody answers. The
certificate is not looked at where the daemon is on this machine.

examples:
  carbond health
  carbond health --url https://127.0.0.1:9464
"""

URL = "http://127.0.0.1:9464"
READY = "/readyz"
PATIENCE = 5.0
"""Seconds for an answer."""

LONGEST = 1000
"""Bytes of an answer that are read."""


def add_to(commands: Commands) -> None:
    """Add the command."""
    command = add_command(commands, "health", "Say whether a daemon can do its work.", TEXT)
    command.add_argument(
        "--url", default=URL, metavar="URL", help=f"Ask the daemon there; {URL} where left out."
    )
    add_json(command)
    command.set_defaults(command=main)


def main(arguments: argparse.Namespace) -> int:
    """Print what the daemon says, and return 0 if it is ready."""
    ready, said = asked(arguments.url)
    text = json.dumps({"ready": ready, "said": said}) if arguments.json else said
    (sys.stdout if ready or arguments.json else sys.stderr).write(f"{text}\n")
    return 0 if ready else 1


def asked(url: str) -> tuple[bool, str]:
    """Return whether a daemon is ready, and its words or why there are none.

    Raises ConfigError for what is no address.
    """
    trusted = _trusted(url)
    opener = build_opener(ProxyHandler({}), HTTPSHandler(context=trusted))
    try:
        with opener.open(url.rstrip("/") + READY, timeout=PATIENCE) as answer:
            return True, answer.read(LONGEST).decode(errors="replace").strip()
    except HTTPError as error:
        with error:
            said = error.read(LONGEST).decode(errors="replace").strip()
        return False, said or f"{url}: {error}"
    except (OSError, HTTPException) as error:
        return False, f"{url}: {getattr(error, 'reason', None) or error}: is the daemon running?"


def _trusted(url: str) -> ssl.SSLContext:
    """Return what a certificate is checked with: nothing on this machine, whose name it need not
    have.
    """
    trusted = ssl.create_default_context()
    if _is_here(_host_of(url)):
        trusted.check_hostname = False
        trusted.verify_mode = ssl.CERT_NONE
    return trusted


def _host_of(url: str) -> str:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
        if host and parts.scheme in {"http", "https"}:
            return host
    except ValueError:
        pass
    raise ConfigError(f"--url {url[:80]!r}: must be such as {URL}")


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
