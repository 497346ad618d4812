"""Where a meter stands between two readings, and what a reading makes of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from agent.model import Finding, Interval, Reading, Zeroed
from agent.units import Joules, Watts


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspect:
    """A count that cannot be, until the next one says whether it was a glitch."""

    at: datetime
    energy: Joules
    shape: int | None
    """The integrated power in joules from the last good count to it; None if it is not known."""

    after: int | None = 0
    """From it to the last reading."""

    seen: int = 1
    """How many readings in a row were suspect."""

    others: tuple[tuple[datetime, Joules], ...] = ()
    """The suspects before it, which nothing went on from."""


NOTHING = Joules(0)

Gap = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """Where a register that counts a day stands in it, at its last good count.

    Only near midnight more than the time of that count counts.
    """

    at: datetime
    eve: Joules | None = NOTHING
    """What it had shown, or more than that, before a night in which it has still to go to zero, or
    has done so unseen; None if it has been seen to.
    """

    gaps: tuple[Gap, ...] = ()
    """Those of the night in which it may have done so: booked with the least that has flowed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """What has been read since the last good count, and waits for the next one."""

    since: datetime
    """When the last good count was read: the next interval begins here."""

    shape: int | None
    """The integrated power in joules from then to the last reading; None if it is not known."""

    suspect: Suspect | None = None


class Mark(NamedTuple):
    """Where a meter stood at its last reading: all that the next interval needs to know.

    `energy` is its last good count. `least` and `most` bound the energy in joules that has been
    booked and that the register, which shows whole steps only, does not show yet. Each reading
    makes one, so it is a tuple: a frozen dataclass takes three times as long to make.
    """

    at: datetime
    energy: Joules | None
    power: Watts | None
    source: str
    least: int
    most: int
    still: datetime
    """Since when the register has shown this count."""

    uptime: timedelta | None = None
    withheld: int = 0
    """What the powers have said since, in joules, and the register has not confirmed."""

    stuck: bool = False
    """Whether the register is known to stand still while power flows."""

    pending: Pending | None = None
    day: Day | None = None
    """Of a daily register; None where nothing is known yet, and of all others."""

    @property
    def since(self) -> datetime:
        """Where the next interval begins."""
        return self.pending.since if self.pending else self.at

    def ahead(self, step: Joules) -> int:
        """Return the joules booked beyond what a register can hide: it still has to show them."""
        return max(self.least - step, 0)


def mark_of(reading: Reading, least: int = 0, most: int | None = None) -> Mark:
    """Return the mark of a reading; of a first one, the register may hide up to one step."""
    return Mark(
        at=reading.at,
        energy=reading.energy,
        power=reading.power,
        source=reading.source,
        least=least,
        most=reading.register.step if most is None else most,
        still=reading.at,
        uptime=reading.uptime,
        day=Day(at=reading.at) if reading.register.zeroed is Zeroed.DAILY else None,
    )


class Outcome(NamedTuple):
    """What a reading makes of a mark; the same mark if it changes nothing."""

    mark: Mark
    intervals: Sequence[Interval] = ()
    findings: Sequence[Finding] = ()
    late: Interval | None = None
    """Energy of a time whose intervals have been handed out, with less than flowed."""

    known: Sequence[Interval] = ()
    """Times that were handed out as a lower bound, which was all: no energy, and not missing."""
