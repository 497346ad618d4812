"""What is written: identity in tags, numbers in fields.

Finality and quality are fields and never tags, so that a restatement overwrites what it restates.
A line stands at the start of its period.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain

from agent.accounting.emissions.carbon import emission_of
from agent.model import (
    Basis,
    Entry,
    HourEnergy,
    Intensity,
    Kind,
    Meter,
    Metered,
    MeterId,
    Minute,
    Quantity,
    SiteHour,
    Stage,
)
from agent.units import litres
from exporters.influxdb.lines import line_of, tags_text
from exporters.influxdb.settings import Grain

EMISSIONS: Mapping[Kind, str] = {
    Kind.DIRECT: "emissions_location_grams",
    Kind.LIFECYCLE: "emissions_lifecycle_grams",
    Kind.MARGINAL: "emissions_marginal_grams",
}
FIELDS = frozenset(
    {
        "energy_joules",
        "power_watts",
        "heat_joules",
        "heat_watts",
        "water_litres",
        "water_litres_per_second",
        "covered_seconds",
        "interpolated",
        "lower_bound",
        "coverage_ratio",
        "interpolated_ratio",
        "facility_joules",
        "it_joules",
        "grid_joules",
        "onsite_joules",
        "reused_joules",
        "unattributed_joules",
        "broken_nodes",
        "pue_ratio",
        "pue_measured",
        "pue_coverage_ratio",
        *(f"{name}_{share}_ratio" for name in Metered for share in ("coverage", "interpolated")),
        "version",
        "closed",
        "grams_per_kilowatt_hour",
        "estimated",
        "updated_at",
        *EMISSIONS.values(),
        *(f"intensity_{kind}_grams_per_kilowatt_hour" for kind in Kind),
        *(f"intensity_{kind}_estimated" for kind in Kind),
        *(f"intensity_{kind}_fallback" for kind in Kind),
        *(f"intensity_{kind}_coverage_ratio" for kind in Kind),
        *(f"loss_{stage}_joules" for stage in Stage if stage is not Stage.SUPPLY),
    }
)
Fields = Iterator[tuple[str, float | None]]


def free(tags: Mapping[str, str]) -> dict[str, str]:
    """Return tags of the settings under names that a server takes.

    A tag may not be called as a field of the same table, nor `time`, nor begin with an underscore.
    """
    return {
        f"tag_{name}" if name in FIELDS or name == "time" or name.startswith("_") else name: value
        for name, value in tags.items()
    }


class Writer:
    """Makes the lines of entries. Keeps the tags of each meter as text, for they seldom change."""

    def __init__(self, tags: Mapping[str, str], write: Collection[Grain] = tuple(Grain)) -> None:
        """`tags` are added to every line; what is not in `write` has no line."""
        self._tags = free(tags)
        self._write = frozenset(write)
        self._known: dict[MeterId, tuple[Meter, str]] = {}

    def lines(self, entries: Sequence[Entry]) -> Iterator[str]:
        """Yield the lines of all entries, of an hour or intensity only its newest version."""
        hours: dict[tuple[str, datetime], SiteHour] = {}
        intensities: dict[tuple[object, ...], Intensity] = {}
        for entry in entries:
            if entry.hour is not None:
                _keep_newest_hour(hours, entry.hour)
            for intensity in entry.intensities:
                _keep_newest_intensity(intensities, intensity)
        grains: Mapping[Grain, Iterable[str | None]] = {
            Grain.MINUTES: (self._minute(minute) for entry in entries for minute in entry.minutes),
            Grain.HOURS: chain.from_iterable(map(self._hour, hours.values())),
            Grain.INTENSITIES: map(self._intensity, intensities.values()),
        }
        lines = chain.from_iterable(
            found for grain, found in grains.items() if grain in self._write
        )
        return (line for line in lines if line is not None)

    def _minute(self, minute: Minute) -> str | None:
        return line_of(
            "carbond_minute", self._meter(minute.meter), _minute_fields(minute), minute.start
        )

    def _hour(self, hour: SiteHour) -> Iterable[str | None]:
        site = tags_text(self._tags | {"site": hour.site})
        yield line_of("carbond_site_hour", site, _site_hour_fields(hour), hour.hour)
        for energy in hour.meters:
            yield line_of(
                "carbond_hour", self._meter(energy.meter), _hour_fields(energy, hour), energy.hour
            )

    def _intensity(self, intensity: Intensity) -> str | None:
        identity = {
            "grid": intensity.grid,
            "kind": intensity.kind,
            "source": intensity.source,
            "zone": intensity.zone,
            "mix": intensity.mix,
            "period": f"{intensity.period.total_seconds():.0f}",
        }
        tags = tags_text(self._tags | identity)
        return line_of("carbond_intensity", tags, _intensity_fields(intensity), intensity.start)

    def _meter(self, meter: Meter) -> str:
        known = self._known.get(meter.id)
        if known is not None and (known[0] is meter or known[0] == meter):
            return known[1]
        identity = {
            "site": meter.site,
            "device": meter.device,
            "meter": meter.id,
            "role": meter.role,
            "scope": meter.scope,
        }
        text = tags_text(self._tags | free(meter.tags) | identity)
        self._known[meter.id] = (meter, text)
        return text


def _keep_newest_hour(hours: dict[tuple[str, datetime], SiteHour], hour: SiteHour) -> None:
    before = hours.get((hour.site, hour.hour))
    if before is None or hour.version >= before.version:
        hours[hour.site, hour.hour] = hour


def _keep_newest_intensity(
    intensities: dict[tuple[object, ...], Intensity], intensity: Intensity
) -> None:
    identity = (
        intensity.grid,
        intensity.kind,
        intensity.source,
        intensity.zone,
        intensity.mix,
        intensity.start,
        intensity.period,
    )
    before = intensities.get(identity)
    if before is None or intensity.version >= before.version:
        intensities[identity] = intensity


def _amounts(meter: Meter, amount: int | None, rate: float | None = None) -> Fields:
    """Yield what a meter of any quantity counted, and how fast, in the units of its quantity."""
    match meter.quantity:
        case Quantity.ELECTRICITY:
            yield "energy_joules", amount
            yield "power_watts", rate
        case Quantity.HEAT:
            yield "heat_joules", amount
            yield "heat_watts", rate
        case Quantity.WATER:
            yield "water_litres", _litres(amount)
            yield "water_litres_per_second", _litres(rate)


def _litres(millilitres: float | None) -> float | None:
    return None if millilitres is None else litres(millilitres)


def _minute_fields(minute: Minute) -> Fields:
    yield from _amounts(minute.meter, minute.energy, minute.power)
    yield "covered_seconds", minute.covered
    if minute.basis is not None:
        yield "interpolated", minute.basis is Basis.INTERPOLATED
        yield "lower_bound", minute.basis is Basis.LOWER_BOUND


def _hour_fields(energy: HourEnergy, hour: SiteHour) -> Fields:
    yield from _amounts(energy.meter, energy.energy)
    yield "coverage_ratio", energy.coverage
    yield "interpolated_ratio", min(energy.interpolated / 3600, 1.0)
    for kind, name in EMISSIONS.items():
        yield name, emission_of(energy, hour, kind)


def _site_hour_fields(hour: SiteHour) -> Fields:
    yield "facility_joules", hour.facility
    yield "it_joules", hour.it
    yield "grid_joules", hour.grid
    yield "onsite_joules", hour.onsite
    yield "reused_joules", hour.reused
    yield "water_litres", _litres(hour.water)
    yield "unattributed_joules", hour.unattributed
    for stage, loss in hour.losses.items():
        yield f"loss_{stage}_joules", loss
    yield "broken_nodes", len(hour.broken)
    yield "coverage_ratio", hour.coverage.known
    yield "interpolated_ratio", hour.coverage.interpolated
    for metered, coverage in hour.coverages.items():
        yield f"{metered}_coverage_ratio", coverage.known
        yield f"{metered}_interpolated_ratio", coverage.interpolated
    yield "version", hour.version
    yield "closed", hour.closed
    if hour.pue is not None:
        yield "pue_ratio", hour.pue.value
        yield "pue_measured", hour.pue.measured
        yield "pue_coverage_ratio", hour.pue.coverage
    for kind, name in EMISSIONS.items():
        yield name, hour.emissions.get(kind)
    for kind, applied in hour.intensities.items():
        yield f"intensity_{kind}_grams_per_kilowatt_hour", applied.value
        yield f"intensity_{kind}_estimated", applied.estimated
        yield f"intensity_{kind}_fallback", applied.fallback is not None
        yield f"intensity_{kind}_coverage_ratio", applied.coverage


def _intensity_fields(intensity: Intensity) -> Fields:
    yield "grams_per_kilowatt_hour", intensity.value
    yield "estimated", intensity.estimated
    yield "updated_at", intensity.version.timestamp()
