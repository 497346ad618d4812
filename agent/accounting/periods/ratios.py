"""The indicators of ISO/IEC 30134 over a period: ratios of sums, never means of ratios.

An hour in which either side is not known leaves both sums, and the coverage says how many did. The
first functions are the formulas, on numbers in the units of their names.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import fsum


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """How many of the intervals of a time are in the sums: hours, where nothing else is said."""

    kept: int
    of: int

    @property
    def coverage(self) -> float:
        """Share of the intervals that are in the sums, 0 to 1."""
        return self.kept / self.of if self.of else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio(Kept):
    """A ratio of sums over the intervals in which both sides are known."""

    value: float | None
    """None where no interval has both, or where nothing flowed below the line."""


def ratio(numerators: Iterable[float | None], denominators: Iterable[float | None]) -> Ratio:
    """Return the ratio of the sums of two series, interval by interval of one and the same time.

    Raises ValueError if one is longer than the other.
    """
    pairs = list(zip(numerators, denominators, strict=True))
    kept = [(above, below) for above, below in pairs if above is not None and below is not None]
    total = fsum(below for _, below in kept)
    value = fsum(above for above, _ in kept) / total if total > 0 else None
    return Ratio(value=value, kept=len(kept), of=len(pairs))


def pue(facility_kwh: Sequence[float | None], it_kwh: Sequence[float | None]) -> Ratio:
    """Return PUE, E_DC / E_IT (ISO/IEC 30134-2): all energy across the boundary over IT's."""
    return ratio(facility_kwh, it_kwh)


def wue(water_litres: Sequence[float | None], it_kwh: Sequence[float | None]) -> Ratio:
    """Return WUE in L/kWh, which is m3/MWh too (ISO/IEC 30134-9)."""
    return ratio(water_litres, it_kwh)


def cue(emissions_kg: Sequence[float | None], it_kwh: Sequence[float | None]) -> Ratio:
    """Return CUE in kg CO2e per kWh of IT energy (ISO/IEC 30134-8)."""
    return ratio(emissions_kg, it_kwh)


def ref(renewable_kwh: Sequence[float | None], facility_kwh: Sequence[float | None]) -> Ratio:
    """Return REF, renewable energy / E_DC (ISO/IEC 30134-3). Raises ValueError outside 0 to 1."""
    return _share("REF", "renewable energy", ratio(renewable_kwh, facility_kwh))


def erf(reused_kwh: Sequence[float | None], facility_kwh: Sequence[float | None]) -> Ratio:
    """Return ERF, energy reused / E_DC (ISO/IEC 30134-6). Raises ValueError outside 0 to 1."""
    return _share("ERF", "energy reused", ratio(reused_kwh, facility_kwh))


def _share(name: str, what: str, found: Ratio) -> Ratio:
    if found.value is not None and not 0 <= found.value <= 1:
        raise ValueError(
            f"{name} is {found.value:.4g} and must be from 0 to 1: {what} and the energy across "
            "the boundary are not of one site or one time, or a meter stands in the wrong role"
        )
    return found
