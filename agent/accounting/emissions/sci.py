"""Software carbon intensity, SCI = ((E x I) + M) per R (ISO/IEC 21031:2024).

I is location-based, average or marginal; contracts, certificates and offsets enter nowhere. What is
not available makes the calculation fail: nothing is taken as zero.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import fsum

from agent.accounting.emissions.available import N, available, positive
from agent.units import Grams, GramsPerKwh, Joules, grams_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Sci:
    """The four numbers of a score, and the score."""

    energy: Joules
    """E, with the overhead of the data centre where that is in the boundary."""

    intensity: GramsPerKwh
    """I, location-based."""

    embodied: Grams
    """M."""

    functional_units: float
    """R: requests, users, jobs. Scores over the same R add up."""

    @property
    def operational(self) -> Grams:
        """O = E x I."""
        return grams_of(self.energy, self.intensity)

    @property
    def score(self) -> float:
        """Grams CO2e per functional unit."""
        return (self.operational + self.embodied) / self.functional_units


def sci_of(
    energy: Joules | None,
    intensity: GramsPerKwh | None,
    embodied: Grams | None,
    functional_units: float | None,
) -> Sci:
    """Return the score of a piece of software over some time.

    Raises ValueError if a part is not available or is below zero, and for functional units of zero
    or less: carbon per nothing is no score.
    """
    return Sci(
        energy=_none_below_zero("the energy (E)", energy),
        intensity=GramsPerKwh(available("the intensity (I)", intensity)),
        embodied=_none_below_zero("the embodied carbon (M)", embodied),
        functional_units=positive("the number of functional units (R)", functional_units),
    )


def added(components: Sequence[Sci]) -> float:
    """Return the score of software of several components, each over the same functional units.

    Raises ValueError for components of different units, and for none.
    """
    if len({one.functional_units for one in components}) != 1:
        raise ValueError("components add up over one and the same number of functional units (R)")
    return fsum(one.score for one in components)


def energy_with_overhead(it: Joules | None, pue: float | None) -> Joules:
    """Return E of software in a data centre: IT energy x PUE, to the nearest joule.

    Raises ValueError if either is not available, and for a PUE below 1 (ISO/IEC 30134-2).
    """
    ratio = available("the PUE", pue)
    if ratio < 1:
        raise ValueError(f"a PUE of {ratio:g} is below 1: is it the inverse?")
    return Joules(round(_none_below_zero("the IT energy", it) * ratio))


def embodied_of(
    total: Grams | None,
    reserved: timedelta | None,
    lifespan: timedelta | None,
    resources: float | None = 1.0,
    of_resources: float | None = 1.0,
) -> Grams:
    """Return M = TE x TS x RS: the share of a device's embodied grams that is the software's.

    TS is the time reserved of its expected life, RS the resources reserved of all it has. Raises
    ValueError if a part is not available, and for a share above 1.
    """
    time = _share("time", _seconds(reserved), _seconds(lifespan))
    share = _share("resources", resources, of_resources)
    return Grams(_none_below_zero("the total embodied carbon (TE)", total) * time * share)


def _seconds(span: timedelta | None) -> float | None:
    return None if span is None else span.total_seconds()


def _share(what: str, reserved: float | None, whole: float | None) -> float:
    part = _none_below_zero(f"the {what} reserved", reserved)
    full = positive(f"the total {what}", whole)
    if part > full:
        raise ValueError(f"more {what} is reserved ({part:g}) than there is ({full:g})")
    return part / full


def _none_below_zero(what: str, value: N | None) -> N:
    found = available(what, value)
    if found < 0:
        raise ValueError(f"{what} is {found:g} and cannot be below zero")
    return found
