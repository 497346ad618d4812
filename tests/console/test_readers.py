"""The readers' threads: what takes too long is ended, and nothing stays behind."""

import asyncio
import gc
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
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
    for name, seconds in (("LONGEST", 0.1), ("GRACE", 0.1)):
        monkeypatch.setattr(readers, name, seconds)
    with desk_in(tmp_path) as desk:
        yield desk.readers


def one(connection: sqlite3.Connection, _: Budget) -> int:
    found: int = connection.execute("SELECT 1").fetchone()[0]
    return found


def in_sqlite(connection: sqlite3.Connection, _: Budget) -> int:
    found: int = connection.execute(ENDLESS).fetchone()[0]
    return found


def in_python(*_: object) -> int:
    number = 0
    while True:
        number += 1
        try:
            number += int("x")
        except Exception:
            number -= 1


@pytest.mark.parametrize("query", [in_sqlite, in_python])
async def test_what_takes_too_long_is_ended_wherever_it_works(
    asked: Readers, query: readers.Query[int]
) -> None:
    async with asyncio.timeout(30):
        for _ in range(readers.THREADS + 1):
            with pytest.raises(TooMuch, match="ask for a shorter time"):
                await asked.ask(query)
        assert await asked.ask(one) == 1
    assert len(asked._watch) == 0


async def test_who_goes_away_takes_neither_a_thread_nor_a_connection_along(asked: Readers) -> None:
    async with asyncio.timeout(30):
        for _ in range(5):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.01):
                    await asked.ask(in_sqlite)
        assert await asked.ask(one) == 1
        await until(lambda: len(asked._watch) == 0)
    assert asked._asked == 0
    assert asked._idle.qsize() <= readers.THREADS


@pytest.mark.parametrize("query", [in_sqlite, in_python])
async def test_closing_ends_what_is_being_read(
    tmp_path: Path, query: readers.Query[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readers, "LONGEST", 10_000.0)
    with desk_in(tmp_path) as desk:
        asked = desk.readers
        waiting = [asyncio.create_task(asked.ask(query)) for _ in range(10)]
        await until(lambda: len(asked._watch) == readers.THREADS)
        await asyncio.to_thread(asked.close)
        async with asyncio.timeout(30):
            await asyncio.wait(waiting)
        ended = [task for task in waiting if not task.cancelled()]
        assert all(isinstance(task.exception(), Unavailable) for task in ended)
        assert not any(each.name.startswith("reader") for each in threading.enumerate())
        with pytest.raises(Unavailable, match="ending"):
            await asked.ask(one)


async def test_a_query_that_ends_as_its_time_is_up_does_not_end_the_next_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The exception that ends one is raised at any place: never after it has been left."""
    monkeypatch.setattr(readers, "THREADS", 1)
    with desk_in(tmp_path) as desk:
        watch = desk.readers._watch
        ending = threading.Event()

        def end_all() -> None:
            while not ending.is_set():
                watch.hurry()
                watch.end(grace=0.0)
                time.sleep(0)

        def short(connection: sqlite3.Connection, budget: Budget) -> int:
            return one(connection, budget)

        # A finalizer that is ended swallows it, and pytest takes that for an error of its own.
        gc.collect()
        gc.disable()
        thread = threading.Thread(target=end_all)
        thread.start()
        try:
            for _ in range(500):
                with suppress(TooMuch):
                    assert await desk.readers.ask(short) == 1
        finally:
            ending.set()
            thread.join()
            gc.enable()
        assert await desk.readers.ask(short) == 1


async def test_a_ledger_that_is_gone_is_said_without_its_path(tmp_path: Path) -> None:
    asked = Readers(tmp_path / "nowhere" / "ledger.db")
    try:
        with pytest.raises(Unavailable) as error:
            await asked.ask(one)
        assert "ledger.path" in str(error.value)
        assert str(tmp_path) not in str(error.value)
    finally:
        asked.close()


async def test_a_connection_that_has_failed_is_not_asked_again(asked: Readers) -> None:
    def damaged(*_: object) -> int:
        raise sqlite3.DatabaseError("database disk image is malformed")

    def wrong(*_: object) -> int:
        raise KeyError("x")

    assert await asked.ask(one) == 1
    assert asked._idle.qsize() == 1
    with pytest.raises(KeyError):
        await asked.ask(wrong)
    assert asked._idle.qsize() == 1
    with pytest.raises(Unavailable, match="malformed"):
        await asked.ask(damaged)
    assert asked._idle.qsize() == 0
    assert await asked.ask(one) == 1
