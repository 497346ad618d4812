"""The HTTP server of the daemon, in its event loop: the page, the API, and what machines ask.

What is served is there already as bytes, or is made in a reader's thread.
"""

import asyncio
import contextlib
import errno
import logging
import os
import socket
import ssl
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Protocol, Self, runtime_checkable

import uvicorn
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from agent.console.access.crowd import Crowd, Place
from agent.console.access.door import Door
from agent.console.access.guard import LONGEST_HEAD, Guard
from agent.console.access.refusals import Refusals
from agent.console.access.slow import Patience
from agent.console.access.tls import context_of, renew
from agent.console.api import api_of
from agent.console.api.problems import problem
from agent.console.desk import Desk
from agent.console.page import page_routes
from agent.errors import ConfigError
from config.http import HttpSettings

log = logging.getLogger("carbond.console")


LONGEST_GOODBYE = 1
"""Seconds that a client who does not read its page may keep us from ending."""


@runtime_checkable
class Page(Protocol):
    """A view that keeps itself as bytes, plain and compressed."""

    content_type: str
    body: bytes
    body_gzip: bytes


class Console:
    """Serves while it is entered. Raises ConfigError on entering if its address cannot be had."""

    def __init__(self, settings: HttpSettings, desk: Desk) -> None:
        self._settings = settings
        self._desk = desk
        self._page: Page | None = None
        app = api_of(desk)
        app.add_route("/metrics", self._metrics)
        app.add_route("/healthz", self._healthz)
        app.add_route("/readyz", self._readyz)
        app.add_route("/-/reload", self._reload, methods=["POST"])
        app.router.routes.extend(page_routes())
        app.add_exception_handler(Exception, _failed)
        self._crowd, self._refusals = Crowd(), Refusals()
        self._app = Guard(app, settings, self._crowd, self._refusals)
        self._tls: ssl.SSLContext | None = None

    def show(self, parts: Sequence[object]) -> None:
        """Tell of these parts, and serve the first page among them at /metrics."""
        self._desk.parts = parts
        self._page = next((part for part in parts if isinstance(part, Page)), None)

    @property
    def address(self) -> str:
        """The address it serves, such as http://127.0.0.1:9464."""
        host, port = self._socket.getsockname()[:2]
        scheme = "https" if self._settings.tls else "http"
        return f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}"

    async def __aenter__(self) -> Self:
        self._tls = context_of(self._settings.tls) if self._settings.tls else None
        self._socket = _bound(self._settings)
        config = uvicorn.Config(
            self._app,
            log_config=None,
            # What goes wrong is counted by the guard: a line for each would fill the log.
            log_level="critical",
            access_log=False,
            lifespan="off",
            ws="none",
            timeout_graceful_shutdown=LONGEST_GOODBYE,
            http=Patience,
            h11_max_incomplete_event_size=LONGEST_HEAD,
            server_header=False,
            # A proxy on this machine says for whom it asks.
            proxy_headers=True,
            forwarded_allow_ips=["127.0.0.1", "::1"],
        )
        config.load()
        self._server = _Server(config)
        door = Door(self._speaking, self._tls, self._crowd, self._refusals)
        self._tasks = [
            asyncio.create_task(self._server.serve(sockets=[]), name="http"),
            asyncio.create_task(door.open(self._socket), name="door"),
        ]
        log.info("serving %s", self.address)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._tasks[1].cancel()
        self._server.should_exit = True
        await asyncio.wait(self._tasks, timeout=LONGEST_GOODBYE + 2)
        for connection in list(self._server.server_state.connections):
            connection.transport.abort()
        self._socket.close()

    def renew(self) -> None:
        """Have new connections see the certificate that is there now; one that cannot be used is
        said in the log, and the one before goes on.
        """
        if self._tls is None or self._settings.tls is None:
            return
        try:
            renew(self._tls, self._settings.tls)
        except ConfigError as error:
            log.error("%s; the certificate before goes on", error)

    def _speaking(self, place: Place) -> Patience:
        """Return what speaks with a client."""
        return Patience(
            place=place,
            refusals=self._refusals,
            config=self._server.config,
            server_state=self._server.server_state,
            app_state={},
        )

    async def _metrics(self, request: Request) -> Response:
        if self._page is None:
            return PlainTextResponse(
                "there is no exporter of type prometheus: add one to the settings\n", 404
            )
        headers = {"Content-Type": self._page.content_type, "Vary": "Accept-Encoding"}
        if "gzip" in request.headers.get("Accept-Encoding", ""):
            return Response(self._page.body_gzip, headers={**headers, "Content-Encoding": "gzip"})
        return Response(self._page.body, headers=headers)

    async def _healthz(self, _: Request) -> Response:
        """The process lives: its loop has come round to answer this."""
        return PlainTextResponse("ok\n")

    async def _readyz(self, _: Request) -> Response:
        """It can do its work: the ledger takes what is read."""
        for one in self._desk.health.now():
            if one.kind == "ledger" and not one.up:
                return PlainTextResponse(f"{one.error}\n", 503)
        return PlainTextResponse("ok\n")

    async def _reload(self, _: Request) -> Response:
        """Have the settings read again; the log says what became of it."""
        self._desk.reload()
        return PlainTextResponse("reading the settings again: the log says what changes\n", 202)


class _Server(uvicorn.Server):
    """A server that leaves the signals to the daemon."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def _failed(_: Request, __: Exception) -> Response:
    """Answer where there is a bug. The guard says in the log which."""
    return problem(500, "bug", "carbond has made a mistake: its log says more")


def _reason(error: OSError) -> str:
    """Return the system's words for an error, without the address that Python adds to them."""
    known = os.strerror(error.errno) if error.errno and error.errno > 0 else None
    return known or (error.strerror or str(error)).partition(" (while")[0]


def _bound(settings: HttpSettings) -> socket.socket:
    """Return a listening socket: a port that is taken is known before anything is read."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        return socket.create_server((settings.host, settings.port), family=family, backlog=128)
    except OSError as error:
        way_out = (
            "name another http.port, or 0 for a free one"
            if error.errno in (errno.EADDRINUSE, errno.EACCES)
            else "name an address of this machine as http.host"
        )
        raise ConfigError(
            f"http: cannot serve {settings.host} port {settings.port} ({_reason(error)}): {way_out}"
        ) from error
