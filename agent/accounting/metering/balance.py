"""The energy balance: what flows into each node of the power chain less what flows out of it.

A difference is what is lost there, together with what is plugged in there without a meter: the two
cannot be told apart, and neither is spread over anything. Its sign is kept: a small negative one is
within the meters' errors, a large one says that a meter, or an `upstream`, is wrong.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil

from agent.accounting.metering.nodes import Node
from agent.accounting.metering.pue import Hours, Side
from agent.accounting.metering.tree import Tree
from agent.model import Residual, Stage
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
    own, downstream = (Side.whole(some, hours) for some in (node.own, node.downstream))
    if own is None or downstream is None:
        return None
    seconds = [*own.seconds, *downstream.seconds]
    common = min(seconds)
    if common < SAME_TIME * max(seconds):
        return None
    errors = [*_errors(own, common), *_errors(downstream, common)]
    return Residual(
        node=tuple(one.id for one in node.own),
        stage=node.stage,
        energy=Joules(_within(own, common) - _within(downstream, common)),
        bound=Joules(ceil(sum(errors))),
    )


def _within(side: Side, seconds: float, least: float = 0.0) -> int:
    """Return the energy of so much of the time, by the mean power of each meter; all of it of a
    meter that is known for less than the `least` time.
    """
    return sum(
        energy if known == seconds or known < least else round(energy * seconds / known)
        for energy, known in zip(side.energies, side.seconds, strict=True)
    )


def _errors(side: Side, seconds: float) -> Iterator[float]:
    """Yield the most that each energy may be wrong by, in joules.

    Of what is interpolated the sum is known and not how it lies in time: in this hour it may be
    anything.
    """
    for one, known in zip(side.known, side.seconds, strict=True):
        accuracy = one.meter.accuracy
        loose = one.interpolated + (known - seconds)
        share = (ASSUMED_ACCURACY if accuracy is None else accuracy) + loose / known
        yield one.energy * share


def _unattributed(supply: Node, hours: Hours) -> Joules | None:
    """Return what flows in and is not seen again, in the time in which all that flows in is known.

    A meter behind the boundary that is missing has seen nothing, and one that is known for most of
    that time what it has by its mean power. None where something that flows in is missing, or all
    that is behind it.
    """
    own, seen = Side.whole(supply.own, hours), Side.of(supply.downstream, hours)
    if own is None or not seen.known:
        return None
    common = min(own.seconds)
    return Joules(_within(own, common) - _within(seen, common, least=SAME_TIME * common))
