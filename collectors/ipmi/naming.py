"""What a power sensor is the power of: by its name, by names.yaml, and else by its entity."""

import re
from dataclasses import dataclass
from enum import Enum, auto
from functools import cache, lru_cache
from importlib.resources import files

import yaml

from collectors.ipmi.sdr import POWER_SUPPLY, Direction, Sensor

SYSTEM = (7, 19, 21)
"""Entities under which the power of a machine is found: system board, power unit, power board.

In this order.
"""

REMEMBERED = 4096
"""Meanings at hand; machines of one model have the same sensors."""

_NO_WORD = re.compile(r"[^a-z0-9]+")


class Kind(Enum):
    """What a power is the power of."""

    LIMIT = auto()
    SUPPLY = auto()
    COMPONENT = auto()
    TOTAL = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The patterns of names.yaml."""

    limit: re.Pattern[str]
    supply: re.Pattern[str]
    component: re.Pattern[str]
    total: re.Pattern[str]
    output: re.Pattern[str]
    input: re.Pattern[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """What a sensor is the power of, and how sure that is."""

    kind: Kind
    named: bool
    """Whether its name says so, and not its entity alone."""

    key: str = ""
    """Which supply: the number in its name, else the instance of its entity."""

    direction: Direction = Direction.UNSAID


@cache
def words() -> Words:
    """Return the patterns of names.yaml."""
    patterns = yaml.safe_load(files("collectors.ipmi").joinpath("names.yaml").read_text("utf-8"))
    return Words(**{kind: re.compile(pattern) for kind, pattern in patterns.items()})


@lru_cache(REMEMBERED)
def meaning_of(sensor: Sensor) -> Meaning:
    """Return what a sensor that reads watts is the power of."""
    name = _NO_WORD.sub(" ", sensor.name.lower()).strip()
    if words().limit.search(name):
        return Meaning(kind=Kind.LIMIT, named=True)
    direction = _direction_of(sensor, name)
    supply = words().supply.search(name)
    if supply:
        return Meaning(kind=Kind.SUPPLY, named=True, key=supply[1], direction=direction)
    if words().component.search(name):
        return Meaning(kind=Kind.COMPONENT, named=True)
    if words().total.search(name):
        return Meaning(kind=Kind.TOTAL, named=True, direction=direction)
    return _by_entity(sensor, direction)


def _by_entity(sensor: Sensor, direction: Direction) -> Meaning:
    if sensor.entity == POWER_SUPPLY:
        key = str(sensor.instance)
        return Meaning(kind=Kind.SUPPLY, named=False, key=key, direction=direction)
    kind = Kind.TOTAL if sensor.entity in SYSTEM else Kind.COMPONENT
    return Meaning(kind=kind, named=False, direction=direction)


def _direction_of(sensor: Sensor, name: str) -> Direction:
    """Return the record's direction, and else what the name says."""
    if sensor.direction in (Direction.INPUT, Direction.OUTPUT):
        return sensor.direction
    if words().output.search(name):
        return Direction.OUTPUT
    return Direction.INPUT if words().input.search(name) else Direction.UNSAID
