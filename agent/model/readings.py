"""Readings, and the energy between them: facts, appended and never changed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from agent.model.meters import MeterId, Register, Scope
from agent.units import Joules, Watts

FULLEST = Joules(10**18)
"""No register says more: 278 billion kWh. A ledger's column holds nine times as much."""

STRONGEST = Watts(1e12)
"""No meter says more: a terawatt. What it is in ten days is what a register can say."""


def power_of(watts: float | None) -> Watts | None:
    """Return a power; None for what no meter can show, and what is no number."""
    return Watts(watts) if watts is not None and abs(watts) <= STRONGEST else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a meter said at one moment: an energy counter, a power, or both; or conditions alone.

    `conditions` are other last values (`voltage_volts`, `current_amperes`, `frequency_hertz`,
    `power_factor_ratio`, `apparent_power_voltamperes`, `load_ratio`, `battery_ratio`,
    `temperature_celsius`, `humidity_ratio`, `state`): base units, shown and alerted on, never
    accounted. `source` tells two ways of reading one meter apart (`dcmi`, `sdr`), and two meters
    in one place by their serial numbers; they are never mixed in one interval. `uptime` is how long
    the device has run (sysUpTime), where it says so. `flags` say what is odd about the value, in a
    word each. Energy is in joules, of a water meter in millilitres, power in watts or millilitres
    per second.

    Raises ValueError for what no ledger could book: a number that is none, a register below zero
    or past FULLEST, a power past STRONGEST, a part of a device that is none.
    """

    meter: MeterId
    at: datetime
    register: Register
    energy: Joules | None = None
    power: Watts | None = None
    source: str = ""
    conditions: Mapping[str, float] = field(default_factory=dict)
    flags: tuple[str, ...] = ()
    uptime: timedelta | None = None

    def __post_init__(self) -> None:
        if self.at.utcoffset() != timedelta(0):
            raise ValueError(f"reading of {self.meter} is not in UTC: {self.at}")
        if self.energy is not None and not 0 <= self.energy <= FULLEST:
            raise ValueError(f"reading of {self.meter} has an energy of {self.energy} J")
        if self.power is not None and not abs(self.power) <= STRONGEST:
            raise ValueError(f"reading of {self.meter} has a power of {self.power} W")
        _, _, part = self.meter.partition("/")
        if part:
            Scope(part.partition("/")[0])

    @property
    def books(self) -> bool:
        """Whether there is something to book: conditions alone are shown, and no more."""
        return self.energy is not None or self.power is not None


class Basis(StrEnum):
    """How the energy of an interval is known."""

    COUNTER = "counter"
    INTEGRATED = "integrated"
    INTERPOLATED = "interpolated"
    """A counter's energy over a long gap: the sum is exact, how it lies inside is not known."""
    LOWER_BOUND = "lower-bound"
    """After a reset: what was used before it is not known."""


class Oddity(StrEnum):
    """What a register did beside counting, by what is known of it beforehand."""

    ROLLOVER = "rollover"
    """It began again at its span: no energy is lost."""

    RESET = "reset"
    """It began again at zero: the energy is a lower bound."""

    RESTART = "restart"
    """It began again at zero with the device, which says that it has restarted."""

    DAY = "day"
    """It began again at zero with the day."""

    GLITCH = "glitch"
    """One absurd value, and then it went on as before: left out."""

    STUCK = "stuck"
    """It stands still while power flows: the power is integrated."""

    REPLACED = "replaced"
    """Another meter stands in its place, or the count leapt by more than can have flowed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a register did beside counting, and when it was seen."""

    meter: MeterId
    at: datetime
    oddity: Oddity
    before: Joules | None
    now: Joules | None
    energy: Joules | None
    """What was booked for the interval; None if nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """The energy between two readings of one meter."""

    meter: MeterId
    start: datetime
    end: datetime
    energy: Joules
    basis: Basis
