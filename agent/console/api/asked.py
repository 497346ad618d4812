"""What a question may say: sites, times, pages. The same words on all paths."""

import inspect
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal, TypeVar

from fastapi import Depends, Path, Query, Request
from pydantic import AfterValidator, BeforeValidator, WithJsonSchema

from agent.accounting.hours import hour_of
from agent.accounting.site import Site
from agent.console.api.answers import desk_of
from agent.console.api.problems import Refusal
from agent.ledger import Connection, site_named
from agent.ledger.places.sites import sites_in

T = TypeVar("T")

FIRST_YEAR, LAST_YEAR = 2000, 2200
LONGEST = timedelta(days=3 * 366)


def _written(at: object) -> object:
    """Refuse what is no date in ISO 8601, such as seconds since 1970."""
    if isinstance(at, str) and _ISO.match(at) is None:
        raise ValueError("must be a time such as 2026-11-22T14:30:00Z, or a day")
    return at


def _utc(at: datetime) -> datetime:
    """Return a time in UTC; one without a zone is in UTC already. Raises Refusal."""
    if not FIRST_YEAR <= at.year <= LAST_YEAR:
        raise Refusal(400, "bad-parameter", f"years go from {FIRST_YEAR} to {LAST_YEAR}")
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_FORMATS = [{"type": "string", "format": one} for one in ("date-time", "date")]

Moment = Annotated[
    datetime,
    BeforeValidator(_written),
    AfterValidator(_utc),
    WithJsonSchema({"anyOf": _FORMATS}, mode="validation"),
]
"""A time in ISO 8601; without a zone it is in UTC, and a day is its beginning."""

Name = Annotated[str, Path(max_length=200)]
SiteName = Annotated[
    str | None, Query(max_length=200, description="A site; needed where there are several.")
]
Format = Annotated[
    Literal["json", "csv"] | None,
    Query(description="json or csv; what the Accept header says where left out."),
]
Limit = Annotated[int, Query(ge=1, le=1000, description="Items of a page.")]
After = Annotated[
    str | None,
    Query(max_length=400, description="The last item of the page before: take it from `next`."),
]
AfterNumber = Annotated[
    str | None,
    Query(
        max_length=400,
        description="The last item of the page before: take it from `next`.",
        json_schema_extra={"pattern": "^[0-9]{1,18}$"},
    ),
]
AsOf = Annotated[
    Moment | None, Query(description="As it was known then; as it is known now where left out.")
]


def in_the_loop(kind: Callable[..., T]) -> Callable[..., Awaitable[T]]:
    """Return what makes a dependency in the loop: FastAPI would hand a plain one to a thread, which
    takes longer than what it does there.
    """

    async def made(*args: object, **named: object) -> T:
        return kind(*args, **named)

    made.__signature__ = inspect.signature(kind)  # type: ignore[attr-defined]  # what FastAPI reads
    return made


class Span:
    """From a time up to another one, in UTC."""

    def __init__(
        self,
        request: Request,
        start: Annotated[
            Moment | None,
            Query(alias="from", description="Where it begins; 24 hours before `to` if left out."),
        ] = None,
        end: Annotated[
            Moment | None, Query(alias="to", description="Where it ends; now if left out.")
        ] = None,
    ) -> None:
        """Raises Refusal for a time that ends before it begins, or is longer than LONGEST."""
        self.is_given = start is not None or end is not None
        self.end = end or desk_of(request).clock.now().replace(second=0, microsecond=0)
        self.start = start or self.end - timedelta(days=1)
        if self.start >= self.end:
            raise Refusal(400, "bad-span", "`from` is not before `to`: turn them round")
        if self.end - self.start > LONGEST:
            raise Refusal(400, "too-much", "it is longer than three years: ask for a shorter time")

    @property
    def whole_hours(self) -> tuple[datetime, datetime]:
        """The hours that it touches, from the first up to the end of the last one."""
        last = hour_of(self.end)
        end = last if last == self.end else last + timedelta(hours=1)
        return hour_of(self.start), end


AskedSpan = Annotated[Span, Depends(in_the_loop(Span))]


def site_asked(connection: Connection, name: str | None) -> Site:
    """Return the site that is asked for, or the only one. Raises ConfigError, Refusal."""
    if name is not None:
        return site_named(connection, name)
    sites = sites_in(connection)
    if len(sites) == 1:
        return sites[0]
    names = ", ".join(one.name for one in sites)
    raise Refusal(400, "no-site", f"there are several sites: add site=NAME, one of {names}")
