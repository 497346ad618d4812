"""What people have said afterwards of a meter's energy."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from agent.console.api.answers import answer
from agent.console.api.asked import AfterNumber, Format, Limit, Moment
from agent.console.api.paging import next_of, number_of
from agent.console.api.tables import table_of
from agent.ledger import Connection, Repaired
from agent.ledger.corrections.repairs import newest_repairs
from agent.ledger.names import meter_named
from agent.ledger.readers import Budget
from agent.model import Quantity
from agent.units import Joules, kwh, litres

router = APIRouter(tags=["corrections"])


class RepairSaid(BaseModel):
    """A repair: what hours of a meter are said to have had."""

    number: int
    meter: str
    start: Moment
    end: Moment
    unit: str = Field(description="Of the two amounts: kWh, or of a water meter l.")
    booked: float | None = Field(description="What the hours have since; null if it is not known.")
    before: float | None = Field(description="What they had before.")
    who: str
    why: str
    repaired_at: Moment


class Repairs(BaseModel):
    """A page of repairs, the newest first."""

    items: list[RepairSaid]
    next: str | None = Field(description="The path of the next page; null on the last one.")


@router.get("/repairs", response_model=Repairs, summary="What people said of meters afterwards")
async def repairs(
    request: Request,
    *,
    meter: Annotated[str | None, Query(max_length=400, description="Of this meter.")] = None,
    limit: Limit = 200,
    after: AfterNumber = None,
    format: Format = None,
) -> Response:
    """Return a page of repairs: by whom, why, and what the hours had before."""
    before = number_of(after)

    def work(connection: Connection, budget: Budget) -> Repairs:
        if meter is not None:
            meter_named(connection, meter)
        budget.spend(limit)
        found = newest_repairs(connection, meter=meter, before=before, limit=limit + 1)
        following = next_of(request, str(found[limit - 1].number)) if len(found) > limit else None
        return Repairs(items=[_said(one) for one in found[:limit]], next=following)

    return await answer(request, work, table_of(RepairSaid), link=True)


def _said(one: Repaired) -> RepairSaid:
    water = one.quantity is Quantity.WATER

    def shown(amount: Joules | None) -> float | None:
        return None if amount is None else (litres if water else kwh)(amount)

    return RepairSaid(
        number=one.number,
        meter=one.meter,
        start=one.start,
        end=one.end,
        unit="l" if water else "kWh",
        booked=shown(one.energy),
        before=shown(one.before),
        who=one.who,
        why=one.why,
        repaired_at=one.at,
    )
