"""What several ask for within a moment is made once, and all of them get the same answer."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass

from starlette.responses import Response

from agent.errors import Unavailable

KEEP = 1.0
"""Seconds that an answer is given again: a page asks less often."""

MOST = 64
LARGEST = 256 * 1024
"""Answers that are kept, and bytes of one: 16 MB at most."""


@dataclass(slots=True)
class _Made:
    answer: "asyncio.Future[Response]"
    until: float
    """On `time.monotonic()`; without end as long as it is being made."""


class Shared:
    """The answers of the last moment. Not safe for several threads."""

    def __init__(self) -> None:
        self._made: OrderedDict[Hashable, _Made] = OrderedDict()

    async def of(
        self, key: Hashable, make: Callable[[], Awaitable[Response]], speed: float = 1.0
    ) -> Response:
        """Return the answer to what the key says, which `make` makes; whoever asks for the same
        meanwhile waits for it. `speed` is that of the clock. Raises what `make` raises.
        """
        held = self._made.get(key)
        if held is not None and time.monotonic() < held.until:
            # Who goes away must not take it from the others.
            return await asyncio.shield(held.answer)
        held = _Made(asyncio.get_running_loop().create_future(), float("inf"))
        self._made[key] = held
        try:
            found = await make()
        except BaseException as error:
            self._made.pop(key, None)
            _fail(held.answer, error)
            raise
        held.answer.set_result(found)
        held.until = time.monotonic() + KEEP / speed
        self._forget(key, found)
        return found

    def _forget(self, key: Hashable, found: Response) -> None:
        """Let go of what is large, and of the oldest."""
        if len(found.body) > LARGEST:
            del self._made[key]
        elif len(self._made) > MOST:
            self._made.popitem(last=False)


def _fail(answer: "asyncio.Future[Response]", error: BaseException) -> None:
    """Tell those who wait too; where who asked first has gone away, they may ask again."""
    told = error if isinstance(error, Exception) else Unavailable("ask again", retry_after=1.0)
    answer.set_exception(told)
    # It is no loss if nobody waits.
    answer.exception()
