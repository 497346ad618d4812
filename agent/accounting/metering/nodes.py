"""Nodes of the power chain: meters that feed the same others, and those that they feed.

What flows into a node and what flows out of it differ by what is lost, or not metered, in it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from agent.accounting.metering.chain import Chain
from agent.model import GENERATION, Meter, MeterId, Role, Scope, Stage

STAGE: Mapping[Role, Stage] = {
    Role.UTILITY: Stage.SUPPLY,
    Role.GENERATOR: Stage.SUPPLY,
    Role.ONSITE: Stage.SUPPLY,
    Role.UPS_INPUT: Stage.UPS,
    Role.UPS_OUTPUT: Stage.DISTRIBUTION,
    Role.FEED: Stage.DISTRIBUTION,
    Role.RACK: Stage.RACK,
}
"""The stage behind a meter, by its role; behind any other it is the last one."""


@dataclass(frozen=True, slots=True)
class Node:
    """Meters that feed the same others. Each meter is own in one node at most, and downstream in
    another one at most.
    """

    own: Sequence[Meter]
    downstream: Sequence[Meter]
    stage: Stage
    """Of several, the one nearest to the grid."""


def nodes_of(chain: Chain, boundary: Sequence[Meter]) -> list[Node]:
    """Return the nodes of a site that feed something.

    A server on an A and a B feed makes one node of both. So does a source that feeds in behind a
    meter, with that meter; and one that nothing is said to be behind, with all of the boundary,
    since it may feed any of it.
    """
    groups = _Groups()
    fed = {name: chain.upstream[name] for name in _fed(chain)}
    for together in (*fed.values(), *([source, *at] for source, at in chain.joined.items())):
        groups.join(together)
    feeding = {groups.of(upstream[0]) for upstream in fed.values()}
    sources = [meter.id for meter in boundary if meter.id not in chain.joined]
    if any(groups.of(name) not in feeding for name in sources):
        groups.join(sources)
    return list(_nodes(chain, groups, fed))


def supply_of(nodes: Sequence[Node], boundary: Sequence[Meter]) -> Node:
    """Return the site's boundary as one node: all that flows in, and the first meters behind it.

    What stands between, such as a sub-meter of the utility's, is left out on both sides, and so is
    a source that feeds in further down.
    """
    supply = [node for node in nodes if node.stage is Stage.SUPPLY]
    inside = {one.id for node in nodes if node.stage is not Stage.SUPPLY for one in node.own}
    own = {one.id: one for one in boundary if one.id not in inside}
    own |= {one.id: one for node in supply for one in node.own}
    downstream = {one.id: one for node in supply for one in node.downstream}
    return Node(
        [one for one in own.values() if one.id not in downstream],
        [one for one in downstream.values() if one.id not in own],
        Stage.SUPPLY,
    )


def _fed(chain: Chain) -> Iterator[MeterId]:
    """Yield the meters whose energy flows out of the node upstream.

    Not the sub-meters of generation, whose energy flows into what contains it. And not a device on
    a PDU whose outlets are read, where it names the PDU alone: it is behind one of them already.
    """
    by_outlet = {one.device for one in chain.meters.values() if one.scope is Scope.OUTLET}
    for name, upstream in chain.upstream.items():
        meter = chain.meters[name]
        hidden = meter.scope is not Scope.OUTLET and any(
            one in by_outlet and not names_outlet(meter, one) for one in upstream
        )
        if not hidden and meter.role not in GENERATION:
            yield name


def names_outlet(meter: Meter, device: str) -> bool:
    """Whether a meter says on which of a device's outlets it is: one that is not read."""
    return any(name.startswith(f"{device}/{Scope.OUTLET}/") for name in meter.upstream)


def _nodes(
    chain: Chain, groups: "_Groups", fed: Mapping[MeterId, Sequence[MeterId]]
) -> Iterator[Node]:
    outs: dict[MeterId, dict[MeterId, None]] = {}
    ins: dict[MeterId, dict[MeterId, None]] = {}
    for name, upstream in fed.items():
        group = groups.of(upstream[0])
        outs.setdefault(group, {})[name] = None
        ins.setdefault(group, {}).update(dict.fromkeys(upstream))
    for name in groups.members():
        if (group := groups.of(name)) in ins:
            ins[group][name] = None
    for group, out in outs.items():
        own = [chain.meters[one] for one in ins[group] if one not in out]
        downstream = [chain.meters[one] for one in out if one not in ins[group]]
        if own and downstream:
            yield Node(own, downstream, _stage(chain, own))


def _stage(chain: Chain, own: Sequence[Meter]) -> Stage:
    stages = [STAGE.get(one.role, Stage.OUTLET) for one in own if one.id not in chain.joined]
    return min(stages, key=list(Stage).index, default=Stage.SUPPLY)


class _Groups:
    """Meters that belong together, told apart by one of them."""

    def __init__(self) -> None:
        self._next: dict[MeterId, MeterId] = {}

    def of(self, name: MeterId) -> MeterId:
        """Return the meter that stands for the group of this one."""
        first = name
        while first in self._next:
            first = self._next[first]
        # What has been walked is not walked again: a chain of feeds may join thousands.
        while name != first:
            following = self._next[name]
            self._next[name] = first
            name = following
        return first

    def join(self, names: Sequence[MeterId]) -> None:
        """Make one group of the groups of these."""
        for name in names[1:]:
            first, other = self.of(names[0]), self.of(name)
            if first != other:
                self._next[other] = first

    def members(self) -> Iterator[MeterId]:
        """Yield all that are in a group with others."""
        return iter(dict.fromkeys([*self._next, *self._next.values()]))
