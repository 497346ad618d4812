"""The API on a ledger in which something stands: no daemon, no socket."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest

from agent.console import Console, Desk
from agent.console.api import api_of, shared
from agent.ledger import Ledger, Readers, writer
from config.http import HttpSettings
from tests.clocks import HandClock
from tests.console.browsing import Browser, browsing
from tests.console.desks import Calls, desk_on
from tests.console.floor import furnish, tree
from tests.ledger.books import START, open_ledger


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pauses between commits spare a disk; here they would be most of the time."""
    for name in ("PAUSE", "LONGEST_PAUSE"):
        monkeypatch.setattr(writer, name, 0.0)
    # What a test has just changed is asked for at once.
    monkeypatch.setattr(shared, "KEEP", 0.0)


@pytest.fixture
def clock() -> HandClock:
    return HandClock(START)


@pytest.fixture
async def ledger(tmp_path: Path, clock: HandClock) -> AsyncIterator[Ledger]:
    """A small site, three hours and twenty minutes of it: see `floor`."""
    ledger = open_ledger(tmp_path, clock, tree=tree())
    try:
        await furnish(ledger, clock)
        yield ledger
    finally:
        ledger.close()


@pytest.fixture
def calls() -> Calls:
    return Calls()


@pytest.fixture
def desk(ledger: Ledger, clock: HandClock, calls: Calls) -> Iterator[Desk]:
    readers = Readers(ledger.path)
    yield desk_on(ledger, clock, calls, readers)
    readers.close()


@pytest.fixture
async def client(desk: Desk) -> AsyncIterator[httpx.AsyncClient]:
    """Asks the API without a server: paths begin with `/api/v1`."""
    transport = httpx.ASGITransport(app=api_of(desk))
    async with httpx.AsyncClient(transport=transport, base_url="http://carbond") as client:
        yield client


@pytest.fixture
async def console(desk: Desk) -> AsyncIterator[Console]:
    """The same behind a server."""
    async with Console(HttpSettings(port=0), desk) as console:
        yield console


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """One for all tests that look at the page."""
    with browsing() as browser:
        yield browser
