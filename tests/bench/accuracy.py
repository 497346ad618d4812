"""The demo's truth: a simulated day booked, beside what the powers, or the registers, say alone.

And a week in which all goes wrong that can: see agent/demo/fault_plans.py.
"""

import logging
import sqlite3
import tempfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from agent.clock import Clock
from agent.demo.polls import Polls
from agent.demo.site import Site
from agent.ledger import Ledger
from agent.model import HOUR, MeterNow
from tests.bench.accuracy_plain import Plain, Plains
from tests.bench.comparison import Comparison, Figure, Row, Target
from tests.truth.runs import missing_of, polls_of, run_of, tree_of

NAME = "accuracy"
SEEDS = (1, 2, 3)
"""Of the sites; each is a round."""

START = datetime(2026, 3, 10, tzinfo=UTC)
WHOLE_HOURS = [START + HOUR * number for number in range(1, 24)]
"""The first and the last hour of the day have no readings at their outer ends."""

FAULTED_DAYS = 7

DAY, HOURS = "day's sum", "hour of a meter"
FAULTED = "faulted week of a counting meter, the worst"
OURS, POWERS, REGISTERS = "ours", "powers only", "register only"
LARGEST_ERROR = Target(most=0.1)
UNIT = "% off the truth"

Key = tuple[str, str, str]
"""What is asked, of which stage, by whom."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """Joules of each meter: over the time it was read, and by the hour's start in seconds."""

    total: Mapping[str, float]
    hours: Mapping[str, Mapping[int, float]]

    @classmethod
    def of(cls, plain: Mapping[str, Plain]) -> "Books":
        return cls(
            total={name: one.total for name, one in plain.items()},
            hours={name: one.hours for name, one in plain.items()},
        )


async def rows() -> list[Row]:
    """Compare both over the whole day of a stage, and hour by hour of each meter."""
    figures: dict[Key, list[Figure]] = defaultdict(list)
    for seed in SEEDS:
        for key, figure in (await _day(seed)).items():
            figures[key].append(figure)
        for whose, figure in (await _faulted(seed)).items():
            figures[FAULTED, "all", whose].append(figure)
    return [
        Comparison(
            bench=NAME,
            what=f"{stage}, {what}",
            unit=UNIT,
            peer=peer,
            ours=figures[what, stage, OURS],
            theirs=theirs,
            target=None if what == HOURS else LARGEST_ERROR,
        )
        for (what, stage, peer), theirs in figures.items()
        if peer != OURS
    ]


async def _day(seed: int) -> Mapping[Key, Figure]:
    """Book a day of a site, and return by how much each is off."""
    polls, plains = Polls(Site(start=START, seed=seed), seed, outlets="a"), Plains()
    with tempfile.TemporaryDirectory() as folder:
        clock = Clock(start=START + timedelta(days=1, minutes=1))
        ledger = Ledger(Path(folder, "ledger.db"), tree_of(polls), clock)
        try:
            for readings in polls.hours():
                await ledger.book(readings)
                plains.add(readings)
            seen = (await ledger.now([])).meters
            ours = Books(
                total={one.meter.id: float(one.booked or 0) for one in seen},
                hours=_hours(ledger.path),
            )
        finally:
            ledger.close()
    books = {OURS: ours, POWERS: Books.of(plains.powers), REGISTERS: Books.of(plains.registers)}
    true = _truth(polls.site, seen)
    return {
        (what, stage, whose): off(book, true, elements)
        for what, off in ((DAY, _off_in_sum), (HOURS, _off_by_hour))
        for stage, elements in polls.stages().items()
        for whose, book in books.items()
        if elements[0] in book.total
    }


async def _faulted(seed: int) -> Mapping[str, Figure]:
    """Book a week of faults, and return the largest error of a meter's sum, by whom.

    Of a meter that was replaced, what flowed while neither was there is nobody's to know.
    """
    # That registers do odd things is the plan: it need not be said.
    logging.getLogger("carbond.ledger").setLevel(logging.ERROR)
    plains = Plains()
    polls = polls_of(Site(start=START, seed=seed), FAULTED_DAYS)
    with tempfile.TemporaryDirectory() as folder:
        run = await run_of(polls, Path(folder), days=FAULTED_DAYS, also=plains.add)
    site = polls.site
    seen = [
        one
        for one in run.meters.values()
        if one.meter.id in site.steps and not missing_of(polls, one.meter.id)
    ]
    true = _truth(site, seen).total
    books: Mapping[str, Mapping[str, float]] = {
        OURS: {one.meter.id: float(one.booked or 0) for one in seen},
        POWERS: Books.of(plains.powers).total,
        REGISTERS: Books.of(plains.registers).total,
    }
    return {
        whose: Figure(max(abs(book[name] / true[name] - 1) * 100 for name in true))
        for whose, book in books.items()
    }


def _hours(path: Path) -> Mapping[str, Mapping[int, float]]:
    found: dict[str, dict[int, float]] = defaultdict(dict)
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    query = "SELECT id, hour_s, energy_j FROM hour JOIN meter ON hour.meter = meter.number"
    for name, hour, joules in connection.execute(query):
        found[name][hour] = joules
    connection.close()
    return found


def _truth(site: Site, seen: Sequence[MeterNow]) -> Books:
    """Return what is true of the very span that each meter was booked over."""
    return Books(
        total={one.meter.id: float(site.energy(one.meter.id, one.since, one.at)) for one in seen},
        hours={
            one.meter.id: {
                int(hour.timestamp()): float(site.energy(one.meter.id, hour, hour + HOUR))
                for hour in WHOLE_HOURS
            }
            for one in seen
        },
    )


def _off_in_sum(book: Books, true: Books, elements: Sequence[str]) -> Figure:
    """Return the difference of the sums, in percent: errors of meters may make up for another."""
    truly = sum(true.total[one] for one in elements)
    return Figure(abs(sum(book.total[one] for one in elements) - truly) / truly * 100)


def _off_by_hour(book: Books, true: Books, elements: Sequence[str]) -> Figure:
    """Return the mean difference of a meter's hour, in percent of the mean hour."""
    pairs = [
        (book.hours[one].get(hour, 0.0), truly)
        for one in elements
        for hour, truly in true.hours[one].items()
    ]
    return Figure(sum(abs(said - truly) for said, truly in pairs) / sum(t for _, t in pairs) * 100)
