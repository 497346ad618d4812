"""Those who are slow, many, or do not speak HTTP: they are dropped, and the others are answered."""

import asyncio
import logging
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from starlette.types import Message, Receive, Scope, Send

from agent.console import Console
from agent.console.access import crowd, guard, slow, turns
from agent.console.access.crowd import Crowd
from agent.console.access.sparsely import Sparsely
from agent.console.access.turns import Turns
from config.http import HttpSettings
from tests.console.desks import desk_in
from tests.console.serving import ADMIN, TOKENS, bearer, console_in, port_of, sent, serving
from tests.waiting import until

HOST = b"Host: localhost\r\n"


class LargePage:
    content_type = "text/plain"
    body = b"x" * 20_000_000
    body_gzip = b""


def failing(*_: object) -> None:
    raise KeyError("a mistake")


@pytest.fixture
def said(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    with caplog.at_level(logging.WARNING):
        yield caplog


async def is_served(console: Console) -> bool:
    async with httpx.AsyncClient(trust_env=False) as client:
        return (await client.get(f"{console.address}/healthz")).text == "ok\n"


def transports(console: Console) -> list[asyncio.Transport]:
    return [one.transport for one in console._server.server_state.connections]


async def test_who_sends_a_request_drop_by_drop_is_dropped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slow, "TO_ASK", 0.3)
    async with console_in(tmp_path) as console:
        assert await sent(console, b"GET /healthz HTTP/1.1\r\n" + HOST + b"X-Slow: ") == b""
        assert await sent(console) == b""
        assert await is_served(console)


async def test_a_connection_that_is_kept_may_ask_again(tmp_path: Path) -> None:
    async with serving(tmp_path) as client:
        for _ in range(3):
            assert (await client.get("/healthz")).text == "ok\n"


async def drip(writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(b"400\r\n" + b"x" * 1024 + b"\r\n")
        await writer.drain()
        await asyncio.sleep(0.01)


async def test_a_body_that_never_ends_is_cut_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slow, "TO_ASK", 0.3)
    head = b"GET /healthz HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n"
    async with console_in(tmp_path) as console:
        _, writer = await asyncio.open_connection("127.0.0.1", port_of(console))
        writer.write(head)
        async with asyncio.timeout(30):
            with pytest.raises(ConnectionError):
                await drip(writer)
        writer.transport.abort()


async def test_what_is_received_is_neither_large_nor_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "LONGEST", 0.05)

    async def more() -> Message:
        await asyncio.sleep(0.01)
        return {"type": "http.request", "body": b"x", "more_body": True}

    async def much() -> Message:
        return {"type": "http.request", "body": b"x" * 10_000, "more_body": True}

    for receive in (more, much):
        receiving = guard._Receiving(receive)
        async with asyncio.timeout(10):
            while (await receiving())["type"] != "http.disconnect":
                pass


@pytest.mark.parametrize("request_line", [b"GET /metrics HTTP/1.1\r\n", b"GET / HTTP/1.1\r\n"])
async def test_who_reads_nothing_is_dropped_however_little_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request_line: bytes
) -> None:
    """What is left of a large answer waits for the client; of a small one, for its closing."""
    for name in ("TO_ASK", "TO_READ", "TO_GO"):
        monkeypatch.setattr(slow, name, 0.3)
    async with console_in(tmp_path) as console:
        console.show([LargePage()])
        one = (request_line + HOST + b"\r\n") * 400
        with closing(socket.socket()) as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
            client.connect(("127.0.0.1", port_of(console)))
            client.settimeout(0)
            client.send(one)
            await until(lambda: console._crowd._all == 1)
            await until(lambda: console._crowd._all == 0)
        assert await is_served(console)


