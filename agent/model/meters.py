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


SOURCES_OF_ENERGY = frozenset({Role.UTILITY, Role.GENERATOR, Role.ONSITE})
"""What crosses the boundary of the facility (ISO/IEC 30134-2: E_DC)."""


class Scope(StrEnum):
    """Which part of a device a meter is. Views of one flow: two scopes are never added up."""

    TOTAL = "total"
    INPUT = "input"
    INLET = "inlet"
    PHASE = "phase"
    BRANCH = "branch"
    OUTLET = "outlet"


@dataclass(frozen=True, slots=True, kw_only=True)
class Meter:
    """A point where energy or power is measured, and its place in the metering tree."""

    id: MeterId
    device: str
    site: str
    role: Role
    scope: Scope = Scope.TOTAL
    upstream: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    """rack, room, feed, tenant and what else the settings say."""


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
