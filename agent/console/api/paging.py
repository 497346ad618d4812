"""Pages that stay the same while items come and go: each begins after the last item before it."""

from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar
from urllib.parse import urlencode

from fastapi import Request

from agent.console.api.problems import Refusal

T = TypeVar("T")

DIGITS = 18
"""Of the largest number that a ledger's row has."""


def page_of(
    request: Request,
    items: Iterable[T],
    key: Callable[[T], str],
    *,
    after: str | None,
    limit: int,
) -> tuple[list[T], str | None]:
    """Return a page of items in the order of their keys, and the path of the next one."""
    left = sorted((one for one in items if after is None or key(one) > after), key=key)
    page = left[:limit]
    return page, next_of(request, key(page[-1])) if len(left) > limit else None


def next_of(request: Request, last: str, pinned: Mapping[str, str] | None = None) -> str:
    """Return the path of the page that begins after an item; `pinned` are parameters that all pages
    must have in common, as where one that is left out means now.
    """
    own = {**(pinned or {}), "after": last}
    asked = [(name, value) for name, value in request.query_params.multi_items() if name not in own]
    return f"{request.url.path}?{urlencode([*asked, *own.items()])}"


def number_of(after: str | None) -> int | None:
    """Return the number that a page begins after, where items have one. Raises Refusal."""
    if after is None:
        return None
    if not (after.isascii() and after.isdigit() and len(after) <= DIGITS):
        raise Refusal(400, "bad-parameter", f"after={after[:80]!r}: take it from `next`")
    return int(after)
