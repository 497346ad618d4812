"""The days before a demo begins: read without protocols, booked by the real accounting.

In them a PDU is dead for an hour, another one's register is set to zero, and the grid revises what
it has said: so that every view has something true to show.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from agent.accounting.metering.tree import Tree
from agent.accounting.site import Estimate
from agent.accounting.site import Site as AccountedSite
from agent.demo.faults import Fault, Faults, Trouble
from agent.demo.files import (
    DAY_TONNES,
    DECLARED_PUE,
    GRID,
    MARGINAL_GRID,
    MONTH_TONNES,
    SITE,
    TIMEZONE,
)
from agent.demo.grids_simulated import FIVE_MINUTES, SimulatedGrid
from agent.demo.hand_clock import HandClock
from agent.demo.polls import Pace, Polls
from agent.demo.site import FEEDS, Site
from agent.ledger import Keep, Ledger
from agent.model import HOUR, MINUTE, Intensity, Kind
from agent.units import GRAMS_PER_TONNE, Grams
from config.settings import KeepSettings

AFTER = 5 * MINUTE
"""Past the full hour the grid is asked, and the hour computed."""

PERIODS = {Kind.DIRECT: HOUR, Kind.LIFECYCLE: HOUR, Kind.MARGINAL: FIVE_MINUTES}
DAY = timedelta(days=1)
DEAD, ZEROED = "rack-05-b", "rack-02-a"
"""The PDUs to which something happens."""

DEAD_AFTER, ZEROED_AFTER = 0.45, 0.7
"""After which share of the time."""

PACE = Pace(outlets=15, servers=4)
"""A demo must start soon. Outlets are kept by the hour; power alone is integrated over 5 min."""

Progress = Callable[[float], None]
"""Is told which share is done, from 0 to 1."""


def faults_of(site: Site, start: datetime, end: datetime) -> Faults:
    """Return what goes wrong in the history, for those too who go on from there."""
    begin, length = site.seconds(start), (end - start).total_seconds()
    dead, zeroed = begin + DEAD_AFTER * length, begin + ZEROED_AFTER * length
    hour = min(HOUR.total_seconds(), length / 4)
    return Faults(
        faults=(
            Fault(name=DEAD, trouble=Trouble.DEAD, start=dead, end=dead + hour),
            Fault(name=ZEROED, trouble=Trouble.RESET, start=zeroed, end=zeroed),
        )
    )


def tree_of(polls: Polls) -> Tree:
    """Return the metering tree that the demo's settings describe."""
    site = AccountedSite(
        name=SITE,
        timezone=TIMEZONE,
        grid=GRID,
        marginal_grid=MARGINAL_GRID,
        pue_declared=DECLARED_PUE,
        fallback=(Estimate(),),
        budget_day=Grams(DAY_TONNES * GRAMS_PER_TONNE),
        budget_month=Grams(MONTH_TONNES * GRAMS_PER_TONNE),
    )
    return Tree.of([site], polls.totals(SITE))


async def book_history(
    path: Path, site: Site, grid: SimulatedGrid, *, start: datetime, end: datetime, said: Progress
) -> None:
    """Book what the meters of a site said in a time, and what the grid said of it meanwhile.

    What the grid has said of the first hours is revised in the later ones.
    """
    polls = Polls(site, site.seed, faults=faults_of(site, start, end), outlets=FEEDS, pace=PACE)
    clock = HandClock(start)
    keep = Keep(hourly=KeepSettings().hourly)
    ledger = await asyncio.to_thread(Ledger, path, tree_of(polls), clock, keep=keep)
    try:
        for first, last in _turns(start, end):
            minutes = range(_minute(site, first), _minute(site, last))
            hour = [reading for minute in polls.minutes(minutes) for reading in minute]
            clock.at = last
            await ledger.book(hour)
            await ledger.book(_said(grid, max(start, last - DAY), last))
            await ledger.tend()
            said((last - start) / (end - start))
    finally:
        await asyncio.to_thread(ledger.close)


def _turns(start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Yield the parts of a time between one question to the grid and the next."""
    first = start
    while first < end:
        hour = first.replace(minute=0, second=0, microsecond=0)
        last = hour + AFTER if hour + AFTER > first else hour + HOUR + AFTER
        yield first, min(last, end)
        first = last


def _minute(site: Site, at: datetime) -> int:
    return int(site.seconds(at) // MINUTE.total_seconds())


def _said(grid: SimulatedGrid, start: datetime, now: datetime) -> Sequence[Intensity]:
    """Return what the services say of all kinds, as they say it now."""
    return [
        Intensity(
            grid=MARGINAL_GRID if kind is Kind.MARGINAL else GRID,
            kind=kind,
            source="watttime" if kind is Kind.MARGINAL else "electricitymaps",
            zone=grid.region if kind is Kind.MARGINAL else grid.zone,
            start=row.start,
            period=period,
            value=row.value,
            fetched_at=now,
            updated_at=row.updated_at,
            estimated=row.estimated,
        )
        for kind, period in PERIODS.items()
        for row in grid.published(kind, start - period, now, now, period)
    ]
