"""PUE: the facility's energy over IT energy, for one and the same time (ISO/IEC 30134-2)."""

from collections.abc import Mapping, Sequence

from agent.accounting.metering.tree import CATEGORY, Tree
from agent.model import HOUR, HourEnergy, Meter, MeterId, Pue
from agent.units import Joules

Hours = Mapping[MeterId, HourEnergy]
"""The meters of a site in one hour, by id; a meter without an interval is absent."""


def pue_of(tree: Tree, site: str, hours: Hours) -> Pue | None:
    """Return the PUE of an hour: measured if it can be, else the declared one where configured.

    Measured needs every meter of both sides: an hour in which one is missing leaves both sums.
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
    common = min((seconds_of(meter, hours) for meter in [*facility, *it]), default=0.0)
    if not facility or not it or role is None or common <= 0:
        return None
    below = _mean_watts(it, hours)
    if below <= 0:
        return None
    value = _mean_watts(facility, hours) / below
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
    return sum(hours[meter.id].energy / seconds_of(meter, hours) for meter in meters)


def energy_sum(meters: Sequence[Meter], hours: Hours) -> Joules | None:
    """Return the meters' energy in the hour; None where there are no meters or nothing is known."""
    known = [hours[meter.id].energy for meter in meters if meter.id in hours]
    return Joules(sum(known)) if known else None
