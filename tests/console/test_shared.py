"""What several ask for at once is made once."""

import asyncio

import pytest
from starlette.responses import Response

from agent.console.api import shared
from agent.console.api.shared import LARGEST, MOST, Shared
from agent.errors import Rejected, Unavailable


class Kitchen:
    """Makes answers when it is let, and counts them."""

    def __init__(self, body: bytes = b"1") -> None:
        self.body = body
        self.made = 0
        self.ready = asyncio.Event()
        self.error: Exception | None = None

    async def make(self) -> Response:
        self.made += 1
        await self.ready.wait()
        if self.error is not None:
            raise self.error
        return Response(self.body)


@pytest.fixture(autouse=True)
def kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared, "KEEP", 3600.0)


async def test_who_asks_for_the_same_meanwhile_and_soon_after_gets_the_same() -> None:
    kitchen, answers = Kitchen(), Shared()
    asked = [asyncio.ensure_future(answers.of("a", kitchen.make)) for _ in range(5)]
    other = asyncio.ensure_future(answers.of("b", kitchen.make))
    await asyncio.sleep(0)
    kitchen.ready.set()
    first, *others = [await one for one in asked]
    assert all(one is first for one in others)
    assert await answers.of("a", kitchen.make) is first
    assert await other is not first
    assert kitchen.made == 2


async def test_an_answer_is_made_again_after_a_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared, "KEEP", 0.0)
    kitchen, answers = Kitchen(), Shared()
    kitchen.ready.set()
    assert await answers.of("a", kitchen.make) is not await answers.of("a", kitchen.make)


async def test_a_failure_is_told_to_all_who_wait_and_not_kept() -> None:
    kitchen, answers = Kitchen(), Shared()
    kitchen.error = Rejected("too much")
    asked = [asyncio.ensure_future(answers.of("a", kitchen.make)) for _ in range(2)]
    await asyncio.sleep(0)
    kitchen.ready.set()
    for one in asked:
        with pytest.raises(Rejected, match="too much"):
            await one
    kitchen.error = None
    assert (await answers.of("a", kitchen.make)).body == b"1"


async def test_who_waits_and_goes_away_takes_it_from_nobody() -> None:
    kitchen, answers = Kitchen(), Shared()
    first, gone, last = (asyncio.ensure_future(answers.of("a", kitchen.make)) for _ in range(3))
    await asyncio.sleep(0)
    gone.cancel()
    await asyncio.sleep(0)
    kitchen.ready.set()
    assert await first is await last
    assert gone.cancelled()


async def test_where_the_first_goes_away_the_others_are_told_to_ask_again() -> None:
    kitchen, answers = Kitchen(), Shared()
    first, other = (asyncio.ensure_future(answers.of("a", kitchen.make)) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    with pytest.raises(Unavailable):
        await other
    kitchen.ready.set()
    assert (await answers.of("a", kitchen.make)).body == b"1"


@pytest.mark.parametrize("body", [b"1" * (LARGEST + 1), b"1"])
async def test_neither_large_answers_are_kept_nor_many(body: bytes) -> None:
    kitchen, answers = Kitchen(body), Shared()
    kitchen.ready.set()
    first = await answers.of("first", kitchen.make)
    if len(body) <= LARGEST:
        assert await answers.of("first", kitchen.make) is first
    for number in range(MOST):
        await answers.of(number, kitchen.make)
    assert await answers.of("first", kitchen.make) is not first
