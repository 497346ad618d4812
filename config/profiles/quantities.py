"""The quantities of a profile: one number of a device each, and when it is not one."""

from collections.abc import Iterator
from fractions import Fraction
from typing import Literal, Self

from pydantic import Field, model_validator

from agent.model import Zeroed
from config.profiles.patterns import (
    Code,
    Data,
    Exact,
    Meanings,
    Pattern,
    Patterns,
    Regex,
    places_of,
)

CONDITIONS = frozenset(
    (
        "voltage_volts",
        "current_amperes",
        "frequency_hertz",
        "power_factor_ratio",
        "apparent_power_voltamperes",
        "apparent_energy_voltamperehours",
        "load_ratio",
        "battery_ratio",
        "temperature_celsius",
        "humidity_ratio",
        "state",
    )
)
Confidence = Literal["high", "medium", "low"]


class Where(Data):
    """An object that tells rows apart: the row counts only where it says what it must.

    A row without the object fits `not_values` and `not_matches`, and nothing else.
    """

    oid: Pattern | None = None
    """The object; left out, it is the index of the row itself, as in `2.1`."""

    values: tuple[Code, ...] = ()
    """It is one of these."""

    not_values: tuple[Code, ...] = ()
    """It is none of these."""

    matches: Regex | None = None
    """A regular expression is found in it."""

    not_matches: Regex | None = None
    """A regular expression is not found in it."""

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not (self.values or self.not_values or self.matches or self.not_matches):
            raise ValueError("write values, not_values, matches or not_matches")
        return self


class ScaleBy(Data):
    """An object that says how the number is to be scaled; it is read when rows are looked up."""

    oid: Pattern

    says: Literal["digits", "exponent", "sensor-scale", "factor", "unit"]
    """digits: n decimal digits, the number is divided by 10^n. exponent: the number times 10^n.
    sensor-scale: a code of RFC 3433, 9 for units, 8 for milli, 10 for kilo. factor: n multiplies,
    -n divides, 0 does neither. unit: the name of a unit, in place of `unit`.
    """

    otherwise: int | str | None = None
    """What holds if the device does not say; without it, the number is then not read."""


class Term(Data):
    """A factor of a product that a power is checked against."""

    oid: Pattern
    scale: Exact = Fraction(1)


class Check(Data):
    """Which scale a firmware uses, decided by what else the device says when rows are looked up.

    The scale is taken that brings the number nearest to the estimate. It is not read where none
    brings it within the factor `within`, nor where there are several and no estimate.
    """

    against: tuple[tuple[Term, ...], ...] = Field(min_length=1)
    """Estimates, of which the first above zero is taken. Each is a product of objects, in the
    unit of the quantity (W, Wh), added up over the rows that belong to the number's row.
    """

    scales: tuple[Exact, ...] = ()
    """What one count may be worth; `scale` alone where left out."""

    within: float = Field(default=10, gt=1)
    """By which factor the number may be off from the estimate."""


class Quantity(Data):
    """One number of a device, and when it is not one."""

    oid: Pattern
    """The object, in full; with places in it, a column of a table."""

    scale: Exact = Fraction(1)
    """What one count is worth in the unit."""

    digits: Pattern | None = None
    """The object that says how many decimal digits the number has."""

    digits_else: int | None = Field(default=None, ge=0, le=9)
    """The digits of a device that does not say; without it, the number is then not read."""

    scale_by: tuple[ScaleBy, ...] = ()
    """The objects that say more about its scale; all of them apply."""

    check: Check | None = None
    """What the number is compared with before it is believed."""

    means: Meanings = ()
    """What a text or a code stands for, for a state: {"on": 1, "off": 0}. Others are not read."""

    not_available: tuple[Code, ...] = ()
    """The values by which this object says that it has none."""

    negative: Literal["missing", "reading"] = "missing"
    """Whether a number below zero is a reading."""

    zero: Literal["reading", "missing", "once-nonzero", "beside-others"] = "reading"
    """Whether 0 is a reading; `once-nonzero`: only after the device has shown another number;
    `beside-others`: only while another row of the table is not 0.
    """

    zero_with: Patterns = ()
    """0 is a reading only while these objects, as far as they are there, are 0 too."""

    least: float | None = Field(default=None, gt=0)
    """The least that is plausible beside 0, in the unit; a smaller number is suspect, not read."""

    most: float | None = Field(default=None, gt=0)
    """The most that is plausible, in the unit; a larger number is suspect, not read."""

    available: Where | None = None
    """The object that says whether this one has a value now."""

    confidence: Confidence = "high"
    """high: the MIB states the unit. medium: the unit or the meaning is inferred. low: guessed."""

    @property
    def others(self) -> Iterator[str]:
        """The patterns of the objects that belong to one number of it, beside its own."""
        if self.digits:
            yield self.digits
        yield from self.zero_with
        yield from (one.oid for one in self.scale_by)
        if self.available and self.available.oid:
            yield self.available.oid

    @model_validator(mode="after")
    def _places(self) -> Self:
        if self.available and self.available.oid is None:
            raise ValueError("available needs an oid: the object that says so")
        for other in self.others:
            if strange := places_of(other) - places_of(self.oid):
                raise ValueError(f"{{{min(strange)}}} in {other} does not stand in {self.oid}")
        return self


class PowerQuantity(Quantity):
    unit: Literal["W", "kW", "MW", "mW", "own"] = "W"
    """own: the number is a text with its unit behind it, such as 0.061kW."""


class EnergyQuantity(Quantity):
    unit: Literal["J", "Wh", "kWh", "MWh", "L", "m3", "own"] = "Wh"
    """Litres and cubic metres are of water; all others are energy, electric or heat. own: the
    number is a text with its unit behind it, such as 2.28kWh.
    """

    bits: int | None = Field(default=None, ge=8, le=64)
    """Width of the counter: it starts again at zero after 2^bits counts."""

    modulus: int | None = Field(default=None, gt=1)
    """The count at which it starts again, where that is no power of two."""

    zeroed: Zeroed = Zeroed.NEVER
    """When it goes back to zero by itself: never, at a restart of the device, or daily."""

    @model_validator(mode="after")
    def _one_width(self) -> Self:
        if self.bits and self.modulus:
            raise ValueError("a counter has either bits or a modulus")
        return self
