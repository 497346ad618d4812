"""Errors as documents that a program can tell apart and a person can act on (RFC 9457)."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from agent.errors import ConfigError, Unavailable
from agent.ledger.readers import TooMuch

MEDIA_TYPE = "application/problem+json"

LONGEST_NAME = 200
"""Letters of a name that are compared, and said again."""


class Problem(BaseModel):
    """Why there is no answer, and the way out (RFC 9457)."""

    model_config = ConfigDict(extra="forbid")

    type: str = Field(description="What kind of problem it is: a path, stable over versions.")
    title: str = Field(description="The same for people.")
    status: int = Field(description="The HTTP status.")
    detail: str = Field(description="What is wrong with this request, and what to do.")


RESPONSES: dict[int | str, dict[str, Any]] = {
    status: {
        "description": description,
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    for status, description in {
        400: "It cannot be asked like this",
        401: "A token is missing, or is not known",
        403: "The token may not do this",
        404: "There is no such thing",
        421: "The Host header names no name of this machine",
        422: "A parameter is not what it must be",
        429: "Too many requests from this address",
        431: "The head of the request, its path too, is too long",
        503: "It cannot be answered now",
    }.items()
}
"""What any path may answer beside what it is asked for."""


class Refusal(Exception):
    """An answer that is a problem."""

    def __init__(self, status: int, kind: str, detail: str) -> None:
        """`kind` is a few words in lower case, parted by hyphens."""
        super().__init__(detail)
        self.status = status
        self.kind = kind


def not_there(who: str, thing: str, name: str, known: Iterable[str]) -> Refusal:
    """Return the refusal of a name that is not among those known; it says the nearest one."""
    near = get_close_matches(name[:LONGEST_NAME], list(known), n=1)
    hint = f": did you mean {near[0]}?" if near else ""
    return Refusal(404, "not-there", f"{who} no {thing} {name[:LONGEST_NAME]!r}{hint}")


def problem(
    status: int, kind: str, detail: str, headers: dict[str, str] | None = None
) -> JSONResponse:
    """Return the answer that says what is wrong."""
    said = Problem(
        type=f"/api/v1/problems/{kind}",
        title=kind.replace("-", " ").capitalize(),
        status=status,
        detail=detail,
    )
    headers = {"Cache-Control": "no-store", **(headers or {})}
    return JSONResponse(said.model_dump(), status, headers, media_type=MEDIA_TYPE)


def catch(app: FastAPI) -> None:
    """Have all errors of an app answered as problems."""
    app.add_exception_handler(Refusal, _refused)
    app.add_exception_handler(ConfigError, _not_there)
    app.add_exception_handler(TooMuch, _too_much)
    app.add_exception_handler(Unavailable, _unavailable)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)


def _refused(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Refusal)  # noqa: S101 it is registered for nothing else
    return problem(error.status, error.kind, str(error))


def _not_there(_: Request, error: Exception) -> JSONResponse:
    return problem(404, "not-there", str(error))


def _too_much(_: Request, error: Exception) -> JSONResponse:
    return problem(400, "too-much", str(error))


def _unavailable(_: Request, error: Exception) -> JSONResponse:
    after = getattr(error, "retry_after", None) or 1.0
    return problem(503, "unavailable", str(error), {"Retry-After": f"{after:.0f}"})


def _invalid(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101 it is registered for nothing else
    said = "; ".join(f"{_name(one['loc'])}: {one['msg']}" for one in error.errors())
    return problem(422, "bad-parameter", said)


def _name(place: Sequence[object]) -> object:
    """Return the parameter of a place such as (query, role, 0)."""
    return place[min(1, len(place) - 1)]


def _http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101 it is registered for nothing else
    headers = dict(error.headers or {})
    if error.status_code == 404:  # noqa: PLR2004 not found
        there = f"there is nothing at {request.url.path}: /api/v1/openapi.json says what there is"
        return problem(404, "not-there", there, headers)
    return problem(error.status_code, "not-possible", error.detail, headers)
