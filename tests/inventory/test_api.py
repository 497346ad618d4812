"""A NetBox over HTTP: pages, tokens, and everything that can go wrong with them."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web

from agent.clock import Clock
from agent.errors import ConfigError, Unavailable
from agent.inventory.netbox import Access, Choices, ask_all, import_of, stock_of
from agent.inventory.netbox.answers import Answers
from config import Secret
from tests.inventory.boxes import Json, old, two_feeds
from tests.inventory.serving import V1_TOKEN, V2_TOKEN, Served, serving


@pytest.fixture
async def netbox() -> AsyncIterator[Served]:
    async with serving(two_feeds()) as served:
        yield served


def quiet(what: str, done: int, of: int) -> None:
    assert what
    assert done <= of


async def asked(netbox: Served, token: str = V1_TOKEN, **sites: str) -> Answers:
    access = Access(url=netbox.url, token=Secret(token))
    answers, _ = await ask_all(access, sites, Clock(speed=100), quiet)
    return answers


@pytest.mark.parametrize("token", [V1_TOKEN, V2_TOKEN])
async def test_all_pages_of_all_lists_are_read(netbox: Served, token: str) -> None:
    answers = await asked(netbox, token)
    expected = netbox.box.answers()
    assert {path: len(found) for path, found in answers.items()} == {
        path: len(found) for path, found in expected.items() if path != "dcim/cables"
    }
    pages = [one for one in netbox.asked if "power-outlets" in one]
    assert len(pages) == 4, "24 outlets are four pages of 7"
    assert all("limit=" in one for one in pages)
    kind = "Bearer" if token is V2_TOKEN else "Token"
    assert {one["Authorization"] for one in netbox.headers} == {f"{kind} {token}"}


async def test_config_contexts_are_not_asked_for(netbox: Served) -> None:
    await asked(netbox)
    pages = [one for one in netbox.asked if "/devices/" in one]
    assert pages
    assert all("exclude=config_context" in one for one in pages)


@pytest.mark.parametrize("word", ["ams-1", "Amsterdam 1", "amsterdam 1"])
async def test_one_site_is_asked_for_by_its_slug_or_name(netbox: Served, word: str) -> None:
    netbox.box.device(netbox.box.site("fra-1", "Frankfurt 1"), "ups", "elsewhere")
    answers = await asked(netbox, **{word: word})
    assert "elsewhere" not in [one["name"] for one in answers["dcim/devices"]]
    assert all("site=ams-1" in one for one in netbox.asked if "/sites/" not in one)


async def test_a_site_that_is_not_there_is_named_with_the_nearest(netbox: Served) -> None:
    with pytest.raises(ConfigError, match='there is no site "ams-2"; did you mean "ams-1"'):
        await asked(netbox, **{"ams-2": "ams-2"})


async def test_an_address_may_end_with_api(netbox: Served) -> None:
    netbox.url += "/api/"
    answers = await asked(netbox)
    assert answers["dcim/devices"]


async def test_the_token_goes_to_no_other_host(netbox: Served) -> None:
    async with serving(two_feeds()) as other:
        netbox.links = other.url
        access = Access(url=netbox.url, token=Secret(V1_TOKEN))
        answers, notes = await ask_all(access, {}, Clock(), quiet)
        assert len(answers["dcim/power-outlets"]) == 24, "its own host was asked for the rest"
        assert other.asked == []
    assert len(notes) == 1
    assert "X-Forwarded-Host" in notes[0]


@pytest.mark.parametrize("link", ["http://127.0.0.1:1/steal", "//x/y", 17, "http://[", "\x00"])
async def test_a_link_to_another_path_is_not_followed(netbox: Served, link: object) -> None:
    body = {"count": 9, "next": link, "previous": None, "results": []}
    netbox.fault = lambda _: web.json_response(body)
    with pytest.raises(Unavailable, match="netbox: the next page of sites is said to be somewhere"):
        await asked(netbox)
    assert len(netbox.asked) == 1


@pytest.mark.parametrize("results", [[], [{"id": 1, "slug": "a"}]])
async def test_pages_without_an_end_are_not_read_for_ever(
    netbox: Served, results: list[Json]
) -> None:
    def endless(request: web.Request) -> web.Response:
        offset = 0 if results else int(request.query.get("offset", 0)) + 1
        following = str(request.url.update_query(offset=offset))
        return web.json_response({"count": 9, "next": following, "results": results})

    netbox.fault = endless
    with pytest.raises(Unavailable, match="the pages of sites have no end"):
        await asked(netbox)


@pytest.mark.parametrize("times", [1, 9])
async def test_a_list_that_changes_while_it_is_read_is_read_again(
    netbox: Served, times: int
) -> None:
    outlets = netbox.box.lists["power-outlets"]
    removed: list[Json] = []

    def removing(request: web.Request) -> None:
        second = "power-outlets" in request.path and request.query.get("offset") == "7"
        if second and len(removed) < times:
            removed.append(outlets.pop(0))

    netbox.fault = removing
    if times == 1:
        answers = await asked(netbox)
        assert answers["dcim/power-outlets"] == outlets
        assert len(outlets) == 23
    else:
        with pytest.raises(Unavailable, match="power outlets change while they are read"):
            await asked(netbox)
        assert len(removed) == 3


@pytest.mark.parametrize("status", [401, 403])
async def test_a_token_that_is_refused_is_said_in_words(netbox: Served, status: int) -> None:
    netbox.fault = lambda request: (
        web.json_response({"detail": "You do not have permission to view it."}, status=status)
        if "power-feeds" in request.path
        else None
    )
    with pytest.raises(ConfigError) as found:
        await asked(netbox)
    assert f"it does not let power feeds be read ({status})" in str(found.value)
    assert "You do not have permission" in str(found.value)
    assert "--token-file" in str(found.value)


async def test_a_token_is_never_shown(netbox: Served) -> None:
    wrong = "ffffffffffffffffffffffffffffffffffffffff"
    netbox.fault = lambda _: web.json_response({"detail": f"Invalid token {wrong}"}, status=403)
    with pytest.raises(ConfigError) as found:
        await asked(netbox, wrong)
    assert wrong not in str(found.value)
    assert "Invalid token <secret>" in str(found.value)
    assert wrong not in repr(Access(url=netbox.url, token=Secret(wrong)))


async def test_it_waits_as_long_as_it_is_told_to(netbox: Served) -> None:
    refused: list[str] = []

    def busy(request: web.Request) -> web.Response | None:
        if "devices" in request.path and len(refused) < 2:
            refused.append(request.path)
            return web.json_response({}, status=429, headers={"Retry-After": "2"})
        return None

    netbox.fault = busy
    answers = await asked(netbox)
    assert len(refused) == 2
    assert len(answers["dcim/devices"]) == len(netbox.box.lists["devices"])


async def test_it_does_not_wait_for_ever(netbox: Served) -> None:
    headers = {"Retry-After": "1"}
    netbox.fault = lambda _: web.json_response({}, status=429, headers=headers)
    with pytest.raises(Unavailable, match=r"asked more often than it allows \(429\)"):
        await asked(netbox)
    assert len(netbox.asked) == 5


async def test_an_hour_is_too_long_to_wait(netbox: Served) -> None:
    headers = {"Retry-After": "3600"}
    netbox.fault = lambda _: web.json_response({}, status=429, headers=headers)
    with pytest.raises(Unavailable, match="it may be asked again in 3600 s: try again later"):
        await asked(netbox)
    assert len(netbox.asked) == 1


async def test_a_server_that_fails_may_work_later(netbox: Served) -> None:
    netbox.fault = lambda _: web.Response(status=500, text="<html>", content_type="text/html")
    with pytest.raises(Unavailable, match=r"it failed at sites \(500\): an HTML page: try again"):
        await asked(netbox)


@pytest.mark.parametrize(
    "text", ["<html>login", "", "[1]", '{"sites": 1}', '{"results": 3}', '{"results": [3]}', "{"]
)
async def test_what_is_no_netbox_is_said(netbox: Served, text: str) -> None:
    netbox.fault = lambda _: web.Response(text=text, content_type="application/json")
    with pytest.raises(ConfigError, match="is no list of sites but"):
        await asked(netbox)


async def test_a_redirect_is_not_followed_with_the_token(netbox: Served) -> None:
    async with serving(two_feeds()) as other:
        headers = {"Location": f"{other.url}/api/dcim/sites/"}
        netbox.fault = lambda _: web.Response(status=301, headers=headers)
        with pytest.raises(ConfigError, match=r"sends elsewhere \(301\)"):
            await asked(netbox)
        assert other.asked == []


async def test_a_path_that_is_not_there_says_to_check_the_address(netbox: Served) -> None:
    netbox.url += "/netbox"
    with pytest.raises(Unavailable, match=r"nothing stands there \(404\)"):
        await asked(netbox)


async def test_a_netbox_that_is_not_there_is_unavailable() -> None:
    access = Access(url="http://127.0.0.1:1", token=None)
    with pytest.raises(Unavailable, match="netbox: no answer from 127"):
        await ask_all(access, {}, Clock(), quiet)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("netbox.example", "must be http:// or https://"),
        ("ftp://netbox.example", "must be http:// or https://"),
        ("https://", "must be http:// or https://"),
        ("https://me:word@netbox.example", "no user, password"),
        ("https://netbox.example/?token=1", "no user, password"),
        ("https://x:port", "no address"),
    ],
)
def test_an_address_that_cannot_be_one_is_refused(url: str, why: str) -> None:
    with pytest.raises(ConfigError, match=why) as found:
        _ = Access(url=url, token=None).root
    assert "word" not in str(found.value).replace("password", "")


def test_a_token_of_several_lines_is_refused_without_being_shown() -> None:
    with pytest.raises(ConfigError, match="must be one word") as found:
        _ = Access(url="https://x", token=Secret("first\nsecond")).headers
    assert "second" not in str(found.value)


def test_certificates_that_are_none_are_named(tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    for content, why in ((None, "cannot read the certificates"), ("x", "no certificates in it")):
        if content is not None:
            file.write_text(content)
        with pytest.raises(ConfigError, match=why):
            Access(url="https://x", token=None, ca=file).client()


async def test_version_3_says_the_same_as_version_4(netbox: Served) -> None:
    new = import_of(stock_of(await asked(netbox)), Choices())
    netbox.change = old
    assert import_of(stock_of(await asked(netbox)), Choices()) == new


async def test_cables_are_asked_for_only_where_ports_do_not_say_their_peers(
    netbox: Served,
) -> None:
    new = import_of(stock_of(await asked(netbox)), Choices())
    assert not [one for one in netbox.asked if "cables" in one]
    for port in netbox.box.lists["power-ports"]:
        port.update(link_peers=[], connected_endpoints=None)
    for other in (*netbox.box.lists["power-outlets"], *netbox.box.lists["power-feeds"]):
        other.update(link_peers=[], connected_endpoints=None)
    assert import_of(stock_of(await asked(netbox)), Choices()) == new
    assert [one for one in netbox.asked if "cables" in one]
