"""What a register did between two readings, by what is known of it beforehand.

Its step, span, limit and when it goes back to zero come from the device's profile, and whether the
device has restarted from the device. Nothing is guessed from a value.
"""

from dataclasses import dataclass
from datetime import timedelta

from agent.model import Basis, Oddity, Register, Zeroed
from agent.units import Joules

UPTIME_WRAP = timedelta(milliseconds=10 * 2**32)
"""Where sysUpTime begins again (RFC 3418: hundredths of a second in 32 bits), after 497 days."""

UPTIME_LAG = timedelta(seconds=2)
"""An uptime is read a moment before the reading's time, and some devices tell whole seconds."""

UPTIME_DRIFT = 0.001
"""No device's clock is off by more, as a share."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What a register did, and the energy that it tells of."""

    oddity: Oddity | None
    energy: Joules
    basis: Basis
    """Of a register that began again at zero a lower bound: what flowed before is not known."""


def counted(
    before: Joules,
    now: Joules,
    register: Register,
    seconds: float,
    *,
    restarted: bool | None = None,
    today: float | None = None,
) -> Counted | None:
    """Return the energy between two counts, and what the register did.

    A lower count is a rollover if the mean power that would follow is plausible for this device,
    else a reset, whose energy since zero is a lower bound; without a known span or limit there is
    no rollover, and none where the device says that it has restarted (`restarted`; None where it
    does not say). A daily register begins again with the day and never rolls over: `today` is how
    many seconds ago that was at most, None where it was not between the two. None: not even that is
    plausible.
    """
    oddity = _zeroed(before, now, register, today, restarted=restarted)
    if oddity is not None:
        since = seconds if today is None else min(seconds, today)
        found = _plausible(now, Basis.LOWER_BOUND, oddity, register, since)
        if found is not None or now < before:
            return found
    if now >= before:
        return _plausible(now - before, Basis.COUNTER, None, register, seconds)
    wrapped = None
    if register.zeroed is not Zeroed.DAILY:
        wrapped = rollover_hypothesis(before, now, register)
    limit = None if register.limit is None else register.limit * seconds
    # No step is allowed for here, as it is for a count that goes on: a reset must not pass.
    if wrapped is not None and limit is not None and wrapped <= limit:
        return Counted(oddity=Oddity.ROLLOVER, energy=wrapped, basis=Basis.COUNTER)
    lost = register.zeroed is Zeroed.RESTART and restarted is None
    oddity = Oddity.RESTART if lost else Oddity.RESET
    return _plausible(now, Basis.LOWER_BOUND, oddity, register, seconds)


def _zeroed(
    before: Joules,
    now: Joules,
    register: Register,
    today: float | None,
    *,
    restarted: bool | None,
) -> Oddity | None:
    """Return why the register has begun again at zero, where that is known."""
    if register.zeroed is Zeroed.DAILY and now < before and today is not None:
        return Oddity.DAY
    if restarted and (now < before or register.zeroed is Zeroed.RESTART):
        return Oddity.RESTART
    return None


def rollover_hypothesis(before: Joules, now: Joules, register: Register) -> Joules | None:
    """Return the energy between two counts if the register began again once at its span.

    None where nothing is known of a span.
    """
    return None if register.span is None else Joules((now - before) % register.span)


def _plausible(
    energy: int, basis: Basis, oddity: Oddity | None, register: Register, seconds: float
) -> Counted | None:
    if not plausible(energy, register, seconds):
        return None
    return Counted(oddity=oddity, energy=Joules(energy), basis=basis)


def plausible(energy: int, register: Register, seconds: float) -> bool:
    """Tell whether the device can draw so much in that time, and one step of count."""
    return register.limit is None or energy - register.step <= register.limit * seconds


def has_restarted(
    before: timedelta | None, now: timedelta | None, elapsed: timedelta
) -> bool | None:
    """Tell by its uptimes whether a device has restarted in the time between; None: it is not said.

    An uptime that is shorter than that time began within it, unless it has wrapped.
    """
    if now is None:
        return None
    if now >= elapsed:
        return False
    if before is None:
        return True
    off = (before + elapsed - now) % UPTIME_WRAP
    allowed = UPTIME_LAG + elapsed * UPTIME_DRIFT
    return min(off, UPTIME_WRAP - off) > allowed
