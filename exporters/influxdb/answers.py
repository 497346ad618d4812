"""What an answer means: taken, partly taken, to be cut in halves, or to be sent again later.

    201, 204                       taken
    422, or "partial write"        the good lines are in, the others never will be
    413                            too large: send halves
    400                            a line cannot be read: send halves, down to that line
    HTML, 3xx, 401, 403, 404,      Unavailable: send the same again later, for a person or the
    408, 429, 5xx, all others      server has something to put right

A partial write comes with any status; that of early versions 2.0 is 500.
"""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from http import HTTPStatus

from agent.errors import Unavailable
from agent.model import Refused
from exporters.influxdb.wire import Answer

LONGEST_TEXT = 300
UNREAD_LINE = re.compile(r"unable to parse '(.*?)': ")
HTML = re.compile(r"\s*<(!doctype|html)", re.IGNORECASE)

WAYS_OUT: Mapping[int, str] = {
    400: "it is no InfluxDB that answers: check `url` and what stands in between",
    401: "check the token, or user and password",
    403: "the token or user may not write there: give it the right to",
    404: "check the name of the database or bucket, and that `version` fits the server",
    408: "the server is too slow",
    429: "the server takes no more for now",
}


class Verdict(StrEnum):
    """What to do after an answer."""

    TAKEN = "taken"
    PARTLY = "partly"
    HALVE = "halve"


def verdict_of(answer: Answer, *, name: str, now: datetime) -> Verdict:
    """Return what an answer means for its lines.

    Raises Unavailable, which begins with the exporter's `name`, if they must be sent again.
    """
    if answer.status in {HTTPStatus.CREATED, HTTPStatus.NO_CONTENT}:
        return Verdict.TAKEN
    if answer.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return Verdict.HALVE
    if not HTML.match(answer.text):
        if answer.status == HTTPStatus.UNPROCESSABLE_ENTITY or "partial write" in answer.text:
            return Verdict.PARTLY
        if answer.status == HTTPStatus.BAD_REQUEST:
            return Verdict.HALVE
    raise Unavailable(
        f"{name}: {reason_of(answer)}: {_way_out(answer.status)}",
        retry_after=seconds_of(answer.retry_after, now),
    )


def reason_of(answer: Answer) -> str:
    """Return status and text of an answer in one short line."""
    try:
        status = f"{answer.status} {HTTPStatus(answer.status).phrase}"
    except ValueError:
        status = str(answer.status)
    text = "an HTML page" if HTML.match(answer.text) else " ".join(_said(answer.text).split())
    if len(text) > LONGEST_TEXT:
        text = f"{text[:LONGEST_TEXT]}..."
    return f"the server answers {status}" + (f" ({text})" if text else "")


def seconds_of(retry_after: str | None, now: datetime) -> float | None:
    """Return the seconds of a Retry-After (RFC 9110, 10.2.3): a number, or an HTTP date."""
    if not retry_after:
        return None
    if retry_after.strip().isdecimal():
        return float(retry_after)
    try:
        moment = parsedate_to_datetime(retry_after)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max((moment - now).total_seconds(), 0.0)


def refused_of(answer: Answer, lines: Sequence[str]) -> list[Refused]:
    """Return the lines that were not taken of a partial write.

    Version 3 gives their numbers and version 1 those it could not read. Else the server says only
    why: then it is one for all, whose line tells the range.
    """
    numbered = _numbered(answer.text, lines)
    if numbered:
        return numbered
    reason = reason_of(answer)
    known = set(lines)
    unread = [line for line in UNREAD_LINE.findall(_said(answer.text)) if line in known]
    if unread:
        return [Refused(line=line, reason=reason) for line in unread]
    if len(lines) == 1:
        return [Refused(line=lines[0], reason=reason)]
    return [Refused(line=f"some of {len(lines)} lines: {lines[0]} to {lines[-1]}", reason=reason)]


def _said(text: str) -> str:
    """Return what the JSON of any version says, or the text where it is none."""
    try:
        answer = json.loads(text)
    except ValueError:
        return text
    said = (answer.get("error") or answer.get("message")) if isinstance(answer, dict) else None
    return str(said or text)


def _numbered(text: str, lines: Sequence[str]) -> list[Refused]:
    try:
        rows = json.loads(text)["data"]
        faults = [(int(row["line_number"]), str(row["error_message"])) for row in rows]
    except (ValueError, KeyError, TypeError):
        return []
    return [
        Refused(line=lines[number - 1], reason=reason)
        for number, reason in faults
        if 1 <= number <= len(lines)
    ]


def _way_out(status: int) -> str:
    if HTTPStatus.OK <= status < HTTPStatus.BAD_REQUEST:
        return WAYS_OUT[400]
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return "see the server's own log"
    return WAYS_OUT.get(status, "check `url` and `version`")
