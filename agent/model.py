"""The vocabulary in types: what is read, what is booked, what is handed on.

    device ──collect()──▶ Reading ───┐
    grid   ──collect()──▶ Intensity ─┴─book()──▶ ledger ──▶ Entry ──export()──▶ the world

Everything is frozen: what was said at one moment does not change. Times are aware and in UTC.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from math import isfinite
from typing import NewType, Protocol, runtime_checkable

from agent.units import Grams, GramsPerKwh, Joules, Watts

MeterId = NewType("MeterId", str)
"""`device` for the whole of a device, `device/scope/key` for a part: `rack-07-a/outlet/12`."""

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
ONE_JOULE = Joules(1)
FULLEST = Joules(10**18)
"""No register says more: 278 billion kWh. A ledger's column holds nine times as much."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a meter said at one moment: an energy counter, a power, or both.

    `conditions` are other last values (`voltage_volts`, `current_amperes`, `frequency_hertz`,
    `power_factor_ratio`, `apparent_power_voltamperes`, `load_ratio`, `battery_ratio`,
    `temperature_celsius`, `humidity_ratio`, `state`): base units, shown and alerted on, never
    accounted. `source` tells two ways of reading one meter apart (`dcmi`, `sdr`), which are never
    mixed in one interval. `flags` say what is odd about the value, in a word each.

    Raises ValueError for what no ledger could book: a number that is none, a register below zero
    or past FULLEST, a part of a device that is none.
    """

    meter: MeterId
    at: datetime
    register: Register
    energy: Joules | None = None
    power: Watts | None = None
    source: str = ""
    conditions: Mapping[str, float] = field(default_factory=dict)
    flags: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.at.utcoffset() != timedelta(0):
            raise ValueError(f"reading of {self.meter} is not in UTC: {self.at}")
        if self.energy is not None and not 0 <= self.energy <= FULLEST:
            raise ValueError(f"reading of {self.meter} has an energy of {self.energy} J")
        if self.power is not None and not isfinite(self.power):
            raise ValueError(f"reading of {self.meter} has a power of {self.power} W")
        _, _, part = self.meter.partition("/")
        if part:
            Scope(part.partition("/")[0])


class Basis(StrEnum):
    """How the energy of an interval is known."""

    COUNTER = "counter"
    INTEGRATED = "integrated"
    INTERPOLATED = "interpolated"
    """A counter's energy over a long gap: the sum is exact, how it lies inside is not known."""
    LOWER_BOUND = "lower-bound"
    """After a reset: what was used before it is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """The energy between two readings of one meter."""

    meter: MeterId
    start: datetime
    end: datetime
    energy: Joules
    basis: Basis


class Kind(StrEnum):
    """What an intensity says. Average and marginal answer different questions and are never
    added; direct is combustion only (Scope 2), life cycle includes what is upstream (Scope 3).
    """

    DIRECT = "direct"
    LIFECYCLE = "lifecycle"
    MARGINAL = "marginal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Intensity:
    """g CO2e per kWh of one grid in one period, from one source, in one version.

    Identity is (grid, kind, source, start, period); the version is `updated_at`, or `fetched_at`
    where the source gives none. The newest version is the current one whatever the order of
    arrival (Electricity Maps: `isEstimated: false` does not mean final).
    """

    grid: str
    kind: Kind
    source: str
    zone: str
    start: datetime
    period: timedelta
    value: GramsPerKwh
    fetched_at: datetime
    updated_at: datetime | None = None
    estimated: bool = False
    method: str = ""

    def __post_init__(self) -> None:
        if self.start.utcoffset() != timedelta(0):
            raise ValueError(f"intensity of {self.grid} is not in UTC: {self.start}")
        if not isfinite(self.value):
            raise ValueError(f"intensity of {self.grid} at {self.start} is {self.value}")

    @property
    def version(self) -> datetime:
        """The provider's version, else the time it was fetched."""
        return self.updated_at or self.fetched_at


