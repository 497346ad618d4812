"""From energy to grams: grams = kWh x PUE x g/kWh, hour by hour.

Location-based figures use average direct factors (GHG Protocol Scope 2 Guidance, 2015); life cycle
and marginal ones are computed beside them and never added to them. No intensity, no emission.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from agent.accounting.emissions.weighing import mean, part_of, share
from agent.model import (
    GENERATION,
    HOUR,
    HourEnergy,
    HourIntensity,
    Intensity,
    Kind,
    Mix,
    Pue,
    Quantity,
    Role,
    SiteHour,
)
from agent.units import JOULES_PER_KWH, Grams, GramsPerKwh, Joules, grams_of

LEAST_SHARE = 0.5
"""Share of a closed hour that finer points must cover for their mean to stand for the hour."""

IT_SIDE = frozenset({Role.RACK, Role.OUTLET, Role.DEVICE})
"""Meters whose energy does not hold the facility's overhead yet: PUE applies to them."""

Series = tuple[timedelta, str]
"""A granularity and a source: two of them are never mixed in one hour."""


def emission_of(energy: HourEnergy, hour: SiteHour, kind: Kind) -> Grams | None:
    """Return the grams of one meter in one hour, overhead included; None if a factor is missing.

    IT-side meters carry their share of the overhead through PUE; a meter nearer to the grid (UPS,
    cooling) is multiplied by the intensity alone. Of what a site generates itself each takes its
    share, so that the emissions of the meters of IT add up to those of the site. A generator, and a
    meter of water or heat, has none by the grid's intensity.
    """
    meter, intensity = energy.meter, hour.intensities.get(kind)
    if intensity is None or meter.quantity is not Quantity.ELECTRICITY:
        return None
    if meter.role in GENERATION or (meter.role in IT_SIDE and hour.pue is None):
        return None
    overhead = hour.pue.value if hour.pue and meter.role in IT_SIDE else 1.0
    grid = 1.0 if meter.role is Role.UTILITY else grid_share(hour)
    return Grams(grams_of(energy.energy, intensity.value) * overhead * grid)


def grid_share(hour: SiteHour) -> float:
    """Return how much of the facility's energy came from the grid; 1 where that is not known."""
    if hour.grid is None or not hour.facility:
        return 1.0
    return hour.grid / hour.facility


def emissions_of(
    grid: Joules | None,
    it: Joules | None,
    pue: Pue | None,
    intensities: Mapping[Kind, HourIntensity],
    *,
    own: Joules | None = None,
) -> dict[Kind, Grams]:
    """Return a site's grams by kind: of what came from the grid, else of IT energy x PUE.

    Of the latter what the site generated itself (`own`) did not come from the grid. A kind without
    an intensity is absent, and so are all where the energy is not known.
    """
    if grid is not None:
        energy = float(grid)
    elif it is not None and pue is not None:
        energy = max(it * pue.value - (own or 0), 0.0)
    else:
        return {}
    return {
        kind: Grams(energy * intensity.value / JOULES_PER_KWH)
        for kind, intensity in intensities.items()
    }


def current(rows: Iterable[Intensity]) -> list[Intensity]:
    """Return the newest version of each value, whatever the order of arrival."""
    newest: dict[tuple[object, ...], Intensity] = {}
    for row in rows:
        key = (row.grid, row.kind, row.mix, row.source, row.start, row.period, row.forecast)
        before = newest.get(key)
        if before is None or _age(row) > _age(before):
            newest[key] = row
    return list(newest.values())


def _age(row: Intensity) -> tuple[object, ...]:
    """Order versions, and what is said under one version by when it was fetched.

    Of two values in one fetch nothing tells which is meant: that it is always the same one counts.
    """
    said = not row.estimated, row.value, row.method, row.zone, row.updated_at is not None
    return row.version, row.fetched_at, said


