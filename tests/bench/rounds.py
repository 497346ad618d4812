"""Rounds in which all sides take their turns, so that a noisy minute is noisy for all of them."""

import gc
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence

from tests.bench.comparison import Figure

Side = Callable[[], Awaitable[Figure]]


async def interleaved(sides: Mapping[str, Side], rounds: int) -> Mapping[str, Sequence[Figure]]:
    """Run all sides in each round, every other round in the opposite order.

    A round before the first warms up and is not counted.
    """
    figures: dict[str, list[Figure]] = {name: [] for name in sides}
    for number in range(rounds + 1):
        for name in list(sides)[:: 1 if number % 2 else -1]:
            gc.collect()
            figure = await sides[name]()
            if number:
                figures[name].append(figure)
    return figures


async def cpu_of(work: Callable[[], Awaitable[object]]) -> float:
    """Return the CPU-seconds, user and system, of all threads of this process during the work."""
    before = time.process_time()
    await work()
    return time.process_time() - before
