"""What stands in a profile, checked whole. collectors/snmp/README.md explains every key."""

import re
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, ConfigDict, Field, model_validator

from agent.model import MINUTE, Scope, Zeroed
from config.fields import Duration, Name, Strict

PLACES = ("unit", "group", "number", "row", "rest")
CONDITIONS = frozenset(
    (
        "voltage_volts",
        "current_amperes",
        "frequency_hertz",
        "power_factor_ratio",
        "apparent_power_voltamperes",
        "load_ratio",
        "battery_ratio",
        "temperature_celsius",
        "humidity_ratio",
        "state",
    )
)
_OID = re.compile(r"[012](\.\d+)+")
_PLACE = re.compile(r"\{(\w+)\}")


def _oid(value: object) -> str:
    text = str(value).removeprefix(".")
    if not _OID.fullmatch(text):
        raise ValueError(f"{value!r} is no OID: write it in numbers, such as 1.3.6.1.4.1.318")
    return text


def _pattern(value: object) -> str:
    text = str(value).removeprefix(".")
    names = _PLACE.findall(text)
    for name in names:
        if name not in PLACES:
            allowed = ", ".join(f"{{{place}}}" for place in PLACES)
            raise ValueError(f"{{{name}}} stands for nothing: there are {allowed}")
    if len(set(names)) < len(names):
        raise ValueError("the same place stands in it twice")
    if "{rest}" in text and not text.endswith(".{rest}"):
        raise ValueError("{rest} stands for all that follows, so it comes last")
    _oid(_PLACE.sub("0", text))
    return text


def _exact(value: object) -> Fraction:
    """Return a number as it was written: 0.1 is a tenth, and not the float beside it."""
    if isinstance(value, Fraction):
        return value
    try:
        number = Fraction(Decimal(str(value)))
    except ArithmeticError:
        raise ValueError(f"{value!r} is no number") from None
    if number <= 0:
        raise ValueError("a scale is above zero")
    return number


Oid = Annotated[str, BeforeValidator(_oid)]
Pattern = Annotated[str, BeforeValidator(_pattern)]
"""An OID; `{unit}`, `{group}`, `{number}`, `{row}` stand for an arc, `{rest}` for what follows."""
Exact = Annotated[Fraction, BeforeValidator(_exact)]


def places_of(pattern: str) -> frozenset[str]:
    """Return the names of the places in a pattern."""
    return frozenset(_PLACE.findall(pattern))


class _Data(Strict):
    model_config = ConfigDict(arbitrary_types_allowed=True)


class Where(_Data):
    """A column that tells rows apart: the row counts only where it has one of the values."""

    oid: Pattern
    values: tuple[int | str, ...] = Field(min_length=1)


class Quantity(_Data):
    """One number of a device, and when it is not one."""

    oid: Pattern
    """The object, in full; with places in it, a column of a table."""

    scale: Exact = Fraction(1)
    """What one count is worth in the unit."""

    digits: Pattern | None = None
    """The object that says how many decimal digits the number has."""

    digits_else: int | None = Field(default=None, ge=0, le=9)
    """The digits of a device that does not say; without it, the number is then not read."""

    not_available: tuple[int | str, ...] = ()
    """The values by which this object says that it has none."""

    negative: Literal["missing", "reading"] = "missing"
    """Whether a number below zero is a reading."""

    zero: Literal["reading", "missing", "once-nonzero"] = "reading"
    """Whether 0 is a reading; `once-nonzero`: only after the device has shown another number."""

    zero_with: Pattern | None = None
    """0 is a reading only while this object is 0 too."""

    available: Where | None = None
    """The object that says whether this one has a value now."""

    @model_validator(mode="after")
    def _places(self) -> Self:
        others = (self.digits, self.available.oid if self.available else None)
        for other in filter(None, others):
            if strange := places_of(other) - places_of(self.oid):
                raise ValueError(f"{{{min(strange)}}} in {other} does not stand in {self.oid}")
        return self