def restated(versions: Iterable[Intensity]) -> GramsPerKwh:
    """Return how far a value has moved: its current version less the one first published.

    The versions are of one value, one at least, in any order.
    """
    ordered = sorted(versions, key=_age)
    return GramsPerKwh(ordered[-1].value - ordered[0].value)


def hour_intensity(
    rows: Sequence[Intensity],
    hour: datetime,
    *,
    until: datetime,
    slots: Sequence[Joules] | None = None,
    least: float = LEAST_SHARE,
) -> HourIntensity | None:
    """Return the intensity of an hour from the current rows of one kind and grid that touch it.

    A value stands for all of its period. Finer points are weighed with `slots`, the energy of each
    twelfth of the hour, and by time where that is not known or zero; of an hour that is over they
    must cover the `least` share of its time, else the hour is missing. Of several granularities and
    sources the one that covers most is taken, then the finer one, then the newer one: two of them
    are never mixed. What is produced in a zone stands for the hour only where nothing is said of
    what is used there, and `source` says so. `until` is the time now.
    """
    _, best = _best(series_of(rows), hour, until=until, slots=slots, least=least)
    return best


def completed(
    rows: Sequence[Intensity],
    hour: datetime,
    *,
    until: datetime,
    slots: Sequence[Joules] | None = None,
) -> HourIntensity | None:
    """Return the intensity of an hour that has final points enough, completed by estimated ones.

    The final points of a series must do by themselves. If they leave a part of the hour open the
    estimated points of the same series fill it, and the mean is estimated then.
    """
    by_series = series_of(rows)
    final = {
        series: [row for row in found if not row.estimated] for series, found in by_series.items()
    }
    series, best = _best(final, hour, until=until, slots=slots)
    if series is None or best is None or best.coverage >= 1.0:
        return best
    return _mean_of(by_series[series], hour, slots)


def of_one_mix(rows: Iterable[Intensity]) -> list[Intensity]:
    """Return the rows of what is used in a zone; if there are none, those of its production."""
    found = list(rows)
    return [row for row in found if row.mix is Mix.CONSUMPTION] or found


def series_of(rows: Iterable[Intensity]) -> dict[Series, list[Intensity]]:
    """Return the rows of one mix by series."""
    found: dict[Series, list[Intensity]] = {}
    for row in of_one_mix(rows):
        found.setdefault((row.period, row.source), []).append(row)
    return found


def _best(
    by_series: Mapping[Series, Sequence[Intensity]],
    hour: datetime,
    *,
    until: datetime,
    slots: Sequence[Joules] | None,
    least: float = LEAST_SHARE,
) -> tuple[Series | None, HourIntensity | None]:
    """Return the best series and its mean, if it covers enough of the hour."""
    means = [(series, _mean_of(found, hour, slots)) for series, found in by_series.items()]
    ranked = [(_rank(one), series, one) for series, one in means if one]
    if not ranked:
        return None, None
    _, series, best = max(ranked, key=lambda one: one[0])
    enough = until < hour + HOUR or best.coverage >= least
    return (series, best) if enough else (None, None)


def _rank(one: HourIntensity) -> tuple[float, timedelta, datetime, str]:
    return one.coverage, -one.period, one.version, one.source


def _mean_of(
    rows: Sequence[Intensity], hour: datetime, slots: Sequence[Joules] | None
) -> HourIntensity | None:
    """Return the mean of one series over the part of an hour that it covers; None if over none."""
    held = [(part, row) for row in rows if (part := part_of(row, hour))]
    if not held:
        return None
    first = held[0][1]
    produced = ", production" if first.mix is Mix.PRODUCTION else ""
    parts = [part for part, _ in held]
    return HourIntensity(
        kind=first.kind,
        grid=first.grid,
        value=mean(parts, slots),
        source=first.source + produced,
        version=max(row.version for _, row in held),
        estimated=any(row.estimated for _, row in held),
        coverage=share(parts),
        period=first.period,
    )
