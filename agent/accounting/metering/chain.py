"""The power chain of one site: which meter stands behind which.

A device's total, its outlets and the input of a UPS are points of the chain. Inlets, phases and
branches are views of a total and stand in no sum; what is behind one is behind its device. A part
that nobody reads is passed over: what is behind it is behind the next meter upstream.
"""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from agent.model import GENERATION, Meter, MeterId, Role, Scope

Links = Mapping[MeterId, Sequence[MeterId]]


@dataclass(frozen=True, slots=True)
class Chain:
    """The meters of a site's electricity, and the links between them."""

    meters: Mapping[MeterId, Meter]
    upstream: Links
    """The nearest meters whose energy contains that of this one."""

    joined: Links
    """Of a source that feeds in behind other meters: these meters. They do not contain it."""

    def topmost(self, roles: AbstractSet[Role]) -> list[Meter]:
        """Return the meters of these roles that no other of these roles contains."""
        own = {name: meter for name, meter in self.meters.items() if meter.role in roles}
        free: set[MeterId] = set()
        return [meter for name, meter in own.items() if not self._is_behind(name, own, free)]

    def _is_behind(
        self, name: MeterId, others: Mapping[MeterId, Meter], free: set[MeterId]
    ) -> bool:
        """Tell whether one of the others contains a meter; `free` are those that none contains."""
        way = dict.fromkeys(self.upstream.get(name, ()))
        left = list(way)
        for one in left:
            if one in others:
                return True
            if one not in free:
                left += [above for above in self.upstream.get(one, ()) if above not in way]
                way.update(dict.fromkeys(left))
        free.update(way)
        return False


def chain_of(members: Iterable[Meter]) -> Chain:
    """Return the chain of a site's totals and parts."""
    meters = {meter.id: meter for meter in members if _is_point(meter)}
    upstream: dict[MeterId, Sequence[MeterId]] = {}
    joined: dict[MeterId, Sequence[MeterId]] = {}
    for meter in meters.values():
        if not meter.upstream and meter.role is not Role.UPS_OUTPUT:
            continue
        above = _above(meter, meters)
        if above and meter.role in GENERATION:
            same = [one for one in above if meters[one].role is meter.role]
            if not same:
                joined[meter.id] = above
            above = same
        if above:
            upstream[meter.id] = above
    return Chain(meters, upstream, joined)


def _is_point(meter: Meter) -> bool:
    """Whether a meter stands in the chain; a look-up in a set would take four times as long."""
    scope, role = meter.scope, meter.role
    if scope is Scope.INPUT:
        return role is Role.UPS_INPUT
    if role is Role.WATER or role is Role.HEAT_REUSE:
        return False
    return scope is Scope.TOTAL or scope is Scope.OUTLET


def _above(meter: Meter, meters: Mapping[MeterId, Meter]) -> list[MeterId]:
    """Return the nearest meters upstream; the output of a UPS stands behind its own input."""
    if meter.role is Role.UPS_OUTPUT and (own := MeterId(f"{meter.id}/input")) in meters:
        return [own]
    found: list[MeterId] = []
    left = list(meter.upstream)
    for name in left:
        device, _, part = name.partition("/")
        above = MeterId(name if name in meters else device)
        if above not in meters or above == meter.id:
            continue
        if part == Scope.INPUT and above == device and meters[above].role is Role.UPS_OUTPUT:
            # The input of a UPS that is not read: what feeds the UPS.
            left += [one for one in meters[above].upstream if one not in left]
        elif above not in found:
            found.append(above)
    return found
