"""Intensities: what a kilowatt-hour of a grid emits, in versions."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from math import isfinite

from agent.units import GramsPerKwh


class Kind(StrEnum):
    """What an intensity says. Average and marginal answer different questions and are never
    added; direct is combustion only (Scope 2), life cycle includes what is upstream (Scope 3).
    """

    DIRECT = "direct"
    LIFECYCLE = "lifecycle"
    MARGINAL = "marginal"


class Mix(StrEnum):
    """Whose electricity an intensity is of: what is used in the zone, imports traced, or what is
    produced in it.
    """

    CONSUMPTION = "consumption"
    PRODUCTION = "production"


@dataclass(frozen=True, slots=True, kw_only=True)
class Intensity:
    """g CO2e per kWh of one grid in one period, from one source, in one version.

    Identity is (grid, kind, mix, source, start, period, forecast or not); the version is
    `updated_at`, or `fetched_at` where the source gives none. The newest version is the current
    one whatever the order of arrival, of one version the one fetched last (Electricity Maps:
    `isEstimated: false` does not mean final).
    """

    grid: str
    kind: Kind
    source: str
    zone: str
    start: datetime
    period: timedelta
    value: GramsPerKwh
    fetched_at: datetime
    updated_at: datetime | None = None
    estimated: bool = False
    method: str = ""
    mix: Mix = Mix.CONSUMPTION
    forecast: bool = False
    """Said before the period began. It is never taken for what came true."""

    def __post_init__(self) -> None:
        if self.start.utcoffset() != timedelta(0):
            raise ValueError(f"intensity of {self.grid} is not in UTC: {self.start}")
        if not isfinite(self.value):
            raise ValueError(f"intensity of {self.grid} at {self.start} is {self.value}")

    @property
    def version(self) -> datetime:
        """The provider's version, else the time it was fetched."""
        return self.updated_at or self.fetched_at
