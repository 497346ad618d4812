"""PUE: the facility's energy over IT energy, for one and the same time (ISO/IEC 30134-2)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from agent.accounting.metering.tree import CATEGORY, Tree
from agent.model import HOUR, HourEnergy, Meter, MeterId, Pue
from agent.units import Joules

APART = 360.0
"""Seconds by which the times that the two sides are known may differ, for their powers to be
compared: a tenth of an hour, and more than the five minutes that some meters are read in.
"""

LEAST = 0.96
"""No facility uses less than its IT. Two meters of class 2 may say so by twice their errors; below
that one of them is wrong, or stands in the wrong role.
"""

Hours = Mapping[MeterId, HourEnergy]
"""The meters of a site in one hour, by id; a meter without an interval is absent."""


@dataclass(frozen=True, slots=True)
class Side:
    """What is known in an hour of the meters that make one side of a comparison.

    All of these are of one order, and none of the seconds is zero.
    """

    known: Sequence[HourEnergy]
    energies: Sequence[int]
    seconds: Sequence[float]

    @classmethod
    def of(cls, meters: Sequence[Meter], hours: Hours) -> Self:
        """Return what is known of those meters of which something is, for some of the hour."""
        known = [
            one
            for meter in meters
            if (one := hours.get(meter.id)) and (one.measured > 0 or one.interpolated > 0)
        ]
        seconds = [one.measured + one.interpolated for one in known]
        return cls(known, [one.energy for one in known], seconds)

    @classmethod
    def whole(cls, meters: Sequence[Meter], hours: Hours) -> Self | None:
        """Return what is known of the meters; None unless something is of each, and of one."""
        side = cls.of(meters, hours)
        return side if meters and len(side.known) == len(meters) else None


def pue_of(tree: Tree, site: str, hours: Hours) -> Pue | None:
    """Return the PUE of an hour: measured if it can be, else the declared one where configured.

    Measured needs every meter of both sides, known for the same time but for APART seconds on the
    whole, and is at least LEAST.
    """
    policy = tree.sites[site]
    if policy.pue_measured:
        measured = _measured(tree, site, hours)
        if measured is not None:
            return measured
    if policy.pue_declared is None:
        return None
    return Pue(value=policy.pue_declared, measured=False, category=None, coverage=0.0)


def _measured(tree: Tree, site: str, hours: Hours) -> Pue | None:
    above, below = (Side.whole(some, hours) for some in (tree.boundary(site), tree.it(site)))
    role = tree.it_role(site)
    if above is None or below is None or role is None:
        return None
    power, it_power = _mean_watts(above), _mean_watts(below)
    if it_power <= 0:
        return None
    apart = abs(_mean_time(above, power) - _mean_time(below, it_power))
    value = power / it_power
    if apart > APART or value < LEAST:
        return None
    common = min(*above.seconds, *below.seconds)
    coverage = min(common / HOUR.total_seconds(), 1.0)
    return Pue(value=value, measured=True, category=CATEGORY[role], coverage=coverage)


def _mean_watts(side: Side) -> float:
    """Return the sum of the meters' mean powers, which in a whole hour is the sum of energies.

    Readings are spread over the minute, so in a running hour the meters cover slightly different
    seconds; their energies may not be compared, their mean powers may.
    """
    known = zip(side.energies, side.seconds, strict=True)
    return sum([energy / seconds for energy, seconds in known])


def _mean_time(side: Side, watts: float) -> float:
    """Return the seconds that the meters are known for, each weighing by its power, of which
    `watts` is the sum: one small rack that was silent for a while does not make the energy of a
    hall another hour's.
    """
    return sum(side.energies) / watts if watts > 0 else min(side.seconds)


def whole_sum(meters: Sequence[Meter], hours: Hours) -> Joules | None:
    """Return the meters' energy in the hour, or what else they count; None unless all are known."""
    return energy_sum(meters, hours) if all(one.id in hours for one in meters) else None


def energy_sum(meters: Sequence[Meter], hours: Hours) -> Joules | None:
    """Return the meters' energy in the hour; None where there are no meters or nothing is known."""
    known = [hours[meter.id].energy for meter in meters if meter.id in hours]
    return Joules(sum(known)) if known else None
