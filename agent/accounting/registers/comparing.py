"""Two counts of one register, compared: what is booked by them, or whether the second is held."""

from dataclasses import replace
from datetime import datetime, tzinfo

from agent.accounting.registers.counters import (
    Counted,
    counted,
    has_restarted,
    plausible,
)
from agent.accounting.registers.days import counted_by_day, with_day
from agent.accounting.registers.marks import Mark, Outcome, mark_of
from agent.accounting.registers.shaping import advanced, window
from agent.accounting.registers.suspects import held
from agent.model import Basis, Finding, Interval, Oddity, Reading, Zeroed
from agent.units import Joules, Watts, energy_of


def compared(
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
    found = counted_since(before, good, now, count, zone)
    if found is None or found.oddity is Oddity.RESET:
        return Outcome(held(before, now, count, shape))
    return accepted(before, now, found, shape, zone=zone)


def counted_since(
    before: Mark, good: Joules, now: Reading, count: Joules, zone: tzinfo
) -> Counted | None:
    """Return what the register did since its last good count, by all that is known."""
    seconds = window(before, now)
    restarted = has_restarted(before.uptime, now.uptime, now.at - before.at)
    if now.register.zeroed is Zeroed.DAILY:
        return counted_by_day(before, good, now, count, seconds, restarted=restarted, zone=zone)
    return counted(good, count, now.register, seconds, restarted=restarted)


def accepted(
    before: Mark, now: Reading, found: Counted, shape: int | None, *, zone: tzinfo
) -> Outcome:
    """Return what a step of the register makes that can be."""
    outcome = _accepted(before, now, found, shape)
    if now.register.zeroed is Zeroed.DAILY:
        return with_day(before, now, found, outcome, zone)
    return outcome


def _accepted(before: Mark, now: Reading, found: Counted, shape: int | None) -> Outcome:
    if found.basis is Basis.LOWER_BOUND and found.oddity is None:
        outcome = advanced(before, now, found.energy, shape)
        least = tuple(replace(one, basis=Basis.LOWER_BOUND) for one in outcome.intervals)
        return outcome._replace(intervals=least)
    if found.basis is Basis.LOWER_BOUND:
        energy, basis = since_zero(before, now, found.energy, shape)
        booked = interval(before.since, now, energy, basis)
        outcome = Outcome(mark_of(now), (booked,))
    else:
        outcome = advanced(before, now, found.energy, shape)
    if found.oddity is None:
        return outcome
    energy = outcome.intervals[0].energy if outcome.intervals else Joules(0)
    said = finding(before, now, found.oddity, energy)
    return outcome._replace(findings=(*outcome.findings, said))


def since_zero(
    before: Mark, now: Reading, count: Joules, shape: int | None
) -> tuple[Joules, Basis]:
    """Return what flowed while a register began again: at least its count, about the power.

    What has been booked ahead of a register is in the count already.
    """
    least = max(count - before.ahead(now.register.step), 0)
    if shape is not None and shape > least:
        return Joules(shape), Basis.INTEGRATED
    return Joules(least), Basis.LOWER_BOUND


def integrated(before: Mark, now: Reading) -> int | None:
    """Return the mean of two powers over a gap that is short enough, in joules.

    A negative power is not consumption: it counts as none.
    """
    if before.power is None or now.power is None:
        return None
    if now.at - before.at > now.register.longest_gap:
        return None
    mean = Watts((max(before.power, 0.0) + max(now.power, 0.0)) / 2)
    return energy_of(mean, (now.at - before.at).total_seconds())


def both(one: int | None, other: int | None) -> int | None:
    """Return the sum of two energies; None if one of them is not known."""
    return None if one is None or other is None else one + other


def power_interval(start: datetime, now: Reading, energy: int) -> Interval:
    """Return the interval of an integrated power."""
    return interval(start, now, energy, Basis.INTEGRATED)


def interval(start: datetime, now: Reading, energy: int, basis: Basis) -> Interval:
    """Return the interval from a time to a reading."""
    return Interval(meter=now.meter, start=start, end=now.at, energy=Joules(energy), basis=basis)


def finding(before: Mark, now: Reading, oddity: Oddity, energy: Joules | None) -> Finding:
    """Return what is said of a reading, and of what was booked by it."""
    return Finding(
        meter=now.meter,
        at=now.at,
        oddity=oddity,
        before=before.energy,
        now=now.energy,
        energy=energy,
    )
