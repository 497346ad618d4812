"""PUE: the facility's energy over IT energy, for one and the same time (ISO/IEC 30134-2)."""

from collections.abc import Mapping, Sequence

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
    facility, it, role = tree.boundary(site), tree.it(site), tree.it_role(site)
    times = [seconds_of(meter, hours) for meter in [*facility, *it]]
    if not facility or not it or role is None:
        return None
    common = min(times)
    if common <= 0:
        return None
    above, below = _mean_watts(facility, hours), _mean_watts(it, hours)
    if below <= 0:
        return None
    apart = abs(_mean_time(facility, hours, above) - _mean_time(it, hours, below))
    value = above / below
    if apart > APART or value < LEAST:
        return None
    coverage = min(common / HOUR.total_seconds(), 1.0)
    return Pue(value=value, measured=True, category=CATEGORY[role], coverage=coverage)


def seconds_of(meter: Meter, hours: Hours) -> float:
    """Return the seconds of the hour in which something is known of a meter."""
    found = hours.get(meter.id)
    return found.measured + found.interpolated if found else 0.0


def _mean_watts(meters: Sequence[Meter], hours: Hours) -> float:
    """Return the sum of the meters' mean powers, which in a whole hour is the sum of energies.

    Readings are spread over the minute, so in a running hour the meters cover slightly different
    seconds; their energies may not be compared, their mean powers may.
    """
    known = (hours[meter.id] for meter in meters)
    return sum(one.energy / (one.measured + one.interpolated) for one in known)


def _mean_time(meters: Sequence[Meter], hours: Hours, watts: float) -> float:
    """Return the seconds that the meters are known for, each weighing by its power, of which
    `watts` is the sum: one small rack that was silent for a while does not make the energy of a
    hall another hour's.
    """
    if watts <= 0:
        return min(seconds_of(meter, hours) for meter in meters)
    return sum(hours[meter.id].energy for meter in meters) / watts


def whole_sum(meters: Sequence[Meter], hours: Hours) -> Joules | None:
    """Return the meters' energy in the hour, or what else they count; None unless all are known."""
    return energy_sum(meters, hours) if all(one.id in hours for one in meters) else None


def energy_sum(meters: Sequence[Meter], hours: Hours) -> Joules | None:
    """Return the meters' energy in the hour; None where there are no meters or nothing is known."""
    known = [hours[meter.id].energy for meter in meters if meter.id in hours]
    return Joules(sum(known)) if known else None
