"""The totals of a site over a period, and how far they can be relied on."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from math import fsum
from typing import Self

from agent.accounting.periods.booked import PeriodHours
from agent.accounting.periods.calendar import Period
from agent.accounting.periods.coverage import (
    METERED,
    behind,
    coverage_in,
    coverage_over,
    emitting_coverage,
    energy_of,
    is_metered,
    weighed_by,
)
from agent.accounting.periods.emissions import EmissionTotal, emitting, site_emissions
from agent.accounting.periods.indicators import Indicator, period_indicators
from agent.accounting.periods.pue import PeriodPue, period_pue
from agent.accounting.periods.refusing import refusal
from agent.accounting.site import Site
from agent.model import Coverage, Kind, Metered, SiteHour, Stage
from agent.units import Joules, Millilitres

SUMS: Mapping[str, Callable[[SiteHour], int | None]] = {
    "energy": energy_of,
    **METERED,
}
"""What is added up, of the hours in which it is known."""

WORDS: Mapping[Metered, str] = {
    Metered.FACILITY: "energy across the boundary",
    Metered.IT: "IT energy",
    Metered.GRID: "energy from the grid",
    Metered.ONSITE: "energy generated on site",
    Metered.WATER: "water",
    Metered.REUSED: "heat used outside",
    Metered.UNATTRIBUTED: "unattributed energy",
}
"""What people call the sums that have a coverage of their own."""


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
    """Of the time there was, what is known of `energy`, or of IT where nothing measures that and
    nothing is declared; split by energy into measured and interpolated.
    """

    coverages: Mapping[Metered, Coverage]
    """The same of each sum that the site has meters for, by those alone. An hour without the sum is
    missing.
    """

    emitting: Coverage
    """The same of the energy that emissions are of: what came from the grid, else IT x PUE."""

    refused: str | None
    """Why there is no total of `energy`: less of it is known than the site asks for."""

    refusals: Mapping[Metered, str]
    """Why there is none of each other sum, where one is refused."""

    energy: Joules | None
    """The facility's, of hours in which it is not known IT x PUE."""

    facility: Joules | None
    it: Joules | None
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """How much of a period's sums is known, and which of them are refused for it and why."""

    coverage: Coverage
    coverages: Mapping[Metered, Coverage]
    emitting: Coverage
    refused: str | None
    refusals: Mapping[Metered, str]

    @classmethod
    def of(cls, site: Site, booked: PeriodHours) -> Self:
        coverage, coverages = coverage_over(booked), _coverages(booked)
        return cls(
            coverage=coverage,
            coverages=coverages,
            emitting=coverage_over(booked, emitting_coverage, emitting),
            refused=refusal(site, booked.period.name, coverage.known),
            refusals=_refusals(site, booked.period, coverages),
        )

    def sums(self, hours: Sequence[SiteHour]) -> dict[str, int | None]:
        """Return the sums by name; None of those that are refused, or in no hour."""
        return {
            name: None if self._is_refused(name) else _sum(hours, of) for name, of in SUMS.items()
        }

    def _is_refused(self, name: str) -> bool:
        return name in self.refusals if name in METERED else self.refused is not None


def totals_of(site: Site, period: Period, hours: Iterable[SiteHour], *, until: datetime) -> Totals:
    """Return the totals of a period from the newest versions of a site's hours, in any order.

    An hour that is over and not among them is missing. Where less is known of a sum than the site's
    least coverage, it is refused and not shown smaller: the energy and the losses by `coverage`,
    each other one by its own, and so are emissions and indicators.
    """
    booked = PeriodHours.of(period, hours, until=until)
    found, known = booked.hours, _Known.of(site, booked)
    sums = known.sums(found)
    water = sums["water"]
    return Totals(
        site=site.name,
        period=period,
        until=until,
        hours=booked.over,
        provisional=booked.provisional,
        version=max((one.version for one in found), default=0),
        coverage=known.coverage,
        coverages=known.coverages,
        emitting=known.emitting,
        refused=known.refused,
        refusals=known.refusals,
        energy=_joules(sums["energy"]),
        facility=_joules(sums["facility"]),
        it=_joules(sums["it"]),
        grid=_joules(sums["grid"]),
        onsite=_joules(sums["onsite"]),
        water=None if water is None else Millilitres(water),
        reused=_joules(sums["reused"]),
        unattributed=_joules(sums["unattributed"]),
        counted={name: sum(of(one) is not None for one in found) for name, of in SUMS.items()},
        losses={} if known.refused else _losses(found),
        broken=sum(len(one.broken) for one in found),
        emissions=site_emissions(site, booked, known.emitting.known),
        pue=period_pue(site, booked),
        pue_shares=_pue_shares(found),
        indicators={one.name: one for one in period_indicators(site, booked)},
    )


def _coverages(booked: PeriodHours) -> dict[Metered, Coverage]:
    """Return the coverage of each sum that some hour of the period has meters for."""
    return {
        name: coverage_over(booked, partial(coverage_in, name=name), weighed_by(name))
        for name in Metered
        if any(is_metered(one, name) for one in booked.hours)
    }


def _refusals(
    site: Site, period: Period, coverages: Mapping[Metered, Coverage]
) -> dict[Metered, str]:
    found = {
        name: refusal(site, f"{WORDS[name]} of {period.name}", one.known)
        for name, one in coverages.items()
    }
    return {name: why for name, why in found.items() if why}


def _pue_shares(hours: Sequence[SiteHour]) -> PueShares:
    weights = [float(behind(one) or 0) for one in hours]
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
