"""`carbond health`: what a container's health check runs."""

import asyncio
import json
from pathlib import Path

import pytest

from agent.cli import main
from tests.console.serving import certified, console_in
from tests.servers import fake_server, free_port, says


async def asked(*words: str) -> int:
    return await asyncio.to_thread(main, ["health", *words])


async def test_a_daemon_that_is_ready_is_well(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with console_in(tmp_path) as console:
        assert await asked("--url", console.address) == 0
        assert capsys.readouterr().out == "ok\n"
        assert await asked("--url", f"{console.address}/", "--json") == 0
    assert json.loads(capsys.readouterr().out) == {"ready": True, "said": "ok"}


async def test_the_name_in_the_certificate_need_not_be_this_machines(tmp_path: Path) -> None:
    async with console_in(tmp_path, tls=certified(tmp_path)) as console:
        assert await asked("--url", console.address) == 0


async def test_a_daemon_that_cannot_work_is_not_and_says_why(
    capsys: pytest.CaptureFixture[str],
) -> None:
    async with fake_server() as fake:
        fake.reply = says(503, "ledger: the disk is full\n")
        assert await asked("--url", fake.url) == 1
        assert capsys.readouterr().err == "ledger: the disk is full\n"
        assert [request.path for request in fake.requests] == ["/readyz"]
        assert await asked("--url", fake.url, "--json") == 1
    said = json.loads(capsys.readouterr().out)
    assert said == {"ready": False, "said": "ledger: the disk is full"}


async def test_where_nobody_answers_it_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    assert await asked("--url", url) == 1
    said = capsys.readouterr().err
    assert said.startswith(f"{url}: ")
    assert "Connection refused: is the daemon running?" in said


@pytest.mark.parametrize("url", ["127.0.0.1:9464", "ftp://127.0.0.1", "http://[", "http://a:x"])
def test_what_is_no_address_is_told(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["health", "--url", url]) == 2
    said = capsys.readouterr().err
    assert said == f"carbond: --url {url!r}: must be such as http://127.0.0.1:9464\n"
