"""What people write in the settings about an InfluxDB."""

import ssl
from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Literal, Self

import httpx
from pydantic import Field, field_validator, model_validator

from config import Duration, ExporterSettings, Secret
from config.web_address import web_address_of


class Grain(StrEnum):
    """What may be written apart from the rest: each is kept for another time."""

    MINUTES = "minutes"
    HOURS = "hours"
    INTENSITIES = "intensities"


NEEDED: Mapping[int, tuple[str, ...]] = {1: ("database",), 2: ("bucket", "org"), 3: ("database",)}
TAKEN: Mapping[int, tuple[str, ...]] = {
    1: ("database", "user", "password"),
    2: ("bucket", "org", "token"),
    3: ("database", "token"),
}


class InfluxSettings(ExporterSettings):
    """Where the InfluxDB is, which of the three write paths it has, and how to get in."""

    type: Literal["influxdb"]
    """The exporter: `influxdb`."""

    url: str
    """Address of the server without the path of an interface: `https://influx.example:8086`."""

    version: Literal[1, 2, 3] = 2
    """Which write path it has: 1 is /write, 2 is /api/v2/write, 3 is /api/v3/write_lp."""

    database: str | None = Field(default=None, min_length=1)
    """The database to write to, of versions 1 and 3."""

    bucket: str | None = Field(default=None, min_length=1)
    """The bucket to write to, of version 2."""

    org: str | None = Field(default=None, min_length=1)
    """The organisation that the bucket belongs to, of version 2."""

    token: Secret | None = None
    """A token that may write there, of versions 2 and 3."""

    user: str | None = Field(default=None, min_length=1)
    """The user to log in as, of version 1."""

    password: Secret | None = None
    """The password of the user, of version 1."""

    timeout: Duration = timedelta(seconds=10)
    """How long a whole request may take."""

    batch_lines: int = Field(default=5000, ge=1, le=100_000)
    """The most lines in one request."""

    gzip: bool = True
    """Whether requests are compressed."""

    verify_tls: bool = True
    """Whether the server's certificate is checked."""

    ca_file: Path | None = None
    """The certificates to check it against, in PEM; the system's where left out."""

    write: tuple[Grain, ...] = Field(default=tuple(Grain), min_length=1)
    """What is written there: minutes, hours (of meters and of sites), intensities."""

    tags: dict[str, str] = Field(default_factory=dict)
    """Tags to add to every line; a tag of the meter wins over one of the same name."""

    @field_validator("url")
    @classmethod
    def _is_an_address(cls, url: str) -> str:
        parts = httpx.URL(web_address_of(url, "http://127.0.0.1:8086"))
        if parts.query or parts.fragment:
            raise ValueError("must end with the path: the rest is added from the other options")
        return url.rstrip("/")

    @field_validator("ca_file")
    @classmethod
    def _is_readable(cls, path: Path | None) -> Path | None:
        if path is not None and not path.is_file():
            raise ValueError(f"must be a file of certificates in PEM: there is no {path}")
        try:
            ssl.create_default_context(cafile=path)
        except OSError as error:
            raise ValueError(f"must be a file of certificates in PEM: {error}") from error
        return path

    @model_validator(mode="after")
    def _fits_the_version(self) -> Self:
        for option in NEEDED[self.version]:
            if getattr(self, option) is None:
                raise ValueError(f"version {self.version} needs `{option}`")
        for option in sorted({name for names in TAKEN.values() for name in names}):
            if option not in TAKEN[self.version] and getattr(self, option) is not None:
                takes = ", ".join(TAKEN[self.version])
                raise ValueError(f"version {self.version} has no `{option}`: it takes {takes}")
        if (self.user is None) != (self.password is None):
            raise ValueError("`user` and `password` go together: give both or neither")
        if self.ca_file is not None and not self.verify_tls:
            raise ValueError("`ca_file` has no use with `verify_tls: false`: leave one out")
        return self
