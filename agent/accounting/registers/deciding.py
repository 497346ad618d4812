"""What the next count makes of a suspect: it was a glitch, or true, or it stays open."""

from dataclasses import dataclass, replace
from datetime import tzinfo

from agent.accounting.registers.comparing import (
    accepted,
    both,
    compared,
    counted_since,
    finding,
    integrated,
    interval,
    power_interval,
    since_zero,
)
from agent.accounting.registers.counters import counted
from agent.accounting.registers.marks import Mark, Outcome, Suspect, mark_of
from agent.accounting.registers.shaping import window
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
from agent.model import Interval, Oddity, Reading
from agent.units import Joules


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """A suspect between the last good count and the one now."""

    before: Mark
    good: Joules
    suspect: Suspect
    now: Reading
    count: Joules
    shape: int | None
    """The integrated power in joules since the good one; None if it is not known."""

    zone: tzinfo


def decided(one: Doubt) -> Outcome:
    """Return what a count makes of the suspect before it."""
    before, suspect, now = one.before, one.suspect, one.now
    from_good = counted_since(before, one.good, now, one.count, one.zone)
    seconds = (now.at - suspect.at).total_seconds()
    from_suspect = counted(suspect.energy, one.count, now.register, seconds)
    limited = now.register.limit is not None
    said = verdict(one.good, suspect, one.count, from_good, from_suspect, limited=limited)
    if said is Verdict.TRUE:
        return _confirmed(one)
    if said is Verdict.OPEN or from_good is None:
        return _undecided(one)
    outcome = accepted(before, now, from_good, one.shape, zone=one.zone)
    left = () if said is Verdict.EARLY else glitches(before, now.meter, suspect, true=False)
    return outcome._replace(findings=(*left, *outcome.findings))


def _undecided(one: Doubt) -> Outcome:
    """Hold on, or take the meter's word for it after so many suspects in a row."""
    before, suspect, now = one.before, one.suspect, one.now
    stands = one.count == suspect.energy
    if suspect.seen < PATIENCE and stands:
        again = replace(suspect, after=both(suspect.after, integrated(before, now)))
        return Outcome(standing(before, now, one.shape, again))
    if suspect.seen < PATIENCE:
        return Outcome(held(before, now, one.count, one.shape))
    if stands:
        return _confirmed(one)
    intervals = () if one.shape is None else (power_interval(before.since, now, one.shape),)
    energy = None if one.shape is None else Joules(one.shape)
    return Outcome(mark_of(now), intervals, (finding(before, now, Oddity.REPLACED, energy),))


def _confirmed(one: Doubt) -> Outcome:
    """Book up to the suspect, which was true, and go on from it."""
    before, suspect, now = one.before, one.suspect, one.now
    then = replace(now, at=suspect.at, energy=suspect.energy)
    oddity = oddity_of(one.good, suspect, now.register, window(before, then))
    intervals = _up_to(before, then, suspect, oddity)
    energy = intervals[0].energy if intervals else None
    rest = _from_suspect(one)
    return rest._replace(
        intervals=(*intervals, *rest.intervals),
        findings=(
            *glitches(before, now.meter, suspect, true=True),
            finding(before, then, oddity, energy),
            *rest.findings,
        ),
    )


def _from_suspect(one: Doubt) -> Outcome:
    """Return what the count makes that follows a suspect which was true."""
    mark = mark_at(one.before, one.suspect, one.now)
    shape = integrated(mark, one.now)
    if mark.pending is not None:
        shape = both(mark.pending.shape, shape)
    return compared(mark, one.suspect.energy, one.now, one.count, shape, zone=one.zone)


def _up_to(before: Mark, then: Reading, suspect: Suspect, oddity: Oddity) -> tuple[Interval, ...]:
    """Return the interval that ends with a suspect; none where another register began with it and
    no powers are known.
    """
    if oddity is Oddity.RESET:
        energy, basis = since_zero(before, then, suspect.energy, suspect.shape)
        return (interval(before.since, then, energy, basis),)
    if suspect.shape is None:
        return ()
    return (power_interval(before.since, then, suspect.shape),)
