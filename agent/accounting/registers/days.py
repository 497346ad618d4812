"""A register that counts a day: when it goes back to zero is known to within LAG.

    count    100    104    109      3            the fall tells: up to it the day before went on
    count    100    104    109    113            no fall: it went by in a gap, or the clock is wrong
    ──────────────────[─────|─────]──────────▶   a night: LAG on both sides of local midnight

So a count that is not lower is the day before's, going on, or already a new day's. What both have
in common is booked at once, the difference: nothing is ever counted twice. After a gap the rest is
held until the night has told which of the two it was. Then the count before the night is booked
too, for it has flowed once more; or the gap was counted wholly, and its time is no longer missing.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from typing import NamedTuple

from agent.accounting.registers.counters import Counted, counted, plausible
from agent.accounting.registers.marks import Day, Mark, Outcome
from agent.model import Basis, Finding, Interval, Oddity, Reading
from agent.units import Joules

LAG = timedelta(minutes=15)
"""A device goes to its new day this near to the site's midnight: one whose clock nobody sets drifts
by minutes a year, and the slowest registers are refreshed every 15 minutes. One that falls at
another time was reset.
"""


class Night(NamedTuple):
    """The time in which a register goes back to zero, once."""

    opens: datetime
    closes: datetime


def night_begun(at: datetime, zone: tzinfo) -> Night:
    """Return the last night that had begun by then."""
    local = (at + LAG).astimezone(zone)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0).astimezone(UTC)
    return Night(midnight - LAG, midnight + LAG)


def night_over(at: datetime, zone: tzinfo) -> Night:
    """Return the last night that was over by then."""
    return night_begun(at - 2 * LAG, zone)


def counted_by_day(
    before: Mark,
    good: Joules,
    now: Reading,
    count: Joules,
    seconds: float,
    *,
    restarted: bool | None,
    zone: tzinfo,
) -> Counted | None:
    """Return what a daily register did since its last good count, None if it cannot be.

    `seconds` are those in which what it shows may have flowed. An energy that may not be all is a
    lower bound, without an oddity as long as the night is not over.
    """
    begun, over = night_begun(now.at, zone), night_over(now.at, zone)
    last, first = _eve(before, good, begun), _eve(before, good, over)
    if count < good:
        night = begun if first is None else over
        today = None if last is None else (now.at - night.opens).total_seconds()
        return counted(good, count, now.register, seconds, restarted=restarted, today=today)
    if first is not None and _may_hide(before, now, count, over):
        # A register that was first read in the night may have been at zero before.
        oddity = Oddity.DAY if first or _day(before).at < over.opens else None
        energy = Joules(count - good + first)
        return Counted(oddity=oddity, energy=energy, basis=Basis.LOWER_BOUND)
    found = counted(good, count, now.register, seconds, restarted=restarted)
    if found is None or last is None or now.at >= begun.closes:
        return found
    return (
        replace(found, basis=Basis.LOWER_BOUND) if _may_hide(before, now, count, begun) else found
    )


def _day(before: Mark) -> Day:
    return before.day or Day(at=before.since)


def _eve(before: Mark, good: Joules, night: Night) -> Joules | None:
    """Return what the register had shown before a night, or less; None if it has no zero to come
    in that night after the last good count.
    """
    day = _day(before)
    if night.closes <= day.at:
        return None
    return good if day.at < night.opens else day.eve


def _may_hide(before: Mark, now: Reading, count: Joules, night: Night) -> bool:
    """Tell whether a register may have gone to zero unseen since its last good count.

    In a short time hardly anything counts as much again as on the day before, and what it would
    cost is no more than what flows in that time. A night that lies in between is always enough.
    """
    at = _day(before).at
    within = at < night.opens and now.at >= night.closes
    since = max(at, night.opens) if now.at < night.closes else night.opens
    return (within or now.at - at > now.register.longest_gap) and plausible(
        count, now.register, (now.at - since).total_seconds()
    )


def with_day(before: Mark, now: Reading, found: Counted, outcome: Outcome, zone: tzinfo) -> Outcome:
    """Return what a step of a daily register makes, with where it stands in its day.

    What was held is added, if the night is over by now.
    """
    good, count = before.energy or Joules(0), now.energy or Joules(0)
    day, over = _day(before), night_over(now.at, zone)
    mark = outcome.mark._replace(day=_next_day(before, good, now, found, zone))
    outcome = outcome._replace(mark=mark)
    if not day.gaps:
        return outcome
    if count < good and found.oddity is Oddity.DAY:
        same = night_begun(now.at, zone).opens <= day.at
        return outcome._replace(known=_known(before, now) if same else ())
    if found.oddity is None and over.closes > day.at and day.eve:
        return _with_eve(now, day, day.eve, outcome)
    return outcome


def _next_day(before: Mark, good: Joules, now: Reading, found: Counted, zone: tzinfo) -> Day:
    begun = night_begun(now.at, zone)
    if now.at >= begun.closes:
        return Day(at=now.at)
    eve, day = _eve(before, good, begun), _day(before)
    older = _eve(before, good, night_over(now.at, zone))
    if found.oddity is None:
        gaps = day.gaps if day.at >= begun.opens else ()
        doubted = found.basis is Basis.LOWER_BOUND and older is None
        return Day(at=now.at, eve=eve, gaps=(*gaps, (before.since, now.at)) if doubted else gaps)
    fell = found.oddity is Oddity.DAY and older is None
    return Day(at=now.at, eve=None if fell or eve is None else Joules(0))


def _known(before: Mark, now: Reading) -> tuple[Interval, ...]:
    """Return the gaps in which the day before went on after all: their energy is booked."""
    return tuple(
        Interval(meter=now.meter, start=start, end=end, energy=Joules(0), basis=Basis.INTERPOLATED)
        for start, end in _day(before).gaps
    )


def _with_eve(now: Reading, day: Day, eve: Joules, outcome: Outcome) -> Outcome:
    """Add what had been counted before a night in which the register went to zero unseen."""
    (start, _), (_, end) = day.gaps[0], day.gaps[-1]
    late = Interval(meter=now.meter, start=start, end=end, energy=eve, basis=Basis.LOWER_BOUND)
    said = Finding(
        meter=now.meter, at=now.at, oddity=Oddity.DAY, before=eve, now=now.energy, energy=eve
    )
    return outcome._replace(late=late, findings=(*outcome.findings, said))
