"""The account of one meter: its last reading, its open minute, and what has been booked for it.

Posting a reading gives the minutes that it completes and the parts of hours that it adds to. There
is no SQL here and no clock: the same readings give the same account.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from agent.accounting.energy import (
    AHEAD,
    Mark,
    interval_after_step_back,
    interval_between,
    mark_of,
)
from agent.accounting.hours import Part, floor, parts
from agent.model import HOUR, MINUTE, Basis, Interval, Meter, Minute, Reading
from agent.units import Joules, Watts

MINUTES_UP_TO = timedelta(hours=1)
"""Of a longer interval only the hours are booked: its minutes would all be interpolated."""

_WEAKEST = (Basis.LOWER_BOUND, Basis.INTERPOLATED, Basis.INTEGRATED, Basis.COUNTER)


@dataclass(slots=True)
class Posting:
    """What one reading changes beside the account itself."""

    minutes: list[Minute] = field(default_factory=list)
    hours: list[tuple[Part, Basis]] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Account:
    """Mutable, and owned by the ledger's one thread."""

    meter: Meter
    number: int
    first: datetime
    mark: Mark
    minute: datetime
    booked: int = 0
    energy: int | None = None
    covered: float = 0.0
    basis: Basis | None = None
    power: Watts | None = None
    conditions: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def opened(cls, meter: Meter, number: int, reading: Reading) -> "Account":
        """Open an account with a meter's first reading, which has no interval yet."""
        return cls(
            meter=meter,
            number=number,
            first=reading.at,
            mark=mark_of(reading),
            minute=floor(reading.at, MINUTE),
            power=reading.power,
            conditions=reading.conditions,
        )

    def post(self, reading: Reading, now: datetime) -> Posting | None:
        """Add a reading. None if it is not newer than the last one: it changes nothing.

        Unless the last one is in the future of `now`: a clock that was put back begins again.
        """
        if self.mark.at > now + AHEAD and reading.at < self.mark.at:
            interval, mark = interval_after_step_back(self.mark, reading)
        else:
            interval, mark = interval_between(self.mark, reading)
        if mark is self.mark:
            return None
        posting = Posting()
        if interval is not None:
            self._add(interval, posting)
        self._turn_to(floor(reading.at, MINUTE), posting)
        self.mark, self.power, self.conditions = mark, reading.power, reading.conditions
        return posting

    def _add(self, interval: Interval, posting: Posting) -> None:
        start, end, energy = interval.start, interval.end, interval.energy
        self.booked += energy
        posting.hours += [(part, interval.basis) for part in parts(start, end, energy, HOUR)]
        if end - start > MINUTES_UP_TO:
            return
        for part in parts(start, end, energy, MINUTE):
            self._turn_to(part.start, posting)
            self.energy = part.energy + (self.energy or 0)
            self.covered += part.seconds
            self.basis = _weaker(self.basis, interval.basis)

    def _turn_to(self, minute: datetime, posting: Posting) -> None:
        """Complete the open minute if another one begins."""
        if minute == self.minute:
            return
        if self.energy is not None or self.power is not None:
            posting.minutes.append(
                Minute(
                    meter=self.meter,
                    start=self.minute,
                    energy=None if self.energy is None else Joules(self.energy),
                    covered=self.covered,
                    power=self.power,
                    basis=self.basis,
                )
            )
        self.minute, self.energy, self.covered = minute, None, 0.0
        self.basis, self.power = None, None


def _weaker(one: Basis | None, other: Basis) -> Basis:
    return other if one is None else min(one, other, key=_WEAKEST.index)
