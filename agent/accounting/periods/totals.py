"""The totals of a site over a period, and how far they can be relied on."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import fsum

from agent.accounting.periods.booked import PeriodHours
from agent.accounting.periods.calendar import Period
from agent.accounting.periods.emissions import EmissionTotal, site_emissions
from agent.accounting.periods.indicators import Indicator, period_indicators
from agent.accounting.periods.pue import PeriodPue, period_pue
from agent.accounting.periods.refusing import refusal
from agent.accounting.site import Site
from agent.model import Coverage, Kind, SiteHour, Stage
from agent.units import Joules, Millilitres


def energy_of(hour: SiteHour) -> Joules | None:
    """Return the facility's energy in an hour, else IT x PUE; None where neither is known."""
    if hour.facility is not None:
        return hour.facility
    if hour.it is None or hour.pue is None:
        return None
    return Joules(round(hour.it * hour.pue.value))


SUMS: Mapping[str, Callable[[SiteHour], int | None]] = {
    "energy": energy_of,
    "facility": lambda hour: hour.facility,
    "it": lambda hour: hour.it,
    "grid": lambda hour: hour.grid,
    "onsite": lambda hour: hour.onsite,
    "water": lambda hour: hour.water,
    "reused": lambda hour: hour.reused,
    "unattributed": lambda hour: hour.unattributed,
}
"""What is added up, of the hours in which it is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PueShares:
    """Shares of the energy by how the PUE of its hour is known; they add up to 1."""

    measured: float
    declared: float
    none: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """A site over a period. None is what is not known, or what is refused."""

    site: str
    period: Period
    until: datetime
    """What has come up to then is in it."""

    hours: int
    """Hours of the period that are over."""

    provisional: int
    """Booked hours that still run, or wait for the readings that complete them."""

    version: int
    """The highest version of its hours: above 1 some have been restated."""

    coverage: Coverage
    """Of the time there was; what is known of it is split by energy."""

    refused: str | None
    """Why there is no total: less of it is known than the site asks for."""

    energy: Joules | None
    """The facility's, of hours in which nothing measures it IT x PUE."""

    facility: Joules | None
    it: Joules | None
    """As far as its meters are known: where the boundary is metered the coverage is of that, and
    `pue.coverage` says in how many hours all of IT is known."""

    grid: Joules | None
    onsite: Joules | None
    water: Millilitres | None
    reused: Joules | None
    unattributed: Joules | None
    counted: Mapping[str, int]
    """In how many hours each of the sums above is known; the others are not in it."""

    losses: Mapping[Stage, Joules]
    broken: int
    """How often more flowed out of a node than into it, in node-hours."""

    emissions: Mapping[Kind, EmissionTotal]
    """Each kind is there."""

    pue: PeriodPue
    pue_shares: PueShares
    indicators: Mapping[str, Indicator]
    """WUE, CUE, REF and ERF by name."""


def totals_of(site: Site, period: Period, hours: Iterable[SiteHour], *, until: datetime) -> Totals:
    """Return the totals of a period from the newest versions of a site's hours, in any order.

    An hour that is over and not among them is missing. Where less is known than the site's least
    coverage, there are no sums: a total is refused and not shown smaller. Emissions and indicators
    are refused each by its own coverage.
    """
    booked = PeriodHours.of(period, hours, until=until)
    found = booked.hours
    coverage = coverage_over(booked)
    refused = refusal(site, period.name, coverage.known)
    sums = {name: None if refused else _sum(found, of) for name, of in SUMS.items()}
    water = sums["water"]
    return Totals(
        site=site.name,
        period=period,
        until=until,
        hours=booked.over,
        provisional=booked.provisional,
        version=max((one.version for one in found), default=0),
        coverage=coverage,
        refused=refused,
        energy=_joules(sums["energy"]),
        facility=_joules(sums["facility"]),
        it=_joules(sums["it"]),
        grid=_joules(sums["grid"]),
        onsite=_joules(sums["onsite"]),
        water=None if water is None else Millilitres(water),
        reused=_joules(sums["reused"]),
        unattributed=_joules(sums["unattributed"]),
        counted={name: sum(of(one) is not None for one in found) for name, of in SUMS.items()},
        losses={} if refused else _losses(found),
        broken=sum(len(one.broken) for one in found),
        emissions=site_emissions(site, period.name, found, coverage.known),
        pue=period_pue(site, booked),
        pue_shares=_pue_shares(found),
        indicators={one.name: one for one in period_indicators(site, booked)},
    )


def coverage_over(booked: PeriodHours) -> Coverage:
    """Return how much of a period is known.

    What is missing is taken to have flowed at the mean power of the rest, so the known share is of
    time. What is known of it is split into measured and interpolated by energy, or by time where
    none flowed.
    """
    length = booked.length
    if not length:
        return Coverage()
    some = [one for one in booked.hours if one.coverage.known > 0]
    known = min(fsum(one.coverage.known * booked.share(one) for one in some) / length, 1.0)
    weights = [float(_behind(one)) for one in some]
    if not fsum(weights):
        weights = [one.coverage.known * booked.share(one) for one in some]
    total = fsum(weights)
    if not total:
        return Coverage()
    split = fsum(
        weight * one.coverage.interpolated / one.coverage.known
        for weight, one in zip(weights, some, strict=True)
    )
    interpolated = min(known * split / total, known)
    return Coverage(measured=known - interpolated, interpolated=interpolated)


def _behind(hour: SiteHour) -> int:
    """Return the energy that an hour's coverage is of."""
    return hour.it or 0 if hour.facility is None else hour.facility


def _pue_shares(hours: Sequence[SiteHour]) -> PueShares:
    weights = [float(_behind(one)) for one in hours]
    if not fsum(weights):
        weights = [1.0] * len(hours)
    total = fsum(weights)
    if not total:
        return PueShares(measured=0.0, declared=0.0, none=1.0)
    pues = [one.pue for one in hours]
    by_pue = list(zip(weights, pues, strict=True))
    return PueShares(
        measured=fsum(w for w, pue in by_pue if pue is not None and pue.measured) / total,
        declared=fsum(w for w, pue in by_pue if pue is not None and not pue.measured) / total,
        none=fsum(w for w, pue in by_pue if pue is None) / total,
    )


def _sum(hours: Sequence[SiteHour], of: Callable[[SiteHour], int | None]) -> int | None:
    known = [value for hour in hours if (value := of(hour)) is not None]
    return sum(known) if known else None


def _joules(value: int | None) -> Joules | None:
    return None if value is None else Joules(value)


def _losses(hours: Sequence[SiteHour]) -> dict[Stage, Joules]:
    """Return what was lost in each stage, in the hours in which it is known."""
    stages = sorted({stage for hour in hours for stage in hour.losses})
    return {stage: Joules(sum(hour.losses.get(stage, 0) for hour in hours)) for stage in stages}
