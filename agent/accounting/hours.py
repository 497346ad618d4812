"""Hours and minutes are UTC, half-open and named by their start."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from agent.model import HOUR
from agent.units import Joules

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Part(NamedTuple):
    """The share of an interval that lies in one hour, or in one minute."""

    start: datetime
    energy: Joules
    seconds: float


def floor(at: datetime, period: timedelta) -> datetime:
    """Return the start of the period, counted from the epoch, that `at` lies in."""
    return at - (at - EPOCH) % period


def hour_of(at: datetime) -> datetime:
    """Return the start of the UTC hour that `at` lies in."""
    return floor(at, HOUR)


def parts(start: datetime, end: datetime, energy: Joules, period: timedelta) -> Iterator[Part]:
    """Share an interval's energy by seconds over the periods it touches.

    The parts add up to the energy exactly: each boundary gets the whole joules up to it. Raises
    ValueError for an interval that ends before it begins.
    """
    if end < start:
        raise ValueError(f"an interval from {start} cannot end at {end}")
    name = floor(start, period)
    if end <= name + period:
        yield Part(name, energy, (end - start).total_seconds())
        return
    whole = (end - start) // _MICROSECOND
    before, at = 0, start
    while at < end:
        until = min(name + period, end)
        upto = energy * ((until - start) // _MICROSECOND) // whole
        yield Part(name, Joules(upto - before), (until - at).total_seconds())
        before, at, name = upto, until, until
