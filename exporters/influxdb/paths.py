"""The three write paths. Each posts one body and returns what the server answered.

Redirects are not followed (a login page at their end would look like a success), and proxies of
the environment are not used: the database is a neighbour.
"""

import asyncio
import ssl
from collections.abc import Callable
from functools import partial
from typing import Protocol

import httpx

from exporters.influxdb.settings import InfluxSettings
from exporters.influxdb.wire import Answer, encoding_of, silence


class Path(Protocol):
    """One write path of one server, opened when it is made."""

    async def post(self, body: bytes) -> Answer:
        """Send one body of lines with times in seconds. Raises Unavailable without an answer."""

    async def close(self) -> None:
        """Close the connection."""


async def path_to(settings: InfluxSettings) -> Path:
    """Return the write path of a server."""
    path = await asyncio.to_thread(_prepared, settings)
    return path()


def _prepared(settings: InfluxSettings) -> Callable[[], Path]:
    tls = _tls(settings)
    if settings.version == 2:  # noqa: PLR2004 it is a version
        # InfluxData's client takes 20 MB and half a second to load: who has no version 2 pays none.
        from exporters.influxdb.client import V2

        return partial(V2, settings, tls)
    return partial(Plain, settings, tls)


class Plain:
    """/write of version 1 and /api/v3/write_lp of version 3."""

    def __init__(self, settings: InfluxSettings, tls: ssl.SSLContext) -> None:
        self._settings = settings
        token, password = settings.token, settings.password
        if settings.version == 1:
            self._url, self._query = f"{settings.url}/write", {"precision": "s"}
        else:
            self._url, self._query = f"{settings.url}/api/v3/write_lp", {"precision": "second"}
        self._query["db"] = settings.database or ""
        self._client = httpx.AsyncClient(
            auth=(settings.user, password.reveal()) if settings.user and password else None,
            headers={
                "Content-Type": "text/plain; charset=utf-8",
                **encoding_of(settings),
                **({"Authorization": f"Bearer {token.reveal()}"} if token else {}),
            },
            timeout=None,  # noqa: S113 each request has one as a whole
            verify=tls,
            follow_redirects=False,
            trust_env=False,
        )

    async def post(self, body: bytes) -> Answer:
        try:
            async with asyncio.timeout(self._settings.timeout.total_seconds()):
                reply = await self._client.post(self._url, params=self._query, content=body)
        except (httpx.HTTPError, TimeoutError) as error:
            raise silence(self._settings, error) from error
        return Answer(
            status=reply.status_code,
            text=reply.text,
            retry_after=reply.headers.get("Retry-After"),
        )

    async def close(self) -> None:
        await self._client.aclose()


def _tls(settings: InfluxSettings) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=settings.ca_file)
    if not settings.verify_tls:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
