"""The readers' threads: what takes too long is ended, and nothing stays behind."""

import asyncio
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.errors import Unavailable
from agent.ledger import Readers, readers
from agent.ledger.readers import Budget, TooMuch
from tests.console.desks import desk_in
from tests.waiting import until

ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Readers]:
    """Readers who have little patience."""
    monkeypatch.setattr(readers, "LONGEST", 0.1)
    with desk_in(tmp_path) as desk:
        yield desk.readers


def one(connection: sqlite3.Connection, _: Budget) -> int:
    found: int = connection.execute("SELECT 1").fetchone()[0]
    return found


def in_sqlite(connection: sqlite3.Connection, _: Budget) -> int:
    found: int = connection.execute(ENDLESS).fetchone()[0]
    return found


def in_rows(_: sqlite3.Connection, budget: Budget) -> int:
    while True:
        budget.spend(1)


@pytest.mark.parametrize("query", [in_sqlite, in_rows])
async def test_what_takes_too_long_is_ended_wherever_it_works(
    asked: Readers, query: readers.Query[int]
) -> None:
    async with asyncio.timeout(30):
        for _ in range(readers.THREADS + 1):
            with pytest.raises(TooMuch, match="ask for a shorter time"):
                await asked.ask(query)
        assert await asked.ask(one) == 1
    assert len(asked._running) == 0


async def test_who_goes_away_takes_neither_a_thread_nor_a_connection_along(asked: Readers) -> None:
    async with asyncio.timeout(30):
        for _ in range(5):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.01):
                    await asked.ask(in_sqlite)
        assert await asked.ask(one) == 1
        await until(lambda: len(asked._running) == 0)
    assert asked._asked == 0
    assert asked._idle.qsize() <= readers.THREADS


@pytest.mark.parametrize("query", [in_sqlite, in_rows])
async def test_closing_ends_what_is_being_read(
    tmp_path: Path, query: readers.Query[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readers, "LONGEST", 10_000.0)
    monkeypatch.setattr(readers, "MOST", 10**12)
    with desk_in(tmp_path) as desk:
        asked = desk.readers
        waiting = [asyncio.create_task(asked.ask(query)) for _ in range(10)]
        await until(lambda: len(asked._running) == readers.THREADS)
        await asyncio.to_thread(asked.close)
        async with asyncio.timeout(30):
            await asyncio.wait(waiting)
        ended = [task for task in waiting if not task.cancelled()]
        assert all(isinstance(task.exception(), Unavailable) for task in ended)
        assert not any(each.name.startswith("reader") for each in threading.enumerate())
        with pytest.raises(Unavailable, match="ending"):
            await asked.ask(one)
