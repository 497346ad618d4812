"""Writing a file whole or not at all, and never over what a person has written."""

import os
import tempfile
from pathlib import Path

from agent.errors import ConfigError


def write_text(path: Path, text: str, mark: str | None, *, replace: bool) -> bool:
    """Write a file and return whether that changed it.

    Another file that is there is written over only if it begins with `mark`, by which an earlier
    run is known, or if a person said to `replace` it; files of CSV have no mark. Raises ConfigError
    if it may not be, or cannot be, written.
    """
    try:
        old = path.read_bytes().decode() if path.exists() else None
        if old == text:
            return False
        if old is not None and not replace and (mark is None or not old.startswith(mark)):
            raise ConfigError(
                f"{path}: the file is there and may be a person's: write another one, or say "
                "--replace"
            )
        _replace(path, text)
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: the file is there and is no text: name another one") from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise ConfigError(
            f"{path}: cannot write it: {reason}: name another with --output"
        ) from error
    return True


def _replace(path: Path, text: str) -> None:
    """Put a new file in the place of the old one in one step."""
    descriptor, name = tempfile.mkstemp(prefix=".", suffix=".new", dir=path.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        Path(name).chmod(path.stat().st_mode & 0o777 if path.exists() else 0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
