"""What people write in the settings, checked whole and frozen.

Each plug-in owns the class of its own options, a subclass of `DeviceSettings`, `GridSettings` or
`ExporterSettings`; this package knows none of them.
"""

import re
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from agent.model import Kind, Role

NAME = r"^[A-Za-z0-9][A-Za-z0-9._:-]*$"
Name = Annotated[str, Field(pattern=NAME, max_length=120)]

_UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}
_SIZES = {"kB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}


def duration_of(value: object) -> timedelta:
    """Return the time of `60s`, `5m`, `1h`, `100d` or `250ms`."""
    if isinstance(value, timedelta):
        return value
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)", str(value).strip())
    if match is None:
        raise ValueError("write a time with its unit, such as 60s, 5m, 1h or 100d")
    seconds = float(match[1]) * _UNITS[match[2]]
    if seconds <= 0:
        raise ValueError("the time must be above zero")
    return timedelta(seconds=seconds)


def size_of(value: object) -> int:
    """Return the bytes of `500MB` or `20GB`."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(kB|MB|GB|TB)", str(value).strip())
    if match is None:
        raise ValueError("write a size with its unit, such as 500MB or 20GB")
    return int(float(match[1]) * _SIZES[match[2]])


Duration = Annotated[timedelta, BeforeValidator(duration_of)]
Size = Annotated[int, BeforeValidator(size_of)]


class Strict(BaseModel):
    """Unknown keys are errors, and nothing changes after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class DeviceSettings(Strict):
    """What every device has, whatever protocol it speaks."""

    name: Name
    """Name of the device, and of its meters."""

    type: str
    """The collector that reads it."""

    site: Name | None = None
    """The site it belongs to; may be left out where there is only one."""

    role: Role = Role.DEVICE
    """Where its total stands in the power chain."""

    upstream: Name | None = None
    """The device that feeds it, or `DEVICE/input`."""

    rack: str | None = None
    room: str | None = None
    feed: str | None = None
    tenant: str | None = None
    tags: dict[str, str] = Field(default_factory=dict)
    """Free tags, handed on to the exporters."""

    every: Duration = timedelta(seconds=60)
    """How often it is read."""

    limit_watts: float | None = Field(default=None, gt=0)
    """The most it can draw; tells a rollover from a reset. The profile's where left out."""


class GridSettings(Strict):
    """What every source of intensities has."""

    name: Name
    """Name of the grid, as the sites refer to it."""

    type: str
    """The collector that reads it."""

    kinds: tuple[Kind, ...] = (Kind.DIRECT, Kind.LIFECYCLE)
    """Which intensities to read: direct, lifecycle, marginal."""

    every: Duration = timedelta(minutes=15)
    """How often to look for a newer one."""


class ExporterSettings(Strict):
    """What every exporter has."""

    name: Name
    """Name of the exporter, and of its cursor in the ledger."""

    type: str
    """The exporter that writes it."""


class PueSettings(Strict):
    """How a site's PUE is known."""

    measured: bool = True
    """Whether to measure it from the meters' roles, where they allow it."""

    it: Literal["rack", "ups-output", "device", "outlet"] | None = None
    """The role that measures IT energy; the first of rack, ups-output, device where left out."""

    declared: float | None = Field(default=None, ge=1.0, le=10.0)
    """The PUE to apply, marked as declared, to hours in which it cannot be measured."""


class SiteSettings(Strict):
    """A data centre, or a part of one that is accounted for on its own."""

    name: Name
    timezone: str = "UTC"
    """Name in the IANA data base; days are shown in it, hours are always UTC."""

    grid: Name | None = None
    """The grid whose average intensity applies."""

    marginal_grid: Name | None = None
    """The grid whose marginal intensity applies, where it is another one."""

    pue: PueSettings = PueSettings()


class KeepSettings(Strict):
    """How long the ledger keeps what."""

    minutes: Duration = timedelta(days=100)
    """Minutes; hours, intensities and restatements are kept for good."""

    cap: Size = 20 * 10**9
    """Bytes above which the oldest minutes go first; what is lost is counted and said."""


class LedgerSettings(Strict):
    path: str = "/var/lib/carbond/ledger.db"
    """The file; its folder must exist and be writable."""

    keep: KeepSettings = KeepSettings()


class HttpSettings(Strict):
    host: str = "127.0.0.1"
    """Address of /metrics, /healthz and /readyz."""

    port: int = Field(default=9464, ge=0, le=65535)
    """0 takes a free one and logs it."""


class LogSettings(Strict):
    level: Literal["debug", "info", "warning", "error"] = "info"
    form: Literal["text", "json"] = "text"


class Settings(Strict):
    """All of it."""

    sites: tuple[SiteSettings, ...] = Field(min_length=1)
    devices: tuple[DeviceSettings, ...] = ()
    grids: tuple[GridSettings, ...] = ()
    exporters: tuple[ExporterSettings, ...] = ()
    ledger: LedgerSettings = LedgerSettings()
    http: HttpSettings = HttpSettings()
    log: LogSettings = LogSettings()
