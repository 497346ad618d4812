"""What can be set for a device that an exporter tells of. sample.yaml shows every option."""

import ssl
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal, Self

import httpx
from pydantic import Field, field_validator, model_validator

from agent.errors import ConfigError
from agent.model import Scope
from config import DeviceSettings, Duration, Secret
from config.in_band import check_placed, placed
from config.power_only import check_polled
from config.profiles.files import known
from config.profiles.prometheus import ExporterMap, Labels, MeterMap, MeterMaps, maps
from config.web_address import web_address_of

INLINE = "prometheus"
"""The name of a map that stands in the settings, in what its readings are marked with."""


class PrometheusSettings(DeviceSettings):
    """A device that an exporter tells of."""

    type: Literal["prometheus"]
    """The collector that reads it."""

    url: str
    """Address of the page, with the parameters of the target, `?target=10.0.0.7&module=raritan`."""

    map: str | None = None
    """The exporter, by the name of its map."""

    meters: MeterMaps = ()
    """The meters, where no map fits: metrics, labels and units."""

    labels: Labels = Field(default_factory=dict)
    """Labels that all samples of this device have, on a page with several devices."""

    read: tuple[Scope, ...] | None = None
    """Which parts to read; all that the map has where left out."""

    in_band: bool | None = None
    """Whether the machine measures itself; as the map says where left out."""

    alone: bool = False
    """Whether nothing else in the settings reads this machine; for what is in-band."""

    user: str | None = Field(default=None, min_length=1)
    """The user to log in as (Basic)."""

    password: Secret | None = None
    """The user's password."""

    token: Secret | None = None
    """A token to show in place of a user (Bearer)."""

    verify_tls: bool = True
    """Whether the server's certificate is checked."""

    ca_file: Path | None = None
    """The certificates to check it against, in PEM; the system's where left out."""

    client_cert: Path | None = None
    """Our own certificate with its key, in PEM, where the server wants one."""

    timeout: Duration = timedelta(seconds=10)
    """How long a whole answer may take."""

    max_age: Duration = timedelta(minutes=5)
    """How old a sample may be that carries a time; an older one is missing."""

    longest_gap: Duration = timedelta(minutes=5)
    """Over which power may be integrated where there is no counter."""

    @field_validator("url")
    @classmethod
    def _is_an_address(cls, url: str) -> str:
        return web_address_of(url, "http://127.0.0.1:9100/metrics")

    @field_validator("map")
    @classmethod
    def _known(cls, name: str | None) -> str | None:
        return name if name is None else known(name, maps, "map")

    @field_validator("read")
    @classmethod
    def _something(cls, scopes: tuple[Scope, ...] | None) -> tuple[Scope, ...] | None:
        if scopes == ():
            raise ValueError("an empty list reads nothing: write [total], or leave it out")
        return scopes

    @field_validator("ca_file", "client_cert")
    @classmethod
    def _is_there(cls, path: Path | None) -> Path | None:
        if path is not None and not path.is_file():
            raise ValueError(f"must be a file in PEM: there is no {path}")
        return path

    @model_validator(mode="before")
    @classmethod
    def _placed(cls, values: Any) -> Any:  # noqa: ANN401 what was written may be anything
        if not isinstance(values, dict):
            return values
        said, name = values.get("in_band"), values.get("map")
        if said is None and isinstance(name, str) and name in _maps_or_none():
            said = maps()[name].in_band
        return placed(values) if said is True else values

    @model_validator(mode="after")
    def _together(self) -> Self:
        if (self.map is None) == (not self.meters):
            raise ValueError("it needs a `map`, or `meters` of its own, and not both")
        self._check_login()
        self._check_tls()
        missing = set(self.read or ()) - {meter.scope for meter in self.exporter.meters}
        if missing:
            raise ValueError(f"`read`: the map has no {', '.join(sorted(missing))}: leave it out")
        if self.timeout > self.every:
            raise ValueError("timeout is longer than every: a poll ends when the next one is due")
        self._check_gaps()
        if self.exporter.in_band:
            check_placed(self, alone=self.alone)
        elif self.alone:
            raise ValueError("`alone` is for what is read in-band: leave it out")
        return self

    def _check_gaps(self) -> None:
        for meter in self.wanted:
            if not meter.energy:
                what = f"the {meter.scope} of the map"
                check_polled(what, every=self.every, longest_gap=self.longest_gap)

    def _check_login(self) -> None:
        if (self.user is None) != (self.password is None):
            raise ValueError("`user` and `password` go together: give both or neither")
        if self.user is not None and self.token is not None:
            raise ValueError("`user` and `token` are two ways to log in: leave one out")

    def _check_tls(self) -> None:
        if self.ca_file is not None and not self.verify_tls:
            raise ValueError("`ca_file` has no use with `verify_tls: false`: leave one out")
        if self.ca_file is None and self.client_cert is None:
            return
        try:
            self.tls()
        except (OSError, ssl.SSLError) as error:
            raise ValueError(
                f"the certificates cannot be used: {error}: name files in PEM"
            ) from error

    @property
    def exporter(self) -> ExporterMap:
        """The map: the one that is named, or that of the settings."""
        if self.map is None:
            return ExporterMap(
                name=INLINE, title=INLINE, in_band=self.in_band is True, meters=self.meters
            )
        known = maps()[self.map]
        if self.in_band is None or self.in_band is known.in_band:
            return known
        return known.model_copy(update={"in_band": self.in_band})

    @property
    def wanted(self) -> Sequence[MeterMap]:
        """What of the map is read."""
        scopes = self.read or tuple(Scope)
        return [meter for meter in self.exporter.meters if meter.scope in scopes]

    def tls(self) -> ssl.SSLContext | bool:
        """Return how connections are made safe; False for a plain address."""
        if httpx.URL(self.url).scheme == "http":
            return False
        context = ssl.create_default_context(cafile=self.ca_file)
        if not self.verify_tls:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        if self.client_cert is not None:
            context.load_cert_chain(self.client_cert)
        return context


def _maps_or_none() -> dict[str, ExporterMap]:
    try:
        return dict(maps())
    except ConfigError:
        # `map` says so where it is checked.
        return {}
