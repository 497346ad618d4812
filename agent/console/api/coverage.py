"""How much is known: of each hour or day of a site, and of each of its meters."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from agent.accounting.periods.calendar import Period, day_of
from agent.accounting.periods.totals import Totals, totals_of
from agent.accounting.site import Site
from agent.console.api.answers import answer, desk_of
from agent.console.api.asked import AskedSpan, Format, Moment, SiteName, site_asked
from agent.console.api.problems import Refusal
from agent.console.api.tables import Table
from agent.ledger import Connection
from agent.ledger.hours.site_hours import newest
from agent.ledger.readers import Budget
from agent.model import HOUR, Coverage, Kind, Metered, SiteHour

router = APIRouter(tags=["coverage"])

LONGEST_IN_HOURS = timedelta(days=100)
DIGITS = 6


class Shares(BaseModel):
    """Shares of each step by how it is known; they add up to 1."""

    measured: list[float]
    interpolated: list[float]
    missing: list[float]


class Standing(BaseModel):
    """Shares of the energy of each step by what its emissions stand on; they add up to 1."""

    final: list[float]
    estimated: list[float]
    fallback: list[float]
    uncovered: list[float]


class CoverageSaid(BaseModel):
    """How much is known of a site, in columns that all have the same times.

    Of a step that runs it is the share of the time up to now.
    """

    site: str
    timezone: str
    step: Literal["hour", "day"]
    times: list[Moment] = Field(description="The start of each step that has begun.")
    end: Moment = Field(description="The end of the last one.")
    measured: list[float] = Field(description="Of the site's energy: by counters, or by powers.")
    interpolated: list[float] = Field(description="Known as a sum over a gap, or said by a person.")
    missing: list[float]
    sums: dict[str, Shares] = Field(
        description="The same of each sum that has meters: facility, it, grid, onsite, water, "
        "reused, unattributed."
    )
    standing: Standing = Field(description="Of location-based emissions.")
    pue_measured: list[float] = Field(description="Share of the energy with a measured PUE.")


@router.get("/coverage", response_model=CoverageSaid, summary="How much is known, over time")
async def coverage(
    request: Request,
    span: AskedSpan,
    *,
    site: SiteName = None,
    step: Annotated[Literal["hour", "day"], Query(description="Days are the site's own.")] = "hour",
    format: Format = None,
) -> Response:
    """Return how much of each step is measured, interpolated and missing."""
    now = desk_of(request).clock.now()
    start, end = span.whole_hours
    if step == "hour" and end - start > LONGEST_IN_HOURS:
        days = LONGEST_IN_HOURS.days
        raise Refusal(400, "too-much", f"it is longer than {days} days: ask for step=day")

    def work(connection: Connection, budget: Budget) -> CoverageSaid:
        asked = site_asked(connection, site)
        periods = steps_of(start, min(end, now), step, asked.timezone)
        found = list(_totals(connection, budget, asked, periods, now))
        return _said(asked, step, periods, found, end)

    return await answer(request, work, Table((), rows_of))


def steps_of(start: datetime, end: datetime, step: str, timezone: str) -> list[Period]:
    """Return the hours from one full one on, or the days that they lie in, that begin before the
    end.
    """
    found: list[Period] = []
    while start < end:
        if step == "day":
            found.append(day_of(start, timezone))
        else:
            name = f"{start:%Y-%m-%dT%HZ}"
            found.append(Period(name=name, start=start, end=start + HOUR, timezone=timezone))
        start = max(found[-1].end, start + HOUR)
    return found


def _totals(
    connection: Connection, budget: Budget, site: Site, periods: Sequence[Period], now: datetime
) -> Iterator[Totals]:
    if not periods:
        return
    budget.spend((periods[-1].end - periods[0].start) // HOUR)
    hours = newest(connection, site.name, periods[0].start, periods[-1].end)
    place = 0
    for period in periods:
        some: list[SiteHour] = []
        while place < len(hours) and hours[place].hour < period.end:
            some.append(hours[place])
            place += 1
        budget.spend(1)
        yield totals_of(site, period, some, until=now)


def _said(
    site: Site,
    step: Literal["hour", "day"],
    periods: Sequence[Period],
    found: Sequence[Totals],
    end: datetime,
) -> CoverageSaid:
    own = shares_of([one.coverage for one in found])
    stood = [one.emissions[Kind.DIRECT].shares for one in found]
    sums = [name for name in Metered if any(name in one.coverages for one in found)]
    return CoverageSaid(
        site=site.name,
        timezone=site.timezone,
        step=step,
        times=[one.start for one in periods],
        end=periods[-1].end if periods else end,
        **dict(own),
        sums={
            name: shares_of([one.coverages.get(name, Coverage()) for one in found]) for name in sums
        },
        standing=Standing(
            **{name: [_told(one[name]) for one in stood] for name in Standing.model_fields}
        ),
        pue_measured=[_told(one.pue_shares.measured) for one in found],
    )


def shares_of(found: Sequence[Coverage]) -> Shares:
    """Return coverages as columns."""
    return Shares(
        measured=[_told(one.measured) for one in found],
        interpolated=[_told(one.interpolated) for one in found],
        missing=[_told(one.missing) for one in found],
    )


def _told(share: float) -> float:
    return round(share, DIGITS)


def rows_of(found: CoverageSaid) -> Iterator[dict[str, object]]:
    """Yield the steps as the rows of a table."""
    for at, time in enumerate(found.times):
        row: dict[str, object] = {
            "time": time,
            "measured": found.measured[at],
            "interpolated": found.interpolated[at],
            "missing": found.missing[at],
        }
        for name, one in found.sums.items():
            row[f"{name}_missing"] = one.missing[at]
        standing = {name: shares[at] for name, shares in dict(found.standing).items()}
        yield row | standing | {"pue_measured": found.pue_measured[at]}
