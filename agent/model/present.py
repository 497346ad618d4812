"""The present, as it is shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from agent.model.hours import Residual, SiteHour
from agent.model.intensities import Kind
from agent.model.meters import Meter
from agent.units import Grams, GramsPerKwh, Joules, Watts

FRESH = timedelta(seconds=150)
"""A reading older than this is not what is now, where nobody says otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterNow:
    """The last reading of a meter, and the energy booked for it since its first.

    `booked` is None for what has conditions alone: a sensor, a UPS that only says its load.
    """

    meter: Meter
    since: datetime
    at: datetime
    power: Watts | None
    booked: Joules | None
    conditions: Mapping[str, float] = field(default_factory=dict)

    @property
    def is_booked(self) -> bool:
        """Whether the ledger has ever booked a power or an energy of it."""
        return self.booked is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceNow:
    """Whether a device (or a grid, or an exporter) answers, since when, and why not."""

    name: str
    kind: str
    up: bool
    since: datetime
    error: str = ""
    seconds: float = 0.0
    """How long its last answer took."""

    answered: datetime | None = None
    """When it last answered; None if it has not since the process began."""

    missed: int = 0
    """How many polls in a row have had no answer."""


class BudgetPeriod(StrEnum):
    """What a carbon budget is for: periods of the site's own calendar."""

    DAY = "day"
    MONTH = "month"


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetNow:
    """A location-based carbon budget, and how its period goes. None is what is not known."""

    budget: Grams
    used: Grams | None
    """So far, of what is known; None where too little is, and that is within the budget."""

    projected: Grams | None
    """At the end of the period, with what is to come, and what is not known, at the rate of late.
    """

    burns: Mapping[str, float] = field(default_factory=dict)
    """By window (`6h`): emissions in the last so much time by what the budget allows for it; at 1
    all the period long it ends exactly on its budget. One of which too little is known is absent.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastNow:
    """The bounds of an intensity in the next 24 hours, as it is forecast."""

    lowest: GramsPerKwh
    highest: GramsPerKwh


@dataclass(frozen=True, slots=True, kw_only=True)
class PueNow:
    """A site's measured PUE of late beside its own past. None is what is not known."""

    day: float | None
    """Of the last 24 full hours."""

    past: float | None
    """Of the 28 days before."""

    drift: float | None
    """How much higher the day's is, as a share; None where the two cannot be compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteNow:
    """A site at a glance. None and absent kinds are missing, never zero."""

    site: str
    power: Watts | None
    it_power: Watts | None
    energy_today: Joules | None
    emissions_today: Mapping[Kind, Grams]
    coverage_today: float | None
    hour: SiteHour | None
    """The running hour, provisional."""

    standing_today: Mapping[Kind, Mapping[str, float]] = field(default_factory=dict)
    """Shares of today's energy by what its emissions stand on: final, estimated, fallback and
    uncovered. They add up to 1.
    """

    pue_measured_today: float | None = None
    """Share of today's energy in hours whose PUE is measured, 0 to 1."""

    grid_power: Watts | None = None
    """What flows from the grid, which the intensities are for; the facility's where nothing
    measures that.
    """

    energy_month: Joules | None = None
    emissions_month: Mapping[Kind, Grams] = field(default_factory=dict)
    """Of the month so far, in the site's own calendar."""

    budgets: Mapping[BudgetPeriod, BudgetNow] = field(default_factory=dict)
    pue_now: PueNow | None = None
    forecasts: Mapping[Kind, ForecastNow] = field(default_factory=dict)
    known_until: Mapping[Kind, datetime] = field(default_factory=dict)
    """The end of the newest interval of each intensity that is known, forecasts left out."""

    residuals: Sequence[Residual] = ()
    """Of the nodes of the last hour that is closed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """What an exporter has not delivered yet."""

    exporter: str
    entries: int
    oldest: datetime | None
    """When the oldest of them was booked; None where there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerNow:
    """The room that the ledger takes and has, in bytes."""

    size: int
    """Of the file and its write-ahead log."""

    cap: int
    """At which the oldest minutes go."""

    free: int
    """On its disk, for carbond's user."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Now:
    """All that is shown of this moment: what the Prometheus page and the console render."""

    at: datetime
    sites: Sequence[SiteNow]
    meters: Sequence[MeterNow]
    devices: Sequence[DeviceNow]
    backlogs: Sequence[Backlog] = ()
    ledger: LedgerNow | None = None
