"""Secrets: from a file, the environment or systemd's credentials, never from the settings."""

import os
from pathlib import Path
from typing import Any

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

WAYS = "`{file: PATH}`, `{env: NAME}` or `{credential: NAME}` (systemd LoadCredential=)"


class Secret:
    """A password or key. It prints as `<secret>`; `reveal()` gives the text."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the text itself, for the wire and nowhere else."""
        return self._text

    def __repr__(self) -> str:
        return "<secret>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: type[Any], handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(secret_of)


def secret_of(value: object) -> Secret:
    """Return the secret that a settings value points to.

    Raises ValueError, with the way out, for a plain text, an unknown way, or a source that cannot
    be read.
    """
    if isinstance(value, Secret):
        return value
    if not isinstance(value, dict) or len(value) != 1:
        raise ValueError(f"a secret never stands in the settings: write {WAYS}")
    ((way, name),) = value.items()
    match way:
        case "file":
            return Secret(_read(Path(str(name))))
        case "env":
            return Secret(_from_environment(str(name)))
        case "credential":
            return Secret(_read(_credentials() / str(name)))
        case _:
            raise ValueError(f"{way!r} is no source of secrets: write {WAYS}")


def _read(path: Path) -> str:
    try:
        text = path.read_text().rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not text"
        raise ValueError(f"cannot read the secret file {path}: {reason}") from error
    if not text:
        raise ValueError(f"the secret file {path} is empty")
    return text


def _from_environment(name: str) -> str:
    text = os.environ.get(name)
    if not text:
        raise ValueError(f"the environment has no {name}: set it, or use {{file: PATH}}")
    return text


def _credentials() -> Path:
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    if folder is None:
        raise ValueError(
            "there are no systemd credentials: the unit needs LoadCredential=, or use {file: PATH}"
        )
    return Path(folder)
