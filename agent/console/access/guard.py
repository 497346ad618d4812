"""The guard before all answers: host, pace, size, token; and what browsers are told."""

import asyncio
import logging
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from agent.console.access.hosts import is_own, names_of_machine
from agent.console.access.pace import Pace
from agent.console.access.tokens import scope_of
from agent.console.access.turns import Turns
from agent.console.api.problems import problem
from config.http import AccessScope, HttpSettings

log = logging.getLogger("carbond.console")

LARGEST = 64 * 1024
"""Bytes of a request's body."""

LONGEST = 10.0
"""Seconds in which the body must have come."""

OPEN = frozenset({"/healthz", "/readyz", "/"})
"""What says nothing of the data centre: whoever asks may have it."""

PAGE = "/page/"
"""The page's own files."""

QUESTIONS = "/api/"
"""What is answered in turns."""

HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
        "font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
FOR_A_YEAR = "max-age=31536000"


class Guard:
    """An ASGI application before another one."""

    def __init__(self, app: ASGIApp, settings: HttpSettings) -> None:
        self._app = app
        self._tokens: Sequence[Any] = settings.tokens
        self._names = {one.lower() for one in (*settings.names, settings.host)}
        self._names |= names_of_machine()
        self._free = "no-tokens" in settings.allow or (not settings.tokens and settings.is_local)
        self._pace = Pace()
        self._turns = Turns()
        self._headers = dict(HEADERS)
        if settings.tls:
            self._headers["Strict-Transport-Security"] = FOR_A_YEAR

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or let the application answer."""
        if scope["type"] != "http":
            return
        refused = self._refused(scope)
        if refused is not None:
            await refused(scope, receive, _Sending(send, self._headers))
        elif scope["method"] == "GET" and scope["path"].startswith(QUESTIONS):
            await self._in_turn(scope, receive, send)
        else:
            await self._app(scope, _Receiving(receive), _Sending(send, self._headers))

    async def _in_turn(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the application answer. The turn is over when the answer begins: a client that reads
        slowly keeps nobody waiting.
        """
        turn = await self._turns.next()
        try:
            sending = _Sending(send, self._headers, turn.end)
            await self._app(scope, _Receiving(receive), sending)
        finally:
            turn.end()

    def _refused(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        if not is_own(headers.get("host", ""), self._names):
            return problem(
                421,
                "wrong-host",
                f"the Host {headers.get('host', '')[:80]!r} is not known: ask by address, or write "
                "the name under http.names in the settings",
            )
        wait = self._pace.wait_of((scope.get("client") or ("",))[0])
        if wait:
            after = {"Retry-After": str(math.ceil(wait))}
            return problem(429, "too-many-requests", "ask less often", after)
        if not _is_short(headers.get("content-length", "0")):
            return problem(413, "too-large", f"a body may have {LARGEST:,} bytes: send less")
        return self._unauthorised(scope, headers)

    def _unauthorised(self, scope: Scope, headers: Headers) -> Response | None:
        reads, path = scope["method"] in ("GET", "HEAD", "OPTIONS"), scope["path"]
        if reads and (path in OPEN or path.startswith(PAGE)):
            return None
        said = headers.get("authorization", "")
        granted = scope_of(said, self._tokens)
        if granted is None and not said and self._free:
            granted = AccessScope.READ
        if granted is None:
            return problem(401, "no-token", _way_in(said), {"WWW-Authenticate": "Bearer"})
        if not reads and granted is not AccessScope.ADMIN:
            return problem(
                403,
                "not-allowed",
                "this changes something and needs a token of scope admin: `carbond token --scope "
                "admin` makes one, the settings hold its hash under http.tokens",
            )
        return None


def _way_in(said: str) -> str:
    if said:
        return "the token is not known: `carbond token` makes one, the settings hold its hash"
    return "send a token: Authorization: Bearer TOKEN. `carbond token` makes one"


def _is_short(length: str) -> bool:
    return length.isascii() and length.isdigit() and int(length) <= LARGEST


class _Sending:
    """Sends, with the headers that every answer has."""

    def __init__(
        self, send: Send, headers: Mapping[str, str], began: Callable[[], None] | None = None
    ) -> None:
        """`began` is told that the answer begins."""
        self._send = send
        self._headers = headers
        self._began = began

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).update(self._headers)
            if self._began is not None:
                self._began()
        await self._send(message)


class _Receiving:
    """Receives a body that is neither large nor slow; what is either counts as broken off."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._left = LARGEST

    async def __call__(self) -> Message:
        try:
            async with asyncio.timeout(LONGEST if self._left == LARGEST else None):
                message = await self._receive()
        except TimeoutError:
            return {"type": "http.disconnect"}
        self._left -= len(message.get("body", b""))
        return {"type": "http.disconnect"} if self._left < 0 else message
