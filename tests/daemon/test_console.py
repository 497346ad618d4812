"""The HTTP server: it answers, and it keeps nobody from ending."""

import asyncio
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from agent.console import Console, Desk
from config.http import HttpSettings
from tests.console.desks import desk_in


class LargePage:
    content_type = "text/plain"
    body = b"x" * 50_000_000
    body_gzip = b""


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with desk_in(tmp_path) as opened:
        yield opened


async def test_a_client_that_does_not_read_its_page_does_not_keep_it_from_ending(
    desk: Desk,
) -> None:
    console = Console(HttpSettings(port=0), desk)
    async with asyncio.timeout(20):
        async with console:
            console.show([LargePage()])
            host, port = console.address.removeprefix("http://").split(":")
            reader, writer = await asyncio.open_connection(host, int(port), limit=1024)
            writer.write(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert await reader.read(100)
            idle = httpx.AsyncClient(trust_env=False)
            assert (await idle.get(f"{console.address}/healthz")).text == "ok\n"
        writer.transport.abort()
        await idle.aclose()


@pytest.mark.skipif(not socket.has_ipv6, reason="this machine has no IPv6")
async def test_it_serves_on_an_address_of_ipv6(desk: Desk) -> None:
    async with Console(HttpSettings(host="::1", port=0), desk) as console:
        assert console.address.startswith("http://[::1]:")
        async with httpx.AsyncClient(trust_env=False) as client:
            assert (await client.get(f"{console.address}/readyz")).status_code == 200


async def test_it_is_not_ready_while_the_ledger_takes_nothing(desk: Desk) -> None:
    async with Console(HttpSettings(port=0), desk) as console:
        await desk.health.bad("ledger", "ledger", "ledger: the disk takes no more")
        async with httpx.AsyncClient(trust_env=False) as client:
            answer = await client.get(f"{console.address}/readyz")
            assert (answer.status_code, answer.text) == (503, "the disk takes no more\n")
