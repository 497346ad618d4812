"""What was said differently before: restated figures, and months that were closed."""

from collections.abc import Iterator
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from agent.accounting.periods.figures import Figure
from agent.console.api.answers import answer
from agent.console.api.asked import After, AfterNumber, Format, Limit, Moment, SiteName
from agent.console.api.paging import next_of, number_of, page_of
from agent.console.api.problems import Refusal
from agent.console.api.tables import Table, table_of
from agent.ledger import Connection, Restatement, Since, site_named
from agent.ledger.corrections.closed import ClosedPeriod, closed_in, since_closed
from agent.ledger.hours.restatements import newest_restatements
from agent.ledger.readers import Budget
from agent.model import HOUR

PERIOD_COLUMNS = ("site", "period", "closed_at", "figure", "reported", "now")

router = APIRouter(tags=["corrections"])


class RestatementSaid(BaseModel):
    """One figure of one hour of a site, in two versions of it."""

    number: int
    site: str
    hour: Moment
    version: int = Field(description="The version that says it differently.")
    figure: str = Field(description="Its name, which ends with its unit.")
    before: float | None
    after: float | None
    why: str
    restated_at: Moment


class Restatements(BaseModel):
    """A page of restatements, the newest first."""

    items: list[RestatementSaid]
    next: str | None = Field(description="The path of the next page; null on the last one.")


class Difference(BaseModel):
    """A figure as it was reported, and as it is now."""

    reported: Figure
    now: Figure


class PeriodSaid(BaseModel):
    """A month as it was reported, and what has become of it."""

    site: str
    name: str
    start: Moment
    end: Moment
    closed_at: Moment
    who: str
    why: str
    figures: dict[str, Figure] = Field(description="As they were reported.")
    differences: dict[str, Difference] = Field(description="Of those that are others now.")
    restatements: int = Field(description="How often an hour of it was computed again since.")
    reasons: dict[str, int] = Field(description="Why, and how often.")


class Periods(BaseModel):
    """A page of closed months, by site and month."""

    items: list[PeriodSaid]
    next: str | None = Field(description="The path of the next page; null on the last one.")


@router.get(
    "/restatements", response_model=Restatements, summary="What was said differently before"
)
async def restatements(
    request: Request,
    *,
    site: SiteName = None,
    start: Annotated[
        Moment | None, Query(alias="from", description="Hours from then on; all if left out.")
    ] = None,
    end: Annotated[
        Moment | None, Query(alias="to", description="Hours before then; all if left out.")
    ] = None,
    limit: Limit = 200,
    after: AfterNumber = None,
    format: Format = None,
) -> Response:
    """Return a page of figures of hours that were once said differently, and why."""
    if start is not None and end is not None and start >= end:
        raise Refusal(400, "bad-span", "`from` is not before `to`: turn them round")
    before = number_of(after)

    def work(connection: Connection, budget: Budget) -> Restatements:
        if site is not None:
            site_named(connection, site)
        budget.spend(limit)
        found = newest_restatements(
            connection, site=site, start=start, end=end, before=before, limit=limit + 1
        )
        following = next_of(request, str(found[limit - 1][0])) if len(found) > limit else None
        items = [_restated(number, one) for number, one in found[:limit]]
        return Restatements(items=items, next=following)

    return await answer(request, work, table_of(RestatementSaid), link=True)


def _restated(number: int, one: Restatement) -> RestatementSaid:
    return RestatementSaid(
        number=number,
        site=one.site,
        hour=one.hour,
        version=one.version,
        figure=one.figure,
        before=one.before,
        after=one.after,
        why=one.why,
        restated_at=one.at,
    )


@router.get("/periods", response_model=Periods, summary="Closed months, and what became of them")
async def periods(
    request: Request,
    *,
    site: SiteName = None,
    limit: Annotated[int, Query(ge=1, le=100, description="Months of a page.")] = 12,
    after: After = None,
    format: Format = None,
) -> Response:
    """Return a page of months as they were reported, and how they differ from what is known now."""

    def work(connection: Connection, budget: Budget) -> Periods:
        if site is not None:
            site_named(connection, site)
        found = closed_in(connection, site)
        page, following = page_of(request, found, _key, after=after, limit=limit)
        said = []
        for one in page:
            budget.spend(2 * ((one.end - one.start) // HOUR))
            said.append(_period(since_closed(connection, one)))
        return Periods(items=said, next=following)

    return await answer(request, work, Table(PERIOD_COLUMNS, period_rows), link=True)


def _key(one: ClosedPeriod) -> str:
    return f"{one.site} {one.name}"


def _period(one: Since) -> PeriodSaid:
    reported = one.reported
    return PeriodSaid(
        site=reported.site,
        name=reported.name,
        start=reported.start,
        end=reported.end,
        closed_at=reported.at,
        who=reported.who,
        why=reported.why,
        figures=dict(reported.figures),
        differences={
            name: Difference(reported=before, now=now)
            for name, (before, now) in one.differences.items()
        },
        restatements=one.restatements,
        reasons=dict(one.reasons),
    )


def period_rows(found: Periods) -> Iterator[dict[str, object]]:
    """Yield each figure that was reported as a row of a table, with what it is now."""
    for one in found.items:
        for name, value in one.figures.items():
            changed = one.differences.get(name)
            yield {
                "site": one.site,
                "period": one.name,
                "closed_at": one.closed_at,
                "figure": name,
                "reported": value,
                "now": changed.now if changed else value,
            }
