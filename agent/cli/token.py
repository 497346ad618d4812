"""`carbond token`: a token for the API, and the lines of the settings that let it in."""

import argparse

import yaml
from pydantic import ValidationError

from agent.cli.options import Commands, add_command, add_json
from agent.cli.output import say, say_data
from agent.console.access.tokens import hash_of, new_token
from agent.errors import ConfigError
from config.http import AccessScope, TokenSettings

TEXT = """\
Whoever asks the console or its API from another machine sends a token with each request. The
token is printed once, here, and kept nowhere; the settings hold its hash alone. Nothing is changed:
add the entry to those of http.tokens in the settings and restart carbond: who has a token, and that
others can reach it at all, is settled when it starts. docs/access.md says how it is asked over TLS.

examples:
  carbond token --name grafana
  carbond token --name ops --scope admin
  curl -H "Authorization: Bearer TOKEN" https://carbond.example:9464/api/v1/sites
"""


def add_to(commands: Commands) -> None:
    """Add the command."""
    command = add_command(commands, "token", "Make a token for the console and its API.", TEXT)
    command.add_argument(
        "--name", default="reader", metavar="NAME", help="Whose it is; reader where left out."
    )
    command.add_argument(
        "--scope",
        choices=[scope.value for scope in AccessScope],
        default=AccessScope.READ.value,
        help="read sees everything; admin may reload the settings and ask devices, too.",
    )
    add_json(command)
    command.set_defaults(command=main)


def main(arguments: argparse.Namespace) -> int:
    """Print a new token, and what the settings need of it."""
    token = new_token()
    entry = {"name": arguments.name, "scope": arguments.scope, "sha256": hash_of(token)}
    try:
        TokenSettings.model_validate(entry)
    except ValidationError as error:
        raise ConfigError(
            f"--name {arguments.name!r}: a name has letters, digits and . _ : -, up to 120 of them"
        ) from error
    if arguments.json:
        say_data({"token": token, "settings": {"http": {"tokens": [entry]}}})
        return 0
    lines = yaml.safe_dump({"http": {"tokens": [entry]}}, sort_keys=False).rstrip()
    say(f"{token}\n\nIt is not shown again: give it to whoever asks. In the settings:\n\n{lines}")
    return 0
