"""Emissions and all other figures of a day, a month or a year, as `figures` names them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field, create_model
from starlette.responses import Response

from agent.accounting.hours import EPOCH, hour_of
from agent.accounting.periods.calendar import Period, day_of, period_of, rolling_year
from agent.accounting.periods.figures import METHOD, Figure, figures
from agent.accounting.periods.totals import totals_of
from agent.accounting.site import Site
from agent.console.api.answers import answer, desk_of
from agent.console.api.asked import After, AsOf, Format, Limit, SiteName, site_asked
from agent.console.api.paging import page_of
from agent.console.api.problems import Refusal
from agent.console.api.tables import Table
from agent.errors import ConfigError
from agent.ledger import Connection
from agent.ledger.hours.totals import totals
from agent.ledger.readers import Budget
from agent.model import HOUR

router = APIRouter(tags=["emissions"])

Method = Literal["location", "lifecycle", "marginal"]
Step = Literal["day", "month"]

PERIOD = "^(today|month|year|rolling-year|[12][0-9]{3}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]))?)?)$"
"""What is a period for certain; the 30th and the 31st of most months are too."""

WORDS = ("site", "period", "timezone", "pue_name")
COUNTS = ("version", "hours_of_period", "pue_category")


def _type(name: str) -> Any:  # noqa: ANN401 types have none in common
    """Return the type of a figure, which its name says."""
    if name in WORDS:
        return str
    if name in ("start", "end", "until"):
        return datetime
    if name.endswith(("refused", "_means")):
        return str | None
    if name.endswith(("_interim", "_partial")):
        return bool
    if name in COUNTS or name.endswith("hours"):
        return int | None
    return float | None


def _names() -> Sequence[str]:
    """Return the names of all figures: those of a period of which nothing is known."""
    period = Period(name="", start=EPOCH, end=EPOCH, timezone="UTC")
    return list(figures(totals_of(Site(name=""), period, [], until=EPOCH)))


_FIELDS: Mapping[str, Any] = {
    name: (_type(name), None if name.startswith("emissions_") else ...) for name in _names()
}

Figures: Any = create_model(
    "Figures",
    __doc__="The figures of a period. Units are at the ends of their names: `kwh`, `kg`, `l`, "
    "`hours`; shares go from 0 to 1. Null is what is not known, or is refused: its `refused` says "
    "why then.",
    **_FIELDS,
)


class FiguresPage(BaseModel):
    """A page of periods with their figures, in the order of time."""

    items: list[Figures]
    next: str | None = Field(description="The path of the next page; null on the last one.")


AskedPeriod = Annotated[
    str,
    Query(
        max_length=40,
        description="today, month, year, rolling-year, or a day, month or year such as "
        "2026-11-22, 2026-11, 2026; in the site's own zone.",
        json_schema_extra={"pattern": PERIOD},
    ),
]


@router.get(
    "/emissions",
    response_model=Figures | FiguresPage,
    summary="Emissions, energy, PUE and coverage of a period",
)
async def emissions(
    request: Request,
    *,
    site: SiteName = None,
    period: AskedPeriod = "today",
    step: Annotated[
        Step | None,
        Query(description="List the days, or the months, that the period touches, each whole."),
    ] = None,
    method: Annotated[
        Method | None, Query(description="Emissions by this method alone; all if left out.")
    ] = None,
    as_of: AsOf = None,
    limit: Limit = 200,
    after: After = None,
    format: Format = None,
) -> Response:
    """Return the figures of a period; with `step` those of its days or months, as a list."""
    now = desk_of(request).clock.now()

    def work(connection: Connection, budget: Budget) -> Mapping[str, object]:
        asked = site_asked(connection, site)
        book = _Book(
            connection=connection,
            budget=budget,
            site=asked,
            now=now,
            known=as_of,
            method=method,
        )
        whole = period_asked(period, asked.timezone, as_of or now)
        if step is None:
            return book.figures(whole)
        parts = list(parts_of(whole, step, now))
        page, following = page_of(request, parts, lambda one: one.name, after=after, limit=limit)
        return {"items": [book.figures(one) for one in page], "next": following}

    return await answer(request, work, Table((), rows_of), link=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Book:
    """A site's periods, as they were known at a time."""

    connection: Connection
    budget: Budget
    site: Site
    now: datetime
    known: datetime | None
    method: Method | None

    def figures(self, period: Period) -> dict[str, Figure]:
        """Return what is told of a period. Raises TooMuch."""
        self.budget.spend(period.hours)
        whole = totals(self.connection, self.site, period, until=self.now, known=self.known)
        others = tuple(
            f"emissions_{one}_" for one in METHOD.values() if self.method not in (None, one)
        )
        found = figures(whole)
        if not others:
            return found
        return {name: value for name, value in found.items() if not name.startswith(others)}


def period_asked(text: str, timezone: str, now: datetime) -> Period:
    """Return the period of a question. Raises Refusal for what is none."""
    if text == "rolling-year":
        return rolling_year(now, timezone)
    today = day_of(hour_of(now), timezone).name
    named = {"today": today, "month": today[: len("2026-11")], "year": today[: len("2026")]}
    try:
        return period_of(named.get(text, text), timezone)
    except ConfigError as error:
        more = "; or today, month, year, rolling-year"
        raise Refusal(400, "bad-parameter", f"{error}{more}") from error


def parts_of(period: Period, step: Step, now: datetime) -> Iterator[Period]:
    """Yield the days or months that a period touches and that have begun, each whole."""
    at, end = period.start, min(period.end, now.astimezone(UTC) + timedelta(microseconds=1))
    while at < end:
        part = day_of(at, period.timezone)
        if step == "month":
            part = period_of(part.name[: len("2026-11")], period.timezone)
        yield part
        at = part.end if part.end > at else at + HOUR


def rows_of(found: Mapping[str, Any]) -> Iterator[Mapping[str, object]]:
    """Yield the periods as the rows of a table."""
    yield from found.get("items", [found])
