"""What registers did beside counting."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from agent.console.api.answers import answer
from agent.console.api.asked import Format, Limit, Moment, SiteName
from agent.console.api.paging import next_of
from agent.console.api.problems import Refusal
from agent.console.api.tables import table_of
from agent.ledger import Connection, site_named
from agent.ledger.accounts.findings import Place, newest_findings
from agent.ledger.names import meter_named
from agent.ledger.readers import Budget
from agent.ledger.times import millis_of
from agent.model import Finding, Meter, Oddity, Quantity
from agent.units import Joules, kwh, litres

router = APIRouter(tags=["corrections"])


class FindingSaid(BaseModel):
    """What a register did. Of a water meter the amounts are in litres, else in kWh."""

    meter: str
    at: Moment = Field(description="When it was seen.")
    oddity: Oddity
    unit: str = Field(description="Of the three amounts: kWh, or of a water meter l.")
    before: float | None = Field(description="What the register showed before.")
    now: float | None = Field(description="What it showed then.")
    booked: float | None = Field(description="What was booked for the time between.")


class Findings(BaseModel):
    """A page of findings, the newest first."""

    items: list[FindingSaid]
    next: str | None = Field(description="The path of the next page; null on the last one.")


@router.get("/findings", response_model=Findings, summary="What registers did beside counting")
async def findings(
    request: Request,
    *,
    meter: Annotated[str | None, Query(max_length=400, description="Of this meter.")] = None,
    site: SiteName = None,
    limit: Limit = 200,
    after: Annotated[
        str | None,
        Query(
            max_length=400,
            description="The last item of the page before: take it from `next`.",
            json_schema_extra={"pattern": "^[0-9]{1,13} [a-z]+ .+$"},
        ),
    ] = None,
    format: Format = None,
) -> Response:
    """Return a page of rollovers, resets, glitches, and of registers that stand still."""
    before = None if after is None else _place(after)

    def work(connection: Connection, budget: Budget) -> Findings:
        if meter is not None:
            meter_named(connection, meter)
        if site is not None:
            site_named(connection, site)
        budget.spend(limit)
        found = newest_findings(connection, meter=meter, site=site, before=before, limit=limit + 1)
        following = next_of(request, _key(found[limit - 1][1])) if len(found) > limit else None
        return Findings(items=[said_of(*one) for one in found[:limit]], next=following)

    return await answer(request, work, table_of(FindingSaid), link=True)


def _key(one: Finding) -> str:
    return f"{millis_of(one.at)} {one.oddity} {one.meter}"


def _place(text: str) -> Place:
    """Return the place of a key. Raises Refusal."""
    at, _, rest = text.partition(" ")
    oddity, _, meter = rest.partition(" ")
    if not (at.isascii() and at.isdigit() and len(at) <= len("1234567890123") and meter):
        raise Refusal(400, "bad-parameter", f"after={text[:80]!r}: take it from `next`")
    return int(at), meter, oddity


def said_of(meter: Meter, one: Finding) -> FindingSaid:
    """Return a finding in the units that people are told."""
    water = meter.quantity is Quantity.WATER

    def shown(amount: Joules | None) -> float | None:
        return None if amount is None else (litres if water else kwh)(amount)

    return FindingSaid(
        meter=one.meter,
        at=one.at,
        oddity=one.oddity,
        unit="l" if water else "kWh",
        before=shown(one.before),
        now=shown(one.now),
        booked=shown(one.energy),
    )
