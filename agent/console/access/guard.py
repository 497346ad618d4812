"""The guard before all answers: host, pace, size, token; and what browsers are told."""

import asyncio
import logging
import math
from collections.abc import Callable, Mapping, Sequence

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from agent.console.access.crowd import Crowd
from agent.console.access.hosts import address_of, is_own, names_of_machine
from agent.console.access.pace import Pace
from agent.console.access.refusals import Refusals
from agent.console.access.sparsely import Sparsely
from agent.console.access.tokens import scope_of
from agent.console.access.turns import Turns
from agent.console.api.problems import problem
from config.http import AccessScope, HttpSettings, TokenSettings

log = logging.getLogger("carbond.console")

LONGEST_HEAD = 16 * 1024
"""Bytes of a request before its body."""

LARGEST = 64 * 1024
"""Bytes of a request's body."""

LONGEST = 10.0
"""Seconds in which the body must have come."""

OPEN = frozenset({"/healthz", "/readyz", "/"})
"""What says nothing of the data centre: whoever asks may have it."""

PAGE = "/page/"
"""The page's own files."""

READS = frozenset({"GET", "HEAD", "OPTIONS"})
"""What changes nothing."""

QUESTIONS = "/api/"
"""What is answered in turns."""

CHANGES_AT_ONCE = 2
"""Requests that change something, or ask a device: it has other things to do."""

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
CLOSE = {"Connection": "close"}
"""For what may still be on its way behind a request that is refused."""

FOR_A_YEAR = "max-age=31536000"


