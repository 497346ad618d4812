"""Carbon budgets: what of one is used, how fast it burns, and how its period will end.

All of it is location-based. What is not known of a time is taken to be at the rate of the rest of
it, never as nothing; where too little is known nothing is said.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from agent.accounting.periods.calendar import Period
from agent.accounting.periods.late import Late
from agent.model import HOUR, BudgetNow, BudgetPeriod
from agent.units import Grams

WINDOWS: Mapping[BudgetPeriod, Mapping[str, timedelta]] = {
    BudgetPeriod.DAY: {"1h": HOUR, "6h": 6 * HOUR},
    BudgetPeriod.MONTH: {"1d": 24 * HOUR, "3d": 72 * HOUR},
}
"""A long window and a short one: the long one does not flap, the short one ends it soon."""

PACE: Mapping[BudgetPeriod, timedelta] = {
    BudgetPeriod.DAY: 24 * HOUR,
    BudgetPeriod.MONTH: 7 * 24 * HOUR,
}
"""The time whose rate is what is to come: a whole day, a whole week, with what swings in it."""

LEAST_KNOWN = 0.5
"""Share of a window that must be known."""


def budget_now(
    late: Late, budget: Grams, kind: BudgetPeriod, period: Period, *, now: datetime, refused: bool
) -> BudgetNow:
    """Return how the period of a budget goes; `refused` where too little of it is known to say what
    is used of it, and so how it will end. A budget that the known part alone exceeds is spent,
    whatever is missing: emissions only add up.
    """
    known = late.grams(period.start, period.end)
    spent = known is not None and known > budget
    return BudgetNow(
        budget=budget,
        used=None if refused and not spent else known,
        projected=None if refused else projected(late, period, PACE[kind], now=now),
        burns={
            name: ratio
            for name, window in WINDOWS[kind].items()
            if (ratio := burn(late, budget, period, window, now=now)) is not None
        },
    )


def burn(
    late: Late, budget: Grams, period: Period, window: timedelta, *, now: datetime
) -> float | None:
    """Return what is emitted in the last window by what the budget allows for so long.

    The window may begin before the period. None where less than half of it is known.
    """
    found = late.emitted(now - window, now)
    if found.seconds < LEAST_KNOWN * window.total_seconds():
        return None
    return found.rate * (period.end - period.start).total_seconds() / budget


def projected(late: Late, period: Period, pace: timedelta, *, now: datetime) -> Grams | None:
    """Return the emissions of a period at its end: what is known of it, and the rest of its time at
    the rate of the last `pace`. None where not even an hour of that is known.
    """
    so_far, of_late = late.emitted(period.start, now), late.emitted(now - pace, now)
    if of_late.seconds < HOUR.total_seconds():
        return None
    rest = (period.end - period.start).total_seconds() - so_far.seconds
    return Grams(so_far.grams + of_late.rate * max(rest, 0.0))
