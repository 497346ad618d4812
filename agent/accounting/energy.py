"""Energy between two readings of one meter.

The counter rules and the power shapes. A register that counts in steps of 0.1 kWh says nothing of
the minute in which it did not move; the mean of the powers does. So the energy of a short interval
is the integrated power for as long as it agrees with what the register has shown, to within one
step, and is put right by the register the moment it does not. Over any time the energy booked
differs from the counter's by less than one step.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from agent.model import Basis, Interval, Reading, Register
from agent.units import Joules, Watts, energy_of

LONGEST_COUNT = timedelta(days=100)
"""A count over a longer time has no interval: a clock that was wrong by years would spread it."""

AHEAD = timedelta(minutes=5)
"""A mark this far in the future was made by a clock that has been put back since."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Where a meter stood at its last reading: all that the next interval needs to know.

    `least` and `most` bound the energy in joules that has been booked and that the register, which
    shows whole steps only, does not show yet.
    """

    at: datetime
    energy: Joules | None
    power: Watts | None
    source: str
    least: int
    most: int


def mark_of(reading: Reading, least: int = 0, most: int | None = None) -> Mark:
    """Return the mark of a reading; of a first one, the register may hide up to one step."""
    return Mark(
        at=reading.at,
        energy=reading.energy,
        power=reading.power,
        source=reading.source,
        least=least,
        most=reading.register.step if most is None else most,
    )


def interval_between(before: Mark, now: Reading) -> tuple[Interval | None, Mark]:
    """Return the energy used between two readings of one meter, and the mark for the next.

    None means it cannot be known: the clock stood still or went back, the meter was read in another
    way, the step is more than the device can draw, or the gap is longer than power may be
    integrated over, or than LONGEST_COUNT. A reading that is not newer leaves the mark as it was.
    """
    seconds = (now.at - before.at).total_seconds()
    if seconds <= 0:
        return None, before
    if now.source != before.source or now.at - before.at > LONGEST_COUNT:
        return None, mark_of(now)
    if before.energy is not None and now.energy is not None:
        count = counted(before.energy, now.energy, now.register, seconds)
        return (None, mark_of(now)) if count is None else _counted(before, now, seconds, *count)
    return _integrated(before, now, seconds), mark_of(now)


def interval_after_step_back(before: Mark, now: Reading) -> tuple[Interval | None, Mark]:
    """Return what was counted since a reading whose time is yet to come, and the mark for the next.

    The clock was wrong then, so how long ago it was is not known: the energy stands at this moment
    and covers no time.
    """
    if now.source != before.source or before.energy is None or now.energy is None:
        return None, mark_of(now)
    seconds = now.register.longest_gap.total_seconds()
    count = counted(before.energy, now.energy, now.register, seconds)
    if count is None:
        return None, mark_of(now)
    interval = Interval(
        meter=now.meter, start=now.at, end=now.at, energy=count[0], basis=Basis.INTERPOLATED
    )
    return interval, mark_of(now, before.least, before.most)


def counted(
    before: Joules, now: Joules, register: Register, seconds: float
) -> tuple[Joules, Basis] | None:
    """Return the energy between two counts, and whether it is exact.

    A lower count is a rollover if the mean power that would follow is plausible for this device,
    else a reset, whose energy since zero is a lower bound. None: not even that is plausible.
    Nothing is guessed: without a known span there is no rollover.
    """
    if now >= before:
        return _plausible(now - before, Basis.COUNTER, register, seconds)
    if register.span is not None and register.limit is not None:
        wrapped = _plausible((now - before) % register.span, Basis.COUNTER, register, seconds)
        if wrapped is not None:
            return wrapped
    return _plausible(now, Basis.LOWER_BOUND, register, seconds)


def _plausible(
    energy: int, basis: Basis, register: Register, seconds: float
) -> tuple[Joules, Basis] | None:
    """Return it, unless it is more than the device can draw in that time and one step of count."""
    if register.limit is not None and energy - register.step > register.limit * seconds:
        return None
    return Joules(energy), basis


def _counted(
    before: Mark, now: Reading, seconds: float, count: Joules, basis: Basis
) -> tuple[Interval, Mark]:
    """Return the interval of a count that is known, shaped by the powers where there are any."""
    if basis is Basis.LOWER_BOUND:
        return _interval(before, now, count, basis), mark_of(now)
    shape = _integrated(before, now, seconds)
    if shape is None:
        long = seconds > now.register.longest_gap.total_seconds()
        kept = mark_of(now, before.least, before.most)
        return _interval(before, now, count, Basis.INTERPOLATED if long else basis), kept
    energy, least, most = _shaped(shape.energy, count, before, now.register.step)
    return _interval(before, now, energy, basis), mark_of(now, least, most)


def _shaped(shape: int, count: int, before: Mark, step: int) -> tuple[Joules, int, int]:
    """Return the integrated energy, held to what the register can hide, and the new bounds."""
    least = before.least + shape - count
    most = before.most + shape - count
    if least > step:
        return Joules(shape - (least - step)), step, step
    if most < 0:
        return Joules(shape - most), 0, 0
    return Joules(shape), max(least, 0), min(most, step)


def _integrated(before: Mark, now: Reading, seconds: float) -> Interval | None:
    """Return the mean of two powers over a gap that is short enough.

    A negative power is not consumption: it counts as none.
    """
    if before.power is None or now.power is None:
        return None
    if seconds > now.register.longest_gap.total_seconds():
        return None
    mean = Watts((max(before.power, 0.0) + max(now.power, 0.0)) / 2)
    return _interval(before, now, energy_of(mean, seconds), Basis.INTEGRATED)


def _interval(before: Mark, now: Reading, energy: Joules, basis: Basis) -> Interval:
    return Interval(meter=now.meter, start=before.at, end=now.at, energy=energy, basis=basis)
