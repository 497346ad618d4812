"""Energy between two readings of one meter.

The counter rules and the power shapes. A register that counts in steps of 0.1 kWh says nothing of
the minute in which it did not move; the mean of the powers does. So the energy of a short interval
is the integrated power for as long as it agrees with what the register has shown, to within one
step, and is put right by the register the moment it does not. Over any time the energy booked
differs from the counter's by less than one step, but for what a finding marks.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo

from agent.accounting.registers.counters import (
    Counted,
    counted,
    has_restarted,
    plausible,
    seconds_of_day,
)
from agent.accounting.registers.marks import Mark, Outcome, Pending, Suspect, mark_of
from agent.accounting.registers.shaping import advanced, window
from agent.accounting.registers.suspects import (
    PATIENCE,
    Verdict,
    glitches,
    held,
    mark_at,
    oddity_of,
    standing,
    verdict,
)
from agent.model import Basis, Finding, Interval, Oddity, Reading, Zeroed
from agent.units import Joules, Watts, energy_of

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
    shape = _integrated(before, now)
    if before.energy is None:
        return Outcome(mark_of(now), () if shape is None else (_power(before.at, now, shape),))
    if now.energy is None:
        return _without_count(before, now, shape)
    return _with_count(before, before.energy, now, now.energy, shape, zone=zone)


def _with_count(
    before: Mark, good: Joules, now: Reading, count: Joules, shape: int | None, *, zone: tzinfo
) -> Outcome:
    if before.pending is None:
        return _compared(before, good, now, count, shape, zone=zone)
    suspect = before.pending.suspect
    whole = _sum(before.pending.shape, shape)
    if suspect is None:
        return _compared(before, good, now, count, whole, zone=zone)
    return _decided(before, good, suspect, now, count, shape=whole, zone=zone)


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
    interval = _interval(now.at, now, count.energy, Basis.INTERPOLATED)
    findings = [_finding(before, now, count.oddity, count.energy)] if count.oddity else []
    mark = mark_of(now, before.least, before.most)._replace(withheld=before.withheld)
    return Outcome(mark, (interval,), findings)


def _another_meter(before: Mark, now: Reading) -> Outcome:
    """Return no interval: two meters, or two ways of reading one, are never mixed."""
    if before.energy is None or now.energy is None:
        return Outcome(mark_of(now))
    return Outcome(mark_of(now), (), (_finding(before, now, Oddity.REPLACED, None),))


def _without_count(before: Mark, now: Reading, shape: int | None) -> Outcome:
    """Integrate a power that came without a count; the next count puts it right.

    Where it cannot be, the next count tells of the whole time.
    """
    suspect = before.pending.suspect if before.pending else None
    findings = glitches(before, now.meter, suspect, true=False) if suspect else []
    whole = _sum(before.pending.shape, shape) if before.pending else shape
    if whole is None and shape is None:
        since = Pending(since=before.since, shape=None)
        return Outcome(_later(before, now, since), (), findings)
    start, energy = (before.at, shape or 0) if whole is None else (before.since, whole)
    mark = _later(before, now, None)._replace(
        least=before.least + energy, most=before.most + energy
    )
    return Outcome(mark, (_power(start, now, energy),), findings)


def _later(before: Mark, now: Reading, pending: Pending | None) -> Mark:
    return before._replace(at=now.at, power=now.power, uptime=now.uptime, pending=pending)


def _compared(
    before: Mark, good: Joules, now: Reading, count: Joules, shape: int | None, *, zone: tzinfo
) -> Outcome:
    """Return what two counts make, or hold the second one back if it cannot be."""
    if count >= good and now.register.zeroed is Zeroed.NEVER:
        # Most readings end here: nothing else need be known of the register.
        seconds = (now.at - before.since).total_seconds()
        if plausible(count - good, now.register, seconds) or plausible(
            count - good, now.register, window(before, now)
        ):
            return advanced(before, now, count - good, shape)
        return Outcome(held(before, now, count, shape))
    found = _counted(before, good, now, count, zone)
    if found is None or found.oddity is Oddity.RESET:
        return Outcome(held(before, now, count, shape))
    return _accepted(before, now, found, shape)


def _counted(
    before: Mark, good: Joules, now: Reading, count: Joules, zone: tzinfo
) -> Counted | None:
    """Return what the register did since its last good count, by all that is known."""
    register = now.register
    daily = register.zeroed is Zeroed.DAILY
    return counted(
        good,
        count,
        register,
        window(before, now),
        restarted=has_restarted(before.uptime, now.uptime, now.at - before.at),
        today=seconds_of_day(before.since, now.at, zone) if daily else None,
    )


def _accepted(before: Mark, now: Reading, found: Counted, shape: int | None) -> Outcome:
    if found.basis is Basis.LOWER_BOUND:
        energy, basis = _since_zero(before, now, found.energy, shape)
        interval = _interval(before.since, now, energy, basis)
        outcome = Outcome(mark_of(now), (interval,))
    else:
        outcome = advanced(before, now, found.energy, shape)
    if found.oddity is None:
        return outcome
    energy = outcome.intervals[0].energy if outcome.intervals else Joules(0)
    finding = _finding(before, now, found.oddity, energy)
    return outcome._replace(findings=(*outcome.findings, finding))


def _since_zero(
    before: Mark, now: Reading, count: Joules, shape: int | None
) -> tuple[Joules, Basis]:
    """Return what flowed while a register began again: at least its count, about the power.

    What has been booked ahead of a register is in the count already.
    """
    least = max(count - before.ahead(now.register.step), 0)
    if shape is not None and shape > least:
        return Joules(shape), Basis.INTEGRATED
    return Joules(least), Basis.LOWER_BOUND


def _decided(
    before: Mark,
    good: Joules,
    suspect: Suspect,
    now: Reading,
    count: Joules,
    *,
    shape: int | None,
    zone: tzinfo,
) -> Outcome:
    """Return what a count makes of the suspect before it."""
    from_good = _counted(before, good, now, count, zone)
    seconds = (now.at - suspect.at).total_seconds()
    from_suspect = counted(suspect.energy, count, now.register, seconds)
    limited = now.register.limit is not None
    said = verdict(good, suspect, count, from_good, from_suspect, limited=limited)
    if said is Verdict.TRUE:
        return _confirmed(before, good, suspect, now, zone)
    if said is Verdict.OPEN or from_good is None:
        return _undecided(before, good, suspect, now, count, shape=shape, zone=zone)
    outcome = _accepted(before, now, from_good, shape)
    left = () if said is Verdict.EARLY else glitches(before, now.meter, suspect, true=False)
    return outcome._replace(findings=(*left, *outcome.findings))


def _undecided(
    before: Mark,
    good: Joules,
    suspect: Suspect,
    now: Reading,
    count: Joules,
    *,
    shape: int | None,
    zone: tzinfo,
) -> Outcome:
    """Hold on, or take the meter's word for it after so many suspects in a row."""
    stands = count == suspect.energy
    if suspect.seen < PATIENCE and stands:
        again = replace(suspect, after=_sum(suspect.after, _integrated(before, now)))
        return Outcome(standing(before, now, shape, again))
    if suspect.seen < PATIENCE:
        return Outcome(held(before, now, count, shape))
    if stands:
        return _confirmed(before, good, suspect, now, zone)
    intervals = () if shape is None else (_power(before.since, now, shape),)
    energy = None if shape is None else Joules(shape)
    return Outcome(mark_of(now), intervals, (_finding(before, now, Oddity.REPLACED, energy),))


