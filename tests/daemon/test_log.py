"""What the daemon says, as people and as programs read it."""

import io
import json
import logging
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agent.log import setup
from config import Secret

log = logging.getLogger("carbond.loops")


@pytest.fixture(autouse=True)
def as_it_was(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Leave the loggers as they were: they belong to the whole process."""
    monkeypatch.delenv("JOURNAL_STREAM", raising=False)
    root, ours = logging.getLogger(), logging.getLogger("carbond")
    handlers, levels = root.handlers[:], (root.level, ours.level)
    yield
    root.handlers[:] = handlers
    root.setLevel(levels[0])
    ours.setLevel(levels[1])


def json_lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_text_is_a_line_with_time_level_logger_message_and_fields() -> None:
    stream = io.StringIO()
    setup("info", "text", stream)
    log.info("%s: no answer within 3 s", "rack-12-a", extra={"every": 60, "cause": "no route"})
    log.warning("late")
    first, second = stream.getvalue().splitlines()
    time, rest = first.split(" ", 1)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", time)
    assert rest == ('INFO  carbond.loops rack-12-a: no answer within 3 s every=60 cause="no route"')
    assert second.endswith(" WARN  carbond.loops late")


def test_json_is_an_object_a_line_with_its_fields() -> None:
    stream = io.StringIO()
    setup("debug", "json", stream)
    log.debug("%d of %d", 3, 4, extra={"device": "é", "load": float("nan"), "path": Path("x")})
    (line,) = json_lines(stream)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line.pop("time"))
    assert line == {
        "level": "debug",
        "logger": "carbond.loops",
        "message": "3 of 4",
        "device": "é",
        "load": "nan",
        "path": "x",
    }


def test_json_holds_structures_and_shows_the_rest_as_text() -> None:
    stream = io.StringIO()
    setup("info", "json", stream)
    log.info("x", extra={"sites": {1: ("a", None)}, "time": "mine"})
    (line,) = json_lines(stream)
    assert line["sites"] == {"1": ["a", None]}
    assert line["time"] != "mine"


@pytest.mark.parametrize("form", ["text", "json"])
def test_an_exception_and_its_traceback_are_one_record(form: Any) -> None:  # noqa: ANN401 a literal
    stream = io.StringIO()
    setup("info", form, stream)
    try:
        raise RuntimeError("broken")
    except RuntimeError:
        log.exception("rack-12-a failed", stack_info=True)
    if form == "json":
        (line,) = json_lines(stream)
        shown = line["exception"]
    else:
        head, shown = stream.getvalue().split("\n", 1)
        assert head.endswith("ERROR carbond.loops rack-12-a failed")
    assert shown.startswith("Traceback (most recent call last):\n")
    assert "RuntimeError: broken\nStack (most recent call last):" in shown


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_secret_is_not_shown(form: Any) -> None:  # noqa: ANN401 a literal
    stream = io.StringIO()
    setup("debug", form, stream)
    secret = Secret("hunter2")
    log.debug("with %s", secret, extra={"community": secret, "all": [secret], "by": {"a": secret}})
    assert "hunter2" not in stream.getvalue()
    assert stream.getvalue().count("<secret>") == 4


@pytest.mark.parametrize("form", ["text", "json"])
def test_what_a_device_says_cannot_begin_a_line(form: Any) -> None:  # noqa: ANN401 a literal
    stream = io.StringIO()
    setup("info", form, stream)
    log.info("sysDescr is %s", "x\nERROR carbond \x1b[2J", extra={"device": "y\r\nz é"})
    assert len(stream.getvalue().splitlines()) == 1
    assert "\x1b" not in stream.getvalue()


def test_below_the_level_nothing_is_said_and_of_others_only_warnings() -> None:
    stream = io.StringIO()
    setup("debug", "text", stream)
    logging.getLogger("httpx").info("GET https://host/?key=hunter2")
    logging.getLogger("httpx").warning("theirs")
    log.debug("ours")
    setup("error", "text", stream)
    log.warning("too quiet")
    said = stream.getvalue().splitlines()
    assert [line.rsplit(" ", 1)[1] for line in said] == ["theirs", "ours"]


def test_a_second_set_up_takes_the_place_of_the_first_and_leaves_others_alone() -> None:
    first, second, other = io.StringIO(), io.StringIO(), logging.NullHandler()
    logging.getLogger().addHandler(other)
    setup("info", "text", first)
    setup("info", "json", second)
    log.info("once")
    assert first.getvalue() == ""
    assert [line["message"] for line in json_lines(second)] == ["once"]
    assert other in logging.getLogger().handlers


def test_the_journal_keeps_the_time_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with (tmp_path / "journal").open("w+") as stream:
        status = os.fstat(stream.fileno())
        monkeypatch.setenv("JOURNAL_STREAM", f"{status.st_dev}:{status.st_ino}")
        setup("info", "text", stream)
        log.info("to the journal")
        stream.seek(0)
        assert stream.read() == "INFO  carbond.loops to the journal\n"


@pytest.mark.parametrize("told", ["1:2", "nonsense"])
def test_a_stream_that_is_not_the_journal_s_has_the_time(
    monkeypatch: pytest.MonkeyPatch, told: str
) -> None:
    monkeypatch.setenv("JOURNAL_STREAM", told)
    stream = io.StringIO()
    setup("info", "text", stream)
    log.info("elsewhere")
    assert re.match(r"\d{4}-", stream.getvalue())
