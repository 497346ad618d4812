"""Reductions against a baseline, for one and the same boundary (ISO 50001, ISO 50006).

A reduction keeps its sign: where more is used than before, it is below zero.
"""

from dataclasses import dataclass

from agent.accounting.emissions.available import available
from agent.units import Grams, GramsPerKwh, Joules, grams_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Reduction:
    """What was used before a measure and after it, over equally long periods."""

    baseline: Joules
    after: Joules

    @property
    def energy(self) -> Joules:
        """Baseline less what was used after it; below zero is an increase."""
        return Joules(self.baseline - self.after)

    @property
    def percent(self) -> float:
        """Of the baseline. Raises ValueError for a baseline of zero, of which there is no share."""
        if self.baseline == 0:
            raise ValueError("a baseline of zero has no percentages")
        return 100 * self.energy / self.baseline

    def emission(self, intensity: GramsPerKwh | None) -> Grams:
        """Return grams less than before, with one intensity for both periods.

        Raises ValueError if there is none.
        """
        return grams_of(self.energy, GramsPerKwh(available("the intensity", intensity)))


def reduction_of(baseline: Joules | None, after: Joules | None) -> Reduction:
    """Return the reduction from a baseline.

    Raises ValueError if one of the two is not available: half a comparison is none.
    """
    return Reduction(
        baseline=Joules(available("the energy of the baseline", baseline)),
        after=Joules(available("the energy after the measure", after)),
    )