def _confirmed(before: Mark, good: Joules, suspect: Suspect, now: Reading, zone: tzinfo) -> Outcome:
    """Book up to the suspect, which was true, and go on from it."""
    then = replace(now, at=suspect.at, energy=suspect.energy)
    oddity = oddity_of(good, suspect, now.register, window(before, then))
    intervals = _up_to(before, then, suspect, oddity)
    energy = intervals[0].energy if intervals else None
    rest = interval_between(mark_at(before, suspect, now), now, zone)
    return rest._replace(
        intervals=(*intervals, *rest.intervals),
        findings=(
            *glitches(before, now.meter, suspect, true=True),
            _finding(before, then, oddity, energy),
            *rest.findings,
        ),
    )


def _up_to(before: Mark, then: Reading, suspect: Suspect, oddity: Oddity) -> tuple[Interval, ...]:
    """Return the interval that ends with a suspect; none where another register began with it and
    no powers are known.
    """
    if oddity is Oddity.RESET:
        energy, basis = _since_zero(before, then, suspect.energy, suspect.shape)
        return (_interval(before.since, then, energy, basis),)
    if suspect.shape is None:
        return ()
    return (_power(before.since, then, suspect.shape),)


def _integrated(before: Mark, now: Reading) -> int | None:
    """Return the mean of two powers over a gap that is short enough, in joules.

    A negative power is not consumption: it counts as none.
    """
    if before.power is None or now.power is None:
        return None
    if now.at - before.at > now.register.longest_gap:
        return None
    mean = Watts((max(before.power, 0.0) + max(now.power, 0.0)) / 2)
    return energy_of(mean, (now.at - before.at).total_seconds())


def _sum(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else one + other


def _power(start: datetime, now: Reading, energy: int) -> Interval:
    return _interval(start, now, energy, Basis.INTEGRATED)


def _interval(start: datetime, now: Reading, energy: int, basis: Basis) -> Interval:
    return Interval(meter=now.meter, start=start, end=now.at, energy=Joules(energy), basis=basis)


def _finding(before: Mark, now: Reading, oddity: Oddity, energy: Joules | None) -> Finding:
    return Finding(
        meter=now.meter,
        at=now.at,
        oddity=oddity,
        before=before.energy,
        now=now.energy,
        energy=energy,
    )
