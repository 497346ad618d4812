"""The account of one meter: its last reading, its open minute, and what has been booked for it.

Posting a reading gives the minutes that it completes and the parts of hours that it adds to. There
is no SQL here and no clock: the same readings give the same account.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo

from agent.accounting.hours import Part, floor, parts
from agent.accounting.registers.intervals import (
    AHEAD,
    interval_after_step_back,
    interval_between,
    put_back,
)
from agent.accounting.registers.marks import Mark, Outcome, mark_of
from agent.model import HOUR, MINUTE, Basis, Finding, Interval, Meter, Minute, Reading
from agent.units import Joules, Watts

MINUTES_UP_TO = timedelta(hours=1)
"""Of a longer interval only the hours are booked: its minutes would all be interpolated."""

_WEAKEST = (Basis.LOWER_BOUND, Basis.INTERPOLATED, Basis.INTEGRATED, Basis.COUNTER)


@dataclass(slots=True)
class Posting:
    """What one reading changes beside the account itself."""

    minutes: list[Minute] = field(default_factory=list)
    hours: list[tuple[Part, Basis]] = field(default_factory=list)
    intervals: Sequence[Interval] = ()
    findings: Sequence[Finding] = ()
    register: Joules | None = None
    """What the register showed at the end of the last interval."""


@dataclass(slots=True, kw_only=True)
class Account:
    """Mutable, and owned by the ledger's one thread."""

    meter: Meter
    number: int
    first: datetime
    mark: Mark
    minute: datetime
    zone: tzinfo = UTC
    """The site's own time, in which a daily register has its days."""

    booked: int = 0
    energy: int | None = None
    covered: float = 0.0
    basis: Basis | None = None
    power: Watts | None = None
    at: datetime | None = None
    register: Joules | None = None
    """Of the last reading in the open minute, as its power."""

    held: dict[datetime, tuple[datetime, Watts | None]] = field(default_factory=dict)
    """By minute, times and powers of readings whose count is held back."""

    conditions: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def opened(cls, meter: Meter, number: int, reading: Reading, zone: tzinfo = UTC) -> "Account":
        """Open an account with a meter's first reading, which has no interval yet."""
        return cls(
            meter=meter,
            number=number,
            first=reading.at,
            mark=mark_of(reading),
            minute=floor(reading.at, MINUTE),
            zone=zone,
            power=reading.power,
            at=reading.at,
            register=reading.energy,
            conditions=reading.conditions,
        )

    def post(self, reading: Reading, now: datetime, *, minutely: bool = True) -> Posting | None:
        """Add a reading. None if it is not newer than the last one: it changes nothing.

        Unless the last one is in the future of `now`: a clock that was put back begins again.
        What is not kept `minutely` gets hours alone, which is half the work.
        """
        if self.mark.at > now + AHEAD and reading.at < self.mark.at:
            outcome = interval_after_step_back(self.mark, reading)
            self.held.clear()
        else:
            outcome = interval_between(self.mark, reading, self.zone)
        if outcome.mark is self.mark:
            if reading.at < self.mark.at:
                self.mark = put_back(self.mark)
            return None
        posting = self._posted(outcome, minutely=minutely)
        self.mark, self.conditions = outcome.mark, reading.conditions
        minute = floor(reading.at, MINUTE)
        if not minutely:
            self.held.clear()
            self._open(minute)
            posting.register = reading.energy if outcome.intervals else None
            return posting
        if outcome.mark.pending is not None:
            self.held[minute] = reading.at, reading.power
            return posting
        if self.held:
            self._turn_through_held(minute, posting)
        self._turn_to(minute, posting)
        self.power, self.at, self.register = reading.power, reading.at, reading.energy
        if outcome.intervals:
            posting.register = reading.energy
        return posting

    def _posted(self, outcome: Outcome, *, minutely: bool) -> Posting:
        posting = Posting(intervals=outcome.intervals, findings=outcome.findings)
        if outcome.late is not None:
            self._add_late(outcome.late, posting)
        for interval in outcome.known:
            posting.hours += [
                (part, interval.basis)
                for part in parts(interval.start, interval.end, interval.energy, HOUR)
            ]
        for interval in outcome.intervals:
            self._add(interval, posting, minutely=minutely)
        return posting

    def _add(self, interval: Interval, posting: Posting, *, minutely: bool) -> None:
        start, end, energy = interval.start, interval.end, interval.energy
        self.booked += energy
        posting.hours += [(part, interval.basis) for part in parts(start, end, energy, HOUR)]
        if not minutely or end - start > MINUTES_UP_TO:
            return
        for part in parts(start, end, energy, MINUTE):
            if part.start != self.minute:
                self._turn_to(part.start, posting)
            self.energy = part.energy + (self.energy or 0)
            self.covered += part.seconds
            self.basis = _weaker(self.basis, interval.basis)

    def _add_late(self, interval: Interval, posting: Posting) -> None:
        """Add energy to hours whose seconds are covered; their minutes are told and stay."""
        self.booked += interval.energy
        posting.intervals = (interval, *posting.intervals)
        posting.hours += [
            (Part(part.start, part.energy, 0.0), interval.basis)
            for part in parts(interval.start, interval.end, interval.energy, HOUR)
        ]

    def _turn_through_held(self, last: datetime, posting: Posting) -> None:
        """Complete the minutes up to the last one in which only readings were held back."""
        for minute in sorted(self.held):
            if self.minute < minute < last:
                self._turn_to(minute, posting)
        self._turn_to(last, posting)
        self.held.clear()

    def _turn_to(self, minute: datetime, posting: Posting) -> None:
        """Complete the open minute if another one begins."""
        if minute == self.minute:
            return
        if self.held and self.minute in self.held:
            self.at, self.power = self.held.pop(self.minute)
        if self.energy is not None or self.power is not None:
            posting.minutes.append(self._completed())
        self._open(minute)

    def _open(self, minute: datetime) -> None:
        self.minute, self.energy, self.covered = minute, None, 0.0
        self.basis, self.power, self.at, self.register = None, None, None, None

    def _completed(self) -> Minute:
        return Minute(
            meter=self.meter,
            start=self.minute,
            energy=None if self.energy is None else Joules(self.energy),
            covered=self.covered,
            power=self.power,
            basis=self.basis,
            at=self.at,
            register=self.register,
        )


def _weaker(one: Basis | None, other: Basis) -> Basis:
    if one is None or one is other:
        return other
    return min(one, other, key=_WEAKEST.index)
