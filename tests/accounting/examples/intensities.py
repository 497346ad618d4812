"""Intensities and emissions of the examples' hours, as the daemon makes them."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from agent.accounting.emissions.carbon import emissions_of, hour_intensity
from agent.accounting.emissions.market import strict_sum
from agent.accounting.emissions.vintages import applied
from agent.accounting.periods.emissions import EmissionTotal, Emitted, emission_total, standing_of
from agent.accounting.site import Annual, OtherSource, Site, StandIn
from agent.model import HOUR, HourIntensity, Intensity, Kind
from agent.units import Grams, GramsPerKwh, Joules
from tests.accounting.examples.answers import Answer
from tests.accounting.examples.inputs import Inputs, Json, Series, series
from tests.accounting.examples.quantities import Dimension
from tests.accounting.examples.words import meaning

FIRST_HOUR = datetime(2026, 3, 10, tzinfo=UTC)
"""Of examples that only number their hours."""

LONG_AFTER = datetime(2100, 1, 1, tzinfo=UTC)
OWN, OTHER = "own", "other"
INTENSITY = (
    "intensity",
    "grid intensity",
    "grid average",
    "factor",
    "grid factor",
    "emissions factor",
)


def row(
    start: datetime,
    value: float,
    *,
    period: timedelta = HOUR,
    grid: str = OWN,
    updated: datetime | None = None,
    fetched: datetime | None = None,
    estimated: bool = False,
) -> Intensity:
    """Return one value of a grid as a collector would."""
    return Intensity(
        grid=grid,
        kind=Kind.DIRECT,
        source=grid,
        zone=grid,
        start=start,
        period=period,
        value=GramsPerKwh(value),
        fetched_at=fetched or updated or start + period,
        updated_at=updated,
        estimated=estimated,
    )


def rows_of(values: Series, period: timedelta, grid: str = OWN) -> list[Intensity]:
    """Return a table of values by time as rows; what is null is no row."""
    return [
        row(start, value, period=period, grid=grid)
        for start, value in values.items()
        if value is not None
    ]


def fineness(inputs: Inputs, default: timedelta = HOUR) -> timedelta:
    """Return how fine the points of an example are."""
    for _, value in inputs.quantities(
        Dimension.TIME, "granularity", "period", "data point period", "resolution", "step"
    ):
        return timedelta(seconds=value)
    return default


def hourly(
    rows: Sequence[Intensity],
    hour: datetime,
    *,
    fallback: tuple[StandIn, ...] = (),
    slots: Sequence[Joules] | None = None,
) -> HourIntensity | None:
    """Return what the daemon applies to an hour that is over."""

    def known(
        grid: str, kind: Kind, start: datetime, end: datetime, *, forecast: bool = False
    ) -> list[Intensity]:
        return [
            one
            for one in rows
            if (one.grid, one.kind, one.forecast) == (grid, kind, forecast)
            and one.start < end
            and start < one.start + one.period
        ]

    site = Site(name="example", grid=OWN, fallback=fallback)
    return applied(site, Kind.DIRECT, hour, known, until=LONG_AFTER, slots=slots)


def of_interval(
    rows: Sequence[Intensity], hour: datetime, slots: Sequence[Joules]
) -> HourIntensity | None:
    """Return what the daemon applies to the part of an interval that lies in an hour.

    An example gives the intensities of the interval and of no more, so where they are hourly ones
    that begin within the UTC hour, the rest of that hour has none.
    """
    finest = min((one.period for one in rows), default=HOUR)
    if finest < HOUR:
        return hourly(rows, hour, slots=slots)
    return hour_intensity(rows, hour, until=LONG_AFTER, slots=slots, least=0.0)


def emitted(energy: Joules, intensity: HourIntensity | None) -> Emitted:
    """Return what the daemon makes of one hour's energy from the grid."""
    found = emissions_of(energy, None, None, {Kind.DIRECT: intensity} if intensity else {})
    return Emitted(energy=energy, grams=found.get(Kind.DIRECT), standing=standing_of(intensity))


def grams_of_hours(hours: Mapping[Json, Emitted]) -> dict[Json, Grams | None]:
    """Return the grams of each hour."""
    return {key: one.grams for key, one in hours.items()}


