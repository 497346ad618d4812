"""Series: power, energy, emissions, PUE and intensity by minute, hour and day."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Annotated, Literal

import numpy as np
from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from agent.accounting.periods.figures import METHOD
from agent.accounting.site import Site
from agent.console.api.answers import answer, desk_of
from agent.console.api.asked import AskedSpan, AsOf, Format, Moment, in_the_loop, site_asked
from agent.console.api.emissions import PERIOD, period_asked
from agent.console.api.meters import AskedMeters, Chosen
from agent.console.api.problems import Refusal
from agent.console.api.tables import Table
from agent.ledger import Connection
from agent.ledger.names import meter_named
from agent.ledger.readers import Budget
from agent.ledger.series.asked import Asked, Choice, Figure, Source, Step, Unaskable
from agent.ledger.series.columns import Bools, Floats
from agent.ledger.series.series import Series, series_of
from agent.model import Kind

router = APIRouter(tags=["series"])

Method = Literal["location", "lifecycle", "marginal"]
AskedMethod = Annotated[
    Method, Query(description="What emissions and intensities are of; never added up.")
]
METHODS: Mapping[str, Kind] = {method: kind for kind, method in METHOD.items()}

DIGITS: Mapping[Figure, int] = {
    Figure.POWER: 3,
    Figure.ENERGY: 9,
    Figure.EMISSIONS: 9,
    Figure.PUE: 6,
    Figure.INTENSITY: 6,
}
"""Decimals that are told: no meter knows more."""

SHARE_DIGITS = 6


COLUMNS = ("time", "key", "value", "coverage", "estimated", "provisional")


class OneSaid(BaseModel):
    """One series: as many values as there are times. Null is what is not known."""

    key: str = Field(description="What it is grouped by: a meter's id, a role, the value of a tag.")
    label: str
    values: list[float | None]
    coverage: list[float] = Field(
        description="Share of each step, and of the meters in it, that is known: 0 to 1."
    )
    estimated: list[bool] | None = Field(
        description="Whether it stands on an estimated intensity, or on one that stands in; null "
        "where no intensity is in it."
    )
    provisional: list[bool] | None = Field(
        description="Whether an hour of the step is not over; null of minutes, which are facts."
    )


class SeriesSaid(BaseModel):
    """Series in columns, all with the same times."""

    quantity: Figure
    unit: str = Field(description="W, kWh, kg, ratio, g/kWh; of water l and l/s.")
    step: Step
    site: str
    timezone: str = Field(description="That days are of.")
    start: Moment
    end: Moment
    times: list[Moment] = Field(description="The start of each step.")
    series: list[OneSaid]


def _by(text: str) -> str:
    """Return what series are grouped by. Raises Refusal for what there is not."""
    if text == "rack":
        return "tag:rack"
    name, _, tag = text.partition(":")
    if text in ("site", "meter", "role", "device") or (name == "tag" and tag):
        return text
    raise Refusal(400, "bad-parameter", f"by={text}: site, meter, role, rack, device or tag:NAME")


class Grouped:
    """What of which meters, and what they are added up by."""

    def __init__(
        self,
        chosen: AskedMeters,
        meter: Annotated[
            list[str] | None, Query(max_length=200, description="Ids of meters.")
        ] = None,
        by: Annotated[
            str | None,
            Query(
                max_length=200,
                description="site, meter, role, rack, device or tag:NAME. Left out it is meter "
                "where meters are chosen, else site. Of a group's meters those that stand behind "
                "another of it are not added; without chosen meters a tag's groups are those of "
                "the site's IT energy.",
            ),
        ] = None,
    ) -> None:
        """Raises Refusal."""
        self.site, self.ids = chosen.site, meter or ()
        self.choice = _choice(chosen, self.ids)
        self.by = _by(by or ("meter" if self.choice else "site"))

    def site_of(self, connection: Connection) -> Site:
        """Return the site that is asked for: that of the first meter, if none is named."""
        found = [meter_named(connection, one) for one in self.ids]
        site = self.site or (found[0].site if found else None)
        return site_asked(connection, site)


class Times:
    """From when to when: two times, or a period."""

    def __init__(
        self,
        span: AskedSpan,
        period: Annotated[
            str | None,
            Query(
                max_length=40,
                description="In place of `from` and `to`: today, month, year, rolling-year, or a "
                "day, month or year such as 2026-11-22, 2026-11, 2026; in the site's own zone.",
                json_schema_extra={"pattern": PERIOD},
            ),
        ] = None,
    ) -> None:
        """Raises Refusal if both are given."""
        if period is not None and span.is_given:
            way = "leave them out"
            raise Refusal(400, "bad-span", f"`period` stands in place of `from` and `to`: {way}")
        self._span, self._period = span, period

    def bounds(self, site: Site, now: datetime) -> tuple[datetime, datetime]:
        """Return both; of a period what of it is over. Raises Refusal if it has not begun."""
        if self._period is None:
            return self._span.start, self._span.end
        asked = period_asked(self._period, site.timezone, now)
        if asked.start >= now:
            cause = f"period={self._period} has not begun at {site.name}"
            raise Refusal(400, "bad-span", f"{cause}: ask for an earlier one")
        return asked.start, min(asked.end, now)


def _choice(chosen: Chosen, ids: "list[str] | tuple[()]") -> Choice:
    return Choice(
        ids=tuple(ids),
        device=chosen.device,
        roles=tuple(chosen.role or ()),
        scopes=tuple(chosen.scope or ()),
        tags=tuple(chosen.tags),
    )


@router.get("/series", response_model=SeriesSaid, summary="Values by minute, hour or day")
async def series(
    request: Request,
    times: Annotated[Times, Depends(in_the_loop(Times))],
    grouped: Annotated[Grouped, Depends(in_the_loop(Grouped))],
    *,
    quantity: Figure = Figure.POWER,
    step: Step = Step.HOUR,
    method: AskedMethod = "location",
    as_of: AsOf = None,
    format: Format = None,
) -> Response:
    """Return series of meters, of groups of them, or of the site.

    Without meters it is what crosses the site's boundary, or IT x PUE where nothing measures that.
    """
    desk = desk_of(request)
    names = desk.names()

    def work(connection: Connection, budget: Budget) -> SeriesSaid:
        site = grouped.site_of(connection)
        start, end = times.bounds(site, desk.clock.now())
        asked = Asked(
            figure=quantity,
            step=step,
            start=start,
            end=end,
            site=site,
            by=grouped.by,
            kind=METHODS[method],
            known=as_of,
            choice=grouped.choice,
        )
        source = Source(connection, budget, desk.recent, desk.clock.now())
        try:
            found = series_of(source, asked)
        except Unaskable as error:
            raise Refusal(400, "not-asked-like-this", str(error)) from error
        return _said(asked, found, {str(name): label for name, label in names.items()})

    return await answer(request, work, Table(COLUMNS, rows_of))


def _said(asked: Asked, found: Series, names: Mapping[str, str]) -> SeriesSaid:
    """Return it as it is told; what was computed here is not checked again."""
    return SeriesSaid.model_construct(
        quantity=asked.figure,
        unit=found.unit,
        step=asked.step,
        site=asked.site.name,
        timezone=asked.site.timezone,
        start=found.starts[0],
        end=found.end,
        times=list(found.starts),
        series=[
            _one(asked, found, at, key, names.get(key) or key or "none")
            for at, key in enumerate(found.keys)
        ],
    )


def _one(asked: Asked, found: Series, at: int, key: str, label: str) -> OneSaid:
    values = found.columns.values[at]
    return OneSaid.model_construct(
        key=key,
        label=label,
        values=_numbers(values, DIGITS[asked.figure]),
        coverage=np.round(found.columns.coverage[at], SHARE_DIGITS).tolist(),
        estimated=_flags(found.estimated, values),
        provisional=_flags(found.provisional, values),
    )


def _numbers(values: Floats, digits: int) -> list[float | None]:
    told = np.round(values, digits).astype(object)
    told[np.isnan(values)] = None
    found: list[float | None] = told.tolist()
    return found


def _flags(flags: Bools | None, values: Floats) -> list[bool] | None:
    """Return which values it holds for: for none that is missing."""
    if flags is None:
        return None
    found: list[bool] = (flags & ~np.isnan(values)).tolist()
    return found


def rows_of(found: SeriesSaid) -> Iterator[dict[str, object]]:
    """Yield the values as the rows of a table, the series one after the other."""
    for one in found.series:
        for at, time in enumerate(found.times):
            yield {
                "time": time,
                "key": one.key,
                "value": one.values[at],
                "coverage": one.coverage[at],
                "estimated": _flag(one.estimated, at),
                "provisional": _flag(one.provisional, at),
            }


def _flag(flags: list[bool] | None, at: int) -> str | None:
    return None if flags is None else str(flags[at]).lower()
