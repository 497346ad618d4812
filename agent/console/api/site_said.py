"""What is told of a site at a glance."""

from pydantic import BaseModel, Field

from agent.console.api.asked import Moment
from agent.model import BudgetPeriod, Fallback


class Reporting(BaseModel):
    """How many devices there are, and how many of them are heard of."""

    total: int = Field(description="Devices in the settings.")
    reporting: int = Field(description="Of them, those that answer.")


class IntensityUsed(BaseModel):
    """The intensity that is applied to an hour."""

    value_g_per_kwh: float
    source: str
    estimated: bool
    fallback: Fallback | None = Field(description="What stands in for the grid's own value.")
    version: Moment = Field(description="The source's own version of it.")


class EmissionsSaid(BaseModel):
    """Kilograms CO2e by kind of intensity. They are never added up."""

    location: float | None = Field(description="Location-based, by direct average intensity.")
    lifecycle: float | None
    marginal: float | None


class StandingSaid(BaseModel):
    """Shares of the energy by what its emissions stand on; they add up to 1."""

    final: float
    estimated: float
    fallback: float
    uncovered: float


class HourSaid(BaseModel):
    """The running hour, or the newest one there is."""

    start: Moment
    pue: float | None
    pue_measured: bool | None
    pue_category: int | None = Field(description="ISO/IEC 30134-2: where IT energy is measured.")
    coverage: float = Field(description="Share of its energy that is known, 0 to 1.")
    intensities: dict[str, IntensityUsed] = Field(description="By direct, lifecycle, marginal.")


class TodaySaid(BaseModel):
    """The day so far, in the site's own zone."""

    energy_kwh: float | None
    emissions_kg: EmissionsSaid
    coverage: float | None = Field(description="Share of its energy that is known, 0 to 1.")
    standing: dict[str, StandingSaid] = Field(description="By location, lifecycle, marginal.")
    pue_measured_share: float | None


class MonthSaid(BaseModel):
    """The month so far, in the site's own zone."""

    name: str
    energy_kwh: float | None
    emissions_kg: EmissionsSaid
    coverage: float
    days_over: float = Field(description="Days of it that are over: hours by 24.")
    days: float


class BudgetSaid(BaseModel):
    """A carbon budget of the settings, location-based, and how its period goes."""

    budget_kg: float
    used_kg: float | None = Field(description="Of it so far, of what is known.")
    projected_kg: float | None = Field(
        description="At the end of the period, with the rest of its time at the rate of late."
    )
    burn: dict[str, float] = Field(
        description="By window, such as 6h: emissions in the last so much time by what the budget"
        " allows for it."
    )


class SiteSaid(BaseModel):
    """A site at a glance. Null is what is not known."""

    name: str
    timezone: str
    grid: str | None
    at: Moment
    meters: Reporting
    power_watts: float | None
    it_power_watts: float | None
    hour: HourSaid | None
    today: TodaySaid
    month: MonthSaid
    budget: dict[BudgetPeriod, BudgetSaid] = Field(
        description="By day and month; a period without a budget is absent."
    )
    troubles: int = Field(description="How many things need a look.")


class Sites(BaseModel):
    """A page of sites, in the order of their names."""

    items: list[SiteSaid]
    next: str | None = Field(description="The path of the next page; null on the last one.")
