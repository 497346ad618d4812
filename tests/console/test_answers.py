"""What all answers have in common: tags, compression, CSV, HEAD, pages, problems."""

import gzip
import json
from typing import Any

import httpx
import pytest

from agent.console import Desk
from agent.console.api.tables import csv_of
from agent.ledger import Ledger
from agent.model import MINUTE
from tests.console.asking import API, asked, refused, table, walked
from tests.console.floor import END
from tests.ledger.books import START, reading

SPAN = {"from": START.isoformat(), "to": END.isoformat()}
HOUR = {"hour": START.isoformat()}
PATHS: list[tuple[str, dict[str, Any]]] = [
    ("/sites", {}),
    ("/sites/fra", {}),
    ("/sites/fra/tree", {}),
    ("/sites/fra/troubles", {}),
    ("/meters", {}),
    ("/meters/rack-1-a/outlet/1", {}),
    ("/devices", {}),
    ("/devices/rack-1-a", {}),
    ("/series", {"quantity": "energy", "by": "role", **SPAN}),
    ("/emissions", {"period": "2026-03-10"}),
    ("/emissions", {"period": "2026-03", "step": "day"}),
    ("/intensity", SPAN),
    ("/coverage", SPAN),
    ("/coverage/meters", SPAN),
    ("/restatements", {}),
    ("/periods", {}),
    ("/findings", {}),
    ("/repairs", {}),
    ("/explain", {"meter": "rack-1-a", **HOUR}),
    ("/openapi.json", {}),
]
"""Each path with a question that has one answer as long as nothing is booked."""


async def test_the_same_question_has_the_same_tag_and_is_not_answered_twice(
    client: httpx.AsyncClient,
) -> None:
    for path, query in PATHS:
        first = await client.get(f"{API}{path}", params=query)
        assert first.status_code == 200, first.text
        tag = first.headers["etag"]
        for known in (tag, tag.removeprefix("W/"), f'"other", {tag}', "*"):
            again = await client.get(f"{API}{path}", params=query, headers={"If-None-Match": known})
            assert (again.status_code, again.content) == (304, b""), path
            assert again.headers["etag"] == tag
        other = await client.get(f"{API}{path}", params=query, headers={"If-None-Match": '"x"'})
        assert (other.status_code, other.content) == (200, first.content), path


async def test_what_is_compressed_is_the_same(client: httpx.AsyncClient) -> None:
    zipped = 0
    for path, query in PATHS:
        bodies: list[bytes] = []
        for encoding in ("gzip", "identity"):
            request = client.build_request(
                "GET", f"{API}{path}", params=query, headers={"Accept-Encoding": encoding}
            )
            answer = await client.send(request, stream=True)
            raw = b"".join([part async for part in answer.aiter_raw()])
            is_zipped = answer.headers.get("content-encoding") == "gzip"
            assert encoding == "gzip" or not is_zipped
            zipped += is_zipped
            bodies.append(gzip.decompress(raw) if is_zipped else raw)
            assert "Accept-Encoding" in answer.headers["vary"]
        assert bodies[0] == bodies[1], path
    assert zipped > len(PATHS) / 2


async def test_head_is_get_without_its_body(client: httpx.AsyncClient) -> None:
    for path, query in PATHS:
        got = await client.get(f"{API}{path}", params=query)
        head = await client.head(f"{API}{path}", params=query)
        assert (head.status_code, head.content) == (200, b""), path
        for name in ("etag", "content-type", "content-length"):
            assert head.headers.get(name) == got.headers.get(name), (path, name)


async def test_no_answer_holds_what_json_has_not(client: httpx.AsyncClient) -> None:
    def never(word: str) -> None:
        raise AssertionError(word)

    for path, query in PATHS:
        answer = await client.get(f"{API}{path}", params=query)
        json.loads(answer.content, parse_constant=never)


async def test_a_large_answer_is_compressed_and_a_small_one_is_not(
    client: httpx.AsyncClient,
) -> None:
    large, small = [await client.get(f"{API}{path}") for path in ("/meters", "/repairs")]
    assert large.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in small.headers


async def test_a_table_is_told_by_its_accept_header_or_by_format_which_comes_first(
    client: httpx.AsyncClient,
) -> None:
    by_header = await client.get(f"{API}/meters", headers={"Accept": "text/csv"})
    by_format = await client.get(f"{API}/meters", params={"format": "csv"})
    assert by_header.content == by_format.content
    json_first = await client.get(
        f"{API}/meters", params={"format": "json"}, headers={"Accept": "text/csv"}
    )
    assert json_first.headers["content-type"] == "application/json"


async def test_what_is_no_table_says_so(client: httpx.AsyncClient) -> None:
    answer = await client.get(f"{API}/status", headers={"Accept": "text/csv"})
    assert (answer.status_code, answer.json()["type"]) == (400, "/api/v1/problems/no-csv")


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/devices", {}),
        ("/intensity", SPAN),
        ("/coverage/meters", SPAN),
        ("/emissions", {"period": "2026-03", "step": "day"}),
    ],
)
async def test_a_table_has_what_the_json_has(
    client: httpx.AsyncClient, path: str, query: dict[str, Any]
) -> None:
    items = (await asked(client, path, **query))["items"]
    rows = table(await client.get(f"{API}{path}", params={**query, "format": "csv"}))
    assert len(rows) == len(items) > 0
    for row, item in zip(rows, items, strict=True):
        assert row == {name: _cell(value) for name, value in item.items()}


