"""Carbon-free energy (CFE): the share of a load that carbon-free generation has met.

Three metrics that are never taken for one another, so each has its own type: hour by hour with the
grid's own carbon-free share, hour by hour with contracts alone, and volumes over the whole period.
Carbon-free includes nuclear.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from agent.accounting.emissions.market import AnnualMatching, HourlyMatching, known_sum, strict_sum
from agent.units import Joules


@dataclass(frozen=True, slots=True, kw_only=True)
class CfeHourly:
    """Matched within each hour, and the rest of the load by the grid's carbon-free share."""

    score: float | None
    """0 to 1; None where an hour is not known, and for a load of nothing."""

    covered: float | None
    """The score of the hours that are known, and of nothing else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CfeContracted:
    """Matched within each hour by contracts alone."""

    score: float | None
    covered: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CfeAnnual:
    """Matched by volume. It is never the hourly score, which it can only exceed."""

    score: float | None


def cfe_hourly(matching: HourlyMatching, grid_share: Sequence[float | None]) -> CfeHourly:
    """Return sum(matched + unmatched x grid share) / sum(load).

    Raises ValueError for a share that is not from 0 to 1, or not as many of them as hours.
    """
    if len(grid_share) != len(matching.load):
        raise ValueError(f"{len(matching.load)} hours have {len(grid_share)} carbon-free shares")
    free = [
        _free(matched, rest, share)
        for matched, rest, share in zip(
            matching.matched, matching.unmatched, grid_share, strict=True
        )
    ]
    return CfeHourly(score=_strict(free, matching.load), covered=_covered(free, matching.load))


def cfe_contracted(matching: HourlyMatching) -> CfeContracted:
    """Return sum(matched) / sum(load), the grid's own share left out."""
    free = matching.matched
    return CfeContracted(score=_strict(free, matching.load), covered=_covered(free, matching.load))


def cfe_annual(matching: AnnualMatching) -> CfeAnnual:
    """Return matched / load, by volume over the whole period."""
    if matching.matched is None or not matching.load:
        return CfeAnnual(score=None)
    return CfeAnnual(score=matching.matched / matching.load)


def _free(matched: Joules | None, rest: Joules | None, share: float | None) -> float | None:
    if share is not None and not 0 <= share <= 1:
        raise ValueError(
            f"a carbon-free share of {share:g} is not from 0 to 1: is it a percentage?"
        )
    if matched is None or rest is None:
        return None
    if rest == 0:
        return matched
    return None if share is None else matched + rest * share


def _strict(free: Sequence[float | None], load: Sequence[Joules | None]) -> float | None:
    whole = strict_sum(load)
    known = [one for one in free if one is not None]
    return sum(known) / whole if whole and len(known) == len(free) else None


def _covered(free: Sequence[float | None], load: Sequence[Joules | None]) -> float | None:
    pairs = [(one, used) for one, used in zip(free, load, strict=True) if one is not None]
    whole = known_sum([used for _, used in pairs])
    return min(sum(one for one, _ in pairs) / whole, 1.0) if whole else None
