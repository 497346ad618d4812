"""Answers as JSON or CSV, made in a reader's thread: with a tag, compressed where that is wanted.

The loop is handed bytes: a thousand meters take longer to write than to find.
"""

import gzip
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from hashlib import blake2b
from types import MappingProxyType
from typing import Self, TypeVar

from fastapi import Request
from pydantic import BaseModel
from pydantic_core import to_json
from starlette.responses import Response

from agent.console.api.problems import Refusal
from agent.console.api.shared import Shared
from agent.console.api.tables import Table, csv_of
from agent.console.desk import Desk
from agent.ledger import Connection
from agent.ledger.readers import Budget

JSON, CSV = "application/json", "text/csv; charset=utf-8"

WORTH = 1024
"""Bytes from which compressing is worth it."""

T = TypeVar("T", bound=BaseModel | Mapping[str, object])
Work = Callable[[Connection, Budget], T]


def desk_of(request: Request) -> Desk:
    """Return what the answers are made from."""
    desk: Desk = request.app.state.desk
    return desk


def is_csv(request: Request) -> bool:
    """Return whether CSV is asked for: by `format`, or else by the Accept header."""
    wanted = request.query_params.get("format")
    if wanted is not None:
        return wanted == "csv"
    return "text/csv" in request.headers.get("accept", "")


@dataclass(frozen=True, slots=True)
class Sent:
    """How an answer is sent."""

    zipped: bool
    """Whether who asks can unpack it."""

    known: str
    """The tags of what is there already."""

    @classmethod
    def of(cls, request: Request) -> Self:
        """Return what a request's headers say of it."""
        headers = request.headers
        zipped = "gzip" in headers.get("accept-encoding", "")
        return cls(zipped, headers.get("if-none-match", ""))

    def response(
        self, body: bytes, media_type: str, more: Mapping[str, str] = MappingProxyType({})
    ) -> Response:
        """Return the response with a body, or the one that says that it is known already.

        The tag is a weak one: it is the same whether the body is compressed or not.
        """
        tag = f'"{blake2b(body, digest_size=12).hexdigest()}"'
        headers = {
            "ETag": f"W/{tag}",
            "Cache-Control": "no-cache",
            "Vary": "Accept, Accept-Encoding",
            **more,
        }
        if is_known(tag, self.known):
            return Response(status_code=304, headers=headers)
        if self.zipped and len(body) >= WORTH:
            body, headers["Content-Encoding"] = gzip.compress(body, 1), "gzip"
        return Response(body, headers=headers, media_type=media_type)


async def answer(
    request: Request, work: Work[T], table: Table[T] | None = None, *, link: bool = False
) -> Response:
    """Do the work in a reader's thread and return what it found.

    `table` says what it is as CSV; left out, there is none. With `link` the next page is named in a
    header too. Who asks for the same within a moment gets the same. Raises what the work does.
    """
    csv_wanted = is_csv(request)
    if csv_wanted and table is None:
        raise Refusal(400, "no-csv", "there is no CSV of this: leave format out")
    made = partial(
        _made,
        work=work,
        table=table if csv_wanted else None,
        link=link,
        sent=Sent.of(request),
    )
    desk = desk_of(request)
    if request.method != "GET":
        return await desk.readers.ask(made)
    shared: Shared = request.app.state.shared
    key = (request.url.path, request.url.query, csv_wanted, made.keywords["sent"])
    return await shared.of(key, lambda: desk.readers.ask(made), desk.clock.speed)


def _made(
    connection: Connection,
    budget: Budget,
    *,
    work: Work[T],
    table: Table[T] | None,
    link: bool,
    sent: Sent,
) -> Response:
    found = work(connection, budget)
    following = _next(found) if link else None
    more = {"Link": f'<{following}>; rel="next"'} if following else {}
    if table is not None:
        return sent.response(csv_of(table.names, table.rows(found)), CSV, more)
    return sent.response(to_json(found, inf_nan_mode="null"), JSON, more)


def _next(found: BaseModel | Mapping[str, object]) -> object:
    """Return the path of the next page; None where there is none, or are no pages."""
    return found.get("next") if isinstance(found, Mapping) else getattr(found, "next", None)


def is_known(tag: str, known: str) -> bool:
    """Return whether a tag is among those of If-None-Match, compared weakly (RFC 9110, 13.1.2)."""
    tags = [one.strip().removeprefix("W/") for one in known.split(",")]
    return tag in tags or "*" in tags
