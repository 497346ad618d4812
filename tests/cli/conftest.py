"""A ledger of a small site, in which three hours and twenty minutes stand: see `floor`."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from agent.console import Desk
from agent.ledger import Ledger, Readers, writer
from tests.clocks import HandClock
from tests.console.desks import Calls, desk_on
from tests.console.floor import furnish, tree
from tests.ledger.books import START, open_ledger


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pauses between commits spare a disk; here they would be most of the time."""
    for name in ("PAUSE", "LONGEST_PAUSE"):
        monkeypatch.setattr(writer, name, 0.0)


@pytest.fixture
def clock() -> HandClock:
    return HandClock(START)


@pytest.fixture
async def ledger(tmp_path: Path, clock: HandClock) -> AsyncIterator[Ledger]:
    """It stays open, as a daemon's does."""
    ledger = open_ledger(tmp_path, clock, tree=tree())
    try:
        await furnish(ledger, clock)
        yield ledger
    finally:
        ledger.close()


@pytest.fixture
async def desk(ledger: Ledger, clock: HandClock) -> AsyncIterator[Desk]:
    readers = Readers(ledger.path)
    found = desk_on(ledger, clock, Calls(), readers)
    await found.health.good("rack-1-a", "snmp")
    await found.health.bad("rack-2-a", "snmp", "rack-2-a: no answer within 3 s")
    yield found
    readers.close()
