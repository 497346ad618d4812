"""What the ledger makes of readings and intensities, and hands to the exporters."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from agent.model.intensities import Intensity, Kind
from agent.model.meters import Meter
from agent.model.readings import Basis
from agent.units import Grams, GramsPerKwh, Joules, Millilitres, Watts

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


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
    at: datetime | None = None
    """When the last reading in the minute came, None without one."""

    register: Joules | None = None
    """What its register showed then."""


class HourEnergy(NamedTuple):
    """One meter in one UTC hour. Seconds of the hour by how its energy is known.

    A year of 1,000 meters is nine million of these: a tuple is made in a third of the time.
    """

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
class Coverage:
    """How much of a total is known, in shares that add up to 1 with what is missing."""

    measured: float = 0.0
    """By a counter, or by powers close enough to integrate."""

    interpolated: float = 0.0
    """Known as a sum over a gap, as a lower bound, or said by a person."""

    @property
    def known(self) -> float:
        """Measured and interpolated together, 0 to 1."""
        return min(self.measured + self.interpolated, 1.0)

    @property
    def missing(self) -> float:
        """What nothing is known of, 0 to 1."""
        return 1.0 - self.known


class Metered(StrEnum):
    """What of a site's hour has a coverage of its own, of the meters that it is made from."""

    FACILITY = "facility"
    IT = "it"
    GRID = "grid"
    ONSITE = "onsite"
    WATER = "water"
    REUSED = "reused"
    UNATTRIBUTED = "unattributed"


class Stage(StrEnum):
    """Where between the grid and the servers energy is lost."""

    SUPPLY = "supply"
    """Between what crosses the boundary and the meters below: here it is unattributed, not lost."""

    UPS = "ups"
    """Between the input and the output of a UPS."""

    DISTRIBUTION = "distribution"
    """Between a UPS or a feed and the racks."""

    RACK = "rack"
    """Between a rack PDU and its outlets or servers."""

    OUTLET = "outlet"
    """Between an outlet and what is plugged into it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Residual:
    """What a node's own meters say less what the meters behind them say, in one hour.

    Meters that feed the same others are one node: a server on two outlets belongs to both.
    """

    node: tuple[str, ...]
    """Ids of its own meters."""

    stage: Stage
    energy: Joules
    bound: Joules
    """The most that the meters' accuracies allow the residual to be wrong by."""

    @property
    def broken(self) -> bool:
        """Whether more flows out than in, past what the meters' errors explain."""
        return self.energy < -self.bound


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


class Fallback(StrEnum):
    """What stands in for a missing intensity, where the settings allow it."""

    OTHER_SOURCE = "other-source"
    FORECAST = "forecast"
    LAST_YEAR = "last-year"
    ANNUAL = "annual"


@dataclass(frozen=True, slots=True, kw_only=True)
class HourIntensity:
    """The intensity applied to an hour: one value, or the mean of the finer points there are,
    weighed with the energy that flowed in each.
    """

    kind: Kind
    value: GramsPerKwh
    source: str
    version: datetime
    estimated: bool
    coverage: float
    """Share of the hour that has points, 0 to 1."""

    period: timedelta = HOUR
    """How fine the points are."""

    grid: str = ""
    """Whose intensity it is, as the settings name it; empty where it is no grid's."""

    fallback: Fallback | None = None
    """What it stands in by, where the grid's own value is missing; None for its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteHour:
    """A site in one UTC hour, in one version: energies, and the factors applied to them.

    `facility` and `it` are None where nothing measures them. `facility` is all that crosses the
    boundary (ISO/IEC 30134-2: E_DC): it is None too where nothing is known of one of its meters,
    and so is `grid`. `emissions` are grams of the whole facility by kind of intensity; a kind
    without an intensity is absent: missing is never zero.
    A meter's own emission is `agent.accounting.emissions.carbon.emission_of(energy, hour, kind)`.
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
    coverage: Coverage
    """Of the facility's energy; of IT's where nothing measures that, or where IT x PUE stands in
    for it; nothing where the facility's is missing and nothing stands in.
    """

    coverages: Mapping[Metered, Coverage] = field(default_factory=dict)
    """Of each of these sums that the site has meters for, by those meters alone; of what is
    unattributed no more than of either side that it is the difference of.
    """

    grid: Joules | None = None
    """Of `facility`, what came from the grid, which the intensities are for."""

    onsite: Joules | None = None
    """Of `facility`, what was generated on site (PV, wind)."""

    water: Millilitres | None = None
    reused: Joules | None = None
    """Heat used outside."""

    losses: Mapping[Stage, Joules] = field(default_factory=dict)
    """Between one stage and the next, of the nodes whose meters are all known."""

    unattributed: Joules | None = None
    """What crossed the boundary and no meter behind it has seen."""

    broken: Sequence[Residual] = ()
    """Nodes out of which more flows than into them."""

    meters: Sequence[HourEnergy] = ()
    until: datetime | None = None
    """Of an hour that was running, up to when it was computed: its coverage is of that time."""


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
