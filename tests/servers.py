"""Real servers on loopback, and a fake one that fails on command."""

import gzip
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import httpx
import pytest
from aiohttp import web

PATIENCE = 30.0
ATTEMPTS = 3
Found = TypeVar("Found")


def needs(program: str, package: str) -> pytest.MarkDecorator:
    """Skip by name, and say why, where a program of Debian is missing."""
    return pytest.mark.skipif(
        shutil.which(program) is None, reason=f"{program} is not installed (Debian: {package})"
    )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for(condition: Callable[[], Found | None], what: str) -> Found:
    """Return what the condition finds, as soon as it does."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        found = condition()
        if found is not None:
            return found
        time.sleep(0.05)
    raise AssertionError(f"waited {PATIENCE:g} s in vain: {what}")


def answers(url: str) -> bool:
    try:
        return httpx.get(url, trust_env=False).is_success
    except httpx.HTTPError:
        return False


INFLUXD = """
reporting-disabled = true
bind-address = "127.0.0.1:0"
[meta]
dir = "{folder}/meta"
logging-enabled = false
[data]
dir = "{folder}/data"
wal-dir = "{folder}/wal"
query-log-enabled = false
[http]
bind-address = "127.0.0.1:{port}"
log-enabled = false
[monitor]
store-enabled = false
"""


def influxd_in(folder: Path) -> Callable[[int], Sequence[str]]:
    """Return what starts Debian's InfluxDB 1.6 on a port, with its data in a folder."""

    def command(port: int) -> Sequence[str]:
        (folder / "influxd.conf").write_text(INFLUXD.format(folder=folder, port=port))
        return ["influxd", "-config", str(folder / "influxd.conf")]

    return command


@contextmanager
def running(command_of: Callable[[int], Sequence[str]], ready: str, folder: Path) -> Iterator[str]:
    """Run a server on a free port and yield its address. Another program may have taken the port
    in between: then it is tried again on another one.
    """
    log = folder / "log"
    for _ in range(ATTEMPTS):
        port = free_port()
        with started(command_of(port), log) as server:
            url = f"http://127.0.0.1:{port}"
            if is_up(server, url + ready):
                yield url
                return
    raise AssertionError(log.read_text(errors="replace")[-3000:])


@contextmanager
def started(command: Sequence[str], log: Path) -> Iterator["subprocess.Popen[bytes]"]:
    with log.open("ab") as out:
        server = subprocess.Popen(command, stdout=out, stderr=out, cwd=log.parent)
    try:
        yield server
    finally:
        server.terminate()
        try:
            server.wait(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def is_up(server: "subprocess.Popen[bytes]", ready: str) -> bool:
    def state() -> bool | None:
        if server.poll() is not None:
            return False
        return True if answers(ready) else None

    return wait_for(state, f"{server.args!r} is ready")


@dataclass(slots=True, kw_only=True)
class Request:
    """What the fake server was sent."""

    path: str
    query: dict[str, str]
    headers: dict[str, str]
    lines: list[str]


Reply = Callable[[Request], web.Response]


def taken(_: Request) -> web.Response:
    return web.Response(status=204)


def says(status: int, text: str = "", **headers: str) -> Reply:
    kind = "text/html" if text.startswith("<") else "application/json"
    return lambda _: web.Response(status=status, text=text, content_type=kind, headers=headers)


@dataclass(slots=True)
class Fake:
    """A server of no version in particular: it answers what it is told, None is a reset."""

    reply: Reply | None = taken
    url: str = ""
    requests: list[Request] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        if request.headers.get("Content-Encoding") == "gzip" and body[:2] == b"\x1f\x8b":
            body = gzip.decompress(body)
        sent = Request(
            path=request.path,
            query=dict(request.query),
            headers=dict(request.headers),
            lines=body.decode().splitlines(),
        )
        self.requests.append(sent)
        if self.reply is None:
            if request.transport is not None:
                request.transport.abort()
            return web.Response()
        return self.reply(sent)


@asynccontextmanager
async def fake_server(tls: ssl.SSLContext | None = None) -> AsyncIterator[Fake]:
    """Run a fake server in this event loop."""
    fake = Fake()
    app = web.Application(client_max_size=2**26)
    app.router.add_route("*", "/{path:.*}", fake.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1, auto_decompress=False)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls)
        await site.start()
        host, port = runner.addresses[0][:2]
        fake.url = f"{'https' if tls else 'http'}://{host}:{port}"
        yield fake
    finally:
        await runner.cleanup()
