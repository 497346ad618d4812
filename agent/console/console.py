"""The HTTP server of the daemon, in its event loop.

It serves bytes that are there already: a scrape costs the loop nothing.
"""

import asyncio
import contextlib
import logging
import os
import socket
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Protocol, Self, runtime_checkable

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from agent.errors import ConfigError
from agent.health import Health
from config.settings import HttpSettings

log = logging.getLogger("carbond.console")


LONGEST_GOODBYE = 2
"""Seconds that a client who does not read its page may keep us from ending."""


@runtime_checkable
class Page(Protocol):
    """A view that keeps itself as bytes, plain and compressed."""

    content_type: str
    body: bytes
    body_gzip: bytes


class Console:
    """Serves while it is entered. Raises ConfigError on entering if its address cannot be had."""

    def __init__(self, settings: HttpSettings, health: Health) -> None:
        self._settings = settings
        self._health = health
        self._page: Page | None = None
        routes = [
            Route("/metrics", self._metrics),
            Route("/healthz", self._healthz),
            Route("/readyz", self._readyz),
        ]
        self._app = Starlette(routes=routes)

    def show(self, parts: Sequence[object]) -> None:
        """Serve the first page among these parts at /metrics."""
        self._page = next((part for part in parts if isinstance(part, Page)), None)

    @property
    def address(self) -> str:
        """The address it serves, such as http://127.0.0.1:9464."""
        host, port = self._socket.getsockname()[:2]
        return f"http://{f'[{host}]' if ':' in host else host}:{port}"

    async def __aenter__(self) -> Self:
        self._socket = _bound(self._settings)
        self._server = _Server(
            uvicorn.Config(
                self._app,
                log_config=None,
                access_log=False,
                lifespan="off",
                ws="none",
                timeout_graceful_shutdown=LONGEST_GOODBYE,
            )
        )
        self._task = asyncio.create_task(self._server.serve(sockets=[self._socket]), name="http")
        log.info("serving %s/metrics", self.address)
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
        for one in self._health.now():
            if one.kind == "ledger" and not one.up:
                return PlainTextResponse(f"{one.error}\n", 503)
        return PlainTextResponse("ok\n")


class _Server(uvicorn.Server):
    """A server that leaves the signals to the daemon."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


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
