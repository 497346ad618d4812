"""What stands in a register map, checked whole. collectors/modbus/README.md explains every key."""

import re
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, ConfigDict, Field, model_validator

from agent.model import MINUTE, Scope, Zeroed
from config.fields import Duration, Name, Strict
from config.profiles import CONDITIONS

MOST_REGISTERS = 125
"""Of one request (MODBUS Application Protocol V1.1b3, section 6.3)."""

LAST_REGISTER = 65_535

Kind = Literal[
    "int16", "uint16", "int32", "uint32", "int64", "uint64", "float32", "float64", "string", "hex"
]
Order = Literal["high-first", "low-first"]
Function = Literal["holding", "input"]

WORDS = {
    "int16": 1,
    "uint16": 1,
    "int32": 2,
    "uint32": 2,
    "int64": 4,
    "uint64": 4,
    "float32": 2,
    "float64": 4,
}
TEXTS = frozenset({"string", "hex"})
FLOATS = frozenset({"float32", "float64"})


def _hexadecimal(value: object) -> object:
    """Return the number of a text such as 0x0028, as maps are often written."""
    if isinstance(value, str) and re.fullmatch(r"0x[0-9A-Fa-f]{1,16}", value):
        return int(value, 16)
    return value


Address = Annotated[int, BeforeValidator(_hexadecimal), Field(ge=0, le=LAST_REGISTER)]
"""A register as it goes over the wire: the first one is 0."""


def _exact(value: object) -> Fraction:
    """Return a number as it was written: 0.1 is a tenth, and not the float beside it."""
    if isinstance(value, Fraction):
        return value
    try:
        number = Fraction(Decimal(str(value)))
    except ArithmeticError:
        raise ValueError(f"{value!r} is no number") from None
    if number <= 0:
        raise ValueError("it must be above zero")
    return number


def _register(value: object) -> object:
    """Return what a register's number alone stands for."""
    number = _hexadecimal(value)
    return {"register": number, "type": "int16"} if isinstance(number, int) else value


Exact = Annotated[Fraction, BeforeValidator(_exact)]

Pattern = Annotated[int | float, BeforeValidator(_hexadecimal)]
"""A value, or the bits of one."""


class _Data(Strict):
    model_config = ConfigDict(arbitrary_types_allowed=True)


class Spot(_Data):
    """Where something stands, and in what form."""

    register_: Address = Field(alias="register")
    """The first register, as it goes over the wire: 0 for the one that manuals call 40001."""

    type: Kind
    """int16, uint16, int32, uint32, int64, uint64, float32, float64; string, hex."""

    words: int | None = Field(default=None, ge=1, le=MOST_REGISTERS)
    """How many registers a string or hex has."""

    function: Function | None = None
    """Whether it is a holding or an input register; the map's where left out."""

    word_order: Order | None = None
    """Which of its registers comes first; the map's where left out."""

    @property
    def length(self) -> int:
        """How many registers it takes."""
        return self.words or WORDS[self.type]

    @model_validator(mode="after")
    def _sized(self) -> Self:
        if (self.type in TEXTS) != (self.words is not None):
            raise ValueError("words belongs to a string or hex, and must be set for one")
        if self.register_ + self.length - 1 > LAST_REGISTER:
            raise ValueError(f"it ends behind register {LAST_REGISTER}")
        return self


Beside = Annotated[Spot, BeforeValidator(_register)]
"""Where a number beside another one stands; the register alone, where it is an int16."""


class Number(Spot):
    """One number of a device, and when it is not one."""

    scale: Exact = Fraction(1)
    """What one count is worth in the unit."""

    exponent: Beside | None = None
    """The register with the power of ten by which it is to be multiplied."""

    factor: Beside | None = None
    """The register with a factor by which it is to be multiplied."""

    not_available: tuple[Pattern, ...] = ()
    """The values, or bit patterns, by which this number says that it is none."""

    negative: Literal["missing", "reading"] = "reading"
    """Whether a number below zero is a reading."""

    zero: Literal["missing", "reading"] = "reading"
    """Whether 0 is a reading."""

    @model_validator(mode="after")
    def _numbers(self) -> Self:
        for one in (self, self.exponent, self.factor):
            if one is not None and one.type in TEXTS:
                raise ValueError(f"a {one.type} is no number")
        return self


class PowerNumber(Number):
    unit: Literal["W", "kW", "L/s", "L/min", "L/h", "m3/h"] = "W"
    """Litres and cubic metres are of water."""


class EnergyNumber(Number):
    unit: Literal["J", "Wh", "kWh", "MWh", "GJ", "L", "m3"] = "Wh"
    """Litres and cubic metres are of water; all others are energy, electric or heat."""

    bits: int | None = Field(default=None, ge=8, le=64)
    """Width of the counter: it starts again at zero after 2^bits counts."""

    modulus: int | None = Field(default=None, gt=1)
    """The count at which it starts again, where that is no power of two."""

    step: Exact | None = None
    """The least that it moves by, in the unit; a floating-point number must say it."""

    zeroed: Zeroed = Zeroed.NEVER
    """When it goes back to zero by itself: never, at a restart of the device, or daily."""

    @model_validator(mode="after")
    def _counted(self) -> Self:
        if self.bits and self.modulus:
            raise ValueError("a counter has either bits or a modulus")
        if self.type in FLOATS and self.step is None:
            raise ValueError("a floating-point counter needs a step: its least move, in the unit")
        return self


