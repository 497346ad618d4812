"""What stands in a map: which messages a family of meters sends, and what they mean.

The ready ones are the YAML files in config/profiles/mqtt; README.md explains every key.
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, model_validator

from agent.model import MINUTE, Scope, Zeroed
from collectors.mqtt.places import NamePattern, PathPattern, names_in
from config import Duration, Name, Strict
from config.profiles import CONDITIONS

LONGEST_TOPIC = 1000
ANYWHERE = frozenset({Scope.TOTAL, Scope.INPUT})
"""Scopes of which a device has one; the meters of all others have a key."""

_METER = re.compile(r"(?P<scope>[a-z-]+)(/(?P<key>[A-Za-z0-9._:{}-]{1,60}))?")


def listed(value: object) -> object:
    """Return one as a list of one."""
    return value if isinstance(value, list | tuple) else (value,)


def _exact(value: object) -> Fraction:
    """Return a number as it was written: 0.1 is a tenth, and not the float beside it."""
    if isinstance(value, Fraction):
        return value
    try:
        number = Fraction(Decimal(str(value)))
    except (ArithmeticError, ValueError):
        raise ValueError(f"{value!r} is no number") from None
    if number <= 0:
        raise ValueError("must be above zero")
    return number


def _topic(text: str) -> str:
    if any(sign in text for sign in "+#\0") or text != text.strip():
        raise ValueError(f"{text!r} is no topic: write {{number}} in place of a + or #")
    return text


def _path(text: str) -> str:
    PathPattern.of(text)
    return text


def _name(text: str) -> str:
    NamePattern.of(text)
    return text


def _meter(text: str) -> str:
    found = _METER.fullmatch(text)
    if found is None or found["scope"] not in set(Scope):
        raise ValueError(f"{text!r} is no meter: write total, or a scope and a key: outlet/1")
    if (Scope(found["scope"]) in ANYWHERE) == bool(found["key"]):
        more = "has no key" if found["key"] else "needs a key, such as 1 or {number}"
        raise ValueError(f"{text!r}: {found['scope']} {more}")
    return text


Topic = Annotated[
    str,
    Field(min_length=1, max_length=LONGEST_TOPIC),
    AfterValidator(_topic),
    AfterValidator(_name),
]
Path = Annotated[str, AfterValidator(_path)]
Exact = Annotated[Fraction, BeforeValidator(_exact)]
Metric = Annotated[str, Field(min_length=1, max_length=LONGEST_TOPIC), AfterValidator(_name)]
MeterKey = Annotated[str, AfterValidator(_meter)]


class _Data(Strict):
    model_config = ConfigDict(arbitrary_types_allowed=True)


class NumberMap(_Data):
    """Where one number stands, and what it means."""

    topic: Topic | None = None
    """The topic of its messages; the map's where left out."""

    path: Path | None = None
    """Where it stands in a message that is JSON. Without it the message is the number."""

    metric: Metric | None = None
    """Its name among the metrics of Sparkplug."""

    scale: Exact = Fraction(1)
    """What one count is worth in the unit."""

    not_available: tuple[int | float | str, ...] = ()
    """The values by which the device says that it has none."""

    negative: Literal["missing", "reading"] = "missing"
    """Whether a number below zero is a reading."""

    @property
    def templates(self) -> tuple[str, ...]:
        """What of it may have places."""
        return tuple(text for text in (self.topic, self.path, self.metric) if text)


class PowerMap(NumberMap):
    """A power."""

    unit: Literal["W", "kW"] = "W"
    """What it is in."""


class EnergyMap(NumberMap):
    """A register, and what is known of it before it is read."""

    unit: Literal["J", "Wh", "kWh", "MWh", "L", "m3"] = "Wh"
    """What it is in. Litres and cubic metres are of water; all others are energy or heat."""

    step: Exact | None = None
    """The smallest step that it counts in, in the unit; one count where left out."""

    bits: int | None = Field(default=None, ge=8, le=64)
    """Width of the counter: it starts again at zero after 2^bits counts."""

    modulus: int | None = Field(default=None, gt=1)
    """The count at which it starts again, where that is no power of two."""

    zeroed: Zeroed = Zeroed.NEVER
    """When it goes back to zero by itself: never, restart, or daily."""

    @model_validator(mode="after")
    def _one_width(self) -> Self:
        if self.bits and self.modulus:
            raise ValueError("a counter has either bits or a modulus")
        return self


Powers = Annotated[tuple[PowerMap, ...], BeforeValidator(listed)]
Energies = Annotated[tuple[EnergyMap, ...], BeforeValidator(listed)]
Numbers = Annotated[tuple[NumberMap, ...], BeforeValidator(listed)]


