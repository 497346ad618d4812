"""What needs a look at a site, in words."""

from collections.abc import Sequence

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from agent.console.alerting import said_twice
from agent.console.api.answers import answer, desk_of
from agent.console.api.asked import After, Format, Limit, Moment, Name
from agent.console.api.paging import page_of
from agent.console.api.site import site_in
from agent.console.api.tables import table_of
from agent.console.scene import outlook_of
from agent.console.troubles import looks_of
from agent.ledger import Connection
from agent.ledger.readers import Budget
from agent.reports.look import Look, Trouble

router = APIRouter(tags=["sites"])


class TroubleSaid(BaseModel):
    """One thing that needs a look."""

    kind: Trouble = Field(description="What something is wrong with.")
    name: str = Field(description="Of the device, the meters, the grid or the exporter.")
    since: Moment | None = Field(description="Null where it is not known.")
    what: str = Field(description="What is wrong.")
    way_out: str = Field(description="What a person can do about it.")
    alerts: list[str] = Field(description="The ids of the alerts that say the same.")


class Troubles(BaseModel):
    """A page of what needs a look, the worst first."""

    items: list[TroubleSaid]
    next: str | None = Field(description="The path of the next page; null on the last one.")


@router.get("/sites/{site}/troubles", response_model=Troubles, summary="What needs a look")
async def troubles(
    request: Request,
    site: Name,
    limit: Limit = 200,
    after: After = None,
    format: Format = None,
) -> Response:
    """Return a page of what needs a look at a site: an empty one is good news."""
    desk = desk_of(request)
    outlook = await outlook_of(desk)
    now = site_in(outlook, site)
    alerts = desk.alerts.alerts if desk.alerts is not None else ()

    def work(connection: Connection, budget: Budget) -> Troubles:
        scene = outlook.scene(connection, budget, now)
        found = looks_of(scene)
        twice = said_twice(found, scene, alerts)
        page, following = page_of(request, found, lambda one: one.key, after=after, limit=limit)
        return Troubles(items=[_said(one, twice[one.key]) for one in page], next=following)

    return await answer(request, work, table_of(TroubleSaid), link=True)


def _said(one: Look, alerts: Sequence[str]) -> TroubleSaid:
    return TroubleSaid(
        kind=one.kind,
        name=one.name,
        since=one.since,
        what=one.what,
        way_out=one.way_out,
        alerts=list(alerts),
    )
