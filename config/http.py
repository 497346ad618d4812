"""Where the daemon answers over HTTP, and who may ask it."""

import re
from enum import StrEnum
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from config.fields import Name, Strict

_HASH = re.compile(r"[0-9a-f]{64}")
_HOST_NAME = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*")
_HOST = r"^[A-Za-z0-9._:%-]{1,253}$"


class AccessScope(StrEnum):
    """What a token may."""

    READ = "read"
    """See everything."""

    ADMIN = "admin"
    """Have the settings read again, and devices asked, as well."""


def _hash(value: object) -> str:
    """Return a hash in small letters. What is none is not said again: it may be the token."""
    if not isinstance(value, str) or _HASH.fullmatch(value.lower()) is None:
        raise ValueError(
            "must be the SHA-256 of a token, 64 digits from 0 to f, and never the token itself: "
            "`carbond token` makes a token and prints its hash"
        )
    return value.lower()


class TokenSettings(Strict):
    """A token that somebody has; `carbond token` makes one and prints these lines."""

    name: Name
    """Whose it is, or what for."""

    scope: AccessScope = AccessScope.READ
    """read, or admin: that may have the settings read again and devices asked, too."""

    sha256: Annotated[str, BeforeValidator(_hash)]
    """The hash of the token. The token itself stands nowhere."""


class TlsSettings(Strict):
    """The files of TLS."""

    certificate: Path
    """The certificate and those that it stands on, in PEM."""

    key: Path
    """Its private key, in PEM, without a passphrase."""


def _known_as(name: str) -> str:
    """Return a name of a host. Raises ValueError for an address of the web, or one with a port."""
    if _HOST_NAME.fullmatch(name) is None:
        raise ValueError(f"{name!r} is no name of a host: write it alone, such as carbond.example")
    return name


def _plain(host: object) -> object:
    """Return an address of IPv6 without the brackets that it has in the address of a page."""
    if isinstance(host, str) and host.startswith("[") and host.endswith("]"):
        return host[1:-1]
    return host


def _listed(value: object) -> object:
    """Return one name as a list of one."""
    return (value,) if isinstance(value, str) else value


class HttpSettings(Strict):
    """Where the daemon answers over HTTP, and who may ask it."""

    host: Annotated[str, BeforeValidator(_plain), Field(pattern=_HOST)] = "127.0.0.1"
    """Address of the console, its API, /metrics, /healthz and /readyz."""

    port: int = Field(default=9464, ge=0, le=65535)
    """0 takes a free one and logs it."""

    names: Annotated[
        tuple[Annotated[str, AfterValidator(_known_as)], ...], BeforeValidator(_listed)
    ] = ()
    """The names by which it is reached, beside its addresses and the machine's own name."""

    tls: TlsSettings | None = None
    """The files of TLS; left out, it speaks plain HTTP."""

    tokens: tuple[TokenSettings, ...] = ()
    """Who may ask. On this machine alone (127.0.0.1) everybody may read where there are none."""

    allow: tuple[Literal["no-tokens", "no-tls"], ...] = ()
    """What is wanted all the same where other machines can reach it: that everybody may read
    (no-tokens), and that it is not encrypted (no-tls), behind a proxy that does both.
    """

    @property
    def is_local(self) -> bool:
        """Whether only this machine can reach it."""
        if self.host == "localhost":
            return True
        try:
            return ip_address(self.host.partition("%")[0]).is_loopback
        except ValueError:
            return False

    @model_validator(mode="after")
    def _guarded(self) -> Self:
        if self.is_local:
            return self
        lacks = []
        if not self.tokens and "no-tokens" not in self.allow:
            lacks.append("tokens (`carbond token` makes one), or allow: [no-tokens]")
        if self.tls is None and "no-tls" not in self.allow:
            lacks.append("tls with certificate and key, or allow: [no-tls]")
        if lacks:
            ways = "; and ".join(lacks)
            raise ValueError(f"other machines can reach host {self.host}: write {ways}")
        return self

    @model_validator(mode="after")
    def _different(self) -> Self:
        names = [one.name for one in self.tokens]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"two tokens are called {name}: give each a name of its own")
        by_hash: dict[str, str] = {}
        for one in self.tokens:
            other = by_hash.setdefault(one.sha256, one.name)
            if other != one.name:
                raise ValueError(
                    f"{other} and {one.name} have the same token: `carbond token` makes another one"
                )
        return self