@pytest.mark.parametrize(
    ("parts", "status"),
    [
        ([b"\x16\x03\x01\x00\xa5\x01\x00\r\n\r\n"], b"400"),
        ([b"GET /healthz HTTP/1.1\r\n" + HOST + HOST + b"\r\n"], b"400"),
        ([b"GET /healthz HTTP/1.1\r\n\r\n"], b"400"),
        (
            [b"GET /healthz HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\nz\r\n"],
            b"400",
        ),
        ([b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n"], b"431"),
        ([b"GET /" + b"a" * 20_000], b"431"),
        ([b"GET / HTTP/1.1\r\n" + HOST + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n"], b"400"),
        ([b"GET / HTTP/1.1\r\n" + HOST + b"Content-Length: 70000\r\n\r\n"], b"413"),
        (
            [
                b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 4\r\n",
                b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /healthz HTTP/1.1\r\n\r\n",
            ],
            b"400",
        ),
    ],
)
async def test_what_is_no_request_is_told_so_once_and_the_connection_ends(
    tmp_path: Path, parts: list[bytes], status: bytes, said: pytest.LogCaptureFixture
) -> None:
    async with console_in(tmp_path) as console:
        answer = await sent(console, *parts)
        assert answer.startswith(b"HTTP/1.1 " + status + b" ")
        assert answer.count(b"HTTP/1.1 4") == answer.count(b"application/problem+json") == 1
        assert b"bytearray" not in answer
        assert await is_served(console)
    assert [one.levelname for one in said.records] == ["WARNING"]


async def test_nonsense_behind_a_request_leaves_no_trace_in_the_log(
    tmp_path: Path, said: pytest.LogCaptureFixture
) -> None:
    """The answer is on its way when it comes: another one cannot be sent."""
    head = b"GET /metrics HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n"
    async with console_in(tmp_path) as console:
        console.show([LargePage()])
        for _ in range(3):
            reader, writer = await asyncio.open_connection(
                "127.0.0.1", port_of(console), limit=1024
            )
            writer.write(head)
            assert await reader.read(10) == b"HTTP/1.1 2"
            writer.write(b"zz\r\n")
            await writer.drain()
            await until(lambda: any(one.is_closing() for one in transports(console)))
            writer.transport.abort()
            await until(lambda: console._crowd._all == 0)
        assert await is_served(console)
    assert [one.getMessage() for one in said.records] == [
        "refused: 1 bad-request; the last came from 127.0.0.1"
    ]


async def test_a_bug_is_a_problem_and_is_said_once(
    tmp_path: Path, said: pytest.LogCaptureFixture
) -> None:
    with desk_in(tmp_path) as desk:
        desk.health.now = failing  # type: ignore[method-assign, assignment] # a mistake
        async with Console(HttpSettings(port=0), desk) as console, httpx.AsyncClient() as client:
            answers = [await client.get(f"{console.address}/readyz") for _ in range(3)]
    for answer in answers:
        assert answer.status_code == 500
        assert answer.json()["type"] == "/api/v1/problems/bug"
        assert "mistake'" not in answer.text
    assert [one.levelname for one in said.records] == ["ERROR"]
    assert said.records[0].exc_info


async def test_what_is_refused_is_counted_and_said_seldom(
    tmp_path: Path, said: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving(tmp_path, tokens=TOKENS) as client:
        for _ in range(20):
            await client.get("/api/v1/meters")
            await client.post("/-/reload", headers=bearer("wrong"))
    assert [one.getMessage() for one in said.records] == [
        "refused: 1 no-token; the last came from 127.0.0.1"
    ]
    counted = Sparsely()
    assert counted.add("a") == "1 a"
    assert [counted.add("a"), counted.add("b")] == [None, None]
    counted._next = 0.0
    assert counted.add("a") == "2 a, 1 b"


async def test_many_are_told_to_come_back_and_more_are_not_let_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crowd, "MANY", 3)
    monkeypatch.setattr(crowd, "MOST", 5)
    async with console_in(tmp_path) as console:
        waiting = [await asyncio.open_connection("127.0.0.1", port_of(console)) for _ in range(4)]
        await until(lambda: console._crowd._all == 4)
        answer = await sent(console, b"GET /healthz HTTP/1.1\r\n" + HOST + b"\r\n")
        assert answer.startswith(b"HTTP/1.1 503 ")
        assert b"retry-after: 5\r\n" in answer.lower()
        waiting.append(await asyncio.open_connection("127.0.0.1", port_of(console)))
        await until(lambda: console._crowd._all == 5)
        reader, writer = await asyncio.open_connection("127.0.0.1", port_of(console))
        async with asyncio.timeout(30):
            assert await reader.read() == b""
        for _, one in [*waiting, (reader, writer)]:
            one.transport.abort()
        await until(lambda: console._crowd._all == 0)
        assert await is_served(console)


def test_one_address_has_not_all_the_places() -> None:
    all_of_them = Crowd()
    places = [all_of_them.enter("192.0.2.7") for _ in range(crowd.MOST_OF_ONE)]
    assert None not in places
    assert all_of_them.enter("192.0.2.7") is None
    other = all_of_them.enter("192.0.2.8")
    assert other is not None
    local = [all_of_them.enter("127.0.0.1") for _ in range(crowd.MOST)]
    assert local.count(None) == crowd.MOST_OF_ONE + 1
    for place in [*places, *local]:
        if place is not None:
            place.leave()
            place.leave()
    assert all_of_them._all == 1
    assert dict(all_of_them._of) == {"192.0.2.8": 1}


async def test_who_waits_long_for_a_turn_is_told_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "LONGEST", 0.1)
    async with console_in(tmp_path, tokens=TOKENS) as console, httpx.AsyncClient() as client:
        guard_of: guard.Guard = console._app
        taken = [await guard_of._turns.next() for _ in range(turns.AT_ONCE)]
        address = f"{console.address}/api/v1/meters"
        answer = await client.get(address, headers=bearer(ADMIN))
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        assert (await client.get(f"{console.address}/healthz")).text == "ok\n"
        for turn in taken:
            assert turn is not None
            turn.end()
        assert (await client.get(address, headers=bearer(ADMIN))).status_code == 200


async def test_who_has_hung_up_before_its_turn_is_not_answered(tmp_path: Path) -> None:
    async with console_in(tmp_path) as console:
        asked: list[object] = []
        guard_of: guard.Guard = console._app

        async def app(*_: object) -> None:
            asked.append(1)

        guard_of._app = app
        taken = [await guard_of._turns.next() for _ in range(turns.AT_ONCE)]
        _, writer = await asyncio.open_connection("127.0.0.1", port_of(console))
        writer.write(b"GET /api/v1/meters HTTP/1.1\r\n" + HOST + b"\r\n")
        await until(lambda: console._server.server_state.tasks)
        writer.transport.abort()
        await until(lambda: console._crowd._all == 0)
        for turn in taken:
            assert turn is not None
            turn.end()
        await until(lambda: not console._server.server_state.tasks)
        assert asked == []


async def test_turns_that_were_waited_for_are_given_back() -> None:
    some = Turns(1)
    first = await some.next()
    assert first is not None
    assert not first.was_awaited
    second = asyncio.create_task(some.next())
    await asyncio.sleep(0)
    first.end()
    turn = await second
    assert turn is not None
    assert turn.was_awaited
    turn.end()
    turn.end()
    assert some._left._value == 1


async def test_ending_waits_for_nobody_and_says_nothing(
    tmp_path: Path, said: pytest.LogCaptureFixture
) -> None:
    """Somebody is in the midst of a question, somebody reads nothing, somebody is idle."""
    hangs = asyncio.Event()
    async with console_in(tmp_path) as console:
        console.show([LargePage()])
        guard_of: guard.Guard = console._app
        inner = guard_of._app

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["path"] == "/api/hangs":
                hangs.set()
                await asyncio.Event().wait()
            await inner(scope, receive, send)

        guard_of._app = app
        connections = []
        for path in (b"/api/hangs", b"/metrics", b""):
            pair = await asyncio.open_connection("127.0.0.1", port_of(console), limit=1024)
            if path:
                pair[1].write(b"GET " + path + b" HTTP/1.1\r\n" + HOST + b"\r\n")
            connections.append(pair)
        await hangs.wait()
        assert await connections[1][0].read(10) == b"HTTP/1.1 2"
    assert console._crowd._all in {0, 1, 2}
    await until(lambda: console._crowd._all == 0)
    for _, writer in connections:
        writer.transport.abort()
    assert said.records == []