Seen = Sequence[Reading] | Sequence[Intensity]
"""What one collector returns from one poll."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Minute:
    """One meter in one complete minute: a fact, exported once and never restated.

    `energy` is None where nothing is known of the whole minute; `covered` is how many of its 60
    seconds have an interval. `power` is the last reading in the minute, None without one.
    """

    meter: Meter
    start: datetime
    energy: Joules | None
    covered: float
    power: Watts | None
    basis: Basis | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HourEnergy:
    """One meter in one UTC hour. Seconds of the hour by how its energy is known."""

    meter: Meter
    hour: datetime
    energy: Joules
    measured: float
    interpolated: float

    @property
    def coverage(self) -> float:
        """Share of the hour with an interval, 0 to 1."""
        return min((self.measured + self.interpolated) / 3600, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pue:
    """PUE of one site in one hour (ISO/IEC 30134-2), an interim PUE until twelve months are full.

    `category` is 1, 2 or 3 by where IT energy is measured, None for a declared value. `coverage`
    is the share of the hour in which both sides were measured.
    """

    value: float
    measured: bool
    category: int | None
    coverage: float


@dataclass(frozen=True, slots=True, kw_only=True)
class HourIntensity:
    """The intensity applied to an hour: one value, or the mean of the finer points there are."""

    kind: Kind
    value: GramsPerKwh
    source: str
    version: datetime
    estimated: bool
    coverage: float
    """Share of the hour that has points, 0 to 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteHour:
    """A site in one UTC hour, in one version: energies, and the factors applied to them.

    `facility` and `it` are None where nothing measures them. `emissions` are grams of the whole
    facility by kind of intensity; a kind without an intensity is absent: missing is never zero.
    A meter's own emission is `agent.accounting.carbon.emission_of(energy, hour, kind)`.
    """

    site: str
    hour: datetime
    version: int
    closed: bool
    facility: Joules | None
    it: Joules | None
    pue: Pue | None
    intensities: Mapping[Kind, HourIntensity]
    emissions: Mapping[Kind, Grams]
    coverage: float
    """Share of meter-seconds of the facility's boundary (or of IT) that were measured, 0 to 1."""
    meters: Sequence[HourEnergy]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A line of the ledger and its position. It is one of: minutes, a site's hour, intensities.

    The same hour comes again, with a higher version, whenever it is computed again.
    """

    position: int
    minutes: Sequence[Minute] = ()
    hour: SiteHour | None = None
    intensities: Sequence[Intensity] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A line that an exporter's server will never take, for the table of dead letters."""

    line: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterNow:
    """The last reading of a meter, and the energy booked for it since its first."""

    meter: Meter
    since: datetime
    at: datetime
    power: Watts | None
    booked: Joules
    conditions: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceNow:
    """Whether a device (or a grid, or an exporter) answers, since when, and why not."""

    name: str
    kind: str
    up: bool
    since: datetime
    error: str = ""
    seconds: float = 0.0
    """How long its last answer took."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteNow:
    """A site at a glance. None and absent kinds are missing, never zero."""

    site: str
    power: Watts | None
    it_power: Watts | None
    energy_today: Joules | None
    emissions_today: Mapping[Kind, Grams]
    coverage_today: float | None
    hour: SiteHour | None
    """The running hour, provisional."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Now:
    """All that is shown of this moment: what the Prometheus page and the console render."""

    at: datetime
    sites: Sequence[SiteNow]
    meters: Sequence[MeterNow]
    devices: Sequence[DeviceNow]


class Collector(Protocol):
    """Reads one device, or one grid. One task polls it; calls never overlap.

    It does not retry past its own protocol, does not schedule and does not log what it raises. The
    first call opens what it needs.
    """

    @property
    def name(self) -> str:
        """The device's or grid's name in the settings."""

    @property
    def every(self) -> timedelta:
        """How often to poll it."""

    async def collect(self) -> Seen:
        """Return what was read: what could be, if only some of it could.

        Raises Unavailable if nothing could be read. It is cancelled when it takes longer than
        `every`.
        """

    async def close(self) -> None:
        """Give back what the other side holds for us."""


class Exporter(Protocol):
    """Takes the ledger's entries to one place in the world, in order, from a durable cursor."""

    @property
    def name(self) -> str:
        """Its name in the settings, and of its cursor in the ledger."""

    async def export(self, entries: Sequence[Entry]) -> Sequence[Refused]:
        """Take all of the batch, and return the lines that the server will never take.

        The same entries may come again after a crash: write by key, so that twice is once. Raises
        Unavailable if the batch must be sent again later.
        """

    async def close(self) -> None:
        """Close the connection."""


@runtime_checkable
class View(Protocol):
    """Shows the present: it is handed what is now, once a cycle, and never asks."""

    @property
    def name(self) -> str:
        """Its name in the settings."""

    async def show(self, now: Now) -> None:
        """Replace what is shown. What takes long runs in a thread."""
