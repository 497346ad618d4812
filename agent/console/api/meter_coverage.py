"""How much is known of each meter of a site, the least known first."""

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from agent.console.api.answers import answer, desk_of
from agent.console.api.asked import After, AskedSpan, Format, Limit, Moment, SiteName, site_asked
from agent.console.api.paging import next_of
from agent.console.api.tables import table_of
from agent.ledger import Connection
from agent.ledger.hours.meter_coverage import meter_coverages
from agent.ledger.readers import Budget
from agent.model import Coverage

router = APIRouter(tags=["coverage"])

DIGITS = 6


class MeterCoverage(BaseModel):
    """How much of a meter's time is known."""

    meter: str
    measured: float
    interpolated: float
    missing: float


class MeterCoverages(BaseModel):
    """A page of meters, the least covered first."""

    start: Moment
    end: Moment
    items: list[MeterCoverage]
    next: str | None = Field(description="The path of the next page; null on the last one.")


@router.get(
    "/coverage/meters", response_model=MeterCoverages, summary="The meters that are least known"
)
async def least_covered(
    request: Request,
    span: AskedSpan,
    *,
    site: SiteName = None,
    limit: Limit = 200,
    after: After = None,
    format: Format = None,
) -> Response:
    """Return a page of a site's meters, of each the share of its time that is known.

    The time is that in which the meter was in the settings, up to now. Pages are in the order of
    what is known now: of a time that is over that does not change from page to page.
    """
    now = desk_of(request).clock.now()
    start, end = span.whole_hours

    def work(connection: Connection, budget: Budget) -> MeterCoverages:
        asked = site_asked(connection, site)
        found = meter_coverages(connection, budget, asked.name, start, end, now=now)
        keys = sorted((f"{one.known:.6f} {meter}", meter, one) for meter, one in found.items())
        left = [one for one in keys if after is None or one[0] > after]
        following = None
        if len(left) > limit:
            pinned = {"from": start.isoformat(), "to": end.isoformat()}
            following = next_of(request, left[limit - 1][0], pinned)
        items = [_meter(meter, one) for _, meter, one in left[:limit]]
        return MeterCoverages(start=start, end=end, items=items, next=following)

    return await answer(request, work, table_of(MeterCoverage), link=True)


def _meter(meter: str, one: Coverage) -> MeterCoverage:
    return MeterCoverage(
        meter=meter,
        measured=round(one.measured, DIGITS),
        interpolated=round(one.interpolated, DIGITS),
        missing=round(one.missing, DIGITS),
    )
