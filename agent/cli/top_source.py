"""Where `carbond top` has it from: the API of a daemon that runs."""

import ssl
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from agent.cli.top_data import History, Item, Snapshot, Values
from agent.errors import ConfigError, Unavailable

API = "/api/v1"
PATIENCE = 5.0
"""Seconds for an answer."""

PAGE = 1000
MOST_PAGES = 100
MINUTES = timedelta(minutes=60)
ENOUGH = 0.9
"""Share of a minute that is nearly all."""

LATE = 2
"""Minutes that readings may be late; what is missing before them is a gap."""

HISTORY_EVERY = timedelta(seconds=30)


class Refused(ConfigError):
    """The daemon has answered, and a person must change something."""


class Source:
    """Asks a daemon. Close it at the end."""

    def __init__(self, url: str, token: str | None, verify: ssl.SSLContext | bool = True) -> None:  # noqa: FBT001, FBT002 as httpx has it
        """`token` is kept for its header alone."""
        self.url = url
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        self._client = httpx.AsyncClient(
            base_url=url, headers=headers, timeout=PATIENCE, verify=verify, trust_env=False
        )
        self._asked: datetime | None = None
        self._histories: tuple[History, History] = ({}, {})

    async def close(self) -> None:
        """Close its connections."""
        await self._client.aclose()

    async def snapshot(self) -> Snapshot:
        """Return this moment. Raises Unavailable, and Refused where asking again is of no use."""
        sites = await self._items(f"{API}/sites")
        meters = await self._items(f"{API}/meters?scope=total")
        devices = await self._items(f"{API}/devices")
        at = max((datetime.fromisoformat(one["at"]) for one in sites), default=datetime.now(UTC))
        if self._asked is None or at - self._asked >= HISTORY_EVERY:
            self._histories = await self._history(sites, at)
            self._asked = at
        by_site, by_meter = self._histories
        return Snapshot(
            at=at,
            sites=sites,
            meters=meters,
            devices=devices,
            site_history=by_site,
            meter_history=by_meter,
        )

    async def alerts(self) -> list[Item] | None:
        """Return what fires, and what is about to; None where no rule is evaluated. Raises as
        `snapshot` does.
        """
        evaluated = (await self._get(f"{API}/alerts?limit=1"))["evaluated"]
        return await self._items(f"{API}/alerts") if evaluated else None

    async def _history(self, sites: list[Item], at: datetime) -> tuple[History, History]:
        """Return the power of the last minutes; nothing of more meters than can be asked for."""
        by_site: dict[str, Any] = {}
        by_meter: dict[str, Any] = {}
        end = at.replace(second=0, microsecond=0)
        span = {"from": (end - MINUTES).isoformat(), "to": end.isoformat()}
        for site in sites:
            asked = {"quantity": "power", "step": "minute", "site": site["name"], **span}
            by_site |= await self._series(asked)
            by_meter |= await self._series({**asked, "scope": "total", "by": "meter"})
        return by_site, by_meter

    async def _series(self, asked: Mapping[str, str]) -> Mapping[str, Any]:
        try:
            found = await self._get(f"{API}/series", asked)
        except Refused:
            return {}
        return {one["key"]: _known(one) for one in found["series"]}

    async def _items(self, path: str) -> list[Item]:
        items: list[Item] = []
        following: str | None = f"{path}{'&' if '?' in path else '?'}limit={PAGE}"
        for _ in range(MOST_PAGES):
            if following is None:
                break
            page = await self._get(following)
            items += page["items"]
            following = page["next"]
        return items

    async def _get(self, path: str, asked: Mapping[str, str] | None = None) -> Any:  # noqa: ANN401 JSON
        try:
            answer = await self._client.get(path, params=asked)
            if answer.is_success:
                return answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise Unavailable(f"{self.url}: {_words(error)}") from error
        if answer.is_server_error or answer.status_code == httpx.codes.TOO_MANY_REQUESTS:
            raise Unavailable(f"{self.url}: {_detail(answer)}")
        raise Refused(f"{self.url}{path}: {_detail(answer)}")


def _known(series: Item) -> Values:
    """Return the values up to the newest minute of which nearly all is known: of those after it
    some readings are on their way.
    """
    coverage = series["coverage"]
    last = max((at for at, one in enumerate(coverage) if one >= ENOUGH), default=-1)
    return list(series["values"][: last + 1]) + [None] * max(len(coverage) - last - 1 - LATE, 0)


def _words(error: Exception) -> str:
    if isinstance(error, httpx.TimeoutException):
        return f"no answer within {PATIENCE:g} s"
    if isinstance(error, httpx.ConnectError):
        return f"nothing answers there ({error})"
    return str(error) or type(error).__name__


def _detail(answer: httpx.Response) -> str:
    """Return what an answer says is wrong; the daemon's own words where it has any."""
    try:
        said = answer.json()["detail"]
    except (ValueError, KeyError, TypeError):
        said = ""
    if answer.status_code in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
        said = f"{said or 'it wants a token'}: name one with --token-file"
    return str(said) or f"it answers {answer.status_code}: is it a carbond?"


def checked_url(text: str) -> str:
    """Return an address without its path. Raises ConfigError for what is none."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise ConfigError(f"--url {text[:80]!r}: {error}") from error
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
        raise ConfigError(f"--url {text[:80]!r}: must be such as http://127.0.0.1:9464")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}{'' if port is None else f':{port}'}"


def reachable(host: str) -> str:
    """Return the address at which a daemon that listens at one is asked from this machine."""
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if address.is_unspecified:
        address = ip_address("127.0.0.1" if address.version == 4 else "::1")  # noqa: PLR2004 IPv4
    return f"[{address}]" if address.version == 6 else str(address)  # noqa: PLR2004 IPv6


def token_in(path: Path | None) -> str | None:
    """Return the token of a file. Raises ConfigError if it cannot be read, or holds none."""
    if path is None:
        return None
    try:
        token = path.read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"--token-file {path}: {error}") from error
    if not token.isascii() or not token.isprintable() or not token:
        raise ConfigError(f"--token-file {path}: must hold one token, as `carbond token` makes it")
    return token
