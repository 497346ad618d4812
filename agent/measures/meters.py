"""What is shown of meters: their rates and sums, and how much of their rating they carry."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from math import isfinite, nan

from agent.measures.family import CACHED, Family, MeterMeasure
from agent.model import Meter, MeterId, MeterNow, Now, Quantity, Scope
from agent.units import MILLILITRES_PER_LITRE

TAGS = ("rack", "room", "feed", "tenant")
"""Tags of a meter that are labels, where nobody says otherwise."""

CURRENT = "current_amperes"
LOAD = "load_ratio"
"""What a device itself says of its load, such as a UPS."""

RATED_PARTS = frozenset({Scope.INLET, Scope.PHASE})
PHASES = 3

Values = Mapping[MeterId, float]
ValuesOf = Callable[[Sequence[MeterNow], Sequence[MeterNow]], Values]


def labels_of(meter: Meter, tags: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the labels of a meter; `tags` are those of its tags that become labels, by tag."""
    named = {tag: tag for tag in TAGS} if tags is None else tags
    return {label: meter.tags.get(tag, "") for tag, label in named.items()} | {
        "site": meter.site,
        "device": meter.device,
        "meter": meter.id,
        "role": meter.role,
        "scope": meter.scope,
    }


def fresh_of(now: Now, stale_after: timedelta) -> list[MeterNow]:
    """Return the meters whose last reading is not older than that."""
    oldest = now.at - stale_after
    return [one for one in now.meters if one.at >= oldest]


def _rates(quantity: Quantity, parts: int) -> ValuesOf:
    return lambda meters, _: {
        one.meter.id: one.power / parts
        for one in meters
        if one.power is not None and one.meter.quantity is quantity
    }


def _sums(quantity: Quantity, parts: int) -> ValuesOf:
    return lambda meters, _: {
        one.meter.id: one.booked / parts
        for one in meters
        if one.booked is not None and one.meter.quantity is quantity
    }


def _rate_and_sum(
    quantity: Quantity, rate: Family, total: Family, parts: int
) -> tuple[MeterMeasure, MeterMeasure]:
    return (
        MeterMeasure(name=rate.name, help=rate.help, of=_rates(quantity, parts)),
        MeterMeasure(name=total.name, help=total.help, type="counter", of=_sums(quantity, parts)),
    )


POWER = Family(name="carbond_meter_power_watts", help=f"Power in watts. {CACHED}.")
BOOKED = Family(
    name="carbond_meter_energy_joules_total",
    help="Energy in joules booked for the meter since it is known. Cached as of the last reading.",
    type="counter",
)
FLOW = Family(name="carbond_meter_water_litres_per_second", help=f"Flow of water. {CACHED}.")
WATER = Family(
    name="carbond_meter_water_litres_total",
    help="Water in litres booked for the meter since it is known. Cached as of the last reading.",
    type="counter",
)
HEAT_FLOW = Family(name="carbond_meter_heat_watts", help=f"Flow of heat in watts. {CACHED}.")
HEAT = Family(
    name="carbond_meter_heat_joules_total",
    help="Heat in joules booked for the meter since it is known. Cached as of the last reading.",
    type="counter",
)
RATES_AND_SUMS: Mapping[Quantity, tuple[Family, Family, int]] = {
    Quantity.ELECTRICITY: (POWER, BOOKED, 1),
    Quantity.HEAT: (HEAT_FLOW, HEAT, 1),
    Quantity.WATER: (FLOW, WATER, MILLILITRES_PER_LITRE),
}
"""What is shown of a meter by its quantity: its rate, its sum, and what they are divided by."""


def rating_watts(fresh: Iterable[MeterNow], _: Sequence[MeterNow]) -> Values:
    """Return the rated power of the totals whose settings say one."""
    return {
        one.meter.id: rating.power
        for one in fresh
        if (rating := one.meter.rating) is not None
        and rating.power is not None
        and one.meter.scope is Scope.TOTAL
    }


