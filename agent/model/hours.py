"""What the ledger makes of readings and intensities, and hands to the exporters."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from agent.model.intensities import Intensity, Kind
from agent.model.meters import Meter
from agent.model.readings import Basis
from agent.units import Grams, GramsPerKwh, Joules, Watts

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