class MeterBlock(_Data):
    """One meter of a device."""

    scope: Scope

    key: Name | None = None
    """The key of a part: `1` for phase 1."""

    limit_watts: float | None = Field(default=None, gt=0)
    """The most this meter can show; the map's where left out."""

    accuracy: float | None = Field(default=None, gt=0, lt=1)
    """The greatest error of its energy as a share of it; the map's where left out."""

    power: PowerNumber | None = None
    """What flows, above zero into the load."""

    energy: EnergyNumber | None = None
    """What has flowed into the load; of what generates, what it has given."""

    export: EnergyNumber | None = None
    """What has flowed out of the load."""

    conditions: dict[str, Number] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _whole(self) -> Self:
        for problem in self._problems():
            raise ValueError(problem)
        return self

    def _problems(self) -> Iterator[str]:
        if self.power is None and self.energy is None:
            yield "a meter has a power, an energy, or both"
        for name in self.conditions.keys() - CONDITIONS:
            yield f"{name!r} is no condition: there are {', '.join(sorted(CONDITIONS))}"
        if self.scope is Scope.TOTAL and self.key is not None:
            yield "there is one total: it has no key"
        if self.scope not in (Scope.TOTAL, Scope.INPUT) and self.key is None:
            yield f"a {self.scope} needs a key"


class Meters(_Data):
    """Meters, and which way their energy counts."""

    generates: bool = False
    """Whether the energy is what the device gives, and a power above zero what it is giving."""

    meters: tuple[MeterBlock, ...] = ()

    @model_validator(mode="after")
    def _different(self) -> Self:
        names = [(one.scope, one.key) for one in self.meters]
        for scope, key in names:
            if names.count((scope, key)) > 1:
                raise ValueError(f"there are two meters {'/'.join(filter(None, (scope, key)))}")
        return self


class Model(Meters):
    """A SunSpec information model; its registers count from the one with its number."""

    ids: tuple[int, ...] = Field(min_length=1)
    """The numbers that it has: 101, 102 and 103 have one layout."""

    meters: tuple[MeterBlock, ...] = Field(min_length=1)


class Traits(_Data):
    """What is true of all registers of a device."""

    function: Function = "holding"
    """Whether values are read as holding registers (function 3) or as input registers (4)."""

    word_order: Order = "high-first"
    """Which register of a longer number comes first."""

    byte_order: Order = "high-first"
    """Which byte of a register comes first; the protocol says the high one."""

    max_registers: int = Field(default=MOST_REGISTERS, ge=1, le=MOST_REGISTERS)
    """The most registers that it gives in one answer."""

    blocks: tuple[tuple[Address, Address], ...] = ()
    """First and last register of ranges without a hole, over which values may be read together."""

    limit_watts: float = Field(gt=0)
    """The most a device of this family can draw; tells a rollover from a reset."""

    longest_gap: Duration = 5 * MINUTE
    """Over which its power may be integrated."""

    accuracy: float | None = Field(default=None, gt=0, lt=1)
    """The greatest error of its energy as a share of it: 0.01 for 1 %."""

    serial: Spot | None = None
    """Where its serial number stands."""

    @model_validator(mode="after")
    def _forward(self) -> Self:
        for first, last in self.blocks:
            if last < first:
                raise ValueError(f"blocks: {first} to {last} goes backwards")
        return self


class RegisterMap(Traits, Meters):
    """The registers of one device, as the settings may hold them."""

    meters: tuple[MeterBlock, ...] = Field(min_length=1)


class Sign(Spot):
    """What must stand in a register of a device of the family."""

    values: tuple[int, ...] = ()
    """One of these numbers."""

    pattern: str | None = None
    """A regular expression that the text matches, from its beginning."""

    @model_validator(mode="after")
    def _something(self) -> Self:
        if bool(self.values) == (self.pattern is not None):
            raise ValueError("write either values or a pattern")
        if (self.pattern is not None) != (self.type == "string"):
            raise ValueError("a pattern belongs to a string, values to a number")
        _check_pattern(self.pattern)
        return self


class Names(_Data):
    """What the device identification (function 43/14) must say; regular expressions."""

    vendor: str
    product: str

    @model_validator(mode="after")
    def _patterns(self) -> Self:
        _check_pattern(self.vendor)
        _check_pattern(self.product)
        return self


class Identity(_Data):
    """One way in which a device of the family is known: all of it must be true."""

    registers: tuple[Sign, ...] = ()
    names: Names | None = None

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.registers and self.names is None:
            raise ValueError("write registers or names: nothing must not match everything")
        return self


class Profile(Traits, Meters):
    """A family of devices."""

    name: Name
    """Also the name of its file."""

    title: str
    """What people call it."""

    tested: tuple[str, ...] = ()
    """Models whose recorded answers the tests read."""

    identify: tuple[Identity, ...] = ()
    """How it is known; any of them. Without one, the settings must name the profile."""

    models: tuple[Model, ...] = ()
    """The SunSpec models that are read, in place of meters."""

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if bool(self.meters) == bool(self.models):
            raise ValueError("a profile has either meters or models")
        return self


def _check_pattern(text: str | None) -> None:
    try:
        re.compile(text or "")
    except re.error as error:
        raise ValueError(f"{text!r} is no regular expression: {error}") from error
