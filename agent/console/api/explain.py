"""Where a figure comes from: the same tree that `carbond explain --json` prints."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from agent.accounting.hours import hour_of
from agent.accounting.periods.calendar import Period, period_of, rolling_year
from agent.accounting.site import Site
from agent.console.api.answers import answer, desk_of
from agent.console.api.asked import AsOf, Moment, SiteName, in_the_loop, site_asked
from agent.console.api.problems import Refusal
from agent.errors import ConfigError
from agent.ledger import Connection, check_read
from agent.ledger.readers import Budget
from agent.model import HOUR
from agent.reports import Term, as_data, explain_meter, explain_period, explain_site_hour

router = APIRouter(tags=["explain"])

Value = float | int | str | None


class TermSaid(BaseModel):
    """A figure of a calculation and what it came from. Other names are facts of its key."""

    model_config = ConfigDict(extra="allow")

    key: str = Field(description="What it is, for programs: energy, intensity, pue, hours …")
    name: str = Field(description="The same for people.")
    value: Value = Field(description="Null is what is missing; of a heading too.")
    unit: str = Field(default="", description="Absent of headings and counts.")
    how: str = Field(default="", description="The formula, the basis or the source, in words.")
    terms: list["TermSaid"] = Field(default=[], description="What it came from.")
    rows: list[dict[str, Value]] = Field(
        default=[], description="A table of what is too much to be terms, such as readings."
    )


YEAR = "[12][0-9]{3}"
MONTH = f"{YEAR}-(0[1-9]|1[0-2])"
DAY = f"{MONTH}-[0-3][0-9]"


def _part(example: str, pattern: str) -> Any:  # noqa: ANN401 as FastAPI has it
    """Return a parameter that is a day, a month or a year of the site's own time."""
    return Query(max_length=20, description=example, json_schema_extra={"pattern": f"^{pattern}$"})


class Wanted:
    """Which figure is to be explained: one time of one thing."""

    def __init__(
        self,
        *,
        meter: Annotated[
            str | None, Query(max_length=400, description="A meter, in an hour.")
        ] = None,
        site: SiteName = None,
        hour: Annotated[Moment | None, Query(description="A full hour in UTC.")] = None,
        day: Annotated[str | None, _part("2026-11-22", DAY)] = None,
        month: Annotated[str | None, _part("2026-11", MONTH)] = None,
        year: Annotated[str | None, _part("2026", YEAR)] = None,
        rolling_year: Annotated[
            bool, Query(description="The twelve months up to the last full hour.")
        ] = False,
    ) -> None:
        """Raises Refusal unless exactly one time is named, which is an hour for a meter."""
        self.meter, self.site, self.hour = meter, site, hour
        self._text = next((one for one in (day, month, year) if one is not None), None)
        named = [one for one in (hour, day, month, year, rolling_year or None) if one is not None]
        if len(named) != 1:
            raise Refusal(
                400, "bad-parameter", "name one of hour, day, month, year and rolling_year=true"
            )
        if meter is not None and (hour is None or site is not None):
            raise Refusal(400, "bad-parameter", "a meter is explained by meter and hour alone")
        if hour is not None and hour != hour_of(hour):
            raise Refusal(400, "bad-parameter", "hour: must be a full hour in UTC")
        for name, text, pattern in (
            ("day", day, DAY),
            ("month", month, MONTH),
            ("year", year, YEAR),
        ):
            if text is not None and re.fullmatch(pattern, text) is None:
                raise Refusal(400, "bad-parameter", f"{name}={text!r}: that is no {name}")

    def period(self, site: Site, now: datetime) -> Period:
        """Return the period that is named. Raises Refusal."""
        if self._text is None:
            return rolling_year(now, site.timezone)
        try:
            return period_of(self._text, site.timezone)
        except ConfigError as error:
            raise Refusal(400, "bad-parameter", str(error)) from error


@router.get(
    "/explain",
    response_model=TermSaid,
    response_model_exclude_unset=True,
    summary="Where a figure comes from",
)
async def explain(
    request: Request, wanted: Annotated[Wanted, Depends(in_the_loop(Wanted))], as_of: AsOf = None
) -> Response:
    """Return the calculation of a meter's hour, or of a site's hour, day, month or year.

    It is a tree: each figure with its formula, and the figures that it came from.
    """
    now = desk_of(request).clock.now()

    def work(connection: Connection, budget: Budget) -> Mapping[str, object]:
        return as_data(_term(connection, budget, wanted, now=now, known=as_of))

    return await answer(request, work)


def _term(
    connection: Connection,
    budget: Budget,
    wanted: Wanted,
    *,
    now: datetime,
    known: datetime | None,
) -> Term:
    if wanted.meter is not None and wanted.hour is not None:
        check_read(connection, wanted.meter)
        return explain_meter(connection, wanted.meter, wanted.hour, known=known)
    site = site_asked(connection, wanted.site)
    if wanted.hour is not None:
        return explain_site_hour(connection, site, wanted.hour, known=known)
    period = wanted.period(site, known or now)
    budget.spend((period.end - period.start) // HOUR)
    return explain_period(connection, site, period, now=now, known=known)
