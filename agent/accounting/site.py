"""What accounting needs to know of a site: its time, its grids, and what may stand in for what."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from agent.model import BudgetPeriod, Kind, Role
from agent.units import Grams, GramsPerKwh

LATEST_FORECAST = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherSource:
    """Take another grid's intensity, as of another provider."""

    grid: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """Take what the grid's own provider calls an estimate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """Take what was forecast for the hour, at most so long before it began."""

    oldest: timedelta = LATEST_FORECAST


@dataclass(frozen=True, slots=True, kw_only=True)
class LastYear:
    """Take the same hour of the year before, with its month, day and hour in UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Annual:
    """Take one value for whole years: for `year`, and for at most `oldest` years after it."""

    value: GramsPerKwh
    year: int
    source: str
    kind: Kind = Kind.DIRECT
    oldest: int = 2


StandIn = OtherSource | Estimate | Forecast | LastYear | Annual
"""What may be applied to an hour whose final intensity is missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A data centre that is accounted for on its own."""

    name: str
    timezone: str = "UTC"
    grid: str | None = None
    marginal_grid: str | None = None
    pue_measured: bool = True
    pue_declared: float | None = None
    pue_source: str = ""
    """Where the declared PUE comes from, such as a row of a region metadata file."""

    it_role: Role | None = None
    partial: bool = False
    """Whether its meters see a part of a data centre: its PUE is a pPUE."""

    fallback: tuple[StandIn, ...] = (Estimate(),)
    """What may stand in for a missing final intensity, in this order, and nothing else."""

    least_coverage: float = 0.0
    """A total of which a smaller share is known is refused, 0 to 1."""

    budget_day: Grams | None = None
    budget_month: Grams | None = None
    """Carbon budgets, location-based. They are of the present alone: no hour is computed with them,
    and they are not in the ledger.
    """

    @property
    def budgets(self) -> Mapping[BudgetPeriod, Grams]:
        """Its carbon budgets, by the period they are for."""
        both = {BudgetPeriod.DAY: self.budget_day, BudgetPeriod.MONTH: self.budget_month}
        return {period: grams for period, grams in both.items() if grams is not None}
