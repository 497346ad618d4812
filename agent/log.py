"""Structured logging on one stream: a line for people, or a JSON object a line for programs.

Loggers are named by hand, `carbond.*`. Fields handed over as `extra=` are appended as `key=value`,
or are keys of the object. Other people's libraries are heard from warnings upwards only: what they
say below that may hold addresses with keys in them.
"""

import json
import logging
import math
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Literal, TextIO

ROOT = "carbond"

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}
_NAMES = {"WARNING": "WARN", "CRITICAL": "FATAL"}
_QUOTED = frozenset(' "=\\')


class _Handler(logging.StreamHandler[TextIO]):
    """Ours, so that a second set-up replaces it and no other."""


def setup(level: str, form: Literal["text", "json"], stream: TextIO) -> None:
    """Log from `level` (debug, info, warning, error) upwards to a stream, in the given form.

    It may be called again, with other settings. Text has no time where systemd's journal reads the
    stream, which keeps its own.
    """
    handler = _Handler(stream)
    handler.setFormatter(Json() if form == "json" else Text(timed=not _is_journal(stream)))
    root = logging.getLogger()
    for old in [each for each in root.handlers if isinstance(each, _Handler)]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    logging.getLogger(ROOT).setLevel(level.upper())


class Text(logging.Formatter):
    """`2026-11-22T14:00:03Z INFO  carbond.loops rack-12-a: no answer within 3 s every=60`."""

    def __init__(self, *, timed: bool) -> None:
        super().__init__()
        self._timed = timed

    def format(self, record: logging.LogRecord) -> str:
        parts = [_time(record).strftime("%Y-%m-%dT%H:%M:%SZ")] if self._timed else []
        parts += [
            f"{_NAMES.get(record.levelname, record.levelname):<5}",
            record.name,
            _on_one_line(record.getMessage()),
        ]
        parts += [f"{key}={_shown(value)}" for key, value in _fields(record).items()]
        return "\n".join([" ".join(parts), *_traceback(record)])


class Json(logging.Formatter):
    """One object: time, level, logger, message, the fields, and the traceback as `exception`.

    A field of one of these names is not shown: the record's own stands there.
    """

    def format(self, record: logging.LogRecord) -> str:
        content = {key: _plain(value) for key, value in _fields(record).items()}
        content |= {
            "time": _time(record).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if traceback := _traceback(record):
            content["exception"] = "\n".join(traceback)
        first = ("time", "level", "logger", "message")
        ordered = {key: content.pop(key) for key in first} | content
        return json.dumps(ordered, allow_nan=False)


def _is_journal(stream: TextIO) -> bool:
    """Whether systemd's journal reads the stream (systemd.exec(5), JOURNAL_STREAM)."""
    told = os.environ.get("JOURNAL_STREAM")
    if not told:
        return False
    try:
        status = os.fstat(stream.fileno())
    except (OSError, ValueError):
        return False
    return told == f"{status.st_dev}:{status.st_ino}"


def _time(record: logging.LogRecord) -> datetime:
    return datetime.fromtimestamp(record.created, UTC)


def _fields(record: logging.LogRecord) -> Mapping[str, object]:
    return {key: value for key, value in vars(record).items() if key not in _STANDARD}


def _traceback(record: logging.LogRecord) -> list[str]:
    """Return the lines of the traceback and of the stack, if the record has them."""
    lines = []
    if record.exc_info and record.exc_info[0] is not None:
        lines += logging.Formatter().formatException(record.exc_info).splitlines()
    if record.stack_info:
        lines += record.stack_info.splitlines()
    return lines


def _on_one_line(text: str) -> str:
    """Return a text in which a device's answer cannot begin a line of its own."""
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else repr(each)[1:-1] for each in text)


def _shown(value: object) -> str:
    text = str(value)
    if not text or _QUOTED & set(text):
        text = json.dumps(text, ensure_ascii=False)
    return _on_one_line(text)


def _plain(value: object) -> object:
    """Return what JSON can hold; of everything else its text, which for a secret hides it."""
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            return value if math.isfinite(value) else str(value)
        case Mapping():
            return {str(key): _plain(inner) for key, inner in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_plain(inner) for inner in value]
    return str(value)
