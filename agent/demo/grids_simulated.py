"""A grid that does not exist: its intensity is a smooth function of time, known late and revised.

What is published of an hour changes as real data does: a forecast that gets better as the hour
comes nearer, an estimate while it runs and for two hours more, then a measured value, which is
still corrected for three months. Every value can be computed for any time, so the servers keep
nothing and the truth is known to who compares with it.
"""

import math
import random
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from agent.model import HOUR, Kind, Mix
from agent.units import GRAMS_PER_KWH_OF_LB_PER_MWH, GramsPerKwh

FIVE_MINUTES = timedelta(minutes=5)
TICK = timedelta(microseconds=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """From an age on, a value is published that is off by at most a share of the truth."""

    age: timedelta
    error: float
    estimated: bool = False


FORECASTS = (
    Stage(age=-timedelta(days=3), error=0.20, estimated=True),
    Stage(age=-timedelta(days=1), error=0.16, estimated=True),
    Stage(age=-timedelta(hours=12), error=0.13, estimated=True),
    Stage(age=-timedelta(hours=3), error=0.10, estimated=True),
)
STAGES = (
    Stage(age=timedelta(0), error=0.08, estimated=True),
    Stage(age=timedelta(hours=1), error=0.04, estimated=True),
    Stage(age=timedelta(hours=3), error=0.015),
    Stage(age=timedelta(hours=20), error=0.008),
    Stage(age=timedelta(days=7), error=0.006),
    Stage(age=timedelta(days=30), error=0.004),
    Stage(age=timedelta(days=90), error=0.0),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What the grid's operator says of a period at one moment."""

    start: datetime
    value: GramsPerKwh
    updated_at: datetime
    created_at: datetime
    estimated: bool
    """Modelled and not measured, as it is for the last three hours and for what is to come."""


class SimulatedGrid:
    """A zone of average intensity, and the region of marginal intensity at the same place."""

    def __init__(self, zone: str = "XX-1", region: str = "EXAMPLE_NORTH", seed: int = 1) -> None:
        self.zone = zone
        self.region = region
        self.seed = seed
        turns = random.Random(f"{seed} {zone}")
        self._phases = tuple(turns.uniform(0, math.tau) for _ in range(4))

    @property
    def average_region(self) -> str:
        """The region of the average signal, which is named after the larger area."""
        return self.region.rpartition("_")[0] or f"{self.region}_ALL"

    def truth(
        self,
        kind: Kind,
        start: datetime,
        period: timedelta = HOUR,
        *,
        mix: Mix = Mix.CONSUMPTION,
    ) -> GramsPerKwh:
        """Return what remains when all is known, about 100 to 900 g/kWh.

        What is produced in the zone is cleaner than what is used there: its imports are not.
        """
        hours = (start + period / 2).timestamp() / 3600
        day, wind, calm, week = (
            math.sin(math.tau * hours / length + phase)
            for length, phase in zip((24, 37, 101, 168), self._phases, strict=True)
        )
        lifecycle = 330 + 110 * day + 55 * wind + 40 * calm + 20 * week
        if mix is Mix.PRODUCTION:
            lifecycle *= 0.8 + 0.05 * wind
        match kind:
            case Kind.LIFECYCLE:
                return GramsPerKwh(lifecycle)
            case Kind.DIRECT:
                # Wind and sun have no combustion: the cleaner the hour, the smaller its share.
                return GramsPerKwh(lifecycle * (0.32 + lifecycle / 4000))
            case Kind.MARGINAL:
                return GramsPerKwh(520 + 140 * day - 60 * wind + 30 * calm)

    def intensity(
        self,
        kind: Kind,
        start: datetime,
        known_at: datetime,
        period: timedelta = HOUR,
        *,
        mix: Mix = Mix.CONSUMPTION,
    ) -> Published:
        """Return what is published at `known_at` of the period that begins at `start`."""
        stage = _stage_of(known_at - start)
        exact = self.truth(kind, start, period, mix=mix)
        error = self._error_of(start, stage)
        return Published(
            start=start,
            value=GramsPerKwh(exact * (1 + error * stage.error)),
            updated_at=start + stage.age,
            created_at=start + FORECASTS[0].age,
            estimated=stage.estimated,
        )

    def published(
        self,
        kind: Kind,
        start: datetime,
        end: datetime,
        known_at: datetime,
        period: timedelta = HOUR,
        *,
        since: datetime | None = None,
        mix: Mix = Mix.CONSUMPTION,
    ) -> Sequence[Published]:
        """Return the periods that begin in the half-open range, if changed at `since` or later."""
        starts: Iterable[datetime] = _starts(start, end, period)
        if since is not None:
            changed = set[datetime]()
            for stage in STAGES:
                begin, stop = max(start, since - stage.age), min(end, known_at - stage.age + TICK)
                changed.update(_starts(begin, stop, period))
            starts = sorted(changed)
        return [self.intensity(kind, begin, known_at, period, mix=mix) for begin in starts]

    def _error_of(self, start: datetime, stage: Stage) -> float:
        """Return from -1 to 1, always the same for the same period and stage."""
        text = f"{self.seed} {self.zone} {start.timestamp()} {stage.age}"
        return zlib.crc32(text.encode()) / 2**31 - 1


def lb_per_mwh(value: GramsPerKwh) -> float:
    """Return the unit of the marginal service."""
    return value / GRAMS_PER_KWH_OF_LB_PER_MWH


def _starts(start: datetime, end: datetime, period: timedelta) -> Iterator[datetime]:
    behind = (start - EPOCH) % period
    moment = start + (period - behind if behind else behind)
    while moment < end:
        yield moment
        moment += period


def _stage_of(age: timedelta) -> Stage:
    known = (stage for stage in reversed((*FORECASTS, *STAGES)) if age >= stage.age)
    return next(known, FORECASTS[0])
