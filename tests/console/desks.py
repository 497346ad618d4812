"""A desk for tests: a real ledger, and nothing that is polled."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from agent.clock import Clock
from agent.console import Desk, Probed
from agent.health import Health
from agent.ledger import Ledger, Readers
from tests.clocks import HandClock
from tests.ledger.books import START, open_ledger


class Calls:
    """What was asked of the daemon behind a desk."""

    def __init__(self) -> None:
        self.reloads = 0
        self.probes: list[str] = []

    def reload(self) -> None:
        self.reloads += 1

    async def probe(self, name: str) -> Probed:
        self.probes.append(name)
        return Probed(at=START, seconds=0.1, error="no answer within 3 s")


def desk_on(ledger: Ledger, clock: Clock, calls: Calls, readers: Readers) -> Desk:
    return Desk(
        ledger=ledger,
        health=Health(clock, ledger.note),
        clock=clock,
        readers=readers,
        reload=calls.reload,
        probe=calls.probe,
        started=clock.now(),
    )


@contextmanager
def desk_in(folder: Path, calls: Calls | None = None) -> Iterator[Desk]:
    """A desk on a ledger in which nothing stands yet."""
    clock = HandClock(START)
    ledger = open_ledger(folder, clock)
    readers = Readers(ledger.path)
    try:
        yield desk_on(ledger, clock, calls or Calls(), readers)
    finally:
        readers.close()
        ledger.close()
