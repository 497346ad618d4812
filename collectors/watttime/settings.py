"""The options of a grid that is read from WattTime."""

from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from agent.model import HOUR, Kind
from config import Duration, GridSettings, Name, Secret

ModelDate = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]

LONGEST_FORECAST = timedelta(hours=72)


def _horizon(ahead: timedelta) -> timedelta:
    if ahead % HOUR or ahead > LONGEST_FORECAST:
        raise ValueError("must be whole hours from 1h to 72h, which the service forecasts")
    return ahead


def _of_this_service(kinds: tuple[Kind, ...]) -> tuple[Kind, ...]:
    if not kinds:
        raise ValueError("name at least one of marginal, direct")
    if Kind.LIFECYCLE in kinds:
        raise ValueError("WattTime has no life-cycle intensity: write marginal, direct or both")
    return tuple(dict.fromkeys(kinds))


class WattTimeSettings(GridSettings):
    """A region of WattTime."""

    type: Literal["watttime"] = "watttime"

    user: str = Field(min_length=1)
    """The name of the account."""

    password: Secret
    """The password of the account."""

    region: Name | None = None
    """The region of the marginal signal co2_moer, such as CAISO_NORTH."""

    average_region: Name | None = None
    """The region of the average signal co2_aoer, which is named differently, such as CAISO."""

    kinds: Annotated[tuple[Kind, ...], AfterValidator(_of_this_service)] = (Kind.MARGINAL,)
    """Which to read: marginal (co2_moer), and direct (co2_aoer) where the plan covers it."""

    model: ModelDate | None = None
    """The date of the model of the marginal signal; the newest at the start where left out."""

    average_model: ModelDate | None = None
    """The same for the average signal."""

    url: str = Field(default="https://api.watttime.org", pattern=r"^https?://[^/]")
    """Where the service answers, without the version."""

    backfill: Duration = timedelta(days=10)
    """How far back to read at the start."""

    forecast: Annotated[Duration, AfterValidator(_horizon)] | None = None
    """How far ahead to read forecasts of the marginal signal, once an hour; none where left out."""

    @model_validator(mode="after")
    def _name_the_regions(self) -> Self:
        for kind, option, region in (
            (Kind.MARGINAL, "region", self.region),
            (Kind.DIRECT, "average_region", self.average_region),
        ):
            if kind in self.kinds and region is None:
                raise ValueError(f"kinds has {kind}: set `{option}`")
            if kind not in self.kinds and region is not None:
                raise ValueError(f"`{option}` is set but kinds has no {kind}: add it")
        if self.forecast is not None and Kind.MARGINAL not in self.kinds:
            raise ValueError("`forecast` is of the marginal signal, which kinds has not: add it")
        return self
