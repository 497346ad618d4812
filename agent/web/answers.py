"""Asking over HTTP, and reading what comes back: the status, the text, then perhaps JSON."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

from agent.clock import Clock
from agent.errors import Unavailable
from agent.web.errors import NoService, WrongRequest

AGENT = "carbond/0.1"
ANSWER_SECONDS = 30.0
CONNECT_SECONDS = 10.0
LARGEST_ANSWER = 32 * 10**6
HOLD_UNSAID = 60.0
LONGEST_HOLD = 86400.0
QUOTED = 200
SHORTEST_KEY = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back: `body` is the parsed JSON, None where the text is no JSON."""

    status: int
    text: str
    body: object
    retry_after: float | None
    """Seconds, where the other side has said a time."""

    @property
    def said(self) -> str:
        """The other side's own words, short and on one line, for a message."""
        words = _words_of(self.body)
        if not words and self.text.lstrip().startswith("<"):
            words = "an HTML page"
        line = " ".join((words or self.text).split())
        shown = "".join(sign for sign in line if sign.isprintable())
        return shown if len(shown) <= QUOTED else f"{shown[:QUOTED]}…"


def client_of(url: str, transport: httpx.AsyncBaseTransport | None = None) -> httpx.AsyncClient:
    """Return a client for one service. Redirects are not followed: they would carry the key."""
    return httpx.AsyncClient(
        base_url=url,
        timeout=httpx.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS),
        limits=httpx.Limits(max_connections=4, max_keepalive_connections=2),
        headers={"user-agent": AGENT, "accept": "application/json"},
        transport=transport,
    )


async def ask(client: httpx.AsyncClient, name: str, request: httpx.Request, clock: Clock) -> Answer:
    """Send the request and return whatever status came back.

    Raises NoService if nothing did.
    """
    host = request.url.host
    try:
        reply = await client.send(request, stream=True)
        try:
            text = await _text_of(reply, name)
        finally:
            await reply.aclose()
    except httpx.ConnectTimeout as error:
        raise NoService(f"{name}: no connection to {host} within {CONNECT_SECONDS:g} s") from error
    except httpx.TimeoutException as error:
        raise NoService(f"{name}: no answer from {host} within {ANSWER_SECONDS:g} s") from error
    except httpx.HTTPError as error:
        cause = str(error) or type(error).__name__
        raise NoService(f"{name}: no answer from {host}: {cause}") from error
    if reply.status_code != httpx.codes.OK:
        text = _without_keys(text, request)
    return Answer(
        status=reply.status_code,
        text=text,
        body=_json_of(text),
        retry_after=retry_after_of(reply.headers, clock.now()),
    )


def object_of(name: str, answer: Answer) -> Mapping[str, object]:
    """Return the JSON object of a good answer; raises Unavailable for anything else."""
    if answer.status != httpx.codes.OK:
        raise failure_of(name, answer)
    if not isinstance(answer.body, dict):
        what = answer.said or "nothing"
        raise Unavailable(
            f"{name}: the answer is not the JSON that was asked for but {what}: "
            "check `url`, and whether a proxy answers in its place"
        )
    return answer.body


def failure_of(name: str, answer: Answer) -> Unavailable:
    """Return the error of a status that means the same wherever it comes from."""
    said = f": {answer.said}" if answer.said else ""
    match answer.status:
        case 400 | 422:
            return WrongRequest(f"{name}: the request is refused ({answer.status}){said}")
        case 404:
            return WrongRequest(f"{name}: nothing stands there (404){said}: check `url`")
        case 429:
            return NoService(
                f"{name}: asked more often than the account may (429){_later(answer)}: raise "
                "`every`, or let fewer agents use it",
                retry_after=HOLD_UNSAID if answer.retry_after is None else answer.retry_after,
            )
        case status if status >= httpx.codes.INTERNAL_SERVER_ERROR:
            return Unavailable(
                f"{name}: the server failed ({status}){said}: it is asked again at the next poll",
                retry_after=answer.retry_after,
            )
        case status:
            return Unavailable(f"{name}: unexpected status {status}{said}: check `url`")


def retry_after_of(headers: Mapping[str, str], now: datetime) -> float | None:
    """Return the seconds of Retry-After in either form (RFC 9110 section 10.2.3), or None.

    More than a day is a mistake and counts as a day.
    """
    value = headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d+(\.\d+)?", value):
        return min(float(value), LONGEST_HOLD)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return min(max((moment - now).total_seconds(), 0.0), LONGEST_HOLD)


def _later(answer: Answer) -> str:
    if answer.retry_after is None:
        return ""
    return f": it may be asked again in {answer.retry_after:.0f} s"


async def _text_of(reply: httpx.Response, name: str) -> str:
    content = bytearray()
    async for piece in reply.aiter_bytes():
        content += piece
        if len(content) > LARGEST_ANSWER:
            raise Unavailable(f"{name}: the answer is larger than {LARGEST_ANSWER} bytes")
    return content.decode("utf-8", errors="replace")


def _without_keys(text: str, request: httpx.Request) -> str:
    """Return the text without the key that was sent, which an error may repeat."""
    for header in ("auth-token", "authorization"):
        key = request.headers.get(header, "").rpartition(" ")[2]
        text = text.replace(key, "<secret>") if len(key) >= SHORTEST_KEY else text
    return text


def _json_of(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _words_of(body: object) -> str:
    """Return what an error object says: its error, message or msg, or its list of details."""
    if not isinstance(body, dict):
        return ""
    words = [body[key] for key in ("error", "message", "msg") if isinstance(body.get(key), str)]
    detail = body.get("detail")
    if isinstance(detail, str):
        words.append(detail)
    elif isinstance(detail, list):
        words += [_detail_of(part) for part in detail if isinstance(part, dict)]
    return " ".join(dict.fromkeys(words))


def _detail_of(part: Mapping[str, object]) -> str:
    place = part.get("loc")
    where = ".".join(str(step) for step in place) if isinstance(place, list) else ""
    return f"{where}: {part.get('msg', '')}" if where else str(part.get("msg", ""))
