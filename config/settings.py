"""What people write in the settings, checked whole and frozen.

Each plug-in owns the class of its own options, a subclass of `DeviceSettings`, `GridSettings` or
`ExporterSettings`; this package knows none of them.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal, NamedTuple, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SerializeAsAny,
    model_validator,
)

from agent.model import Kind, Role, Scope
from config.alerts import AlertsSettings
from config.fallback import DeclaredPue, Fallback
from config.fields import Current, Duration, Mass, Name, Power, Share, Size, Strict
from config.http import HttpSettings
from config.quantities import timezone_of

_PART = "|".join(scope for scope in Scope if scope is not Scope.TOTAL)
UPSTREAM = rf"^[A-Za-z0-9][A-Za-z0-9._:-]*(/({_PART})(/[A-Za-z0-9._:-]+)?)?$"
Upstream = Annotated[str, Field(pattern=UPSTREAM, max_length=250)]

Timezone = Annotated[str, AfterValidator(timezone_of)]


def _listed(value: object) -> object:
    """Return one name as a list of one."""
    return (value,) if isinstance(value, str) else value


class Clash(NamedTuple):
    """Why a device cannot stand beside the others of its type."""

    number: int
    """Which of those that were looked at, from 0."""

    key: str
    """The key that would have to change."""

    text: str
    """The cause and the way out."""


class RatingSettings(Strict):
    """What a device may carry for good, as its plate and the fuse before it say."""

    power: Power | None = None
    """Of the whole device: 7.4 kW."""

    current: Current | None = None
    """Of each of its inlets or phases: 32 A."""

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.power is None and self.current is None:
            raise ValueError("must have a power, a current or both: {power: 7.4 kW, current: 32 A}")
        return self


class DeviceSettings(Strict):
    """What every device has, whatever protocol it speaks."""

    name: Name
    """Name of the device, and of its meters."""

    type: str
    """The collector that reads it."""

    site: Name | None = None
    """The site it belongs to; may be left out where there is only one."""

    role: Role = Role.DEVICE
    """Where its total stands in the power chain; the PUE is measured by it."""

    upstream: Annotated[tuple[Upstream, ...], BeforeValidator(_listed)] = ()
    """The device that feeds it, or a part of one: `DEVICE/input`, `DEVICE/outlet/12`; a list of
    those that feed it together.
    """

    rack: str | None = None
    """The rack it stands in, or feeds."""

    room: str | None = None
    """The room it stands in."""

    feed: str | None = None
    """Which of a rack's supplies it is on, such as A or B."""

    tenant: str | None = None
    """Whose it is: a customer or a department. Energy and emissions can be divided by it."""

    tags: dict[str, str] = Field(default_factory=dict)
    """Free tags, handed on to the exporters."""

    every: Duration = timedelta(seconds=60)
    """How often it is read."""

    limit_watts: float | None = Field(default=None, gt=0)
    """The most it can draw; tells a rollover from a reset. The profile's where left out."""

    accuracy: Annotated[Share, Field(gt=0, lt=1)] | None = None
    """The greatest error of its energy, as a share of it: 0.01 or 1 %."""

    rating: RatingSettings | None = None
    """What it may carry for good: its load is shown by it, and whether a rack's feeds could stand
    in for each other.
    """

    @classmethod
    def clashes(cls, devices: Sequence[Self]) -> Iterator[Clash]:
        """Yield what cannot be together among all devices of this type, each good by itself.

        A type whose devices share something of the world (a connection, a machine) says it here.
        """
        return iter(())


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

    declared: DeclaredPue | None = None
    """The PUE to apply, marked as declared, to hours in which it cannot be measured: a number, or
    the row of a table of cloud region metadata.
    """

    partial: bool = False
    """Whether the meters see a part of a data centre only: its PUE is a partial one, pPUE."""


class CarbonBudgetSettings(Strict):
    """How much a site may emit, location-based."""

    day: Mass | None = None
    """In a day of the site's own time: 2 t."""

    month: Mass | None = None
    """In a month of the site's own time: 60 t."""

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.day is None and self.month is None:
            raise ValueError("must have a day, a month or both: {day: 2 t, month: 60 t}")
        return self


class SiteSettings(Strict):
    """A data centre, or a part of one that is accounted for on its own."""

    name: Name
    """Name of the site, as the devices refer to it."""

    timezone: Timezone = "UTC"
    """Name in the IANA data base; days are shown in it, hours are always UTC."""

    grid: Name | None = None
    """The grid whose average intensity applies."""

    marginal_grid: Name | None = None
    """The grid whose marginal intensity applies, where it is another one."""

    fallback: Fallback = ("estimate",)
    """What may stand in for a missing final intensity, in this order, and nothing else."""

    pue: PueSettings = PueSettings()
    """How its PUE is known."""

    least_coverage: Share = 0.0
    """Totals of which a smaller share is known are refused: 0.95 or 95 %."""

    carbon_budget: CarbonBudgetSettings | None = None
    """How much it may emit in a day and in a month, location-based."""


class KeepSettings(Strict):
    """How long the ledger keeps what."""

    minutes: Duration = timedelta(days=100)
    """Minutes; hours, intensities and restatements are kept for good."""

    hourly: tuple[Scope, ...] = (Scope.PHASE, Scope.BRANCH, Scope.OUTLET)
    """The parts of a device that are kept by the hour and not by the minute."""

    cap: Size = 20 * 10**9
    """Bytes above which the oldest minutes go first; what is lost is counted and said."""


class LedgerSettings(Strict):
    """Where the book is, and how much of it."""

    path: Path = Path("/var/lib/carbond/ledger.db")
    """The file; its folder must exist and be writable."""

    keep: KeepSettings = KeepSettings()
    """How long it keeps what."""


class LogSettings(Strict):
    """What the daemon says on standard error."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    """The least grave of what is said."""

    form: Literal["text", "json"] = "text"
    """Lines for people, or a JSON object in each line for programs."""


class Settings(Strict):
    """All of it. The items are instances of the plug-ins' own classes."""

    sites: tuple[SiteSettings, ...] = Field(min_length=1)
    """The data centres; at least one."""

    devices: tuple[SerializeAsAny[DeviceSettings], ...] = ()
    """What is read, each by the collector of its type."""

    grids: tuple[SerializeAsAny[GridSettings], ...] = ()
    """Where intensities come from, each by the collector of its type."""

    exporters: tuple[SerializeAsAny[ExporterSettings], ...] = ()
    """Where the entries of the ledger go to."""

    ledger: LedgerSettings = LedgerSettings()
    """Where the book is."""

    http: HttpSettings = HttpSettings()
    """Where the daemon answers over HTTP."""

    log: LogSettings = LogSettings()
    """What the daemon says."""

    alerts: AlertsSettings = AlertsSettings()
    """What a person is told of."""
