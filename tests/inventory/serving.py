"""The REST API of a NetBox on loopback: pages, tokens, filters, and faults on command."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

from tests.inventory.boxes import Box, Json

V1_TOKEN = "0123456789abcdef0123456789abcdef01234567"  # noqa: S105 of this test only
V2_TOKEN = "nbt_key0123.secretsecretsecret"  # noqa: S105 of this test only
TOKENS = {f"Token {V1_TOKEN}", f"Bearer {V2_TOKEN}"}

Fault = Callable[[web.Request], web.Response | None]


@dataclass(slots=True)
class Served:
    """A NetBox that answers, and what it was asked."""

    box: Box
    url: str = ""
    most: int = 7
    """Objects in one page, however many are asked for: its MAX_PAGE_SIZE."""

    links: str = ""
    """Where its links lead; to itself where empty."""

    change: Callable[[list[Json]], list[Json]] = list
    fault: Fault = field(default=lambda request: None)
    asked: list[str] = field(default_factory=list)
    headers: list[Mapping[str, str]] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append(str(request.rel_url))
        self.headers.append(dict(request.headers))
        fault = self.fault(request)
        if fault is not None:
            return fault
        if request.headers.get("Authorization") not in TOKENS:
            return web.json_response({"detail": "Invalid token"}, status=403)
        name = request.path.removeprefix("/api/dcim/").rstrip("/")
        objects = self.box.lists.get(name)
        if objects is None or not request.path.endswith("/"):
            return web.json_response({"detail": "Not found."}, status=404)
        return web.json_response(self._page(request, self._wanted(request, objects)))

    def _wanted(self, request: web.Request, objects: list[Json]) -> list[Json]:
        sites = request.query.getall("site", [])
        found = [one for one in objects if not sites or _slug(one) in sites]
        return self.change(found)

    def _page(self, request: web.Request, objects: list[Json]) -> Json:
        limit = min(int(request.query.get("limit", 50)), self.most)
        offset = int(request.query.get("offset", 0))
        following = None
        if offset + limit < len(objects):
            url = request.url.update_query(limit=limit, offset=offset + limit)
            following = (self.links or self.url) + str(url.relative())
        page = objects[offset : offset + limit]
        return {"count": len(objects), "next": following, "previous": None, "results": page}


def _slug(one: Json) -> object:
    return one["site"]["slug"] if "site" in one else None


@asynccontextmanager
async def serving(box: Box) -> AsyncIterator[Served]:
    """Serve a NetBox on a free port."""
    served = Served(box)
    app = web.Application()
    app.router.add_get("/{path:.*}", served.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        served.url = f"http://{host}:{port}"
        yield served
    finally:
        await runner.cleanup()
