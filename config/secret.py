"""Secrets: from a file, the environment or systemd's credentials, never from the settings."""

import os
import re
from pathlib import Path
from typing import Any

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

WAYS = "`{file: PATH}`, `{env: NAME}` or `{credential: NAME}` (systemd LoadCredential=)"
LARGEST = 65_536
"""Bytes of a secret's file; more than any key, and a device file has no end."""

_HIDDEN = "<secret>"


class Secret:
    """A password or key. It prints as `<secret>`; `reveal()` gives the text."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the text itself, for the wire and nowhere else."""
        return self._text

    def __repr__(self) -> str:
        return _HIDDEN

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __reduce__(self) -> str | tuple[Any, ...]:
        raise TypeError("a secret is not pickled")

    def __copy__(self) -> "Secret":
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> "Secret":
        return self

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: type[Any], handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            secret_of, serialization=core_schema.to_string_ser_schema(when_used="json")
        )


def secret_of(value: object) -> Secret:
    """Return the secret that a settings value points to.

    Raises ValueError, with the way out, for a plain text, an unknown way, or a source that cannot
    be read. What stands in the settings is not shown where it may be the secret itself.
    """
    if isinstance(value, Secret):
        return value
    if not isinstance(value, dict) or len(value) != 1:
        raise ValueError(f"a secret never stands in the settings: write {WAYS}")
    ((way, name),) = value.items()
    if not isinstance(name, str | Path) or not str(name):
        raise ValueError(f"the source of a secret has no name: write {WAYS}")
    match way:
        case "file":
            return Secret(_read(Path(name), "secret file"))
        case "env":
            return Secret(_from_environment(str(name)))
        case "credential":
            return Secret(_from_credentials(str(name)))
        case _:
            raise ValueError(f"a secret comes from a file, env or credential: write {WAYS}")


def _read(path: Path, what: str) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except FileNotFoundError as error:
        raise ValueError(f"there is no {what} {path}: create it, or correct the path") from error
    except PermissionError as error:
        way = f"let user {os.geteuid()} read it"
        raise ValueError(f"cannot read the {what} {path}: {error.strerror}: {way}") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "this is no path"
        raise ValueError(f"cannot read the {what} {path}: {reason}: name a file") from error
    return _text_of(content, f"the {what} {path}")


def _text_of(content: bytes, name: str) -> str:
    """Return the text without the end of line that editors and `echo` add."""
    if len(content) > LARGEST:
        raise ValueError(f"{name} is too large: it must hold the secret and nothing else")
    try:
        text = content.decode().rstrip("\r\n")
    except UnicodeDecodeError:
        # Not chained: the error holds the bytes.
        raise ValueError(f"{name} is not text in UTF-8: write the secret anew") from None
    if not text:
        raise ValueError(f"{name} is empty: write the secret into it")
    return text


def _from_environment(name: str) -> str:
    if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name) is None:
        raise ValueError("`env` takes the name of a variable, such as SNMP_COMMUNITY")
    text = os.environ.get(name)
    if not text:
        raise ValueError(f"the environment has no {name}: set it, or use {{file: PATH}}")
    return text


def _from_credentials(name: str) -> str:
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    if folder is None:
        way = "the unit needs LoadCredential=, or use {file: PATH}"
        raise ValueError(f"there are no systemd credentials: {way}")
    if "/" in name or name in {".", ".."}:
        raise ValueError("`credential` takes the name of a credential, not a path")
    return _read(Path(folder) / name, "systemd credential")
