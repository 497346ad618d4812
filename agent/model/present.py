"""The present, as it is shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from agent.model.hours import SiteHour
from agent.model.intensities import Kind
from agent.model.meters import Meter
from agent.units import Grams, Joules, Watts


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Now:
    """All that is shown of this moment: what the Prometheus page and the console render."""

    at: datetime
    sites: Sequence[SiteNow]
    meters: Sequence[MeterNow]
    devices: Sequence[DeviceNow]
