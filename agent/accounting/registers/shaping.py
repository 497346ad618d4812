"""A register that goes on counting: the power shapes its energy, the count keeps the sum.

What has been booked and what the register shows differ by what it hides, from nothing up to one
step. A register that stands still while power flows is stuck: the power is integrated then, until
it moves again. What it shows then decides whether it has caught up, and the sum is its own again,
or goes on from where it stood, and what was integrated stays.
"""

from datetime import timedelta

from agent.accounting.registers.marks import Mark, Outcome
from agent.model import Basis, Finding, Interval, Oddity, Reading
from agent.units import Joules

STILL = timedelta(minutes=30)
"""A register that is refreshed stands still for less: twice the 15 minutes of the slowest ones."""

STILL_STEPS = 5
"""What must have flowed while a register stands still for it to be stuck. A register hides one
step at each end of that time, and a power meter at low load may say several times too much.
"""

UNSTEADY = 3
"""Powers that differ by more than this factor do not make a register stuck."""


def window(before: Mark, now: Reading) -> float:
    """Return the seconds in which what a register shows now may have flowed.

    A register that is refreshed every quarter of an hour shows all of it at once; and what has been
    booked beyond it, it may still show.
    """
    register = now.register
    seconds = (now.at - before.since).total_seconds()
    if before.still < before.since:
        seconds = max(seconds, min(now.at - before.still, STILL).total_seconds())
    if register.limit:
        seconds += before.ahead(register.step) / register.limit
    return seconds


def advanced(before: Mark, now: Reading, count: int, shape: int | None) -> Outcome:
    """Return the interval of a register that has counted `count` joules since the last good one.

    `shape` is the integrated power, None where it is not known. An energy is never below zero: what
    was booked too much is kept back from the next intervals.
    """
    if before.stuck:
        return _moving(before, now, count, shape) if count else _standing(before, now, shape)
    step = now.register.step
    flowed = count if shape is None else shape
    energy, least, most = _within(flowed, count, before.least, before.most, step)
    withheld = 0 if count else before.withheld
    if not count and _steady(before, now):
        withheld += flowed - energy
    if withheld > STILL_STEPS * step and now.at - before.still >= STILL and shape is not None:
        return _stuck(before, now, shape)
    mark = _mark(before, now, least, most, withheld=withheld)
    return Outcome(mark, (_interval(before, now, energy, _basis(before, now, shape)),))


def _steady(before: Mark, now: Reading) -> bool:
    """Tell whether two powers say how much has flowed between them: a load that was switched off,
    or on for a moment, shows a mean that never flowed.
    """
    if before.power is None or now.power is None:
        return False
    return max(before.power, now.power) <= UNSTEADY * min(before.power, now.power)


def _within(flowed: int, count: int, least: int, most: int, step: int) -> tuple[int, int, int]:
    """Return what flowed, held to what the register can hide, and the new bounds."""
    least += flowed - count
    most += flowed - count
    if least > step:
        energy = max(flowed - (least - step), 0)
        least -= flowed - energy
        return energy, least, max(least, min(most, step))
    if most < 0:
        return flowed - most, 0, 0
    return flowed, max(least, 0), min(most, step)


def _basis(before: Mark, now: Reading, shape: int | None) -> Basis:
    if shape is None and now.at - before.since > now.register.longest_gap:
        return Basis.INTERPOLATED
    return Basis.COUNTER


def _stuck(before: Mark, now: Reading, shape: int) -> Outcome:
    """Book what flowed now, and what was withheld over the time that the register stood still."""
    late = before.withheld
    energy = Joules(late + shape)
    found = Finding(
        meter=now.meter,
        at=now.at,
        oddity=Oddity.STUCK,
        before=before.energy,
        now=now.energy,
        energy=energy,
    )
    mark = _mark(before, now, before.least + energy, before.most + energy, stuck=True)
    interval = _interval(before, now, shape, Basis.INTEGRATED)
    stood = Interval(
        meter=now.meter,
        start=before.still,
        end=before.since,
        energy=Joules(late),
        basis=Basis.INTEGRATED,
    )
    return Outcome(mark, (interval,), (found,), stood)


def _standing(before: Mark, now: Reading, shape: int | None) -> Outcome:
    """Integrate the power; where it is not known, neither is the energy."""
    flowed = shape or 0
    mark = _mark(before, now, before.least + flowed, before.most + flowed, stuck=True)
    if shape is None:
        return Outcome(mark)
    return Outcome(mark, (_interval(before, now, shape, Basis.INTEGRATED),))


def _moving(before: Mark, now: Reading, count: int, shape: int | None) -> Outcome:
    """Tell whether a register that was stuck has caught up, by whether it has moved by more than
    flowed just now.
    """
    step = now.register.step
    flowed = count if shape is None else shape
    caught_up = count > 2 * (shape or 0) + step
    least, most = (before.least, before.most) if caught_up else (0, int(step))
    energy, least, most = _within(flowed, count, least, most, step)
    mark = _mark(before, now, least, most)
    return Outcome(mark, (_interval(before, now, energy, _basis(before, now, shape)),))


def _mark(
    before: Mark, now: Reading, least: int, most: int, *, withheld: int = 0, stuck: bool = False
) -> Mark:
    return Mark(
        at=now.at,
        energy=now.energy,
        power=now.power,
        source=now.source,
        least=least,
        most=most,
        still=before.still if now.energy == before.energy else now.at,
        uptime=now.uptime,
        withheld=withheld,
        stuck=stuck,
    )


def _interval(before: Mark, now: Reading, energy: int, basis: Basis) -> Interval:
    return Interval(
        meter=now.meter, start=before.since, end=now.at, energy=Joules(energy), basis=basis
    )
