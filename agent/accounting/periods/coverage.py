"""How much of a period's sums is known: measured, interpolated, and missing."""

from collections.abc import Callable, Mapping
from math import fsum

from agent.accounting.periods.booked import PeriodHours
from agent.model import Coverage, Metered, SiteHour
from agent.units import Joules

METERED: Mapping[str, Callable[[SiteHour], int | None]] = {
    Metered.FACILITY: lambda hour: hour.facility,
    Metered.IT: lambda hour: hour.it,
    Metered.GRID: lambda hour: hour.grid,
    Metered.ONSITE: lambda hour: hour.onsite,
    Metered.WATER: lambda hour: hour.water,
    Metered.REUSED: lambda hour: hour.reused,
    Metered.UNATTRIBUTED: lambda hour: hour.unattributed,
}
"""The sums of an hour that have a coverage of their own, each by its name."""


def energy_of(hour: SiteHour) -> Joules | None:
    """Return the facility's energy in an hour, else IT x PUE; None where neither is known."""
    if hour.facility is not None:
        return hour.facility
    if hour.it is None or hour.pue is None:
        return None
    return Joules(round(hour.it * hour.pue.value))


def is_metered(hour: SiteHour, name: Metered) -> bool:
    """Tell whether a site had the meters that a sum is made from in an hour."""
    return name in hour.coverages or METERED[name](hour) is not None


def coverage_in(hour: SiteHour, name: Metered) -> Coverage:
    """Return how much of one of an hour's sums is known; nothing where the sum itself is missing.

    Hours from before the ledger kept this for each sum have no entry of it. What came from the grid
    and was generated on site is known there as the boundary is, which is their sum. Water and
    reused heat were booked where each meter was known, by what and for how long is not: they count
    as interpolated, and so does IT in its entry. Of IT nothing is known but what that says, and of
    what is unattributed nothing at all: it may hold the energy of meters that were silent.
    """
    if METERED[name](hour) is None:
        return Coverage()
    found = hour.coverages.get(name)
    if found is not None:
        return found
    if name in (Metered.FACILITY, Metered.GRID, Metered.ONSITE):
        return hour.coverage
    return Coverage(interpolated=1.0 if name in (Metered.WATER, Metered.REUSED) else 0.0)


def emitting_coverage(hour: SiteHour) -> Coverage:
    """Return how much is known of the energy that an hour's emissions are of: what came from the
    grid, else IT.
    """
    if hour.grid is not None:
        return coverage_in(hour, Metered.GRID)
    return hour.coverages.get(Metered.IT, hour.coverage)


def behind(hour: SiteHour) -> int | None:
    """Return the energy that `SiteHour.coverage` is of: the facility's, else IT's."""
    return hour.it if hour.facility is None else hour.facility


def weighed_by(name: Metered) -> Callable[[SiteHour], int | None]:
    """Return the energy that hours weigh by in the coverage of a sum: its own. What is
    unattributed may be below zero: there it is the facility's, which that is left over of.
    """
    return METERED[Metered.FACILITY if name is Metered.UNATTRIBUTED else name]


def coverage_over(
    booked: PeriodHours,
    of: Callable[[SiteHour], Coverage] = lambda hour: hour.coverage,
    weight: Callable[[SiteHour], float | None] = behind,
) -> Coverage:
    """Return how much of a period is known of a sum: of each hour `of` says it, `weight` the sum.

    What is missing is taken to have flowed at the mean power of the rest, so the known share is of
    time. What is known of it is split into measured and interpolated by energy, or by time where
    none flowed. An hour that is over and not booked is missing.
    """
    length = booked.length
    if not length:
        return Coverage()
    some = [(one, of(one)) for one in booked.hours if of(one).known > 0]
    times = [found.known * booked.share(one) for one, found in some]
    known = min(fsum(times) / length, 1.0)
    weights = [float(weight(one) or 0) for one, _ in some]
    if not fsum(weights):
        weights = times
    total = fsum(weights)
    if not total:
        return Coverage()
    split = fsum(
        each * found.interpolated / found.known
        for each, (_, found) in zip(weights, some, strict=True)
    )
    interpolated = min(known * split / total, known)
    return Coverage(measured=known - interpolated, interpolated=interpolated)