class MeterMap(_Data):
    """One meter, or one for each of what a place is bound to."""

    power: Powers = ()
    """Its power; of a list, each is another way that the same number comes."""

    energy: Energies = ()
    """Its register, in the same way."""

    conditions: dict[str, Numbers] = Field(default_factory=dict)
    """Other last values, by their names with the unit."""

    limit_watts: float | None = Field(default=None, gt=0)
    """The most that it can show; the map's where left out."""

    @property
    def numbers(self) -> Iterator[NumberMap]:
        """Yield all of them."""
        yield from self.power
        yield from self.energy
        for ways in self.conditions.values():
            yield from ways

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if not self.power and not self.energy:
            raise ValueError("a meter has a power, an energy, or both")
        if strange := self.conditions.keys() - CONDITIONS:
            known = ", ".join(sorted(CONDITIONS))
            raise ValueError(f"{min(strange)!r} is no condition: there are {known}")
        return self


class AvailabilityMap(_Data):
    """A message that says whether the device is there."""

    topic: Topic
    """Its topic, often that of the last will."""

    path: Path | None = None
    """Where the word stands in a message that is JSON; a message that is none is the word."""

    offline: Annotated[tuple[str, ...], BeforeValidator(listed), Field(min_length=1)]
    """What it says when the device is gone. Anything else says that it is there."""


class TimeMap(_Data):
    """Where a message says the time of its values."""

    path: Path
    """Where it stands."""

    form: Literal["unix", "unix-ms", "iso"] = "unix"
    """Seconds or milliseconds since 1970, or ISO 8601 with its zone."""


class SparkplugMap(_Data):
    """Which device of Sparkplug B it is."""

    group: str = Field(min_length=1)
    """The group of its edge node."""

    node: str = Field(min_length=1)
    """The edge node."""

    device: str | None = Field(default=None, min_length=1)
    """The device; left out, the metrics are the edge node's own."""

    @property
    def templates(self) -> tuple[str, ...]:
        """All of its parts."""
        return (self.group, self.node, *([self.device] if self.device else []))


Availabilities = Annotated[tuple[AvailabilityMap, ...], BeforeValidator(listed)]
Times = Annotated[tuple[TimeMap, ...], BeforeValidator(listed)]
Meters = dict[MeterKey, MeterMap]


class Map(_Data):
    """What a family of meters sends."""

    name: Name
    """Also the name of its file."""

    title: str
    """What people call it."""

    tested: tuple[str, ...] = ()
    """What sent the messages that the tests publish."""

    places: dict[str, str] = Field(default_factory=dict)
    """What stands in its places where the settings do not say."""

    topic: Topic | None = None
    """The topic of all numbers that name none."""

    sparkplug: SparkplugMap | None = None
    """Which device it is, where its messages are Sparkplug B."""

    meters: Meters = Field(min_length=1)
    """Its meters, by scope and key: `total`, `phase/1`, `outlet/{number}`."""

    availability: Availabilities = ()
    """The messages that say whether it is there."""

    time: Times = ()
    """Where a message says the time of its values: the first of them that it has."""

    silent_after: Duration = 10 * MINUTE
    """After how long without a value it counts as silent."""

    longest_gap: Duration = 5 * MINUTE
    """Over which its power may be integrated."""

    limit_watts: float | None = Field(default=None, gt=0)
    """The most that such a device can draw."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        for problem in self._problems():
            raise ValueError(problem)
        return self

    def _problems(self) -> Iterator[str]:
        for key, meter in self.meters.items():
            for number in meter.numbers:
                yield from self._misplaced(key, number)

    def _misplaced(self, key: str, number: NumberMap) -> Iterator[str]:
        if self.sparkplug is not None:
            if number.metric is None or number.path or number.topic:
                yield f"meters.{key}: a number of Sparkplug has a metric, and no topic or path"
            templates = number.templates
        else:
            if number.metric is not None:
                yield f"meters.{key}: a metric needs `sparkplug`, which says whose it is"
            if number.topic is None and self.topic is None:
                yield f"meters.{key}: it has no topic, and there is none for all"
            templates = (number.topic or self.topic or "", number.path or "")
        if missing := names_in(key) - names_in(*templates):
            yield f"meters.{key}: {{{min(missing)}}} stands in no topic, path or metric of it"


def places_of(one: Map, keys: tuple[str, ...]) -> frozenset[str]:
    """Return the places that must be filled beforehand for some of its meters."""
    templates = [one.topic or ""] if one.sparkplug is None else list(one.sparkplug.templates)
    templates += [entry.topic for entry in one.availability]
    templates += [path for entry in one.availability if (path := entry.path)]
    templates += [entry.path for entry in one.time]
    needed = set(names_in(*templates))
    bound: set[str] = set()
    for key in keys:
        bound |= names_in(key)
        for number in one.meters[key].numbers:
            needed |= names_in(*number.templates)
    return frozenset(needed - bound)


def scope_of(key: str) -> Scope:
    """Return the scope of a meter's key: `outlet` of `outlet/12`."""
    return Scope(key.partition("/")[0])
