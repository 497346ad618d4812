"""The OpenAPI document: what FastAPI makes of the paths, and what all of them have in common.

Tables are to be had as CSV too, each answer has a tag by which it is not sent twice, and where
there are tokens one is wanted.
"""

import asyncio
import json
from collections.abc import Iterator
from functools import cache
from typing import Any

from fastapi import FastAPI, Request
from fastapi.openapi.utils import get_openapi
from starlette.responses import Response

from agent.console.api.answers import JSON, Sent
from agent.console.api.problems import Problem

DESCRIPTION = """\
Read-only, but for `probe`. Times are ISO 8601 in UTC, units are in the names, and null is what is
not known: it is never zero.

**Pages.** Lists come in pages of `limit` items; `next`, and the header `Link`, is the path of the
next one, null on the last. Items that come and go meanwhile move no other one.

**CSV.** What takes `format` is a table too: `format=csv`, or `Accept: text/csv`.

**Tags.** Every answer has an `ETag`; sent again as `If-None-Match` it is answered by 304 as long as
nothing has changed.

**Problems.** What cannot be answered is a problem (RFC 9457) whose `detail` says what to do.

**Tokens.** `Authorization: Bearer TOKEN`; on the machine itself none is needed to read unless the
settings have some. `carbond token` makes one.
"""

TAGS = {
    "sites": "What is seen at a glance, where the energy goes, what needs a look.",
    "meters": "Points where energy is measured.",
    "devices": "What is read, and whether it answers.",
    "series": "Values over time.",
    "emissions": "The figures of days, months and years.",
    "intensity": "What the grids emit for each kilowatt-hour.",
    "coverage": "How much is known.",
    "corrections": "What was said differently before, by registers, people and providers.",
    "explain": "Where a figure comes from.",
    "status": "The daemon itself.",
}

TOKEN = "token"  # noqa: S105 the name of a scheme
ETAG = {
    "description": "Of these very bytes before they are compressed.",
    "schema": {"type": "string"},
}
LINK = {"description": "The next page, where there is one.", "schema": {"type": "string"}}
KNOWN = {
    "name": "If-None-Match",
    "in": "header",
    "description": "The ETag of an answer that is there already.",
    "schema": {"type": "string"},
}
SAME = {"description": "It is what its tag says", "headers": {"ETag": ETAG}}


def describe(app: FastAPI, path: str) -> None:
    """Have an application tell of itself at a path: made once, in a thread, as it takes a while."""
    made = cache(lambda: json.dumps(document_of(app)).encode())

    async def document(request: Request) -> Response:
        sent = Sent.of(request)
        return await asyncio.to_thread(lambda: sent.response(made(), JSON))

    app.add_route(path, document)


def document_of(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI document of an application."""
    found = get_openapi(
        title=app.title,
        version=app.version,
        summary=app.summary,
        description=DESCRIPTION,
        routes=app.routes,
        tags=[{"name": name, "description": words} for name, words in TAGS.items()],
    )
    parts = found["components"]
    parts["schemas"]["Problem"] = Problem.model_json_schema()
    parts["securitySchemes"] = {
        TOKEN: {"type": "http", "scheme": "bearer", "description": "As `carbond token` makes it."}
    }
    for method, one in _operations(found):
        one["security"] = [{TOKEN: []}, {}] if method == "get" else [{TOKEN: []}]
        if not one.get("parameters"):
            one["responses"].pop("422")
        if method == "get":
            _tell_of_answers(one)
    for unused in ("HTTPValidationError", "ValidationError"):
        parts["schemas"].pop(unused, None)
    return found


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path in document["paths"].values():
        yield from path.items()


def _tell_of_answers(operation: dict[str, Any]) -> None:
    """Add to a path what all answers to GET have."""
    names = {one["name"] for one in operation.setdefault("parameters", [])}
    operation["parameters"].append(KNOWN)
    good = operation["responses"]["200"]
    good["headers"] = {"ETag": ETAG} | ({"Link": LINK} if "after" in names else {})
    if "format" in names:
        good["content"]["text/csv"] = {"schema": {"type": "string"}}
    operation["responses"]["304"] = SAME
