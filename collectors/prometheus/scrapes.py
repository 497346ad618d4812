"""Pages, fetched once in a cycle for all devices that they tell of."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import httpx

from agent.clock import Clock
from agent.errors import Unavailable
from agent.web import retry_after_of
from collectors.prometheus.page import Page
from collectors.prometheus.settings import PrometheusSettings

LARGEST_PAGE = 16 * 10**6
QUOTED = 200
LONGEST = 3600.0
"""Seconds after which the client gives up by itself: no timeout of the settings is longer."""

SHARED = 0.9
"""Of a poll's period a page is shared with others for so much: then a poll fetches its own."""

ACCEPT = "text/plain;version=0.0.4,application/openmetrics-text;version=1.0.0;q=0.5"
OPENMETRICS = "application/openmetrics-text"


class Failed(Exception):
    """Why there is no page, without the name of who asked."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


@dataclass(slots=True)
class Address:
    """One page, and who reads it."""

    settings: PrometheusSettings
    readers: int = 0
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    last: Page | Failed | None = None
    at: datetime | None = None


class Scrapes:
    """All pages of a daemon, over one pool of connections for each kind of TLS."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._clients: dict[object, httpx.AsyncClient] = {}
        self._addresses: dict[object, Address] = {}

    def join(self, settings: PrometheusSettings) -> Address:
        """Return the page of a device, which others may read too."""
        address = self._addresses.setdefault(_identity(settings), Address(settings))
        address.readers += 1
        return address

    def leave(self, address: Address) -> None:
        """Let go of a page; the last one forgets it."""
        address.readers -= 1
        if not address.readers:
            self._addresses.pop(_identity(address.settings), None)

    async def page(self, address: Address, name: str, every: timedelta) -> Page:
        """Return the page, as it was fetched in this cycle. Raises Unavailable, naming who asks."""
        async with address.lock:
            last = address.last
            if last is None or not self._is_fresh(address, every):
                # By its beginning: a slow answer must not pass for that of the next cycle.
                address.at = self._clock.now()
                last = await self._fetched(address.settings)
            # Nobody else will ask for a page of one reader, and it may be large.
            address.last = last if address.readers > 1 else None
        if isinstance(last, Failed):
            raise Unavailable(f"{name}: {last}", retry_after=last.retry_after) from last
        return last

    async def close(self) -> None:
        """Close the connections."""
        for client in self._clients.values():
            await client.aclose()
        self._clients.clear()

    def _is_fresh(self, address: Address, every: timedelta) -> bool:
        if address.at is None:
            return False
        return timedelta(0) <= self._clock.now() - address.at < every * SHARED

    async def _fetched(self, settings: PrometheusSettings) -> Page | Failed:
        where = _shown(settings.url)
        seconds = settings.timeout.total_seconds()
        try:
            async with asyncio.timeout(seconds):
                return await self._get(settings)
        except TimeoutError:
            return Failed(f"no answer from {where} within {seconds:g} s")
        except httpx.HTTPError as error:
            return Failed(f"no answer from {where}: {str(error) or type(error).__name__}")
        except Failed as failure:
            return failure

    async def _get(self, settings: PrometheusSettings) -> Page:
        client = self._client(settings)
        request = client.build_request("GET", settings.url, headers=_headers(settings))
        reply = await client.send(request, stream=True)
        try:
            text = await _text_of(reply)
        finally:
            await reply.aclose()
        if reply.status_code != httpx.codes.OK:
            raise self._refusal(reply, text, settings)
        kind = reply.headers.get("content-type", "").partition(";")[0].strip().lower()
        if text.lstrip().startswith("<"):
            raise Failed("an HTML page came back and no metrics: check the path in `url`")
        return Page(text=text, at=self._clock.now(), openmetrics=kind == OPENMETRICS)

    def _client(self, settings: PrometheusSettings) -> httpx.AsyncClient:
        key = _tls(settings)
        if key not in self._clients:
            # A proxy is for the world outside. The whole answer has a timeout of its own.
            self._clients[key] = httpx.AsyncClient(
                verify=settings.tls(),
                trust_env=False,
                timeout=LONGEST,
                limits=httpx.Limits(max_connections=50, max_keepalive_connections=10),
            )
        return self._clients[key]

    def _refusal(self, reply: httpx.Response, text: str, settings: PrometheusSettings) -> Failed:
        said = _words(text, settings)
        status = reply.status_code
        later = retry_after_of(reply.headers, self._clock.now())
        if status in {httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN}:
            way = "check `user` and `password`, or `token`"
        elif reply.is_redirect:
            way = f"it points to {_shown(reply.headers.get('location', '?'))}: write that as `url`"
        elif reply.is_server_error:
            way = "the exporter could not read its target: its log says why"
        else:
            way = "check `url` and its parameters"
        return Failed(f"{_shown(settings.url)} answers {status}{said}: {way}", later)


def _identity(settings: PrometheusSettings) -> object:
    """Return what pages must have in common to be one."""
    login = (settings.user, settings.password, settings.token)
    return (settings.url, login, _tls(settings), settings.timeout)


def _tls(settings: PrometheusSettings) -> object:
    if httpx.URL(settings.url).scheme == "http":
        return None
    return (settings.verify_tls, settings.ca_file, settings.client_cert)


def _headers(settings: PrometheusSettings) -> Mapping[str, str]:
    # Not compressed: a small answer cannot become a large one.
    headers = {"accept": ACCEPT, "accept-encoding": "identity", "user-agent": "carbond"}
    if settings.token is not None:
        headers["authorization"] = f"Bearer {settings.token.reveal()}"
    elif settings.user is not None and settings.password is not None:
        login = httpx.BasicAuth(settings.user, settings.password.reveal())
        empty = httpx.Request("GET", settings.url)
        headers["authorization"] = next(login.auth_flow(empty)).headers["authorization"]
    return headers


async def _text_of(reply: httpx.Response) -> str:
    content = bytearray()
    async for piece in reply.aiter_bytes():
        content += piece
        if len(content) > LARGEST_PAGE:
            raise Failed(
                f"the page is larger than {LARGEST_PAGE // 10**6} MB: let the exporter say less"
            )
    return content.decode("utf-8", errors="replace")


def _words(text: str, settings: PrometheusSettings) -> str:
    """Return what an answer says, on one short line and without our own secrets."""
    line = " ".join(text.split())
    for secret in (settings.password, settings.token):
        if secret is not None:
            line = line.replace(secret.reveal(), "<secret>")
    if not line or line.startswith("<"):
        return ""
    shown = "".join(sign for sign in line if sign.isprintable())
    return f": {shown[:QUOTED]}{'…' if len(shown) > QUOTED else ''}"


def _shown(url: str) -> str:
    """Return an address without its parameters, which may be many, and may be secret."""
    return url.partition("?")[0]
