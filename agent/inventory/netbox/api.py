"""The REST API of NetBox, read page by page: one request at a time, with patience and manners."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import httpx

from agent.clock import Clock
from agent.errors import ConfigError, Unavailable
from agent.inventory.netbox.access import NAME, Access
from agent.inventory.netbox.answers import (
    CABLES,
    DEVICES,
    LISTS,
    PORTS,
    SITES,
    Answers,
    Object,
    part,
)
from agent.inventory.netbox.cabling import peers_of
from agent.inventory.netbox.stock import stock_of
from agent.inventory.netbox.taken import sites_of
from agent.web import Answer, ask, failure_of

PAGE = 500
"""Objects asked for at once; NetBox gives 1000 at most, and fewer where it is told to."""

TRIES = 5
"""How often a request is sent that NetBox asks to be sent later."""

READINGS = 3
"""How often a list is read that changes while it is."""

LONGEST_WAIT = 120.0
"""Seconds that it may ask to wait for; a person waits too."""

SHORTEST_WAIT = 0.05

_LATER = frozenset({httpx.codes.TOO_MANY_REQUESTS, httpx.codes.SERVICE_UNAVAILABLE})
_REFUSED = frozenset({httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN})

Progress = Callable[[str, int, int], None]
"""Takes the words for a list, how many of it are here, and how many there are."""


@dataclass(slots=True)
class Api:
    """Asks for lists."""

    client: httpx.AsyncClient
    root: httpx.URL
    clock: Clock
    progress: Progress
    notes: dict[str, None] = field(default_factory=dict)

    async def all_of(self, path: str, query: Sequence[tuple[str, str]]) -> list[Object]:
        """Return all objects of a list, page after page.

        Raises ConfigError if the token does not reach it, Unavailable for any other failure.
        """
        url = self.root.join(f"{path}/").copy_merge_params([("limit", str(PAGE)), *query])
        for _ in range(READINGS):
            found = await self._read(path, url)
            if found is not None:
                return found
        raise Unavailable(f"{NAME}: {LISTS[path]} change while they are read: try again later")

    async def _read(self, path: str, url: httpx.URL) -> list[Object] | None:
        """Return the objects of all pages; None if their number changed on the way, for then some
        have moved to pages that were already read.
        """
        found: dict[object, Object] = {}
        counts: set[int] = set()
        asked: set[httpx.URL] = set()
        following: httpx.URL | None = url
        while following is not None:
            asked.add(following)
            page = await self._page(path, following)
            found.update((one.get("id"), one) for one in page["results"])
            counts.add(_count(page))
            self.progress(LISTS[path], len(found), max(*counts, len(found)))
            following = self._next(path, url, page)
            if following in asked or (following is not None and not page["results"]):
                raise Unavailable(f"{NAME}: the pages of {LISTS[path]} have no end")
        return list(found.values()) if counts <= {len(found), -1} else None

    async def _page(self, path: str, url: httpx.URL) -> Mapping[str, list[Object]]:
        answer = await self._answer(url)
        if answer.status in _REFUSED:
            raise ConfigError(_refused(path, answer))
        if 300 <= answer.status < 400:  # noqa: PLR2004 the redirections of HTTP
            raise ConfigError(
                f"{NAME}: {self.root} sends elsewhere ({answer.status}): write the address that "
                "it is reached by, with https:// where it uses it"
            )
        if answer.status != httpx.codes.OK:
            raise _failure(path, answer)
        results = part(answer.body, "results") if isinstance(answer.body, dict) else None
        if not isinstance(results, list) or not all(isinstance(one, dict) for one in results):
            what = answer.said or "nothing"
            raise ConfigError(
                f"{NAME}: what {self.root} answers is no list of {LISTS[path]} but {what}: "
                "write the address of NetBox itself, without what stands behind /api/"
            )
        body: Mapping[str, list[Object]] = answer.body  # type: ignore[assignment] # just checked
        return body

    async def _answer(self, url: httpx.URL) -> Answer:
        """Send a request, and send it again after the time that NetBox asks for."""
        for _ in range(TRIES - 1):
            answer = await ask(self.client, NAME, self.client.build_request("GET", url), self.clock)
            wait = answer.retry_after
            if answer.status not in _LATER or wait is None or wait > LONGEST_WAIT:
                return answer
            await self.clock.sleep(max(wait, SHORTEST_WAIT))
        return await ask(self.client, NAME, self.client.build_request("GET", url), self.clock)

    def _next(self, path: str, url: httpx.URL, page: Mapping[str, object]) -> httpx.URL | None:
        """Return the address of the next page: always one of the list that was asked for.

        NetBox behind a proxy often names another host. Only the query of its link is taken, so the
        token goes nowhere else.
        """
        said = page.get("next")
        if said is None:
            return None
        try:
            link = httpx.URL(said) if isinstance(said, str) else None
        except httpx.InvalidURL:
            link = None
        if link is None or not link.path.rstrip("/").endswith(f"/api/{path}"):
            raise Unavailable(
                f"{NAME}: the next page of {LISTS[path]} is said to be somewhere else: it is not "
                "asked for, since the token would go there: check the proxy before NetBox"
            )
        if (link.scheme, link.netloc) != (url.scheme, url.netloc):
            self.notes[
                f"NetBox links its pages at {link.scheme}://{link.host}; they were asked for at "
                "the address given: check X-Forwarded-Host and X-Forwarded-Proto of its proxy"
            ] = None
        return url.copy_with(query=link.query)


def _count(page: Mapping[str, object]) -> int:
    """Return how many objects the whole list has, as a page says; -1 if it does not."""
    count = page.get("count")
    return count if isinstance(count, int) else -1


def _refused(path: str, answer: Answer) -> str:
    said = f": {answer.said}" if answer.said else ""
    return (
        f"{NAME}: it does not let {LISTS[path]} be read ({answer.status}){said}: check the token "
        "of --token-file, and that its user may view " + ", ".join(LISTS.values())
    )


def _failure(path: str, answer: Answer) -> Unavailable:
    if answer.status == httpx.codes.TOO_MANY_REQUESTS:
        wait = answer.retry_after
        later = "" if wait is None else f": it may be asked again in {wait:.0f} s"
        return Unavailable(f"{NAME}: asked more often than it allows (429){later}: try again later")
    if answer.status >= httpx.codes.INTERNAL_SERVER_ERROR:
        said = f": {answer.said}" if answer.said else ""
        return Unavailable(
            f"{NAME}: it failed at {LISTS[path]} ({answer.status}){said}: try again later"
        )
    return failure_of(NAME, answer)


async def ask_all(
    access: Access, wanted: Mapping[str, str], clock: Clock, progress: Progress
) -> tuple[Answers, Sequence[str]]:
    """Return all that is read of a NetBox, of the sites that are wanted, and notes on the way.

    Raises ConfigError for what a person must change, Unavailable for what may pass.
    """
    async with access.client() as client:
        api = Api(client, access.root, clock, progress)
        answers: dict[str, Sequence[Object]] = {SITES: await api.all_of(SITES, [])}
        slugs = sites_of(stock_of(answers), wanted) if wanted else {}
        query = [("site", slug) for slug in slugs]
        for path in LISTS:
            if path not in (SITES, CABLES):
                # Config contexts are large, slow, and may hold secrets.
                more = [("exclude", "config_context")] if path == DEVICES else []
                answers[path] = await api.all_of(path, [*query, *more])
        if any(part(one, "cable") is not None and not peers_of(one) for one in answers[PORTS]):
            answers[CABLES] = await api.all_of(CABLES, query)
        return answers, list(api.notes)
