"""Logging in to one service, and asking it: a session where there is one, else Basic.

root ──▶ Links.Sessions ──POST──▶ 201 token        it is sent with each request
                          ├─────▶ 404, 405 …       Basic: there are no sessions
                          ├─────▶ 503, no free one Basic, or a rest
                          └─────▶ 401, 403         the login is wrong: a rest
any request ──▶ 401 ──▶ log in once more ──▶ 401   a rest
"""

import asyncio
import json
from base64 import b64encode
from collections.abc import Mapping
from contextlib import suppress
from http import HTTPStatus
from typing import Literal

from yarl import URL

from agent.clock import Clock
from agent.web import retry_after_of
from collectors.redfish.documents import Document, document_of, link_of, path_of, said_in
from collectors.redfish.failures import (
    SERVER_ERROR,
    Failure,
    Full,
    Malformed,
    Refused,
    status_of,
)
from collectors.redfish.transport import Answer, Place, Transport
from config import Secret

ROOT = "/redfish/v1/"
"""The only path that is not taken from a link (DSP0266 section 6.4)."""

TOKEN = "X-Auth-Token"  # noqa: S105 the name of a header
REDIRECTS = frozenset({301, 302, 303, 307, 308})
FULL_WORDS = ("SessionLimitExceeded", "RAC0218", "maximum number of user sessions")
"""What a service says that has no free session, whatever its status."""

CLOSING_SECONDS = 5.0

LONG = 2**18
"""Bytes of an answer that would hold up all other devices while it is taken apart."""

Auth = Literal["auto", "session", "basic"]


