"""Collect for ever, export for ever: the only places that catch."""

import asyncio
import logging
import time
import zlib
from collections.abc import Awaitable, Sequence
from datetime import timedelta

from agent import counts
from agent.clock import Clock
from agent.errors import Rejected, Unavailable
from agent.health import Health
from agent.ledger import Ledger
from agent.model import Collector, Entry, Exporter, Refused, Seen, View

log = logging.getLogger("carbond.loops")

BATCH = 200
"""Entries handed to an exporter at once."""

LOOK = 5.0
"""Seconds after which an exporter that has all looks for more."""

LONGEST_WAIT = 300.0
LONGEST_EXPORT = 300.0
"""Seconds for one batch: an exporter has its own timeout for each request."""

BUG = "a bug in carbond, see the log"
LEAST_TIMEOUT = 5.0
"""Seconds a poll may take at least, on a clock that is faster than the world."""

TURN = 0.001
"""Seconds between two first polls, at least."""

SHOW_EVERY = timedelta(seconds=5)
SHOW_SHARE = 0.1
"""Of the time, at most spent on a view: ten thousand meters are shown every quarter of a minute."""

LONGEST_SHOW_WAIT = 30.0
TEND_EVERY = timedelta(seconds=30)
RETIRE_EVERY = timedelta(hours=1)


class Turns:
    """First polls, one after another.

    What a device is and has is found at its first poll. Ten thousand that begin at once answer
    faster than their answers can be taken, and would be called silent. A turn takes as long as the
    loop needs for all that is under way, so that it never has more to do than it can.
    """

    def __init__(self) -> None:
        self._next = asyncio.Lock()

    async def come(self) -> None:
        """Return when the next one may begin."""
        async with self._next:
            await asyncio.sleep(TURN)


async def collect_forever(
    collector: Collector,
    kind: str,
    ledger: Ledger,
    health: Health,
    clock: Clock,
    *,
    spread: timedelta | None = None,
    turns: Turns | None = None,
) -> None:
    """Poll on a fixed schedule, each at its own offset in the period. The next tick is the retry.

    The first poll comes at once, or with `turns` as soon as it is its turn. The offsets of all are
    spread over the period, or over the `spread` at its beginning.

    The booking stands outside what is caught of the collector: a ledger's error must get out.
    """
    if turns is not None:
        await turns.come()
    share = 1.0 if spread is None else min(spread / collector.every, 1.0)
    async for _ in clock.ticks(collector.every, offset=offset_of(collector.name) * share):
        seen = await _poll(collector, kind, health, clock)
        if seen:
            await _book(seen, ledger, health)


def offset_of(name: str) -> float:
    """Return a share of the period, from 0 to 1, that is the same at every start."""
    return zlib.crc32(name.encode()) / 2**32


async def _poll(collector: Collector, kind: str, health: Health, clock: Clock) -> Seen:
    limit = max(collector.every.total_seconds() / clock.speed, LEAST_TIMEOUT)
    start = time.monotonic()
    try:
        async with asyncio.timeout(limit):
            seen = await collector.collect()
    except (Unavailable, TimeoutError) as error:
        counts.POLLS.labels(kind, "unavailable").inc()
        await health.bad(collector.name, kind, str(error) or f"no answer within {limit:g} s")
        return error.seen if isinstance(error, Unavailable) else ()
    except Exception:  # A bug in one collector must not silence the others.
        counts.POLLS.labels(kind, "bug").inc()
        if await health.bad(collector.name, kind, BUG):
            log.exception("%s: this is how; please report it", collector.name)
        return ()
    took = time.monotonic() - start
    counts.POLLS.labels(kind, "answered").inc()
    counts.POLL_SECONDS.labels(kind).observe(took)
    await health.good(collector.name, kind, seconds=took)
    return seen


async def _book(seen: Seen, ledger: Ledger, health: Health) -> None:
    """Book it. A full disk passes: what cannot be booked meanwhile is counted and said."""
    try:
        await ledger.book(seen)
    except Unavailable as error:
        counts.UNBOOKED.inc(len(seen))
        await health.bad("ledger", "ledger", error)
        return
    counts.BOOKED.inc(len(seen))
    await health.good("ledger", "ledger")


