"""A clock that may run faster than the world, and ticks that are never stacked."""

import asyncio
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

from agent.clock import Clock
from tests.clocks import HandClock

START = datetime(2026, 3, 10, 9, 0, 7, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


async def test_ticks_come_at_once_and_then_at_their_offset_in_each_period() -> None:
    clock = Clock(start=START, speed=1200)
    seen = []
    async for at in clock.ticks(MINUTE, offset=0.5):
        seen.append(at)
        if len(seen) == 4:
            break
    assert seen[0] - START < MINUTE
    turns = [(at.timestamp() / 60 - 0.5) // 1 for at in seen[1:]]
    assert turns == sorted(set(turns)), "one tick in each period at the most"


async def test_a_tick_that_is_overrun_is_skipped_and_not_stacked() -> None:
    clock = Clock(start=START, speed=1200)
    turns = []
    async for at in clock.ticks(MINUTE):
        turns.append(at.timestamp() // 60)
        if len(turns) == 4:
            break
        await asyncio.sleep(0.13)
    assert turns == sorted(set(turns))
    assert turns[-1] - turns[0] > 3


THERE = """
import sys
from datetime import datetime
from agent.clock import Clock
start = datetime.fromisoformat(sys.argv[1])
print(Clock(start=start, speed=60, origin=float(sys.argv[2])).now().isoformat())
"""


def test_clocks_of_two_processes_with_the_same_origin_show_the_same_time() -> None:
    origin = time.monotonic() - 60
    here = Clock(start=START, speed=60, origin=origin)
    command = [sys.executable, "-c", THERE, START.isoformat(), repr(origin)]
    before = here.now()
    there = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    assert START + timedelta(hours=1) <= before
    assert before < datetime.fromisoformat(there) < here.now()


def test_without_a_start_it_is_the_time_of_day() -> None:
    assert abs(Clock().now() - datetime.now(UTC)) < timedelta(seconds=5)


class SleepingClock(HandClock):
    """Sleeps by moving itself, and remembers for how long."""

    def __init__(self, at: datetime) -> None:
        super().__init__(at)
        self.sleeps: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.move(seconds=seconds)


async def test_a_clock_that_is_put_back_is_followed_at_once() -> None:
    clock, count = SleepingClock(START), 0
    async for _ in clock.ticks(MINUTE):
        count += 1
        if count == 3:
            clock.move(hours=-2)
        if count == 6:
            break
    assert max(clock.sleeps) <= 60, "two hours without a reading are lost"


async def test_a_sleep_that_ends_a_moment_too_early_makes_no_second_tick() -> None:
    clock, seen = SleepingClock(START), []
    async for at in clock.ticks(MINUTE):
        seen.append(at)
        clock.move(microseconds=-1)
        if len(seen) == 5:
            break
    assert min(clock.sleeps[1:]) > 59