class Guard:
    """An ASGI application before another one."""

    def __init__(
        self,
        app: ASGIApp,
        settings: HttpSettings,
        crowd: Crowd | None = None,
        refusals: Refusals | None = None,
    ) -> None:
        """The crowd are all who are connected; left out, they are not counted."""
        self._app = app
        self._tokens: Sequence[TokenSettings] = settings.tokens
        self._names = {one.lower() for one in (*settings.names, settings.host)}
        self._names |= names_of_machine()
        self._free = "no-tokens" in settings.allow or (not settings.tokens and settings.is_local)
        self._crowd = crowd or Crowd()
        self._refusals = refusals or Refusals()
        self._bugs = Sparsely()
        self._pace = Pace()
        self._turns = Turns()
        self._changes = Turns(CHANGES_AT_ONCE)
        self._headers = dict(HEADERS)
        if settings.tls:
            self._headers["Strict-Transport-Security"] = FOR_A_YEAR

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or let the application answer."""
        if scope["type"] != "http":
            return
        address = address_of((scope.get("client") or ("",))[0])
        sending = _Sending(send, self._headers, is_private=not _is_open(scope))
        try:
            self._admit(scope, address)
            await self._answer(scope, _Receiving(receive), sending)
        except _No as no:
            self._refusals.add(no.kind, address)
            refused = problem(no.status, no.kind, str(no), no.headers)
            await refused(scope, receive, sending)
        except Exception:
            # The application has answered that it failed, and hands on why.
            said = self._bugs.add("requests")
            if said is not None:
                log.exception("%s failed since the last time that this was said", said)

    async def _answer(self, scope: Scope, receive: "_Receiving", sending: "_Sending") -> None:
        """Let the application answer, in turn. The turn is over when the answer begins: a client
        that reads slowly keeps nobody waiting.
        """
        reads = scope["method"] in READS
        if reads and not scope["path"].startswith(QUESTIONS):
            await self._app(scope, receive, sending)
            return
        turn = await (self._turns if reads else self._changes).next()
        if turn is None:
            raise _No(503, "unavailable", "too many ask at once: ask again", {"Retry-After": "5"})
        sending.began = turn.end
        try:
            if not (turn.was_awaited and await receive.is_gone()):
                await self._app(scope, receive, sending)
        finally:
            turn.end()

    def _admit(self, scope: Scope, address: str) -> None:
        """Raises _No for a request that is not answered."""
        headers = Headers(scope=scope)
        wait = self._pace.wait_of(address)
        if wait:
            after = {"Retry-After": str(math.ceil(wait))}
            raise _No(429, "too-many-requests", "ask less often", after)
        if self._crowd.is_large:
            after = {"Retry-After": "5", **CLOSE}
            raise _No(503, "unavailable", "too many are connected: come back later", after)
        _check_form(scope, headers)
        host = headers.get("host")
        if not is_own(host, self._names):
            raise _No(
                421,
                "wrong-host",
                f"the Host {(host or '')[:80]!r} is not known: ask by address, or write the name "
                "under http.names in the settings",
            )
        if not _is_open(scope):
            self._authorise(scope["method"] in READS, headers.get("authorization", ""))

    def _authorise(self, reads: bool, said: str) -> None:  # noqa: FBT001 what is asked for
        granted = scope_of(said, self._tokens)
        if granted is None and not said and self._free:
            granted = AccessScope.READ
        if granted is None:
            raise _No(401, "no-token", _way_in(said), {"WWW-Authenticate": "Bearer"})
        if not reads and granted is not AccessScope.ADMIN:
            raise _No(
                403,
                "not-allowed",
                "this changes something and needs a token of scope admin: `carbond token --scope "
                "admin` makes one, the settings hold its hash under http.tokens",
            )


class _No(Exception):
    """A request that is refused."""

    def __init__(
        self, status: int, kind: str, detail: str, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.kind = kind
        self.headers = headers


def _is_open(scope: Scope) -> bool:
    path: str = scope["path"]
    return scope["method"] in READS and (path in OPEN or path.startswith(PAGE))


def _check_form(scope: Scope, headers: Headers) -> None:
    """Raises _No for a request that is too large, or that a proxy could read otherwise."""
    head = sum(len(name) + len(value) for name, value in scope["headers"])
    if head + len(scope.get("raw_path", b"")) + len(scope["query_string"]) > LONGEST_HEAD:
        raise _No(431, "too-large", f"a head may have {LONGEST_HEAD:,} bytes: ask shorter", CLOSE)
    length = headers.get("content-length")
    if length is None:
        return
    if "transfer-encoding" in headers:
        # RFC 9112, 6.1: it may be an attempt to smuggle a second request past a proxy.
        raise _No(400, "bad-request", "it has two lengths: send one of them", CLOSE)
    if not _is_short(length):
        raise _No(413, "too-large", f"a body may have {LARGEST:,} bytes: send less", CLOSE)


def _way_in(said: str) -> str:
    if said:
        return "the token is not known: `carbond token` makes one, the settings hold its hash"
    return "send a token: Authorization: Bearer TOKEN. `carbond token` makes one"


def _is_short(length: str) -> bool:
    return length.isascii() and length.isdigit() and int(length) <= LARGEST


class _Sending:
    """Sends, with the headers that every answer has."""

    def __init__(self, send: Send, headers: Mapping[str, str], *, is_private: bool) -> None:
        """What is private is kept by no proxy that serves several."""
        self._send = send
        self._headers = headers
        self._is_private = is_private
        self.began: Callable[[], None] = lambda: None
        """Is told that the answer begins."""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers.update(self._headers)
            kept = headers.setdefault("Cache-Control", "no-store")
            if self._is_private and kept != "no-store":
                headers["Cache-Control"] = f"private, {kept}"
            self.began()
        await self._send(message)


class _Receiving:
    """Receives a body that is neither large nor slow; what is either counts as broken off."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._left = LARGEST
        self._until: float | None = None
        self._is_whole = False

    async def __call__(self) -> Message:
        if self._is_whole:
            return await self._receive()
        self._until = self._until or asyncio.get_running_loop().time() + LONGEST
        try:
            async with asyncio.timeout_at(self._until):
                message = await self._receive()
        except TimeoutError:
            return {"type": "http.disconnect"}
        self._left -= len(message.get("body", b""))
        self._is_whole = not message.get("more_body", False)
        return {"type": "http.disconnect"} if self._left < 0 else message

    async def is_gone(self) -> bool:
        """Return whether who asks has hung up. A body that is there already is not kept."""
        try:
            async with asyncio.timeout(0):
                while (await self._receive())["type"] != "http.disconnect":
                    pass
        except TimeoutError:
            return False
        return True
