"""What stands in a profile, checked whole. docs/devices.md explains every key."""

from collections.abc import Iterator
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from agent.model import MINUTE, Scope
from config.fields import Name
from config.profiles.facts import Facts, Kind, Match
from config.profiles.patterns import Data, Exact, Pattern, Regex, Span, places_of
from config.profiles.quantities import (
    CONDITIONS,
    Confidence,
    EnergyQuantity,
    PowerQuantity,
    Quantity,
    Where,
)

__all__ = ["CONDITIONS", "Column", "Exact", "MeterBlock", "Profile"]

SINGLE = frozenset({Scope.TOTAL, Scope.INPUT})
"""Scopes of which a device has one."""


class Column(Data):
    """Where a part of a row's key stands, if it is no arc of the index."""

    oid: Pattern | None = None
    """The column that holds it."""

    index: Literal["text", "rest"] | None = None
    """The place of the index that holds it as text, such as a MAC address."""

    matches: Regex | None = None
    """A regular expression for a text: its group is the key, or all that it matches. Where it
    does not match, the key is the index.
    """

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.oid is None) == (self.index is None):
            raise ValueError("write an oid, or the part of the index: text or rest")
        return self


def _column(value: object) -> object:
    """Return a column of a mapping, of an OID alone, or of the name of a place."""
    if not isinstance(value, str):
        return value
    return {"index": value.strip("{}")} if value in ("{text}", "{rest}") else {"oid": value}


KeyColumn = Annotated[Column, BeforeValidator(_column, json_schema_input_type=str | Column)]
"""An OID with places, `{text}` or `{rest}`, or a column with a regular expression."""


class MeterBlock(Data):
    """Meters of one scope: one of them, or one for each row of a table.

    Of several blocks for one meter each quantity is taken from the first that has it.
    """

    scope: Scope

    key: Name | None = None
    """The key of a meter that is no row: `1` for phase 1."""

    rows: Literal["each", "sum"] = "each"
    """Whether each row is a meter, or all rows together are one."""

    sum_of: Scope | None = None
    """The scope whose meters add up to this one, where the device itself does not say it."""

    several: bool = False
    """Whether to leave a single row out, because the total already says it."""

    first_unit: int | Literal["only"] | None = 1
    """The unit that is not named in keys: outlet 3 of unit 2 is `2.3`, of unit 1 it is `3`; null
    names every unit, and so does `only`, but people call the rows of an only unit without it.
    """

    unit: KeyColumn | None = None
    """The column that holds a row's unit, where the index does not."""

    number: KeyColumn | None = None
    """The column of a row's number, or the text it is known by, where the index does not say it."""

    name: Pattern | None = None
    """The column of names that people gave, which `carbond probe` shows."""

    where: tuple[Where, ...] = ()
    """Which rows count, by other columns of theirs."""

    all_zero: Literal["reading", "missing"] = "reading"
    """missing: where its powers and energies are 0 in all rows, this part is not metered."""

    limit_watts: float | None = Field(default=None, gt=0)
    """The most one of these meters can show; the profile's where left out."""

    accuracy: float | None = Field(default=None, gt=0, lt=1)
    """The greatest error of their energy as a share of it; the profile's where left out."""

    confidence: Confidence | None = None
    """Of all its quantities, where it is another than they say themselves."""

    power: PowerQuantity | None = None
    energy: EnergyQuantity | None = None
    conditions: dict[str, Quantity] = Field(default_factory=dict)

    @property
    def main(self) -> tuple[Quantity, ...]:
        """Its power and energy."""
        return tuple(quantity for quantity in (self.power, self.energy) if quantity)

    @property
    def quantities(self) -> tuple[Quantity, ...]:
        """All of them."""
        return self.main + tuple(self.conditions.values())

    @property
    def table(self) -> bool:
        """Whether its meters are rows."""
        return any(places_of(one.oid) for one in self.main or self.quantities)

    @model_validator(mode="after")
    def _whole(self) -> Self:
        for problem in self._problems():
            raise ValueError(problem)
        return self

    def _problems(self) -> Iterator[str]:
        yield from self._problems_of_quantities()
        if self.scope is Scope.SENSOR and self.main:
            yield "a sensor has conditions alone: power and energy are of another scope"
        if self.sum_of is not None:
            return
        if self.table and self.scope in SINGLE and self.rows == "each":
            yield f"there is one {self.scope}: with a table, write `rows: sum`"
        if not self.table and self.rows == "sum":
            yield "`rows: sum` needs a table: put {number} or {row} in the OIDs"
        if not self.table and self.scope not in SINGLE and self.key is None:
            yield f"a {self.scope} needs a key, or {{number}} in its OIDs"

    def _problems_of_quantities(self) -> Iterator[str]:
        if self.sum_of and self.quantities:
            yield "sum_of takes its quantities from the meters it adds up: write none here"
        if self.sum_of is self.scope:
            yield "sum_of names the scope of the parts, not its own"
        if not self.quantities and not self.sum_of:
            yield "a meter has a power, an energy, or both; or conditions; or sum_of"
        for name in sorted(self.conditions.keys() - CONDITIONS):
            yield f"{name!r} is no condition: there are {', '.join(sorted(CONDITIONS))}"


class Profile(Data):
    """A family of devices."""

    name: Name
    """Also the name of its file."""

    title: str
    """What people call it."""

    kind: Kind = "other"
    """What its devices are."""

    vendor: Facts = ()
    """Their maker; by the enterprise number of the sysObjectID where left out."""

    model: Facts = ()
    """Which model it is."""

    tested: tuple[str, ...] = ()
    """Models whose recorded answers the tests read."""

    notes: str = ""
    """What a reader of its numbers must know, which `carbond probe` says."""

    match: Match

    limit_watts: float = Field(gt=0)
    """The most a device of this family can draw; tells a rollover from a reset."""

    longest_gap: Span = 5 * MINUTE
    """Over which its power may be integrated."""

    accuracy: float | None = Field(default=None, gt=0, lt=1)
    """The greatest error of its energy as a share of it: 0.01 for 1 %."""

    serial: Pattern | None = None
    """The object with its serial number; with `{unit}`, a column with one for each unit."""

    meters: tuple[MeterBlock, ...] = ()

    no_power: str | None = None
    """Why its devices have neither power nor energy to read."""

    @model_validator(mode="after")
    def _one_serial(self) -> Self:
        if self.serial and (strange := places_of(self.serial) - {"unit"}):
            raise ValueError(f"{{{min(strange)}}} in serial: a serial number is of a {{unit}}")
        return self

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.meters and self.no_power is None:
            raise ValueError("write meters, or no_power: why there is nothing to read")
        return self
