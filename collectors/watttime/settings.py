"""The options of a grid that is read from WattTime."""

from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from agent.model import Kind
from config import Duration, GridSettings, Name, Secret

ModelDate = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]


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
        return self
