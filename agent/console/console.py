"""The HTTP server of the daemon, in its event loop: the page, the API, and what machines ask.

What is served is there already as bytes, or is made in a reader's thread.
"""

import asyncio
import contextlib
import logging
import os
import socket
import ssl
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Any, Protocol, Self, runtime_checkable

import uvicorn
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from agent.console.access.guard import Guard
from agent.console.access.slow import Patience
from agent.console.api import api_of
from agent.console.desk import Desk
from agent.console.page import page_routes
from agent.errors import ConfigError
from config.http import HttpSettings, TlsSettings

log = logging.getLogger("carbond.console")


LONGEST_GOODBYE = 2
"""Seconds that a client who does not read its page may keep us from ending."""

LONGEST_HEAD = 16 * 1024
"""Bytes of a request before its body."""

MOST_AT_ONCE = 300
"""Connections; more are told to come back later."""


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
        self._app = Guard(app, settings)

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
        tls = _tls(self._settings.tls)
        self._socket = _bound(self._settings)
        self._server = _Server(
            uvicorn.Config(
                self._app,
                log_config=None,
                access_log=False,
                lifespan="off",
                ws="none",
                timeout_graceful_shutdown=LONGEST_GOODBYE,
                http=Patience,
                h11_max_incomplete_event_size=LONGEST_HEAD,
                limit_concurrency=MOST_AT_ONCE,
                server_header=False,
                **tls,
            )
        )
        self._task = asyncio.create_task(self._server.serve(sockets=[self._socket]), name="http")
        log.info("serving %s", self.address)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.should_exit = True
        await asyncio.wait([self._task])
        self._socket.close()

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


def _tls(settings: TlsSettings | None) -> dict[str, Any]:
    """Return the options of TLS. Raises ConfigError for files that cannot be used."""
    if settings is None:
        return {}
    try:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(settings.certificate, settings.key, password="")
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(
            f"http.tls: {settings.certificate} and {settings.key} cannot be used "
            f"({_reason(error)}): name a certificate and its key, both in PEM, without a passphrase"
        ) from error
    return {"ssl_certfile": settings.certificate, "ssl_keyfile": settings.key}


def _reason(error: OSError) -> str:
    """Return the system's words for an error; asyncio and socket add the address to theirs."""
    return os.strerror(error.errno) if error.errno and error.errno > 0 else str(error)


def _bound(settings: HttpSettings) -> socket.socket:
    """Return a listening socket: a port that is taken is known before anything is read."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        return socket.create_server((settings.host, settings.port), family=family, backlog=128)
    except OSError as error:
        raise ConfigError(
            f"http: cannot serve {settings.host} port {settings.port} ({_reason(error)}): name "
            "another http.port, or 0 for a free one"
        ) from error
