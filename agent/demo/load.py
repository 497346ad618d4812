"""Power as a function of time in closed form, so that its energy is known exactly."""

import cmath
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Self

from agent.units import Joules, Watts

MINUTE = 60.0
DAY = 86_400.0
PERIODS = tuple(MINUTE * minutes for minutes in (10, 13, 19, 31, 47, 73, 120, 210, 420, 720, 1440))
"""Seconds. All loads swing in these and no others, so a sum of loads has no more of them."""

_TURNS = tuple(2j * cmath.pi / period for period in PERIODS)


@lru_cache(maxsize=256)
def _phases(seconds: float) -> tuple[complex, ...]:
    """Return where each period stands: the loads of one answer are asked for one moment."""
    return tuple(cmath.exp(turn * seconds) for turn in _TURNS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """A mean power in watts and one swing (amplitude and phase) for each of `PERIODS`.

    Seconds count from the site's midnight. Loads can be added and scaled; their energies follow.
    """

    mean: float
    swings: tuple[complex, ...] = (0j,) * len(PERIODS)

    def __add__(self, other: Self) -> Self:
        swings = (one + two for one, two in zip(self.swings, other.swings, strict=True))
        return type(self)(mean=self.mean + other.mean, swings=tuple(swings))

    def __mul__(self, share: float) -> Self:
        return type(self)(
            mean=self.mean * share, swings=tuple(swing * share for swing in self.swings)
        )

    def power(self, seconds: float) -> Watts:
        """Return the power at that moment."""
        waves = zip(self.swings, _phases(seconds), strict=True)
        return Watts(self.mean + sum((swing * phase).real for swing, phase in waves))

    def energy(self, seconds: float) -> Joules:
        """Return the energy since midnight, the exact integral rounded down as a register is.

        Differences add up to the joule, and each is within a joule of the integral.
        """
        waves = zip(self.swings, _phases(seconds), _TURNS, strict=True)
        swung = sum((swing * (phase - 1) / turn).real for swing, phase, turn in waves)
        return Joules(int((self.mean * seconds + swung) // 1))


def total_of(loads: Iterable[Load]) -> Load:
    """Return the sum of the loads."""
    total = Load(mean=0.0)
    for load in loads:
        total += load
    return total


def midnight_before(moment: datetime) -> datetime:
    """Return the start of that UTC day."""
    return moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
