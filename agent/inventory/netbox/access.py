"""Where a NetBox is, and how to be let in."""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx

from agent.errors import ConfigError
from agent.web import client_of
from config import Secret

NAME = "netbox"
_V2_TOKEN = "nbt_"  # noqa: S105 how tokens of the second version begin


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """What a person has said of it."""

    url: str
    """Its address, with or without `/api/` behind it."""

    token: Secret | None
    ca: Path | None = None
    """The certificates that may have signed its own; the system's where left out."""

    @property
    def root(self) -> httpx.URL:
        """The address of the API. Raises ConfigError for what is no address of a server."""
        try:
            url = httpx.URL(self.url)
        except httpx.InvalidURL as error:
            raise ConfigError(f"{NAME}: this is no address: {error}") from error
        if url.scheme not in ("http", "https") or not url.host:
            raise ConfigError(f"{NAME}: the address must be http:// or https:// and a name")
        if url.userinfo or url.query:
            raise ConfigError(
                f"{NAME}: the address must hold no user, password or query: the token stands in "
                "a file, named by --token-file"
            )
        path = url.path.rstrip("/")
        return url.copy_with(path=f"{path.removesuffix('/api')}/api/", fragment=None)

    @property
    def headers(self) -> Mapping[str, str]:
        if self.token is None:
            return {}
        text = self.token.reveal()
        if not text.isascii() or not text.isprintable() or " " in text:
            raise ConfigError(f"{NAME}: the token must be one word: write it into its file anew")
        kind = "Bearer" if text.startswith(_V2_TOKEN) else "Token"
        return {"authorization": f"{kind} {text}"}

    def client(self) -> httpx.AsyncClient:
        """Return a client that sends the token with each request, and to nowhere else.

        Raises ConfigError if the address, the token or the certificates are unusable.
        """
        transport = None
        if self.ca is not None:
            transport = httpx.AsyncHTTPTransport(verify=_context(self.ca))
        client = client_of(str(self.root), transport)
        client.headers.update(self.headers)
        return client


def _context(ca: Path) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca)
    except ssl.SSLError as error:
        raise ConfigError(f"{ca}: there are no certificates in it: it must be PEM") from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise ConfigError(f"{ca}: cannot read the certificates: {reason}: name a file") from error
