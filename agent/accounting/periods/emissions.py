"""The emissions of a time, and on what intensities they stand."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from math import fsum

from agent.accounting.periods.booked import PeriodHours
from agent.accounting.periods.refusing import refusal
from agent.accounting.site import Site
from agent.model import HourIntensity, Kind, SiteHour
from agent.units import Grams, Joules


class Standing(StrEnum):
    """What an emission stands on."""

    FINAL = "final"
    ESTIMATED = "estimated"
    """What the grid's own provider calls an estimate; and of an hour that has final points for a
    part of it, the rest, for which their mean stands.
    """

    FALLBACK = "fallback"
    """What stands in for the grid's own intensity, as the settings allow."""

    UNCOVERED = "uncovered"
    """Nothing: there is no emission."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Emitted:
    """The energy of a time, the grams it stands for, and on what."""

    energy: float
    """In joules: what the intensity was applied to, or would have been."""

    grams: Grams | None
    standing: Standing
    points: float = 1.0
    """Share of the time that the intensity has points of, 0 to 1."""

    def share(self, standing: Standing) -> float:
        """Return how much of its energy stands on this, 0 to 1.

        The mean of final points is applied to all of an hour, where there are enough of them. It is
        final for the time that they are of, and for the rest an estimate: no grams are left out,
        and none pass for final that are not. What is an estimate or a stand-in anyhow is no less of
        one where it has points.
        """
        final = self.points if self.standing is Standing.FINAL else 0.0
        if standing is Standing.FINAL:
            return final
        if standing is Standing.ESTIMATED and self.standing is Standing.FINAL:
            return 1.0 - final
        return float(standing is self.standing)


@dataclass(frozen=True, slots=True, kw_only=True)
class EmissionTotal:
    """Grams by one kind of intensity, and the shares of the known energy that they stand on.

    The four shares add up to 1. What is missing of the energy itself is in `Totals.emitting`.
    """

    grams: Grams | None
    """Of the energy that has an intensity; None where none has, or where it is refused."""

    covered: Joules
    """The energy that has an intensity."""

    uncovered_energy: Joules
    """The energy that has none."""

    final: float
    estimated: float
    fallback: float
    uncovered: float
    refused: str | None = None

    @property
    def shares(self) -> dict[str, float]:
        """The four shares by the name of what they stand on."""
        return {standing: getattr(self, standing) for standing in Standing}

    @property
    def strict(self) -> Grams | None:
        """The grams of all of the energy; None where some of it has no intensity."""
        return self.grams if self.uncovered == 0 else None


def emission_total(parts: Iterable[Emitted]) -> EmissionTotal:
    """Return the sum of what is known, beside the energy of which nothing is.

    Where no energy flowed each part weighs the same; of no part at all nothing is covered.
    """
    found = list(parts)
    known = [one.grams for one in found if one.grams is not None]
    weights = [one.energy for one in found]
    if not fsum(weights):
        weights = [1.0] * len(found)
    shares = {standing: _share(found, weights, standing) for standing in Standing}
    covered = fsum(one.energy for one in found if one.standing is not Standing.UNCOVERED)
    rest = fsum(one.energy for one in found if one.standing is Standing.UNCOVERED)
    return EmissionTotal(
        grams=Grams(fsum(known)) if known else None,
        covered=Joules(round(covered)),
        uncovered_energy=Joules(round(rest)),
        final=shares[Standing.FINAL],
        estimated=shares[Standing.ESTIMATED],
        fallback=shares[Standing.FALLBACK],
        uncovered=shares[Standing.UNCOVERED],
    )


def _share(parts: Sequence[Emitted], weights: Sequence[float], standing: Standing) -> float:
    if not parts:
        return float(standing is Standing.UNCOVERED)
    held = fsum(w * one.share(standing) for w, one in zip(weights, parts, strict=True))
    return held / fsum(weights)


def site_emissions(site: Site, booked: PeriodHours, known: float) -> dict[Kind, EmissionTotal]:
    """Return a site's emissions over a period by kind; each kind is there.

    `known` is the share that is known of the energy they are of. Of an emission less is, where
    intensities are missing; where that is too little for the site, it is refused.
    """
    return {kind: _kind_total(site, booked, known, kind) for kind in Kind}


def _kind_total(site: Site, booked: PeriodHours, known: float, kind: Kind) -> EmissionTotal:
    total = emission_total(emitted(one, kind, booked.share(one)) for one in booked.hours)
    what = f"{kind} emissions of {booked.period.name}"
    refused = refusal(site, what, known * (1 - total.uncovered))
    return replace(total, grams=None, refused=refused) if refused else total


def emitted(hour: SiteHour, kind: Kind, elapsed: float = 1.0) -> Emitted:
    """Return what one hour adds to the emissions of a kind, of which this share has run."""
    grams, used = hour.emissions.get(kind), hour.intensities.get(kind)
    return Emitted(
        energy=emitting(hour),
        grams=grams,
        standing=Standing.UNCOVERED if grams is None else standing_of(used),
        points=min(used.coverage / elapsed, 1.0) if used and elapsed else 1.0,
    )


def standing_of(intensity: HourIntensity | None) -> Standing:
    """Return what an hour's emission stands on."""
    if intensity is None:
        return Standing.UNCOVERED
    if intensity.fallback is not None:
        return Standing.FALLBACK
    return Standing.ESTIMATED if intensity.estimated else Standing.FINAL


def emitting(hour: SiteHour) -> float:
    """Return the energy an hour's intensity is for: what came from the grid, else IT x PUE.

    Where neither is known no emission is either, and what is known of the energy weighs.
    """
    if hour.grid is not None:
        return hour.grid
    if hour.it is not None:
        return hour.it * (hour.pue.value if hour.pue else 1.0)
    return hour.facility or 0.0
