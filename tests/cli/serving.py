"""A console that serves a desk, for the commands that ask it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from agent.console import Console, Desk
from config.http import HttpSettings


@asynccontextmanager
async def served(desk: Desk, port: int = 0) -> AsyncIterator[str]:
    async with Console(HttpSettings(port=port), desk) as console:
        yield console.address
