"""The meters: what each one is, where it stands, and what it said last."""

from collections.abc import Iterator, Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from agent.console.api.answers import answer, desk_of
from agent.console.api.asked import After, Format, Limit, Moment, SiteName, in_the_loop
from agent.console.api.paging import page_of
from agent.console.api.problems import Refusal
from agent.console.api.tables import Table
from agent.model import Meter, MeterId, MeterNow, Quantity, Role, Scope
from agent.units import JOULES_PER_KWH

router = APIRouter(tags=["meters"])


class MeterSaid(BaseModel):
    """A meter and its last reading. Null is what is not known."""

    id: str
    name: str | None = Field(description="What people call it, where the device says so.")
    site: str
    device: str
    role: Role
    scope: Scope
    quantity: Quantity
    upstream: list[str] = Field(description="The meters whose energy contains this one's.")
    tags: dict[str, str]
    accuracy: float | None = Field(description="Greatest error of its energy, as a share of it.")
    at: Moment = Field(description="When it was last read.")
    power_watts: float | None = Field(description="Of a water meter millilitres per second.")
    booked_kwh: float | None = Field(description="Energy since it is known.")
    booked_ml: float | None = Field(description="Of a water meter, water since it is known.")
    conditions: dict[str, float] = Field(description="What else it says, units in the names.")


class Meters(BaseModel):
    """A page of meters, in the order of their ids."""

    items: list[MeterSaid]
    next: str | None = Field(description="The path of the next page; null on the last one.")


Tag = Annotated[str, Field(max_length=400, json_schema_extra={"pattern": "^[^:]*:"})]


class Chosen:
    """Which meters are asked for: those that fit all that is said."""

    def __init__(
        self,
        *,
        site: SiteName = None,
        device: Annotated[str | None, Query(max_length=200)] = None,
        role: Annotated[list[Role] | None, Query()] = None,
        scope: Annotated[list[Scope] | None, Query()] = None,
        rack: Annotated[str | None, Query(max_length=200)] = None,
        tag: Annotated[
            list[Tag] | None, Query(description="NAME:VALUE, such as room:2; each must fit.")
        ] = None,
    ) -> None:
        """Raises Refusal for a tag without a colon."""
        self.site, self.device, self.role, self.scope = site, device, role, scope
        self.tags = [_tag(one) for one in tag or ()]
        if rack is not None:
            self.tags.append(("rack", rack))

    def fits(self, meter: Meter) -> bool:
        """Return whether a meter is asked for."""
        return (
            self.site in (None, meter.site)
            and self.device in (None, meter.device)
            and (not self.role or meter.role in self.role)
            and (not self.scope or meter.scope in self.scope)
            and all(meter.tags.get(name) == value for name, value in self.tags)
        )


AskedMeters = Annotated[Chosen, Depends(in_the_loop(Chosen))]


def _tag(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon:
        raise Refusal(400, "bad-parameter", f"tag {text!r}: write NAME:VALUE, such as room:2")
    return name, value


@router.get("/meters", response_model=Meters, summary="Meters and their last readings")
async def meters(
    request: Request,
    chosen: AskedMeters,
    limit: Limit = 200,
    after: After = None,
    format: Format = None,
) -> Response:
    """Return a page of meters."""
    desk = desk_of(request)
    now, names = await desk.now(), desk.names()

    def work(*_: object) -> Meters:
        fitting = (one for one in now.meters if chosen.fits(one.meter))
        page, following = page_of(
            request, fitting, lambda one: one.meter.id, after=after, limit=limit
        )
        return Meters(items=[said_of(one, names) for one in page], next=following)

    return await answer(request, work, Table(COLUMNS, rows_of), link=True)


def said_of(now: MeterNow, names: Mapping[MeterId, str]) -> MeterSaid:
    """Return what a meter said last."""
    meter, booked = now.meter, now.booked
    water = meter.quantity is Quantity.WATER
    return MeterSaid(
        id=meter.id,
        name=names.get(meter.id),
        site=meter.site,
        device=meter.device,
        role=meter.role,
        scope=meter.scope,
        quantity=meter.quantity,
        upstream=list(meter.upstream),
        tags=dict(meter.tags),
        accuracy=meter.accuracy,
        at=now.at,
        power_watts=now.power,
        booked_kwh=None if booked is None or water else booked / JOULES_PER_KWH,
        booked_ml=booked if water else None,
        conditions=dict(now.conditions),
    )


DEEP = {"tags", "conditions"}
"""What is more than a cell."""

COLUMNS = (*(name for name in MeterSaid.model_fields if name not in DEEP), "tags")


def rows_of(found: Meters) -> Iterator[dict[str, object]]:
    """Yield the meters as the rows of a table."""
    for one in found.items:
        row = one.model_dump(exclude=DEEP)
        yield row | {"tags": " ".join(f"{name}:{value}" for name, value in one.tags.items())}
