"""Intensities of the grids: what holds, what was said before, what is forecast."""

from itertools import islice
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from agent.accounting.emissions.vintages import grid_of
from agent.console.api.answers import answer
from agent.console.api.asked import (
    After,
    AskedSpan,
    AsOf,
    Format,
    Limit,
    Moment,
    SiteName,
    site_asked,
)
from agent.console.api.paging import page_of
from agent.console.api.problems import Refusal
from agent.console.api.tables import table_of
from agent.ledger import Connection
from agent.ledger.readers import Budget
from agent.ledger.series.intensities import Wanted, grids_in, intensities_after, key_of
from agent.model import Intensity, Kind, Mix

router = APIRouter(tags=["intensity"])

GridName = Annotated[
    str | None, Query(max_length=200, description="A grid; the site's own where left out.")
]


class IntensitySaid(BaseModel):
    """What a source says of a grid in a period, in one version."""

    start: Moment
    period_s: int = Field(description="Seconds that the value is of.")
    value_g_per_kwh: float = Field(description="CO2e.")
    grid: str
    source: str
    zone: str
    kind: Kind = Field(description="direct: combustion; lifecycle: with what is upstream.")
    mix: Mix
    estimated: bool
    method: str = Field(description="How it was estimated, in the provider's words.")
    forecast: bool = Field(description="Said before the period began.")
    version: Moment = Field(description="The provider's, else when it was fetched.")
    updated_at: Moment | None = Field(description="Null where the source gives no version.")
    fetched_at: Moment


class Intensities(BaseModel):
    """A page of intensities, in the order of their time, and of their versions."""

    items: list[IntensitySaid]
    next: str | None = Field(description="The path of the next page; null on the last one.")


@router.get("/intensity", response_model=Intensities, summary="Intensities, versions, forecasts")
async def intensity(
    request: Request,
    span: AskedSpan,
    *,
    site: SiteName = None,
    grid: GridName = None,
    kind: Kind = Kind.DIRECT,
    forecast: Annotated[
        bool, Query(description="With forecasts, each in the version that was said last.")
    ] = False,
    versions: Annotated[
        bool, Query(description="With all versions, and not only the newest of each value.")
    ] = False,
    as_of: AsOf = None,
    limit: Limit = 200,
    after: After = None,
    format: Format = None,
) -> Response:
    """Return a page of what touches the time that is asked for."""

    def work(connection: Connection, budget: Budget) -> Intensities:
        wanted = Wanted(
            grid=_grid(connection, grid, site, kind),
            kind=kind,
            start=span.start,
            end=span.end,
            forecast=forecast,
            versions=versions,
            known=as_of,
        )
        found = islice(intensities_after(connection, budget, wanted, after), limit + 1)
        page, following = page_of(request, found, key_of, after=after, limit=limit)
        return Intensities(items=[_said(one) for one in page], next=following)

    return await answer(request, work, table_of(IntensitySaid), link=True)


def _grid(connection: Connection, grid: str | None, site: str | None, kind: Kind) -> str:
    """Return the grid that is asked for. Raises Refusal."""
    if grid is not None:
        known = grids_in(connection)
        if grid not in known:
            there = ", ".join(known) or "none yet"
            raise Refusal(404, "not-there", f"the ledger has no grid {grid!r}: it has {there}")
        return grid
    asked = site_asked(connection, site)
    found = grid_of(asked, kind)
    if found is None:
        raise Refusal(
            404,
            "not-there",
            f"{asked.name} has no grid for {kind} intensities: add one to the settings, or ask for "
            "grid=NAME",
        )
    return found


def _said(row: Intensity) -> IntensitySaid:
    return IntensitySaid.model_construct(
        start=row.start,
        period_s=int(row.period.total_seconds()),
        value_g_per_kwh=row.value,
        grid=row.grid,
        source=row.source,
        zone=row.zone,
        kind=row.kind,
        mix=row.mix,
        estimated=row.estimated,
        method=row.method,
        forecast=row.forecast,
        version=row.version,
        updated_at=row.updated_at,
        fetched_at=row.fetched_at,
    )
