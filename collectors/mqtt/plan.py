"""From a map and a device's settings to what is looked for in which message."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain

from agent.model import Register, Scope
from agent.units import Joules, Watts
from collectors.mqtt.numbers import JOULES, WATER, worth_of
from collectors.mqtt.places import Bound, NamePattern, PathPattern, filled
from collectors.mqtt.schema import (
    AvailabilityMap,
    EnergyMap,
    Map,
    MeterMap,
    NumberMap,
    TimeMap,
    scope_of,
)

POWER = "power"
ENERGY = "energy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One number of a device: where it stands, and what it is."""

    meter: str
    """The key of its meter, with the places that a message binds."""

    name: str
    """`power`, `energy`, or the name of a condition."""

    quantity: NumberMap
    register: Register
    path: PathPattern | None = None
    metric: NamePattern | None = None

    @property
    def place(self) -> str:
        """Where it is looked for, for people."""
        said = (self.quantity.metric, self.quantity.path, self.quantity.topic)
        return " of ".join(text for text in said if text) or "its message"

    def suffix(self, bound: Bound) -> str:
        """Return what follows the device's name in the meter's id."""
        return "" if self.meter == Scope.TOTAL else f"/{filled(self.meter, bound)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Availability:
    """A message that says whether the device is there."""

    topic: str
    path: PathPattern | None
    offline: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Time:
    """Where a message says its time, and how."""

    path: PathPattern
    form: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a device's messages are read by."""

    topics: Mapping[NamePattern, Sequence[Point]]
    """What stands in the messages of each topic."""

    metrics: Sequence[Point] = ()
    """What stands in the metrics of Sparkplug."""

    availability: Sequence[Availability] = ()
    times: Sequence[Time] = ()

    @property
    def pairs(self) -> Mapping[str, Mapping[str, str]]:
        """Where power and energy are looked for, by meter, of those meters that have both."""
        found: dict[str, dict[str, str]] = {}
        for point in (*chain.from_iterable(self.topics.values()), *self.metrics):
            if point.name in (POWER, ENERGY):
                found.setdefault(point.meter, {}).setdefault(point.name, point.place)
        return {meter: names for meter, names in found.items() if len(names) > 1}

    @property
    def filters(self) -> frozenset[str]:
        """The topic filters to subscribe to."""
        found = {pattern.filter for pattern in self.topics}
        return frozenset(found | {one.topic for one in self.availability})

    @property
    def said(self) -> str:
        """The topics of its numbers, for people."""
        topics = [pattern.filter for pattern in self.topics]
        more = f" and {len(topics) - 1} more" if len(topics) > 1 else ""
        return "".join(topics[:1]) + more


def plan_of(one: Map, keys: Sequence[str], places: Bound, limit: float | None) -> Plan:
    """Return the plan for the meters of some keys. Every place that is no key's must be filled."""
    topics: dict[NamePattern, list[Point]] = {}
    metrics: list[Point] = []
    for key in keys:
        for point, topic in _points(one, key, places, limit):
            if topic is None:
                metrics.append(point)
            else:
                topics.setdefault(NamePattern.of(topic), []).append(point)
    return Plan(
        topics=topics,
        metrics=metrics,
        availability=[_availability(entry, places) for entry in one.availability],
        times=[_time(entry, places) for entry in one.time],
    )


def _points(
    one: Map, key: str, places: Bound, limit: float | None
) -> Iterator[tuple[Point, str | None]]:
    meter = one.meters[key]
    for name, ways in _named(meter):
        for number in ways:
            path = None if number.path is None else PathPattern.of(filled_path(number.path, places))
            metric = None if number.metric is None else filled(number.metric, places)
            topic = None if metric else filled(number.topic or one.topic or "", places)
            point = Point(
                meter=filled(key, places),
                name=name,
                quantity=number,
                register=_register(one, meter, number, limit),
                path=path,
                metric=None if metric is None else NamePattern.of(metric),
            )
            yield point, topic


def filled_path(path: str, places: Bound) -> str:
    """Return a path with its places filled: what stands in them ends no name."""
    quoted = {name: text.replace("\\", "\\\\").replace("'", "\\'") for name, text in places.items()}
    return filled(path, quoted)


def _named(meter: MeterMap) -> Iterator[tuple[str, Sequence[NumberMap]]]:
    yield POWER, meter.power
    yield ENERGY, meter.energy
    yield from meter.conditions.items()


def _register(one: Map, meter: MeterMap, number: NumberMap, limit: float | None) -> Register:
    """Return what is known of a counter beforehand; no part of a device draws more than it."""
    own = meter.limit_watts or one.limit_watts
    if limit is not None and (own is None or limit < own or meter.limit_watts is None):
        own = limit
    watts = None if own is None else Watts(own)
    if not isinstance(number, EnergyMap) and meter.energy:
        number = meter.energy[0]
    if not isinstance(number, EnergyMap):
        return Register(limit=watts, longest_gap=one.longest_gap)
    step = worth_of(number) if number.step is None else number.step * JOULES[number.unit]
    modulus = number.modulus or (2**number.bits if number.bits else None)
    return Register(
        step=Joules(max(-(-step.numerator // step.denominator), 1)),
        span=Joules(int(worth_of(number) * Fraction(modulus))) if modulus else None,
        limit=watts,
        longest_gap=one.longest_gap,
        zeroed=number.zeroed,
    )


def _availability(entry: AvailabilityMap, places: Bound) -> Availability:
    path = None if entry.path is None else PathPattern.of(filled_path(entry.path, places))
    topic = filled(entry.topic, places)
    return Availability(topic=topic, path=path, offline=frozenset(entry.offline))


def _time(entry: TimeMap, places: Bound) -> Time:
    return Time(path=PathPattern.of(filled_path(entry.path, places)), form=entry.form)


def keys_of(one: Map, scopes: Sequence[Scope]) -> tuple[str, ...]:
    """Return the keys of a map's meters that are of some scopes."""
    return tuple(key for key in one.meters if scope_of(key) in scopes)


def counts_water(one: Map, key: str) -> bool | None:
    """Tell whether a meter's register counts water; None where it has none."""
    units = [number.unit for number in one.meters[key].energy]
    return any(unit in WATER for unit in units) if units else None
