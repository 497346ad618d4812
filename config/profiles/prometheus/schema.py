"""What stands in a map: which metrics and labels of an exporter are which meters.

collectors/prometheus/README.md explains every key.
"""

import re
from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from agent.model import Scope, Zeroed
from agent.units import JOULES_PER_KWH, JOULES_PER_WH
from config.fields import Name, Strict
from config.profiles.quantities import CONDITIONS

SINGLE = frozenset({Scope.TOTAL, Scope.INPUT})
"""Scopes of which a device has one."""

WATTS: Mapping[str, float] = {"uW": 1e-6, "mW": 1e-3, "W": 1.0, "kW": 1e3, "MW": 1e6}
JOULES: Mapping[str, float] = {
    "uJ": 1e-6,
    "mJ": 1e-3,
    "J": 1.0,
    "kJ": 1e3,
    "MJ": 1e6,
    "Wh": JOULES_PER_WH,
    "kWh": JOULES_PER_KWH,
    "MWh": JOULES_PER_KWH * 1e3,
}

REGEX = "~"
"""What a label's value begins with where it is a regular expression."""


def _listed(value: object) -> object:
    return (value,) if isinstance(value, str) else value


def _pattern(value: str) -> str:
    """Return a label's value that can be matched. Raises ValueError for a bad expression."""
    if value.startswith(REGEX):
        try:
            re.compile(value.removeprefix(REGEX))
        except re.error as error:
            raise ValueError(f"is no regular expression: {error}") from error
    return value


Metric = Annotated[str, Field(pattern=r"^[a-zA-Z_:][a-zA-Z0-9_:]*$")]
Label = Annotated[str, Field(pattern=r"^[a-zA-Z_][a-zA-Z0-9_]*$")]
Labels = dict[Label, Annotated[str, AfterValidator(_pattern)]]


class Sign(Strict):
    """A metric that says 0 where the exporter could not reach its target."""

    metric: Metric
    """Name of the metric."""

    labels: Labels = Field(default_factory=dict)
    """Labels that its sample must have."""


class Series(Strict):
    """The samples that hold one quantity."""

    metric: Annotated[tuple[Metric, ...], BeforeValidator(_listed), Field(min_length=1)]
    """Name of the metric; several are for a sum."""

    labels: Labels = Field(default_factory=dict)
    """Labels that a sample must have: exactly, or after `~` a regular expression for all of it."""

    scale: float = Field(default=1.0, gt=0)
    """By what a value is multiplied to be in its unit."""

    digits: Metric | None = None
    """A metric of the same labels that says how many digits of the value are behind the point."""

    absent: tuple[float, ...] = ()
    """Values that mean that there is none, such as -1."""

    sum: bool = False
    """Whether all samples that match are added up; without it there must be one."""

    up: Sign | None = None
    """What says 0 where this quantity could not be read."""

    @model_validator(mode="after")
    def _several_are_a_sum(self) -> Self:
        if len(self.metric) > 1 and not self.sum:
            raise ValueError("several metrics are for a sum: write `sum: true`, or name one")
        return self


class PowerSeries(Series):
    """The samples that hold a power."""

    unit: Literal["uW", "mW", "W", "kW", "MW"] = "W"
    """What its values are in."""

    @property
    def factor(self) -> float:
        """Watts in one of its values."""
        return WATTS[self.unit] * self.scale


class EnergySeries(Series):
    """The samples that hold an energy that is counted."""

    unit: Literal["uJ", "mJ", "J", "kJ", "MJ", "Wh", "kWh", "MWh"] = "J"
    """What its values are in."""

    step: float | None = Field(default=None, gt=0)
    """The least by which it moves, in its unit; one of its values x scale where left out."""

    span: float | None = Field(default=None, gt=0)
    """Where the count begins again at zero, in its unit; left out if it never does in practice."""

    zeroed: Zeroed = Zeroed.NEVER
    """When it goes back to zero by itself: never, restart (of the exporter) or daily."""

    @property
    def factor(self) -> float:
        """Joules in one of its values."""
        return JOULES[self.unit] * self.scale


class MeterMap(Strict):
    """Meters of one scope: one of them, or one for each value of some labels."""

    scope: Scope = Scope.TOTAL
    """Which part of the device they are."""

    key: Annotated[tuple[Label, ...], BeforeValidator(_listed)] = ()
    """The labels that tell them apart, outlets for instance; the values are joined by a point."""

    power: tuple[PowerSeries, ...] = ()
    """Where their power is; the first that is there, which is then stayed with."""

    energy: tuple[EnergySeries, ...] = ()
    """Where their energy is; the first that is there, which is then stayed with."""

    conditions: dict[Name, Series] = Field(default_factory=dict)
    """Other values to show: current_amperes, voltage_volts, temperature_celsius and so on."""

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if not self.power and not self.energy:
            raise ValueError("a meter has a power, an energy or both")
        if strange := self.conditions.keys() - CONDITIONS:
            every = ", ".join(sorted(CONDITIONS))
            raise ValueError(f"{min(strange)!r} is no condition: there are {every}")
        if self.scope in SINGLE and self.key:
            raise ValueError(f"a device has one {self.scope}: leave `key` out")
        if self.scope not in SINGLE and not self.key:
            raise ValueError(
                f"which {self.scope} a sample is of stands in a label: name it in `key`"
            )
        return self


def _one_of_each(meters: tuple[MeterMap, ...]) -> tuple[MeterMap, ...]:
    """Return meters none of which stands there twice: its id would be given twice."""
    seen: set[tuple[Scope, tuple[str, ...]]] = set()
    for meter in meters:
        if (meter.scope, meter.key) in seen:
            by = f" by {', '.join(meter.key)}" if meter.key else ""
            raise ValueError(
                f"{meter.scope}{by} stands there twice: give one of them all the ways to read it, "
                "and leave the other out"
            )
        seen.add((meter.scope, meter.key))
    return meters


MeterMaps = Annotated[tuple[MeterMap, ...], AfterValidator(_one_of_each)]


class ExporterMap(Strict):
    """What an exporter says, as meters."""

    name: Name
    """Its name, which is that of its file."""

    title: str = Field(min_length=1)
    """The exporter and its versions, for people."""

    in_band: bool = False
    """Whether the machine that is read measures itself."""

    up: Sign | None = None
    """What says 0 where the exporter could not reach its target."""

    meters: MeterMaps = Field(min_length=1)
    """Its meters."""
