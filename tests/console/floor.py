"""A small site that was read for three hours and a bit: what the console is asked about."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from agent.accounting.metering.tree import Tree
from agent.accounting.site import Site
from agent.ledger import Ledger
from agent.model import HOUR, MINUTE, Intensity, Kind, Meter, Reading, Role
from tests.accounting.places import meter
from tests.clocks import HandClock
from tests.ledger.books import START, intensity, reading

END = START + 3 * HOUR + timedelta(minutes=20)
"""The last reading of each meter."""

SITE = Site(name="fra", timezone="Europe/Berlin", grid="de", marginal_grid="wt")
TOTALS: Sequence[Meter] = (
    meter("grid", Role.UTILITY, accuracy=0.01),
    meter("ups-a", Role.UPS_OUTPUT, "grid"),
    meter("rack-1-a", Role.RACK, "ups-a", rack="1", room="north"),
    meter("rack-2-a", Role.RACK, "ups-a", rack="2", room="south"),
    meter("server-1", Role.DEVICE, "rack-1-a", rack="1"),
    meter("chiller", Role.COOLING, "grid", room="south"),
)
WATTS = {
    "grid": 14_000.0,
    "ups-a": 10_500.0,
    "rack-1-a": 6_000.0,
    "rack-1-a/outlet/1": 2_400.0,
    "rack-1-a/outlet/2": 3_600.0,
    "rack-2-a": 4_000.0,
    "server-1": 2_000.0,
    "chiller": 3_000.0,
}
"""What each meter shows: always the same, in watts."""


def tree() -> Tree:
    return Tree.of([SITE], TOTALS)


def counted(name: str, start: datetime, end: datetime, watts: float) -> Iterator[Reading]:
    """Readings of a meter that counts, one a minute, from the start to the end."""
    minutes = (end - start) // MINUTE
    for n in range(minutes + 1):
        at = start + n * MINUTE
        yield reading(name, at, kwh=100 + watts * (at - START).total_seconds() / 3.6e6, watts=watts)


def published() -> list[Intensity]:
    """Final values but of the third hour, which is estimated, and a forecast of the fifth."""
    found = [
        intensity(
            value, START + n * HOUR, updated=START + (n + 1) * HOUR, kind=kind, estimated=n == 2
        )
        for kind, values in (
            (Kind.DIRECT, (300, 320, 280, 260)),
            (Kind.LIFECYCLE, (350, 370, 330, 310)),
        )
        for n, value in enumerate(values)
    ]
    marginal = [
        intensity(
            600, START + n * HOUR, updated=START + (n + 1) * HOUR, kind=Kind.MARGINAL, grid="wt"
        )
        for n in range(4)
    ]
    return [*found, *marginal, intensity_foretold()]


def intensity_foretold() -> Intensity:
    return Intensity(
        grid="de",
        kind=Kind.DIRECT,
        source="em",
        zone="DE",
        start=START + 4 * HOUR,
        period=HOUR,
        value=intensity(240, START, updated=START).value,
        fetched_at=START + 2 * HOUR,
        estimated=True,
        forecast=True,
    )


async def furnish(ledger: Ledger, clock: HandClock) -> None:
    """Book all of it, about when it would have been, with the hours as they are at the end."""
    while clock.at < END:
        start, clock.at = clock.at, min(clock.at + HOUR, END)
        for name, watts in WATTS.items():
            await ledger.book(list(counted(name, start, clock.at, watts)))
    await ledger.book(published())
    await ledger.tend()
