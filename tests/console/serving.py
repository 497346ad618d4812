"""A console that serves, and ways to ask it that no client would take."""

import asyncio
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from agent.console import Console
from agent.console.access.tokens import hash_of
from config.http import AccessScope, HttpSettings, TlsSettings, TokenSettings
from tests.console.desks import Calls, desk_in

EVERYWHERE = "0.0.0.0"  # noqa: S104 it is refused, or nothing listens
READ, ADMIN = "a token that reads", "a token that may do more"
TOKENS = (
    TokenSettings(name="reader", sha256=hash_of(READ)),
    TokenSettings(name="ops", scope=AccessScope.ADMIN, sha256=hash_of(ADMIN)),
)


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@asynccontextmanager
async def serving(
    folder: Path, calls: Calls | None = None, **options: object
) -> AsyncIterator[httpx.AsyncClient]:
    async with (
        console_in(folder, calls, **options) as console,
        httpx.AsyncClient(base_url=console.address, trust_env=False) as client,
    ):
        yield client


@asynccontextmanager
async def console_in(
    folder: Path, calls: Calls | None = None, **options: object
) -> AsyncIterator[Console]:
    settings = HttpSettings.model_validate({"port": 0, **options})
    with desk_in(folder, calls) as desk:
        async with Console(settings, desk) as console:
            yield console


def port_of(console: Console) -> int:
    return int(console.address.rpartition(":")[2])


async def sent(console: Console, *parts: bytes) -> bytes:
    """Send bytes as they are, one part after the other, and return all up to the end."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port_of(console))
    try:
        async with asyncio.timeout(30):
            for part in parts:
                writer.write(part)
                await writer.drain()
                await asyncio.sleep(0.02)
            return await reader.read()
    finally:
        writer.transport.abort()


def certified(folder: Path, name: str = "localhost") -> TlsSettings:
    """Make a certificate of this machine, and its key."""
    made = TlsSettings(certificate=folder / "c.pem", key=folder / "k.pem")
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2"
    subprocess.run(
        [
            *command.split(),
            *("-keyout", str(made.key), "-out", str(made.certificate), "-subj", f"/CN={name}"),
            *("-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"),
        ],
        check=True,
        capture_output=True,
    )
    return made
