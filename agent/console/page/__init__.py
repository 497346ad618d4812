"""The page that people see: files that are served as they are, and the charts' library.

It speaks to the API alone, and to no other host: it works with the network cable pulled out.
"""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from agent.console.api.answers import is_known
from agent.console.page.files import Served, all_files

INDEX = "index.html"


def page_routes() -> list[Route]:
    """Return the routes of the page: `/`, and `/page/...` for its files."""
    files = all_files()

    async def index(request: Request) -> Response:
        return _answer(request, files[INDEX])

    async def file(request: Request) -> Response:
        found = files.get(request.path_params["path"])
        return (
            Response("there is no such file\n", 404) if found is None else _answer(request, found)
        )

    return [Route("/", index), Route("/page/{path:path}", file)]


def _answer(request: Request, file: Served) -> Response:
    headers = {"ETag": file.tag, "Cache-Control": "no-cache", "Vary": "Accept-Encoding"}
    if is_known(file.tag, request.headers.get("if-none-match", "")):
        return Response(status_code=304, headers=headers)
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
        return Response(file.zipped, headers=headers, media_type=file.kind)
    return Response(file.body, headers=headers, media_type=file.kind)
