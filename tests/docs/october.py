"""The ledger that the pages speak of: October 2026 of the site fra1, read each five minutes."""

import math
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from agent.accounting.metering.tree import Tree
from agent.accounting.site import Site
from agent.ledger import Ledger
from agent.model import HOUR, MINUTE, Intensity, Kind, Meter, Reading, Role
from agent.units import GramsPerKwh, Joules
from tests.accounting.places import meter
from tests.clocks import HandClock
from tests.ledger.books import intensity, reading

START = datetime(2026, 9, 30, 22, tzinfo=UTC)
END = datetime(2026, 10, 31, 23, tzinfo=UTC)
"""The month of a site in Frankfurt."""

KNOWN = datetime(2026, 11, 12, 9, tzinfo=UTC)
"""When the grid has said the last of it, a week after a day for which a page asks."""

GRID = "germany"
SITE = Site(name="fra1", timezone="Europe/Berlin", grid=GRID)
RACKS = {"rack-07-a": 5000, "rack-07-b": 4000}
"""Their mean power, in watts."""

FACILITY = 1.37
"""What the site takes of each unit of IT."""

LOOKED_AT = datetime(2026, 10, 3, 14, tzinfo=UTC)
"""The hour that is taken apart: it is read each minute."""

RESET = datetime(2026, 10, 12, 6, tzinfo=UTC)
"""When somebody sets the register of the second rack to zero."""

AFTER = timedelta(seconds=39)
"""Past the full minute a meter is read."""

SWING = 0.2
"""A day's highest power is so much above its mean, in the middle of the day."""

TOO_HIGH = 1.02
"""So much of the final intensity is the estimate."""

HOURS = [START + number * HOUR for number in range(-1, (END - START) // HOUR + 1)]
"""Those of the month, and one on either side: it begins and ends within what is known."""

KINDS = (Kind.DIRECT, Kind.LIFECYCLE)
PART = 12
"""So many hours are booked at once."""

SLOW, FAST = 5 * MINUTE, MINUTE


def totals() -> list[Meter]:
    """Return the places of the meters."""
    racks = [
        meter(name, Role.RACK, "main", "fra1", rack="07", tenant=tenant)
        for name, tenant in zip(RACKS, ("acme", "globex"), strict=True)
    ]
    return [meter("main", Role.UTILITY, site="fra1"), *racks]


async def book_october(path: Path) -> None:
    """Live the month, and the days until its intensities are final."""
    clock = HandClock(START)
    ledger = Ledger(path, Tree.of([SITE], totals()), clock)
    for first in range(0, len(HOURS), PART):
        hours = HOURS[first : first + PART]
        clock.at = hours[-1] + HOUR + 5 * MINUTE
        await ledger.book([one for hour in hours for one in _readings(hour)])
        await ledger.book([one for hour in hours for one in _estimated(hour)])
        await ledger.tend()
    clock.at = KNOWN
    await ledger.book([_final(hour, kind) for hour in HOURS for kind in KINDS])
    await ledger.tend()
    ledger.close()


def _readings(hour: datetime) -> Iterator[Reading]:
    """Yield what is read in an hour, in the order of time."""
    every = FAST if hour in (LOOKED_AT - HOUR, LOOKED_AT, LOOKED_AT + HOUR) else SLOW
    for number in range(HOUR // every):
        at = hour + number * every + AFTER
        for name, mean in RACKS.items():
            yield _reading(name, at, mean)
        yield _reading("main", at, FACILITY * sum(RACKS.values()))


def _reading(name: str, at: datetime, mean: float) -> Reading:
    """Return what a meter shows whose register counts watt-hours."""
    began = RESET if name == "rack-07-b" and at >= RESET else START - 1000 * HOUR
    joules = mean * (_load(at) - _load(began))
    return replace(
        reading(name, at, watts=round(mean * (1 + SWING * math.sin(_angle(at))))),
        energy=Joules(int(joules // 3600) * 3600),
    )


def _load(at: datetime) -> float:
    """Return the seconds, of mean load, since the month began."""
    turn = timedelta(days=1).total_seconds() / math.tau
    return (at - START).total_seconds() - SWING * turn * math.cos(_angle(at))


def _angle(at: datetime) -> float:
    return math.tau * ((at - START) / timedelta(days=1) - 0.25)


def _estimated(hour: datetime) -> list[Intensity]:
    said = hour + HOUR
    return [
        replace(
            _final(hour, kind),
            value=GramsPerKwh(_grams(hour, kind) * TOO_HIGH),
            fetched_at=said,
            updated_at=said,
            estimated=True,
        )
        for kind in KINDS
    ]


def _final(hour: datetime, kind: Kind) -> Intensity:
    said = intensity(_grams(hour, kind), hour, updated=KNOWN, kind=kind, grid=GRID)
    return replace(said, source="electricitymaps")


def _grams(hour: datetime, kind: Kind) -> float:
    """Return what a kilowatt-hour of the grid stands for: least at noon."""
    direct = 310 - 90 * math.sin(_angle(hour))
    return round(direct if kind is Kind.DIRECT else direct * 1.2)
