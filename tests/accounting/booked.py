"""Hours of a site as they are booked, for the tests of totals."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import strategies as st

from agent.accounting.periods.calendar import period_of
from agent.accounting.site import Site
from agent.model import (
    HOUR,
    Coverage,
    Fallback,
    HourIntensity,
    Kind,
    Metered,
    Pue,
    SiteHour,
    Stage,
)
from agent.units import JOULES_PER_KWH, Grams, GramsPerKwh, Joules

SITE = Site(name="fra", grid="de", timezone="Europe/Berlin")
MARCH = period_of("2026-03", SITE.timezone)
TENTH = period_of("2026-03-10", SITE.timezone)
KNOWN = Coverage(measured=1.0)
MEASURED = Pue(value=1.4, measured=True, category=2, coverage=1.0)
DECLARED = Pue(value=1.5, measured=False, category=None, coverage=0.0)


def kwh(value: float) -> Joules:
    return Joules(round(value * JOULES_PER_KWH))


def applied(
    value: float = 300.0,
    *,
    kind: Kind = Kind.DIRECT,
    estimated: bool = False,
    fallback: Fallback | None = None,
    points: float = 1.0,
) -> HourIntensity:
    return HourIntensity(
        kind=kind,
        value=GramsPerKwh(value),
        source="em",
        version=datetime(2026, 3, 11, tzinfo=UTC),
        estimated=estimated,
        coverage=points,
        fallback=fallback,
    )


def hour(
    at: datetime,
    *,
    facility: float | None = 14.0,
    it: float | None = 10.0,
    pue: Pue | None = MEASURED,
    intensity: HourIntensity | None = None,
    coverage: Coverage = KNOWN,
    coverages: Mapping[Metered, Coverage] | None = None,
    version: int = 1,
) -> SiteHour:
    """A site's hour in kWh, all of whose energy comes from the grid; unless it is said how much,
    IT is known as the boundary is.
    """
    used = {} if intensity is None else {intensity.kind: intensity}
    energy = facility if facility is not None else (it or 0) * (pue.value if pue else 0)
    return SiteHour(
        site=SITE.name,
        hour=at,
        version=version,
        closed=version > 0,
        facility=None if facility is None else kwh(facility),
        it=None if it is None else kwh(it),
        pue=pue,
        intensities=used,
        emissions={kind: Grams(energy * one.value) for kind, one in used.items()},
        coverage=coverage,
        coverages={
            Metered.IT: coverage,
            **({} if facility is None else {Metered.GRID: coverage}),
            **(coverages or {}),
        },
        grid=None if facility is None else kwh(facility),
    )


def day(*, start: datetime = TENTH.start, count: int = 24) -> list[SiteHour]:
    """Whole hours at 14 kW and 300 g/kWh."""
    return [hour(start + n * HOUR, intensity=applied()) for n in range(count)]


SHARES = st.sampled_from([0.0, 0.1, 0.5, 0.9, 1.0]) | st.floats(0, 1)
ENERGIES = st.none() | st.integers(0, 5_000)
PUES = st.builds(
    Pue,
    value=st.floats(1, 3),
    measured=st.sampled_from([True]),
    category=st.integers(1, 3),
    coverage=SHARES,
)
INTENSITIES = st.builds(
    applied,
    st.floats(0, 900),
    estimated=st.booleans(),
    fallback=st.sampled_from([None, Fallback.ANNUAL]),
    points=SHARES,
)
COVERAGES = st.builds(
    lambda measured, rest: Coverage(measured=measured, interpolated=(1 - measured) * rest),
    SHARES,
    SHARES,
)
LOSSES = st.dictionaries(st.sampled_from(list(Stage)), st.integers(0, 10**9), max_size=2)
HOURS = st.builds(
    lambda number, losses, known, **others: replace(
        hour(MARCH.start + number * HOUR, **others), losses=losses, **known
    ),
    st.integers(0, MARCH.hours - 1),
    LOSSES,
    st.fixed_dictionaries(
        {}, optional={name: st.integers(0, 10**9) for name in ("water", "onsite", "reused")}
    ),
    facility=ENERGIES,
    it=ENERGIES,
    pue=st.sampled_from([None, DECLARED]) | PUES,
    intensity=st.none() | INTENSITIES,
    coverage=COVERAGES,
    coverages=st.dictionaries(st.sampled_from(list(Metered)), COVERAGES),
    version=st.integers(0, 3),
)
SOME_HOURS = st.lists(HOURS, unique_by=lambda one: one.hour, max_size=6)
"""Hours of March, in any order and each known in its own way."""