async def export_forever(
    exporter: Exporter, kind: str, ledger: Ledger, health: Health, clock: Clock
) -> None:
    """Hand the ledger's entries to an exporter, from its cursor, in order and at least once."""
    delivery = _Delivery(exporter, kind, ledger, health)
    position = await _position(exporter.name, ledger, health, clock)
    failures = 0
    while True:
        entries = await ledger.entries_after(position, BATCH)
        wait = await delivery.of(entries) if entries else LOOK
        if wait is None:
            position, failures = entries[-1].position, 0
            continue
        await clock.sleep(max(wait, backoff(failures)) if entries else wait)
        failures += 1 if entries else 0


async def _position(name: str, ledger: Ledger, health: Health, clock: Clock) -> int:
    """Return where an exporter goes on; a full disk, which keeps a new one out, passes."""
    while True:
        try:
            return await ledger.cursor(name)
        except Unavailable as error:
            await health.bad("ledger", "ledger", error)
            await clock.sleep(LOOK)


class _Delivery:
    """One exporter's batches, each taken whole or to be sent again."""

    def __init__(self, exporter: Exporter, kind: str, ledger: Ledger, health: Health) -> None:
        self._exporter = exporter
        self._kind = kind
        self._ledger = ledger
        self._health = health

    async def of(self, entries: Sequence[Entry]) -> float | None:
        """Return None once the batch is delivered, else the least seconds to wait."""
        name = self._exporter.name
        try:
            async with asyncio.timeout(LONGEST_EXPORT):
                refused = await self._exporter.export(entries)
        except Unavailable as error:
            await self._health.bad(name, self._kind, error)
            return error.retry_after or 0.0
        except TimeoutError:
            problem = f"has not taken its entries within {LONGEST_EXPORT:g} s"
            await self._health.bad(name, self._kind, problem)
            return 0.0
        except Rejected as error:
            refused = [Refused(line=f"entries to {entries[-1].position}", reason=str(error))]
        except Exception:  # A bug in one exporter must not silence the others, nor lose entries.
            if await self._health.bad(name, self._kind, BUG):
                log.exception("%s: this is how; please report it", name)
            return 0.0
        return await self._advance(entries, refused)

    async def _advance(self, entries: Sequence[Entry], refused: Sequence[Refused]) -> float | None:
        name, position = self._exporter.name, entries[-1].position
        try:
            await self._ledger.advance(name, position, refused)
        except Unavailable as error:
            await self._health.bad("ledger", "ledger", error)
            return 0.0
        counts.EXPORTED.labels(name).inc(len(entries))
        counts.POSITION.labels(name).set(position)
        if refused:
            counts.REFUSED.labels(name).inc(len(refused))
            reason = refused[0].reason
            log.warning("%s: %d lines refused, the first: %s", name, len(refused), reason)
        await self._health.good(name, self._kind)
        return None


def backoff(failures: int) -> float:
    """Return seconds to wait: doubling from one second, at most LONGEST_WAIT."""
    return float(min(2.0 ** min(failures, 10), LONGEST_WAIT))


async def show_forever(
    view: View, ledger: Ledger, health: Health, clock: Clock, *, every: timedelta = SHOW_EVERY
) -> None:
    """Hand a view what is now, once a cycle, and less often where that would take long."""
    async for _ in clock.ticks(every):
        started = time.monotonic()
        now = await ledger.now(health.now())
        try:
            await view.show(now)
        except Exception:  # A bug in one view must not silence the rest.
            log.exception("%s: failed in a way that carbond does not know; report it", view.name)
        rest = (time.monotonic() - started) * (1 / SHOW_SHARE - 1)
        await asyncio.sleep(min(rest, LONGEST_SHOW_WAIT))


async def tend_forever(ledger: Ledger, health: Health, clock: Clock) -> None:
    """Compute what has changed, twice a minute."""
    async for _ in clock.ticks(TEND_EVERY):
        await unless_full(ledger.tend(), health)


async def retire_forever(ledger: Ledger, health: Health, clock: Clock) -> None:
    """Delete what need not be kept, once an hour."""
    async for _ in clock.ticks(RETIRE_EVERY):
        await unless_full(ledger.retire(), health)


async def unless_full(work: Awaitable[None], health: Health) -> bool:
    """Do the ledger's work and tell whether it is done: a full disk is said, and passes."""
    try:
        await work
    except Unavailable as error:
        await health.bad("ledger", "ledger", error)
        return False
    return True
