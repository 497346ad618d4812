"""The energy balance: what flows into each node of the power chain less what flows out of it.

A difference is what is lost there, together with what is plugged in there without a meter: the two
cannot be told apart, and neither is spread over anything. Its sign is kept: a small negative one is
within the meters' errors, a large one says that a meter, or an `upstream`, is wrong.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil

from agent.accounting.metering.nodes import Node
from agent.accounting.metering.pue import Hours, seconds_of
from agent.accounting.metering.tree import Tree
from agent.model import HourEnergy, Residual, Stage
from agent.units import Joules

ASSUMED_ACCURACY = 0.02
"""Of a meter whose accuracy nobody has said: class 2 of IEC 62053-21, the coarsest class that
billing meters have. Rack PDUs state 1 %, as class 1; what is better can be said in the settings.
"""

SAME_TIME = 0.9
"""Least share of the longest time known that all meters of a node must be known for.

Devices are read every minute or every five, so in a running hour each is known for a slightly
different time: their mean powers are compared, and the time they differ by widens the bound.
Further apart, a load that changes makes the comparison worthless.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """Where a site's energy went in an hour, as far as its meters tell."""

    losses: Mapping[Stage, Joules]
    """By stage, of the nodes whose meters are all known; a stage that has none is absent."""

    unattributed: Joules | None
    """What crossed the boundary and no meter behind it has seen."""

    broken: Sequence[Residual]


def balance_of(tree: Tree, site: str, hours: Hours) -> Balance:
    """Return a site's balance in an hour."""
    residuals = residuals_of(tree, site, hours)
    losses: dict[Stage, Joules] = {}
    for one in residuals:
        if one.stage is not Stage.SUPPLY:
            losses[one.stage] = Joules(losses.get(one.stage, 0) + one.energy)
    return Balance(
        losses=losses,
        unattributed=_unattributed(tree.supply(site), hours),
        broken=[one for one in residuals if one.broken],
    )


def residuals_of(tree: Tree, site: str, hours: Hours) -> list[Residual]:
    """Return the residual of each node of which every meter is known for the same time.

    A node with a meter that is missing has none: its energy would pass for a loss.
    """
    found = (_residual(node, hours) for node in tree.nodes(site))
    return [one for one in found if one is not None]


def _residual(node: Node, hours: Hours) -> Residual | None:
    own = [hours[one.id] for one in node.own if one.id in hours]
    downstream = [hours[one.id] for one in node.downstream if one.id in hours]
    if len(own) + len(downstream) < len(node.own) + len(node.downstream):
        return None
    seconds = [one.measured + one.interpolated for one in (*own, *downstream)]
    common = min(seconds)
    if common <= 0 or common < SAME_TIME * max(seconds):
        return None
    flows_in, flows_out = (sum(_within(one, common) for one in side) for side in (own, downstream))
    return Residual(
        node=tuple(one.id for one in node.own),
        stage=node.stage,
        energy=Joules(flows_in - flows_out),
        bound=Joules(ceil(sum(_error(one, common) for one in (*own, *downstream)))),
    )


def _within(energy: HourEnergy, seconds: float) -> int:
    """Return the energy of so much of the time that is known, by its mean power."""
    known = energy.measured + energy.interpolated
    return energy.energy if known == seconds else round(energy.energy * seconds / known)


def _error(energy: HourEnergy, seconds: float) -> float:
    """Return the most that an energy may be wrong by, in joules.

    Of what is interpolated the sum is known and not how it lies in time: in this hour it may be
    anything.
    """
    accuracy = energy.meter.accuracy
    known = energy.measured + energy.interpolated
    loose = energy.interpolated + (known - seconds)
    share = (ASSUMED_ACCURACY if accuracy is None else accuracy) + loose / known
    return energy.energy * share


def _unattributed(supply: Node, hours: Hours) -> Joules | None:
    """Return what flows in and is not seen again, in the time in which all that flows in is known.

    A meter behind the boundary that is missing has seen nothing. None where something that flows in
    is missing, or all that is behind it.
    """
    common = min((seconds_of(one, hours) for one in supply.own), default=0.0)
    seen = [hours[one.id] for one in supply.downstream if seconds_of(one, hours) > 0]
    if common <= 0 or not seen:
        return None
    flows_in = sum(_within(hours[one.id], common) for one in supply.own)
    return Joules(flows_in - sum(_seen(one, common) for one in seen))


def _seen(energy: HourEnergy, seconds: float) -> int:
    """Return what a meter has seen in that time: by mean power if it is known for most of it."""
    known = energy.measured + energy.interpolated
    return _within(energy, seconds) if known >= SAME_TIME * seconds else energy.energy