def rating_amperes(fresh: Iterable[MeterNow], meters: Sequence[MeterNow]) -> Values:
    """Return the rated current of each inlet and phase that tells its current; of the total of a
    device that has none of them, or one that does not tell its own.

    Of several the total is the sum, also while some or all of them are silent: no rating is for it.
    """
    telling = [
        (one.meter, rating.amperes)
        for one in fresh
        if (rating := one.meter.rating) is not None
        and rating.amperes is not None
        and CURRENT in one.conditions
    ]
    parts = Counter(one.meter.device for one in meters if one.meter.scope in RATED_PARTS)
    parts.update(meter.device for meter, _ in telling if meter.scope in RATED_PARTS)
    return {
        meter.id: amperes
        for meter, amperes in telling
        if meter.scope in RATED_PARTS or (meter.scope is Scope.TOTAL and parts[meter.device] <= 1)
    }


def loads(fresh: Sequence[MeterNow], meters: Sequence[MeterNow]) -> Values:
    """Return power by rated power, current by rated current, and what a device itself says of its
    load: of those that are known the highest.
    """
    telling = [one for one in fresh if one.meter.rating is not None or LOAD in one.conditions]
    watts, amperes = rating_watts(telling, meters), rating_amperes(telling, meters)
    found: dict[MeterId, float] = {}
    for one in telling:
        name, ratios = one.meter.id, []
        if name in watts and one.power is not None:
            ratios.append(one.power / watts[name])
        if name in amperes:
            ratios.append(one.conditions[CURRENT] / amperes[name])
        if isfinite(said := one.conditions.get(LOAD, nan)):
            ratios.append(said)
        if ratios:
            found[name] = max(ratios)
    return found


def imbalances(fresh: Sequence[MeterNow], _: Sequence[MeterNow]) -> Values:
    """Return, by the total of each device with three phases, how far the phase that differs most is
    from their mean, as a share of it: by current, else by power. A device without load has none.
    """
    totals: dict[str, MeterId] = {}
    phases: dict[str, list[MeterNow]] = {}
    for one in fresh:
        if one.meter.scope is Scope.PHASE:
            phases.setdefault(one.meter.device, []).append(one)
        elif one.meter.scope is Scope.TOTAL:
            totals[one.meter.device] = one.meter.id
    found = {
        totals[device]: _deviation(values)
        for device, three in phases.items()
        if device in totals and (values := _of_phases(three))
    }
    return {name: share for name, share in found.items() if share is not None}


def _of_phases(phases: Sequence[MeterNow]) -> list[float]:
    """Return the currents of three phases, else their powers; nothing if there is neither."""
    if len(phases) != PHASES:
        return []
    currents = [one.conditions[CURRENT] for one in phases if CURRENT in one.conditions]
    if len(currents) == PHASES:
        return currents
    powers: list[float] = [one.power for one in phases if one.power is not None]
    return powers if len(powers) == PHASES else []


def _deviation(values: Sequence[float]) -> float | None:
    mean = sum(values) / len(values)
    return max(abs(value - mean) for value in values) / mean if mean > 0 else None


RATED_MEASURES: tuple[MeterMeasure, ...] = (
    MeterMeasure(
        name="carbond_meter_rating_watts",
        help="Rated power of the device in watts, of the settings.",
        of=rating_watts,
    ),
    MeterMeasure(
        name="carbond_meter_rating_amperes",
        help="Rated current of an inlet or phase of the device in amperes, of the settings.",
        of=rating_amperes,
    ),
    MeterMeasure(
        name="carbond_meter_load_ratio",
        help=(
            "Power or current by its rating, or what the device itself says of its load: the"
            " highest of them."
        ),
        of=loads,
    ),
    MeterMeasure(
        name="carbond_meter_imbalance_ratio",
        help=(
            "Greatest deviation of a phase's current, else power, from the mean of the three, as a"
            " share of it."
        ),
        of=imbalances,
    ),
)
"""Those that few meters have: the page looks their labels up."""

LAST_READING = MeterMeasure(
    name="carbond_meter_last_reading_timestamp_seconds",
    help="When the meter was last read, in seconds since 1970. The only sample of a silent meter.",
    of=lambda meters, _: {one.meter.id: one.at.timestamp() for one in meters},
)

METER_MEASURES: tuple[MeterMeasure, ...] = (
    *(
        measure
        for quantity, (rate, total, parts) in RATES_AND_SUMS.items()
        for measure in _rate_and_sum(quantity, rate, total, parts)
    ),
    *RATED_MEASURES,
)
