"""The options of a grid that is read from Electricity Maps."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from agent.model import Kind, Mix
from config import Duration, GridSettings, Name, Secret

Granularity = Literal["hourly", "15_minutes", "5_minutes"]

PERIODS: dict[str, timedelta] = {
    "hourly": timedelta(hours=1),
    "15_minutes": timedelta(minutes=15),
    "5_minutes": timedelta(minutes=5),
}

HORIZONS = {timedelta(hours=hours): hours for hours in (6, 24, 48, 72)}
"""How far ahead the service forecasts, and how it is asked to."""


def _horizon(ahead: timedelta) -> timedelta:
    if ahead not in HORIZONS:
        raise ValueError("must be one of 6h, 24h, 48h and 72h, which the service forecasts")
    return ahead


def _averages(kinds: tuple[Kind, ...]) -> tuple[Kind, ...]:
    if not kinds:
        raise ValueError("name at least one of direct, lifecycle")
    if Kind.MARGINAL in kinds:
        raise ValueError(
            "Electricity Maps has averages only: write direct, lifecycle or both, "
            "and read the marginal intensity with a grid of type watttime"
        )
    return tuple(dict.fromkeys(kinds))


class ElectricityMapsSettings(GridSettings):
    """A zone of Electricity Maps."""

    type: Literal["electricitymaps"] = "electricitymaps"

    zone: Name
    """The zone as the service names it, such as DE, DK-DK2 or US-CAL-CISO."""

    key: Secret
    """The key of the account, sent as `auth-token`."""

    url: str = Field(default="https://api.electricitymaps.com/v4", pattern=r"^https?://[^/]")
    """Where the service answers, with the version."""

    kinds: Annotated[tuple[Kind, ...], AfterValidator(_averages)] = (Kind.DIRECT, Kind.LIFECYCLE)
    """Which to read: direct (combustion only, for Scope 2), lifecycle (with what is upstream)."""

    mix: Mix = Mix.CONSUMPTION
    """Whose electricity: what is used in the zone, imports traced, or what is produced in it."""

    granularity: Granularity = "hourly"
    """How fine to ask; a plan may answer coarser, and the answer's word counts."""

    backfill: Duration = timedelta(days=10)
    """How far back to read at the start, where the plan covers past ranges; else 24 hours."""

    forecast: Annotated[Duration, AfterValidator(_horizon)] | None = None
    """How far ahead to read forecasts, once an hour: 6h, 24h, 48h or 72h; none where left out."""

    requests_per_minute: float = Field(default=100, gt=0)
    """The most to ask in a minute, over all zones of the key; 0.5 is 30 in an hour."""
