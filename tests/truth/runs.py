"""Days of a simulated site, booked as time passes by the real accounting in a real ledger."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from unittest.mock import patch

from agent.accounting import site as accounting
from agent.accounting.metering.tree import Tree
from agent.demo.fault_plans import plan_of
from agent.demo.faults import Trouble
from agent.demo.grids_simulated import FIVE_MINUTES, SimulatedGrid
from agent.demo.polls import MINUTES_OF_HOUR, Polls
from agent.demo.site import Site
from agent.ledger import Ledger, writer
from agent.model import HOUR, MINUTE, Intensity, Kind, MeterId, MeterNow, Reading
from tests.clocks import HandClock

AFTER = 5
"""Minutes past the full hour at which the grid is asked and the hours are computed."""

DAY = timedelta(days=1)
REREAD = (1 * DAY, 8 * DAY, 32 * DAY, 95 * DAY)
"""At these ages the collectors ask again for what they have."""

AVERAGE, MARGINAL = "em", "wt"
PERIODS = {Kind.DIRECT: HOUR, Kind.LIFECYCLE: HOUR, Kind.MARGINAL: FIVE_MINUTES}
SITE = {"timezone": "Europe/Berlin", "grid": AVERAGE, "marginal_grid": MARGINAL}

Minute = Sequence[Reading]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What was booked over which time, and what it was booked from."""

    polls: Polls
    grid: SimulatedGrid
    start: datetime
    end: datetime
    meters: dict[MeterId, MeterNow]
    sums: Sequence[Minute]
    """By minute, the readings of the meters that make the site's sums."""

    intensities: Sequence[Intensity]
    """In the order in which they came."""

    folder: Path

    @property
    def hours(self) -> list[datetime]:
        """Those that were read from their beginning to their end."""
        return [self.start + HOUR * hour for hour in range(1, (self.end - self.start) // HOUR)]


def tree_of(polls: Polls, **options: object) -> Tree:
    """Return the place of each device; `options` are the site's."""
    sites = [replace(accounting.Site(name="site"), **options)]  # type: ignore[arg-type] # options
    return Tree.of(sites, polls.totals("site"))


def polls_of(site: Site, days: int) -> Polls:
    """Return the polls of days in which all goes wrong that can, without outlets."""
    plan = plan_of(site, length=DAY * days, zeroed=True)
    faults = replace(plan, timezone=SITE["timezone"])
    return Polls(site, site.seed, days=days, faults=faults, outlets=(), servers=2)


def missing_of(polls: Polls, name: str) -> float:
    """Return the seconds in which another meter took a meter's place: neither counted then."""
    return sum(
        one.end - one.start for one in polls.faults.of(name) if one.trouble is Trouble.REPLACED
    )


async def run_of(
    polls: Polls, folder: Path, *, days: int, also: Callable[[Minute], None] | None = None
) -> Run:
    """Book the readings minute by minute and the grid hour by hour, and then its revisions.

    `also` is handed each minute's readings.
    """
    start = polls.site.midnight
    end = start + DAY * days
    grid = SimulatedGrid(seed=polls.site.seed)
    in_sums = {"utility", *(pdu.name for pdu in polls.site.pdus)}
    sums: list[Minute] = []
    came: list[Intensity] = []
    async with opened(polls, folder) as (ledger, clock):
        for hour in hours_of(polls.minutes()):
            if also is not None:
                for _, readings in hour:
                    also(readings)
            sums += [[one for one in readings if one.meter in in_sums] for _, readings in hour]
            await book(hour, ledger, clock, polls)
            came += await ask(grid, ledger, clock, clock.at - DAY, clock.at)
            await ledger.tend()
        for age in REREAD:
            clock.at = end + age
            came += await ask(grid, ledger, clock, start, end)
            await ledger.tend()
        meters = {one.meter.id: one for one in (await ledger.now([])).meters}
    return Run(
        polls=polls,
        grid=grid,
        start=start,
        end=end,
        meters=meters,
        sums=sums,
        intensities=came,
        folder=folder,
    )


@asynccontextmanager
async def opened(polls: Polls, folder: Path) -> AsyncIterator[tuple[Ledger, HandClock]]:
    """Open a ledger for a site on a clock that stands at its midnight."""
    clock = HandClock(polls.site.midnight)
    # The pause between two commits spares a disk; of days that pass in seconds it is the most.
    with patch.object(writer, "LONGEST_PAUSE", writer.PAUSE):
        ledger = Ledger(folder / "ledger.db", tree_of(polls, **SITE), clock)
        try:
            yield ledger, clock
        finally:
            ledger.close()


def hours_of(minutes: Iterable[Minute]) -> Iterator[list[tuple[int, Minute]]]:
    """Yield numbered minutes up to some minutes past each hour, when that hour is complete."""
    part: list[tuple[int, Minute]] = []
    for number, readings in enumerate(minutes):
        part.append((number, readings))
        if number % MINUTES_OF_HOUR == AFTER:
            yield part
            part = []
    if part:
        yield part


async def book(
    minutes: Iterable[tuple[int, Minute]], ledger: Ledger, clock: HandClock, polls: Polls
) -> None:
    """Book each minute at its end, as the clock of the host shows it."""
    bookings = []
    for number, readings in minutes:
        seconds = (number + 1) * MINUTE.total_seconds()
        ahead = polls.faults.ahead(seconds)
        clock.at = polls.site.midnight + timedelta(seconds=seconds + ahead)
        bookings.append(asyncio.create_task(ledger.book(readings)))
        await asyncio.sleep(0)  # The booking takes the time of its beginning.
    await asyncio.gather(*bookings)


async def ask(
    grid: SimulatedGrid, ledger: Ledger, clock: HandClock, start: datetime, end: datetime
) -> Sequence[Intensity]:
    """Book what the grid says now of a time, and return it."""
    rows = list(said(grid, start, end, clock.at))
    await ledger.book(rows)
    return rows


def said(grid: SimulatedGrid, start: datetime, end: datetime, now: datetime) -> Iterator[Intensity]:
    """Yield what the services say of all kinds, in the versions that there are by now."""
    for kind, period in PERIODS.items():
        for row in grid.published(kind, start, end, now, period):
            yield Intensity(
                grid=MARGINAL if kind is Kind.MARGINAL else AVERAGE,
                kind=kind,
                source="simulated",
                zone=grid.zone,
                start=row.start,
                period=period,
                value=row.value,
                fetched_at=now,
                updated_at=row.updated_at,
                estimated=row.estimated,
            )