class Session:
    """One service: logs in when first asked, keeps one token, and gives it back."""

    def __init__(
        self,
        transport: Transport,
        place: Place,
        *,
        user: str,
        password: Secret,
        auth: Auth,
        clock: Clock,
    ) -> None:
        self._transport = transport
        self._place = place
        self._user = user
        self._password = password
        self._auth = auth
        self._clock = clock
        self._login: Mapping[str, str] | None = None
        """The headers of each request; None before the login."""
        self._path: str | None = None
        """The session itself, to be deleted; None for Basic."""
        self._renewed = False
        """Whether the session has run out in this poll, and was opened again."""
        self._answered = False
        """Whether a resource has been read in this poll."""

    @property
    def origin(self) -> URL:
        return self._place.origin

    async def get(self, path: str) -> Document:
        """Return a resource. Raises Failure."""
        if self._login is None:
            await self._log_in()
        answer = await self._follow(path, self._login or {})
        if answer.status == HTTPStatus.UNAUTHORIZED and self._has_token and not self._renewed:
            await self.close()
            self._renewed = True
            await self._log_in()
            answer = await self._follow(path, self._login or {})
        if answer.status == HTTPStatus.UNAUTHORIZED:
            raise await self._unauthorized(path)
        self._answered = self._answered or path != ROOT
        return await self._document(answer, path)

    def begin(self) -> None:
        """Begin a poll: in each, a session that has run out is opened again once."""
        self._renewed = self._answered = False

    async def _unauthorized(self, path: str) -> Failure:
        """Return what a 401 means: a login that reads other resources has no right to this one."""
        if self._answered:
            return status_of(HTTPStatus.UNAUTHORIZED, path, "")
        await self.close()
        return Refused("it refuses the user or the password (401)")

    def try_again(self) -> None:
        """Look for a session again, where Basic stands in for one."""
        if not self._has_token and self._auth != "basic":
            self._forget()

    async def close(self) -> None:
        """Delete the session: a service has few. What fails is left to its own time limit."""
        path, login = self._path, self._login
        self._forget()
        if path is None or login is None:
            return
        with suppress(Failure, TimeoutError):
            async with asyncio.timeout(CLOSING_SECONDS):
                await self._transport.send(self._place, "DELETE", path, headers=login)

    @property
    def _has_token(self) -> bool:
        return self._login is not None and TOKEN in self._login

    def _forget(self) -> None:
        self._login = self._path = None

    async def _log_in(self) -> None:
        """Raises Failure: Refused and Full ask for a rest."""
        if self._auth != "basic":
            root = await self._root()
            sessions = link_of(root, "Sessions", self.origin)
            if sessions is not None and await self._opened(sessions):
                return
            if self._auth == "session":
                raise Failure("it has no sessions: write `auth: auto` or `auth: basic`")
        self._login = {"Authorization": self._basic}

    @property
    def _basic(self) -> str:
        login = f"{self._user}:{self._password.reveal()}".encode()
        return f"Basic {b64encode(login).decode()}"

    async def _root(self) -> Document:
        """Return the service root, which needs no login, but for services that are stricter."""
        answer = await self._follow(ROOT, {})
        if answer.status == HTTPStatus.UNAUTHORIZED and self._auth == "auto":
            answer = await self._follow(ROOT, {"Authorization": self._basic})
            if answer.status == HTTPStatus.UNAUTHORIZED:
                raise Refused("it refuses the user or the password (401)")
        return await self._document(answer, ROOT)

    async def _opened(self, sessions: str) -> bool:
        """Open a session; False where Basic is to be used in its place."""
        login = {"UserName": self._user, "Password": self._password.reveal()}
        answer = await self._transport.send(
            self._place,
            "POST",
            sessions,
            headers={"Content-Type": "application/json"},
            body=json.dumps(login).encode(),
        )
        token = answer.headers.get(TOKEN)
        if answer.status in (HTTPStatus.OK, HTTPStatus.CREATED) and token:
            self._login, self._path = {TOKEN: token}, self._session_of(answer)
            return True
        return self._instead(answer)

    def _instead(self, answer: Answer) -> bool:
        """Return False if Basic may stand in for the session that was refused; else raise."""
        said = self._said(answer)
        text = answer.body.decode("utf-8", errors="replace")
        full = answer.status in (HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS)
        if full or any(word in text for word in FULL_WORDS):
            if self._auth == "auto":
                return False
            raise Full("it has no free session: other tools hold them all")
        if answer.status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            words = f": {said}" if said else ""
            raise Refused(f"it refuses the user or the password ({answer.status}){words}")
        if answer.status >= SERVER_ERROR and answer.status != HTTPStatus.NOT_IMPLEMENTED:
            raise status_of(answer.status, "the login", said, self._later(answer))
        return False

    def _session_of(self, answer: Answer) -> str | None:
        """Return the path of a new session: the Location, else what the body says."""
        path = path_of(answer.headers.get("Location"), self.origin)
        if path is None:
            with suppress(Malformed):
                path = path_of(document_of(answer.body, "the login"), self.origin)
        return path

    async def _follow(self, path: str, headers: Mapping[str, str]) -> Answer:
        """Get a path, and once where the same service says that it stands now."""
        answer = await self._transport.send(self._place, "GET", path, headers=headers)
        if answer.status not in REDIRECTS:
            return answer
        target = answer.headers.get("Location", "")
        moved = path_of(target, self.origin)
        if moved is None:
            elsewhere = "".join(sign for sign in target[:80] if sign.isprintable())
            raise Malformed(
                f"it redirects {path} to {elsewhere or 'nowhere'}, where the password is not sent: "
                "write that address if it is right"
            )
        answer = await self._transport.send(self._place, "GET", moved, headers=headers)
        if answer.status in REDIRECTS:
            raise Malformed(f"it redirects {path} in a circle")
        return answer

    async def _document(self, answer: Answer, path: str) -> Document:
        if answer.status != HTTPStatus.OK:
            raise status_of(answer.status, path, self._said(answer), self._later(answer))
        if len(answer.body) > LONG:
            return await asyncio.to_thread(document_of, answer.body, path)
        return document_of(answer.body, path)

    def _said(self, answer: Answer) -> str:
        """Return the service's words, which may repeat what it was sent."""
        password = self._password.reveal()
        return said_in(answer.body).replace(password, repr(self._password))

    def _later(self, answer: Answer) -> float | None:
        return retry_after_of(answer.headers, self._clock.now())