class PowerQuantity(Quantity):
    unit: Literal["W", "kW"] = "W"


class EnergyQuantity(Quantity):
    unit: Literal["J", "Wh", "kWh", "MWh", "L", "m3"] = "Wh"
    """Litres and cubic metres are of water; all others are energy, electric or heat."""

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


class MeterBlock(_Data):
    """Meters of one scope: one of them, or one for each row of a table."""

    scope: Scope

    key: Name | None = None
    """The key of a meter that is no row: `1` for phase 1."""

    rows: Literal["each", "sum"] = "each"
    """Whether each row is a meter, or all rows together are one."""

    several: bool = False
    """Whether to leave a single row out, because the total already says it."""

    first_unit: int = 1
    """The unit that is not named in keys: outlet 3 of unit 2 is `2.3`, of unit 1 it is `3`."""

    unit: Pattern | None = None
    """The column that holds a row's unit, where the index does not."""

    number: Pattern | None = None
    """The column that holds a row's number, where the index does not."""

    where: tuple[Where, ...] = ()
    """Which rows count, by other columns of theirs."""

    limit_watts: float | None = Field(default=None, gt=0)
    """The most one of these meters can show; the profile's where left out."""

    accuracy: float | None = Field(default=None, gt=0, lt=1)
    """The greatest error of their energy as a share of it; the profile's where left out."""

    power: PowerQuantity | None = None
    energy: EnergyQuantity | None = None
    conditions: dict[str, Quantity] = Field(default_factory=dict)

    @property
    def quantities(self) -> tuple[Quantity, ...]:
        """All of them."""
        main = tuple(quantity for quantity in (self.power, self.energy) if quantity)
        return main + tuple(self.conditions.values())

    @property
    def table(self) -> bool:
        """Whether its meters are rows."""
        return any(places_of(one.oid) for one in (self.power, self.energy) if one)

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
        single = self.scope in (Scope.TOTAL, Scope.INPUT)
        if self.table and single and self.rows == "each":
            yield f"there is one {self.scope}: with a table, write `rows: sum`"
        if not self.table and self.rows == "sum":
            yield "`rows: sum` needs a table: put {number} or {row} in the OIDs"
        if not self.table and not single and self.key is None:
            yield f"a {self.scope} needs a key, or {{number}} in its OIDs"


class Match(_Data):
    """How a device of the family is known."""

    object_ids: tuple[Oid, ...] = ()
    """What its sysObjectID begins with; of several profiles, the longest wins."""

    not_object_ids: tuple[Oid, ...] = ()
    """What its sysObjectID must not begin with."""

    description: str | None = None
    """A regular expression that its sysDescr must match."""

    probe: Oid | None = None
    """A subtree that it must have something in."""

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.object_ids and self.probe is None:
            raise ValueError("write object_ids, or a probe: a profile must not match everything")
        try:
            re.compile(self.description or "")
        except re.error as error:
            raise ValueError(f"description is no regular expression: {error}") from error
        return self


class Profile(_Data):
    """A family of devices."""

    name: Name
    """Also the name of its file."""

    title: str
    """What people call it."""

    tested: tuple[str, ...] = ()
    """Models whose recorded answers the tests read."""

    match: Match

    limit_watts: float = Field(gt=0)
    """The most a device of this family can draw; tells a rollover from a reset."""

    longest_gap: Duration = 5 * MINUTE
    """Over which its power may be integrated."""

    accuracy: float | None = Field(default=None, gt=0, lt=1)
    """The greatest error of its energy as a share of it: 0.01 for 1 %."""

    serial: Pattern | None = None
    """The object with its serial number; with `{unit}`, a column with one for each unit."""

    meters: tuple[MeterBlock, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _one_serial(self) -> Self:
        if self.serial and (strange := places_of(self.serial) - {"unit"}):
            raise ValueError(f"{{{min(strange)}}} in serial: a serial number is of a {{unit}}")
        return self
