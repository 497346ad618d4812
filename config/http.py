"""Where the daemon answers over HTTP, and who may ask it."""

from enum import StrEnum
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from config.fields import Name, Strict


class AccessScope(StrEnum):
    """What a token may."""

    READ = "read"
    """See everything."""

    ADMIN = "admin"
    """Have the settings read again, and devices asked, as well."""


class TokenSettings(Strict):
    """A token that somebody has; `carbond token` makes one and prints these lines."""

    name: Name
    """Whose it is, or what for."""

    scope: AccessScope = AccessScope.READ
    """read, or admin: that may have the settings read again and devices asked, too."""

    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    """The hash of the token. The token itself stands nowhere."""


class TlsSettings(Strict):
    """The files of TLS."""

    certificate: Path
    """The certificate and those that it stands on, in PEM."""

    key: Path
    """Its private key, in PEM, without a passphrase."""


def _listed(value: object) -> object:
    """Return one name as a list of one."""
    return (value,) if isinstance(value, str) else value


class HttpSettings(Strict):
    """Where the daemon answers over HTTP, and who may ask it."""

    host: str = Field(default="127.0.0.1", min_length=1)
    """Address of the console, its API, /metrics, /healthz and /readyz."""

    port: int = Field(default=9464, ge=0, le=65535)
    """0 takes a free one and logs it."""

    names: Annotated[tuple[str, ...], BeforeValidator(_listed)] = ()
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
        return self
