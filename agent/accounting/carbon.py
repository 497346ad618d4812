"""From energy to grams: grams = kWh x PUE x g/kWh, hour by hour.

Location-based figures use average direct factors (GHG Protocol Scope 2 Guidance, 2015); life cycle
and marginal ones are computed beside them and never added to them. No intensity, no emission.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from agent.model import (
    HOUR,
    HourEnergy,
    HourIntensity,
    Intensity,
    Kind,
    Pue,
    Role,
    SiteHour,
)
from agent.units import Grams, GramsPerKwh, Joules, grams_of

LEAST_SHARE = 0.5
"""Share of a closed hour that finer points must cover for their mean to stand for the hour."""

IT_SIDE = frozenset({Role.RACK, Role.OUTLET, Role.DEVICE})
"""Meters whose energy does not hold the facility's overhead yet: PUE applies to them."""


def emission_of(energy: HourEnergy, hour: SiteHour, kind: Kind) -> Grams | None:
    """Return the grams of one meter in one hour, overhead included; None if a factor is missing.

    IT-side meters carry their share of the overhead through PUE; a meter nearer to the grid (UPS,
    utility, cooling) is multiplied by the intensity alone.
    """
    intensity = hour.intensities.get(kind)
    if intensity is None:
        return None
    if energy.meter.role not in IT_SIDE:
        return grams_of(energy.energy, intensity.value)
    if hour.pue is None:
        return None
    return Grams(grams_of(energy.energy, intensity.value) * hour.pue.value)


def emissions_of(
    grid: Joules | None,
    it: Joules | None,
    pue: Pue | None,
    intensities: Mapping[Kind, HourIntensity],
) -> dict[Kind, Grams]:
    """Return a site's grams by kind: of what came from the grid, else of IT energy x PUE.

    A kind without an intensity is absent, and so are all where the energy is not known.
    """
    if grid is not None:
        energy, overhead = grid, 1.0
    elif it is not None and pue is not None:
        energy, overhead = it, pue.value
    else:
        return {}
    return {
        kind: Grams(grams_of(energy, intensity.value) * overhead)
        for kind, intensity in intensities.items()
    }


def hour_intensity(
    rows: Sequence[Intensity], hour: datetime, *, until: datetime
) -> HourIntensity | None:
    """Return the intensity of an hour from the current rows of one kind that touch it.

    An hourly value stands for its hour. Finer points are averaged over the seconds they cover; of
    an hour that is over they must cover LEAST_SHARE, else the hour is missing. Of several
    granularities and sources the one that covers most is taken, then the finer one, then the newer
    one: two of them are never mixed. `until` is the time now.
    """
    series: dict[tuple[timedelta, str], list[Intensity]] = {}
    for row in rows:
        series.setdefault((row.period, row.source), []).append(row)
    best: tuple[float, timedelta, datetime] | None = None
    applied: HourIntensity | None = None
    for (period, _), found in series.items():
        mean = _mean(found, hour)
        rank = mean and (mean.coverage, -period, mean.version)
        if rank and (best is None or rank > best):
            best, applied = rank, mean
    if applied is None or (until >= hour + HOUR and applied.coverage < LEAST_SHARE):
        return None
    return applied


def _mean(rows: Sequence[Intensity], hour: datetime) -> HourIntensity | None:
    weights = [(_overlap(row, hour), row) for row in rows]
    weights = [(seconds, row) for seconds, row in weights if seconds > 0]
    total = sum(seconds for seconds, _ in weights)
    if not total:
        return None
    newest = max((row for _, row in weights), key=lambda row: row.version)
    return HourIntensity(
        kind=newest.kind,
        value=GramsPerKwh(sum(seconds * row.value for seconds, row in weights) / total),
        source=newest.source,
        version=newest.version,
        estimated=any(row.estimated for _, row in weights),
        coverage=min(total / HOUR.total_seconds(), 1.0),
    )


def _overlap(row: Intensity, hour: datetime) -> float:
    start, end = max(row.start, hour), min(row.start + row.period, hour + HOUR)
    return max((end - start) / timedelta(seconds=1), 0.0)


def current(rows: Iterable[Intensity]) -> list[Intensity]:
    """Return the newest version of each value, whatever the order of arrival."""
    newest: dict[tuple[str, datetime, timedelta], Intensity] = {}
    for row in rows:
        key = (row.source, row.start, row.period)
        if key not in newest or row.version >= newest[key].version:
            newest[key] = row
    return list(newest.values())