def applied_by_hour(
    inputs: Inputs, keys: Sequence[Json], fallback: tuple[StandIn, ...] = ()
) -> dict[Json, HourIntensity | None]:
    """Return the intensity of each hour of an example's series. Raises Absent without any."""
    starts = starts_of(keys)
    rows = rows_of(_table(inputs.rates(*INTENSITY), starts), fineness(inputs))
    for others in _fallbacks(inputs):
        rows += rows_of(_table(others, starts), HOUR, OTHER)
    return {key: hourly(rows, starts[key], fallback=fallback) for key in keys}


def _table(values: Json, starts: Mapping[Json, datetime]) -> Series:
    """Return intensities by their own times, or by those of the hours that they are listed for."""
    if isinstance(values, dict) and all(isinstance(key, datetime) for key in values):
        return values
    return {starts[key]: value for key, value in series(values, list(starts)).items()}


def _fallbacks(inputs: Inputs) -> list[Json]:
    """Return the intensities that an example has to stand in."""
    found = inputs.of(Dimension.INTENSITY)
    return [value for words, value in found.items() if meaning(words) & {"fallback", "annual"}]


def starts_of(keys: Sequence[Json]) -> dict[Json, datetime]:
    """Return when each hour of a series starts, numbered ones one after the other."""
    return {
        key: key if isinstance(key, datetime) else FIRST_HOUR + place * HOUR
        for place, key in enumerate(keys)
    }


def stand_ins(inputs: Inputs) -> tuple[StandIn, ...]:
    """Return what an example allows to stand in: one value for years, or another series."""
    if any(inputs.given[name] is False for name in inputs.names("fallback")):
        return ()
    for value in _fallbacks(inputs):
        if isinstance(value, list | dict):
            return (OtherSource(grid=OTHER),)
        if value is not None:
            annual = Annual(value=GramsPerKwh(value), year=2000, source="example", oldest=200)
            return (annual,)
    return ()


def totals(
    load: Series, intensities: Mapping[Json, HourIntensity | None], *names: str
) -> Iterator[Answer]:
    """Yield what a strict total says, and what it covers."""

    def total() -> EmissionTotal:
        known = {key: used for key, used in load.items() if used is not None}
        return emission_total(emitted(used, intensities[key]) for key, used in known.items())

    def strict() -> Grams | None:
        return total().strict if strict_sum(list(load.values())) is not None else None

    def by_hour() -> dict[Json, Grams | None]:
        return {
            key: None if used is None else emitted(used, intensities[key]).grams
            for key, used in load.items()
        }

    plain, ratio = Dimension.PLAIN, Dimension.RATIO
    missing = [key for key, one in intensities.items() if one is None]
    yield Answer((*names, "strict", "strict emissions"), Dimension.MASS, strict)
    yield Answer((*names, "parts"), Dimension.MASS, by_hour, many=True)
    yield Answer(("covered emissions", "covered"), Dimension.MASS, lambda: total().grams)
    yield Answer(("covered", "covered energy"), Dimension.ENERGY, lambda: total().covered)
    yield Answer(("missing", "missing energy"), Dimension.ENERGY, lambda: total().uncovered_energy)
    yield Answer(("coverage", "covered"), ratio, lambda: 1 - total().uncovered)
    yield Answer(("missing",), ratio, lambda: total().uncovered)
    yield Answer(("missing hours",), plain, lambda: len(missing))
    yield Answer(("covered hours",), plain, lambda: len(load) - len(missing))


def stood_in(load: Series, intensities: Mapping[Json, HourIntensity | None]) -> Iterator[Answer]:
    """Yield the total in which something may stand in, and how much of the energy that is."""

    def total() -> EmissionTotal:
        return emission_total(
            emitted(used, intensities[key]) for key, used in load.items() if used is not None
        )

    def by_fallback() -> Joules:
        """Return the energy of the hours in which something stands in."""
        on = [used for key, used in load.items() if (one := intensities[key]) and one.fallback]
        return strict_sum(on) or Joules(0)

    names = ("emissions with fallback", "with fallback", "emissions including fallback")
    yield Answer(names, Dimension.MASS, lambda: total().strict)
    yield Answer(
        ("fallback", "fallback share", "energy fallback"), Dimension.RATIO, lambda: total().fallback
    )
    yield Answer(("fallback", "energy fallback"), Dimension.ENERGY, by_fallback)
    hours = sum(one is not None and one.fallback is not None for one in intensities.values())
    yield Answer(("fallback hours",), Dimension.PLAIN, lambda: hours)
