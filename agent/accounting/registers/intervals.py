"""Energy between two readings of one meter.

The counter rules and the power shapes. A register that counts in steps of 0.1 kWh says nothing of
the minute in which it did not move; the mean of the powers does. So the energy of a short interval
is the integrated power for as long as it agrees with what the register has shown, to within one
step, and is put right by the register the moment it does not. Over any time the energy booked
differs from the counter's by less than one step, but for what a finding marks.
"""

from datetime import UTC, timedelta, tzinfo

from agent.accounting.registers.comparing import (
    both,
    compared,
    finding,
    integrated,
    interval,
    power_interval,
)
from agent.accounting.registers.counters import counted
from agent.accounting.registers.deciding import Doubt, decided
from agent.accounting.registers.marks import Mark, Outcome, Pending, mark_of
from agent.accounting.registers.suspects import glitches
from agent.model import Basis, Oddity, Reading
from agent.units import Joules

LONGEST_COUNT = timedelta(days=100)
"""A count over a longer time has no interval: a clock that was wrong by years would spread it."""

AHEAD = timedelta(minutes=5)
"""A mark this far in the future was made by a clock that has been put back since."""


def interval_between(before: Mark, now: Reading, zone: tzinfo = UTC) -> Outcome:
    """Return the energy used between two readings of one meter, and the mark for the next.

    There is no interval where it cannot be known: the clock stood still or went back, the meter was
    read in another way or is another one, or the gap is longer than power may be integrated over,
    or than LONGEST_COUNT; and none yet while a count is held because it cannot be. A reading that
    is not newer leaves the mark as it was. `zone` is the time in which a daily register has its
    days.
    """
    if now.at <= before.at:
        return Outcome(before)
    if now.source != before.source:
        return _another_meter(before, now)
    if now.at - before.since > LONGEST_COUNT:
        return Outcome(mark_of(now))
    shape = integrated(before, now)
    if before.energy is None:
        return Outcome(
            mark_of(now), () if shape is None else (power_interval(before.at, now, shape),)
        )
    if now.energy is None:
        return _without_count(before, now, shape)
    return _with_count(before, before.energy, now, now.energy, shape, zone=zone)


def _with_count(
    before: Mark, good: Joules, now: Reading, count: Joules, shape: int | None, *, zone: tzinfo
) -> Outcome:
    if before.pending is None:
        return compared(before, good, now, count, shape, zone=zone)
    suspect = before.pending.suspect
    whole = both(before.pending.shape, shape)
    if suspect is None:
        return compared(before, good, now, count, whole, zone=zone)
    doubt = Doubt(
        before=before, good=good, suspect=suspect, now=now, count=count, shape=whole, zone=zone
    )
    return decided(doubt)


def put_back(before: Mark) -> Mark:
    """Return a mark whose clock was put back by less than AHEAD.

    Until it has come again to where it was, time passes that no reading tells of: what the register
    shows then may have flowed in it.
    """
    return before._replace(still=min(before.still, before.at - AHEAD))


def interval_after_step_back(before: Mark, now: Reading) -> Outcome:
    """Return what was counted since a reading whose time is yet to come, and the mark for the next.

    The clock was wrong then, so how long ago it was is not known: the energy stands at this moment
    and covers no time.
    """
    if now.source != before.source or before.energy is None or now.energy is None:
        return Outcome(mark_of(now))
    seconds = now.register.longest_gap.total_seconds()
    count = counted(before.energy, now.energy, now.register, seconds)
    if count is None:
        return Outcome(mark_of(now))
    booked = interval(now.at, now, count.energy, Basis.INTERPOLATED)
    findings = [finding(before, now, count.oddity, count.energy)] if count.oddity else []
    mark = mark_of(now, before.least, before.most)._replace(withheld=before.withheld)
    return Outcome(mark, (booked,), findings)


def _another_meter(before: Mark, now: Reading) -> Outcome:
    """Return no interval: two meters, or two ways of reading one, are never mixed."""
    if before.energy is None or now.energy is None:
        return Outcome(mark_of(now))
    return Outcome(mark_of(now), (), (finding(before, now, Oddity.REPLACED, None),))


def _without_count(before: Mark, now: Reading, shape: int | None) -> Outcome:
    """Integrate a power that came without a count; the next count puts it right.

    Where it cannot be, the next count tells of the whole time.
    """
    suspect = before.pending.suspect if before.pending else None
    findings = glitches(before, now.meter, suspect, true=False) if suspect else []
    whole = both(before.pending.shape, shape) if before.pending else shape
    if whole is None and shape is None:
        since = Pending(since=before.since, shape=None)
        return Outcome(_later(before, now, since), (), findings)
    start, energy = (before.at, shape or 0) if whole is None else (before.since, whole)
    mark = _later(before, now, None)._replace(
        least=before.least + energy, most=before.most + energy
    )
    return Outcome(mark, (power_interval(start, now, energy),), findings)


def _later(before: Mark, now: Reading, pending: Pending | None) -> Mark:
    return before._replace(at=now.at, power=now.power, uptime=now.uptime, pending=pending)
