"""Parameters that no path knows are refused: a misspelt one must not pass for one left out."""

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any

from fastapi import Request

from agent.console.api.problems import LONGEST_NAME, Refusal


async def known_alone(request: Request) -> None:
    """Raise Refusal for a query parameter that the path does not know; it names the nearest one.

    To be a dependency of all paths.
    """
    asked = request.query_params
    if not asked:
        return
    known = sorted(set(_names(request.scope["route"].dependant)))
    for name in asked:
        if name not in known:
            raise Refusal(400, "unknown-parameter", _words(name[:LONGEST_NAME], known))


def _names(dependant: Any) -> Iterator[str]:  # noqa: ANN401 FastAPI's own, which it does not export
    """Yield the names of all query parameters of a path and of what it depends on."""
    yield from (field.alias for field in dependant.query_params)
    for one in dependant.dependencies:
        yield from _names(one)


def _words(name: str, known: list[str]) -> str:
    if not known:
        return f"{name!r} is not known here: this path takes no parameters"
    near = get_close_matches(name, known, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}"
    return f"{name!r} is not known here: {hint}"