def _cell(value: object) -> str:
    """What a table says of a value of JSON."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def test_a_cell_is_no_formula_and_a_comma_no_column() -> None:
    said = csv_of((), [{"a": "=1+1", "b": 'x, "y"', "c": None, "d": True, "e": START, "f": -1.5}])
    assert said.decode() == ('a,b,c,d,e,f\r\n\'=1+1,"x, ""y""",,true,2026-03-10T09:00:00Z,-1.5\r\n')


@pytest.mark.parametrize(
    ("path", "first"),
    [
        ("/sites?after=zzz", "name"),
        ("/meters?role=generator", "id"),
        ("/repairs", "number"),
        ("/restatements", "number"),
        ("/periods", "site"),
    ],
)
async def test_an_empty_table_has_its_line_of_names(
    client: httpx.AsyncClient, path: str, first: str
) -> None:
    said = await client.get(f"{API}{path}", headers={"Accept": "text/csv"})
    assert said.status_code == 200, said.text
    (names,) = said.text.splitlines()
    assert names.split(",")[0] == first


@pytest.mark.parametrize("path", ["/meters", "/devices"])
async def test_walking_all_pages_gives_every_item_once(
    client: httpx.AsyncClient, path: str
) -> None:
    whole = await asked(client, path)
    assert whole["next"] is None
    for limit in (1, 2, 5):
        assert await walked(client, path, limit=limit) == whole["items"]


async def test_items_that_come_while_pages_are_walked_move_no_other(
    client: httpx.AsyncClient, ledger: Ledger, desk: Desk
) -> None:
    before = [one["id"] for one in (await asked(client, "/meters"))["items"]]
    found = await asked(client, "/meters", limit=3)
    seen = [one["id"] for one in found["items"]]
    # One before the place that was reached, and one after it.
    new = [reading(f"rack-1-a/outlet/{n}", END + MINUTE, kwh=1, watts=1.0) for n in (0, 9)]
    new.append(reading("chiller/phase/1", END + MINUTE, watts=1.0))
    await ledger.book(new)
    desk._now = None
    while found["next"]:
        found = (await client.get(found["next"])).json()
        seen += [one["id"] for one in found["items"]]
    assert len(seen) == len(set(seen))
    assert set(before) <= set(seen)


async def test_a_page_keeps_what_was_asked_and_links_to_the_next(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.get(f"{API}/meters", params={"role": "outlet", "limit": 1})
    following = answer.json()["next"]
    assert "role=outlet" in following
    assert "limit=1" in following
    assert answer.headers["link"] == f'<{following}>; rel="next"'
    last = await client.get(following)
    assert (last.json()["next"], "link" in last.headers) == (None, False)


@pytest.mark.parametrize(
    ("path", "query", "says"),
    [
        ("/meters", {"rol": "rack"}, "'rol' is not known here: did you mean role?"),
        ("/series", {"quantty": "power"}, "did you mean quantity?"),
        ("/coverage", {"fro": "2026-03-10"}, "did you mean from?"),
        ("/status", {"verbose": "1"}, "this path takes no parameters"),
        ("/explain", {"zzz": "1"}, "there are as_of, day"),
    ],
)
async def test_an_unknown_parameter_is_refused_with_the_nearest_one(
    client: httpx.AsyncClient, path: str, query: dict[str, str], says: str
) -> None:
    status, detail = await refused(client, path, **query)
    assert status == 400
    assert says in detail


@pytest.mark.parametrize(
    ("path", "query", "status", "says"),
    [
        ("/meters", {"limit": "0"}, 422, "limit"),
        ("/meters", {"limit": "many"}, 422, "limit"),
        ("/meters", {"role": "rak"}, 422, "role"),
        ("/meters", {"tag": "room"}, 400, "NAME:VALUE"),
        ("/sites/frb", {}, 404, "did you mean fra?"),
        ("/devices/rack-1", {}, 404, "did you mean rack-1-a?"),
        ("/meters/rack-1-b", {}, 404, "did you mean rack-1-a?"),
        ("/coverage", {"from": END.isoformat(), "to": START.isoformat()}, 400, "turn them round"),
        ("/coverage", {"from": "2016-01-01", "to": "2026-01-01"}, 400, "three years"),
        ("/coverage", {"from": "2025-01-01", "to": "2026-01-01"}, 400, "step=day"),
        ("/coverage", {"from": "NaN"}, 422, "2026-11-22T14:30:00Z"),
        ("/coverage", {"from": "1741597200"}, 422, "2026-11-22T14:30:00Z"),
        ("/coverage", {"from": "0001-01-01"}, 400, "years go from 2000"),
        ("/sites/fra/tree", {"at": "2100-01-01"}, 400, "has not begun"),
        ("/emissions", {"period": "2026-13"}, 400, "there is no such month"),
        ("/emissions", {"site": "ham"}, 404, "it has fra"),
        ("/restatements", {"after": "yesterday"}, 400, "take it from `next`"),
        ("/findings", {"after": "0"}, 400, "take it from `next`"),
        ("/nothing", {}, 404, "openapi.json says what there is"),
    ],
)
async def test_what_cannot_be_answered_says_what_to_do(
    client: httpx.AsyncClient, path: str, query: dict[str, str], status: int, says: str
) -> None:
    found, detail = await refused(client, path, **query)
    assert found == status, detail
    assert says in detail


async def test_only_get_and_head_are_answered_where_nothing_changes(
    client: httpx.AsyncClient,
) -> None:
    for method in ("POST", "PUT", "DELETE"):
        answer = await client.request(method, f"{API}/meters")
        assert answer.status_code == 405
        assert answer.headers["content-type"] == "application/problem+json"
