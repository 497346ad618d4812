"""The page's files: what is served, how, and that nothing in them reaches for another host."""

import gzip
import re
from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.applications import Starlette

from agent.console import Console
from agent.console.page import page_routes
from agent.console.page.files import CHARTS, KINDS, all_files

LARGEST = 2_000_000
"""Bytes of all files, compressed."""

OURS = {path: file for path, file in all_files().items() if not path.startswith("charts/")}
IMPORT = re.compile(r'^import\b[^;"]*?"([^"]+)"|\bimport\("([^"]+)"\)', re.MULTILINE)


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=Starlette(routes=page_routes()))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        yield client


async def test_the_page_and_each_of_its_files_is_served_as_what_it_is(
    client: httpx.AsyncClient,
) -> None:
    assert (await client.get("/")).text == (await client.get("/page/index.html")).text
    for path, file in all_files().items():
        answer = await client.get(f"/page/{path}", headers={"Accept-Encoding": "identity"})
        assert (answer.status_code, answer.content) == (200, file.body), path
        assert answer.headers["content-type"] == KINDS[path.rpartition(".")[2]]
        assert answer.headers["cache-control"] == "no-cache"


async def test_what_is_known_is_not_sent_again(client: httpx.AsyncClient) -> None:
    answer = await client.get("/page/main.js", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.content == OURS["main.js"].body
    again = await client.get("/page/main.js", headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    "path", ["/page/", "/page/nothing.js", "/page/../files.py", "/page/%2e%2e/files.py"]
)
async def test_nothing_else_is_served(client: httpx.AsyncClient, path: str) -> None:
    assert (await client.get(path)).status_code == 404


def test_all_of_it_is_small_and_compressed_as_it_was_written() -> None:
    files = all_files().values()
    assert sum(len(file.zipped) for file in files) < LARGEST
    assert all(gzip.decompress(file.zipped) == file.body for file in files)


def test_the_charts_are_there_without_what_draws_in_three_dimensions() -> None:
    charts = [path for path in all_files() if path.startswith("charts/")]
    assert "charts/index.js" in charts
    assert len(charts) == 2, f"{CHARTS} has changed: look what the page needs of it"
    assert all(b"echarts-gl" not in all_files()[path].body[:2000] for path in charts)


async def test_the_page_comes_with_a_policy_that_trusts_its_own_files_alone(
    console: Console,
) -> None:
    async with httpx.AsyncClient(base_url=console.address, trust_env=False) as client:
        for path in ("/", "/page/main.js"):
            answer = await client.get(path)
            assert answer.status_code == 200
            parts = [one.split() for one in answer.headers["content-security-policy"].split(";")]
            policy = {name: values for name, *values in filter(None, parts)}
            assert policy["default-src"] == ["'none'"]
            for name in ("script-src", "style-src", "connect-src"):
                assert policy[name] == ["'self'"], name
            assert policy["frame-ancestors"] == ["'none'"]
            assert not any("unsafe" in one for values in policy.values() for one in values)


def test_the_policy_finds_nothing_to_forbid() -> None:
    text = OURS["index.html"].body.decode()
    assert not re.search(r"<script(?![^>]*\bsrc=)", text), "no script inside the page"
    assert not re.search(r"<style|\sstyle=|\son\w+=", text), "no styles and handlers inside it"


def test_what_the_api_says_is_never_read_as_html_or_code() -> None:
    for path, file in OURS.items():
        if path.endswith(".js"):
            found = re.findall(
                r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|"
                r"setAttribute\(\s*[\"'](?:style|on\w+)",
                file.body.decode(),
            )
            assert found == [], path


def test_nothing_reaches_for_another_host() -> None:
    for path, file in OURS.items():
        found = re.findall(r"(?:https?:)?//[\w.-]+\.[a-z]+[^\s\"']*", file.body.decode())
        assert [one for one in found if "www.w3.org" not in one] == [], path


def test_every_module_that_is_imported_is_there() -> None:
    for path in OURS:
        for name in imported(path):
            assert name in all_files(), f"{path} imports {name}"


def test_every_view_can_be_reached_and_no_file_lies_idle() -> None:
    main = OURS["main.js"].body.decode()
    views = re.search(r"const VIEWS = \{([^}]*)\}", main)
    assert views is not None
    for view in views[1].replace(" ", "").split(","):
        assert f'from "./views/{view}.js"' in main
        assert "export const title" in OURS[f"views/{view}.js"].body.decode(), view
    linked = set(re.findall(r'(?:href|src)="/page/([^"]+)"', OURS["index.html"].body.decode()))
    reached, left = {"index.html"}, linked
    while left:
        path = left.pop()
        reached.add(path)
        left |= set(imported(path)) - reached
    assert set(all_files()) - reached == {one for one in all_files() if is_chunk(one)}


def is_chunk(path: str) -> bool:
    """Whether it is a part of the charts' library that its index asks for."""
    return path.startswith("charts/") and path != "charts/index.js"


def imported(path: str) -> list[str]:
    """The paths of what one of our modules imports."""
    if path not in OURS or not path.endswith(".js"):
        return []
    folder = path.rpartition("/")[0]
    found = IMPORT.findall(OURS[path].body.decode())
    return [resolved(folder, static or dynamic) for static, dynamic in found]


def resolved(folder: str, name: str) -> str:
    if name.startswith("/page/"):
        return name.removeprefix("/page/")
    parts = folder.split("/") if folder else []
    for part in name.split("/"):
        if part == "..":
            parts.pop()
        elif part != ".":
            parts.append(part)
    return "/".join(parts)
