"""Counts that cannot be: a step back that nothing explains, a leap past what a device can draw.

Such a count is held and nothing is booked by it. The next one decides: it goes on from the last
good count, and the suspect was a glitch; or from the suspect, and the register was reset, or is
another one. So a single absurd value costs nothing, and a reset costs one reading's delay.
"""

from dataclasses import replace
from enum import StrEnum

from agent.accounting.registers.counters import Counted, plausible
from agent.accounting.registers.marks import Day, Mark, Pending, Suspect
from agent.model import Finding, MeterId, Oddity, Reading, Register
from agent.units import Joules

PATIENCE = 5
"""Suspects in a row, after which the last one is taken as the meter's word: its limit may be set
too low, or it has been reset while nothing flows.
"""


class Verdict(StrEnum):
    """What became of a suspect."""

    GLITCH = "glitch"
    """The register went on from the last good count."""

    EARLY = "early"
    """The same, and the suspect fits in between: a slow register showed much at once."""

    TRUE = "true"
    """It went on from the suspect."""

    OPEN = "open"


def held(before: Mark, now: Reading, energy: Joules, shape: int | None) -> Mark:
    """Return the mark that holds a count back; `shape` is the integrated power since the good one.

    Powers go on to be integrated, and what was held before is remembered.
    """
    old = before.pending.suspect if before.pending else None
    suspect = Suspect(
        at=now.at,
        energy=energy,
        shape=shape,
        seen=old.seen + 1 if old else 1,
        others=(*old.others, (old.at, old.energy)) if old else (),
    )
    return _waiting(before, now, shape, suspect)


def standing(before: Mark, now: Reading, shape: int | None, suspect: Suspect) -> Mark:
    """Return the mark after a suspect was read once more, which decides nothing."""
    return _waiting(before, now, shape, replace(suspect, seen=suspect.seen + 1))


def _waiting(before: Mark, now: Reading, shape: int | None, suspect: Suspect) -> Mark:
    return before._replace(
        at=now.at,
        power=now.power,
        uptime=now.uptime,
        pending=Pending(since=before.since, shape=shape, suspect=suspect),
    )


def verdict(
    good: Joules,
    suspect: Suspect,
    now: Joules,
    from_good: Counted | None,
    from_suspect: Counted | None,
    *,
    limited: bool,
) -> Verdict:
    """Return what a count says of the suspect before it, by what the two steps to it would be.

    Where both are possible the device's word wins, unless nothing is known of what it can draw
    (`limited`). A suspect that is only repeated has not gone on.
    """
    fits = from_good is not None and from_good.oddity is not Oddity.RESET
    went_on = (
        from_suspect is not None
        and from_suspect.oddity in (None, Oddity.ROLLOVER)
        and now != suspect.energy
    )
    if fits and good <= suspect.energy <= now:
        return Verdict.EARLY
    if went_on and not (fits and (suspect.energy > good or not limited)):
        return Verdict.TRUE
    return Verdict.GLITCH if fits else Verdict.OPEN


def oddity_of(good: Joules, suspect: Suspect, register: Register, seconds: float) -> Oddity:
    """Return what a suspect was that the register went on from: a reset, or another register."""
    reset = suspect.energy < good and plausible(suspect.energy, register, seconds)
    return Oddity.RESET if reset else Oddity.REPLACED


def mark_at(before: Mark, suspect: Suspect, now: Reading) -> Mark:
    """Return the mark of a suspect that was true, and of the readings that repeated it."""
    after = Pending(since=suspect.at, shape=suspect.after)
    return Mark(
        at=before.at,
        energy=suspect.energy,
        power=before.power,
        source=before.source,
        least=0,
        most=now.register.step,
        still=suspect.at,
        uptime=before.uptime,
        pending=after if suspect.at < before.at else None,
        day=None if before.day is None else Day(at=suspect.at),
    )


def glitches(before: Mark, meter: MeterId, suspect: Suspect, *, true: bool) -> list[Finding]:
    """Return what is to be said of the suspects that were left out: all but the last if it was
    true.
    """
    left = suspect.others if true else (*suspect.others, (suspect.at, suspect.energy))
    return [
        Finding(
            meter=meter,
            at=at,
            oddity=Oddity.GLITCH,
            before=before.energy,
            now=energy,
            energy=None,
        )
        for at, energy in left
    ]
