"""Meters: where they stand, and what is known of them before they are read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import NewType

from agent.units import Joules, Watts

MeterId = NewType("MeterId", str)
"""`device` for the whole of a device, `device/scope/key` for a part: `rack-07-a/outlet/12`."""

ONE_JOULE = Joules(1)


class Role(StrEnum):
    """Where a meter stands in the power chain, upstream to downstream."""

    UTILITY = "utility"
    GENERATOR = "generator"
    ONSITE = "onsite"
    UPS_INPUT = "ups-input"
    UPS_OUTPUT = "ups-output"
    FEED = "feed"
    RACK = "rack"
    OUTLET = "outlet"
    DEVICE = "device"
    COOLING = "cooling"
    LIGHTING = "lighting"
    OTHER = "other"
    WATER = "water"
    """Water that the site takes in (ISO/IEC 30134-9); its register counts millilitres."""

    HEAT_REUSE = "heat-reuse"
    """Heat that is used outside the data centre (ISO/IEC 30134-6)."""


class Quantity(StrEnum):
    """What a meter measures. Nothing of one quantity is ever added to another."""

    ELECTRICITY = "electricity"
    HEAT = "heat"
    WATER = "water"

    @property
    def suffix(self) -> str:
        """The unit that names of figures end with: millilitres of water, joules of all else."""
        return "ml" if self is Quantity.WATER else "j"


GENERATION = frozenset({Role.GENERATOR, Role.ONSITE})
"""What a site gives itself. A grid's intensity says nothing of it, and it may feed in behind other
meters, which do not contain it then.
"""

SOURCES_OF_ENERGY = GENERATION | {Role.UTILITY}
"""What crosses the boundary of the facility (ISO/IEC 30134-2: E_DC)."""


class Scope(StrEnum):
    """Which part of a device a meter is. Views of one flow: two scopes are never added up."""

    TOTAL = "total"
    INPUT = "input"
    INPUT_PHASE = "input-phase"
    INLET = "inlet"
    PHASE = "phase"
    BRANCH = "branch"
    BANK = "bank"
    OUTLET = "outlet"
    UNIT = "unit"
    METER = "meter"
    PSU = "psu"
    PSU_INPUT = "psu-input"
    PSU_OUTPUT = "psu-output"
    MODULE = "module"
    BOARD = "board"
    SENSOR = "sensor"
    """Of temperature or humidity, at a device of the power chain: it has conditions alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rating:
    """What a device may carry for good, as its plate and the fuse before it say."""

    power: Watts | None = None
    """Of its total."""

    amperes: float | None = None
    """Of each of its inlets or phases."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Meter:
    """A point where energy or power is measured, and its place in the metering tree."""

    id: MeterId
    device: str
    site: str
    role: Role
    scope: Scope = Scope.TOTAL
    upstream: tuple[str, ...] = ()
    """The meters whose energy contains this one's: two for a server on an A and a B feed."""

    tags: Mapping[str, str] = field(default_factory=dict)
    """rack, room, feed, tenant and what else the settings say."""

    accuracy: float | None = None
    """The greatest error of its energy as a share of it: 0.01 for class 1 (IEC 62053-21)."""

    rating: Rating | None = field(default=None, compare=False)
    """Of its device, where the settings say one. It is of the present alone: no hour is computed
    with it, so it makes no other meter and is not in the ledger.
    """

    @property
    def quantity(self) -> Quantity:
        """What it measures."""
        if self.role is Role.WATER:
            return Quantity.WATER
        return Quantity.HEAT if self.role is Role.HEAT_REUSE else Quantity.ELECTRICITY


class Zeroed(StrEnum):
    """When a register goes back to zero by itself, beside its rollover."""

    NEVER = "never"
    RESTART = "restart"
    """It is lost when the device restarts."""

    DAILY = "daily"
    """It counts the energy of a day, in the site's own time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """What is known of a meter before it is read. It comes from the device's profile, never from
    a value.
    """

    step: Joules = ONE_JOULE
    """Energy of one count: the register is at most this much behind the truth."""

    span: Joules | None = None
    """Energy at which the counter starts again at zero; None if it never does in practice."""

    limit: Watts | None = None
    """The most a device of this kind can draw. Above it a step back was a reset, not a rollover."""

    longest_gap: timedelta = timedelta(minutes=5)
    """Over which power may be integrated; a longer gap without a counter has no interval."""

    zeroed: Zeroed = Zeroed.NEVER
    """When it goes back to zero by itself."""
