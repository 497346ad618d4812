"""What a poll of one device asks for, and how its readings come of the answers.

A plan is learnt once (layout.py) and holds nothing of the device's own values but what is fixed in
them: its rows, their keys, their scales.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction

from agent.model import Register, Scope
from collectors.snmp.wire.ber import ObjectId, Value, text_of
from collectors.snmp.wire.failure import Malformed
from config.profiles import Quantity, Where

Values = Mapping[bytes, Value]


def text_or_number(value: Value) -> str | int | float | None:
    """Return a value in the form in which profiles write values: an OID without a dot before it."""
    if isinstance(value, ObjectId):
        with suppress(Malformed):
            return text_of(value)
    return value.decode("utf-8", "replace").strip() if isinstance(value, bytes) else value


def agrees(where: Where, raw: Value) -> bool:
    """Return whether an object is what it must be; one that is not there is only what it must not
    be.
    """
    said = text_or_number(raw)
    if where.values and not _is_one(said, where.values):
        return False
    if where.not_values and _is_one(said, where.not_values):
        return False
    if where.matches and (said is None or not re.search(where.matches, str(said))):
        return False
    return not (where.not_matches and said is not None and re.search(where.not_matches, str(said)))


def _is_one(said: str | int | float | None, values: Collection[int | str]) -> bool:
    """Return whether what a device says is one of some values, also a number as text."""
    return said in values or (said is not None and str(said) in map(str, values))


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What makes a number no reading, beside what its quantity says of one count."""

    least: Fraction | None = None
    most: Fraction | None = None
    """What is plausible, in counts."""

    siblings: tuple[bytes, ...] = ()
    """The objects of the table's other rows, of which one must not be 0 for 0 to count."""

    undecided: bool = False
    """Nothing but 0 is a reading, because what a count is worth is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One number of one row, and how to tell whether it is a reading."""

    oid: bytes
    worth: tuple[int, int]
    """What one count is worth, exactly: a fraction of watts, joules, or the condition's unit."""
    quantity: Quantity
    available: bytes | None = None
    zero_with: tuple[bytes, ...] = ()
    rules: Rules | None = None

    @property
    def oids(self) -> Iterator[bytes]:
        """All that must be asked for to read it."""
        yield self.oid
        if self.available:
            yield self.available
        yield from self.zero_with


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How one meter is read: where several points stand, they are added up."""

    suffix: str
    """What follows the device's name in the meter's id: nothing, or `/outlet/12`."""
    register: Register
    power: tuple[Point, ...]
    energy: tuple[Point, ...]
    conditions: tuple[tuple[str, tuple[Point, ...]], ...]
    rows: str = ""
    """Which rows its energy adds up: a counter of other rows is another counter."""
    units: tuple[int, ...] = ()
    """The units it is a part of, by which their serial numbers are known; none: all of them."""

    @property
    def books(self) -> bool:
        """Whether it has a power or an energy."""
        return bool(self.power or self.energy)

    @property
    def is_of_sensor(self) -> bool:
        """Whether it measures what is around the device."""
        return self.suffix.startswith(f"/{Scope.SENSOR}/")

    @property
    def points(self) -> Iterator[Point]:
        """All numbers of it."""
        yield from self.power
        yield from self.energy
        for _, points in self.conditions:
            yield from points


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """What a poll of one device asks for, and the meters that come of it."""

    profile: str
    plans: tuple[Plan, ...]
    oids: tuple[bytes, ...]
    """Asked for by name."""
    columns: tuple[bytes, ...]
    """Long tables, of which every row is wanted: walked."""
    rows: int

    @property
    def undecided(self) -> bool:
        """Whether a number waits for its scale to be told."""
        return any(
            point.rules is not None and point.rules.undecided
            for plan in self.plans
            for point in plan.points
        )
