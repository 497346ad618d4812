"""The metering tree: which meter stands where, and which ones make a sum.

A device's total counts once. Its inlets, phases, branches and outlets are views of the same flow
and stand in no sum of the site; only where IT is measured at outlets they are that sum.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from agent.accounting.metering.chain import Chain, Links, chain_of
from agent.accounting.metering.nodes import Node, names_outlet, nodes_of, supply_of
from agent.accounting.site import Site
from agent.model import GENERATION, SOURCES_OF_ENERGY, Meter, MeterId, Role, Scope

IT_ROLES: Sequence[Role] = (Role.RACK, Role.UPS_OUTPUT, Role.DEVICE)
"""Where IT energy is measured, the first that a site has; ISO/IEC 30134-2 category below. At
outlets it is measured only where the settings say so.
"""

CATEGORY: Mapping[Role, int] = {
    Role.UPS_OUTPUT: 1,
    Role.RACK: 2,
    Role.OUTLET: 3,
    Role.DEVICE: 3,
}
"""ISO/IEC 30134-2: 1 UPS output, 2 PDU output, 3 input of the IT equipment. IT energy that is
measured at several of them is of the lowest category.
"""


@dataclass(slots=True)
class Branch:
    """One site of the tree. What is made of its meters is made once, when it is first asked for."""

    site: Site
    meters: list[Meter] = field(default_factory=list)
    """Totals of devices, and those parts that the tree was given."""

    _chain: Chain | None = None
    _boundary: Sequence[Meter] | None = None
    _it: Sequence[Meter] | None = None
    _it_role: Role | None = None
    _nodes: Sequence[Node] | None = None
    _supply: Node | None = None
    _shaping: frozenset[MeterId] | None = None

    @property
    def chain(self) -> Chain:
        if self._chain is None:
            self._chain = chain_of(self.meters)
        return self._chain

    @property
    def boundary(self) -> Sequence[Meter]:
        if self._boundary is None:
            self._boundary = _boundary_of(self.chain)
        return self._boundary

    @property
    def it_role(self) -> Role | None:
        if self._it_role is None:
            roles = {meter.role for meter in self.it}
            self._it_role = min(roles, key=CATEGORY.__getitem__, default=None)
        return self._it_role

    @property
    def it(self) -> Sequence[Meter]:
        if self._it is None:
            self._it = _it_of(self.chain, self.site.it_role)
        return self._it

    @property
    def nodes(self) -> Sequence[Node]:
        if self._nodes is None:
            self._nodes = nodes_of(self.chain, self.boundary)
        return self._nodes

    @property
    def supply(self) -> Node:
        if self._supply is None:
            self._supply = supply_of(self.nodes, self.boundary)
        return self._supply

    @property
    def shaping(self) -> frozenset[MeterId]:
        if self._shaping is None:
            grid = [meter for meter in self.boundary if meter.role is Role.UTILITY]
            self._shaping = frozenset(meter.id for meter in grid or self.it)
        return self._shaping


def _boundary_of(chain: Chain) -> list[Meter]:
    """Return the meters that together count once all that crosses the boundary.

    A utility meter behind another source meter is a sub-meter: that one has counted its energy. A
    generator or PV crosses the boundary where it stands, behind a utility meter too, and is a
    sub-meter only behind one of its own role. Without a utility meter nothing says what crosses it:
    a generator that stands still is not the energy of a site.
    """
    own = [meter for meter in chain.meters.values() if meter.role in GENERATION]
    outer = [meter for meter in own if meter.id not in chain.upstream]
    utility = [meter for meter in chain.topmost(SOURCES_OF_ENERGY) if meter.role is Role.UTILITY]
    return [*utility, *outer] if utility else []


def _it_of(chain: Chain, wanted: Role | None) -> list[Meter]:
    """Return the topmost meters of the role that is wanted, or of the first that the site has."""
    if wanted is Role.OUTLET:
        return _it_at_outlets(chain)
    roles = {meter.role for meter in chain.meters.values()}
    role = next((role for role in ([wanted] if wanted else IT_ROLES) if role in roles), None)
    return chain.topmost({role}) if role else []


def _it_at_outlets(chain: Chain) -> list[Meter]:
    """Return the topmost outlets, and of the rack PDUs without a known outlet the totals.

    Such a PDU feeds IT all the same. As long as it has never answered its total is missing, as the
    outlets are of one that is silent; once it has, IT is measured at its output.
    """
    outlets = {one.id: one for one in chain.meters.values() if one.role is Role.OUTLET}
    with_outlets = {above for name in outlets for above in chain.upstream.get(name, ())}
    racks = {
        one.id: one
        for one in chain.meters.values()
        if one.role is Role.RACK and one.id not in with_outlets
    }
    behind = {**chain.upstream, **_behind_an_outlet(chain, outlets)}
    return Chain({**outlets, **racks}, behind, {}).topmost({Role.OUTLET, Role.RACK})


def _behind_an_outlet(chain: Chain, outlets: Mapping[MeterId, Meter]) -> Links:
    """Return the links of what names a device alone whose outlets are read: it is behind one of
    them, and which one is all the same.
    """
    one_of = {one.device: name for name, one in outlets.items() if one.scope is Scope.OUTLET}
    return {
        name: [
            one_of[one] if one in one_of and not names_outlet(chain.meters[name], one) else one
            for one in above
        ]
        for name, above in chain.upstream.items()
        if chain.meters[name].scope is not Scope.OUTLET
    }


@dataclass(frozen=True, slots=True)
class Tree:
    """All sites, the totals of all devices, as the settings say, and the parts that are read."""

    sites: Mapping[str, Site]
    totals: Mapping[str, Meter]
    parts: Mapping[MeterId, Meter] = field(default_factory=dict)
    _found: dict[MeterId, Meter] = field(default_factory=dict)
    _branches: dict[str, Branch] = field(default_factory=dict)

    @classmethod
    def of(cls, sites: Iterable[Site], meters: Iterable[Meter]) -> "Tree":
        """Return the tree of these sites, of their devices' totals, and of parts that are read.

        A part that is not given stands in no sum and no node: what is behind it is behind its
        device. Of two meters of one id the later one is taken.
        """
        totals: dict[str, Meter] = {}
        parts: dict[MeterId, Meter] = {}
        for meter in meters:
            if meter.scope is Scope.TOTAL:
                totals[meter.device] = meter
            else:
                parts[meter.id] = meter
        tree = cls({site.name: site for site in sites}, totals, parts)
        tree._branches.update((site.name, Branch(site)) for site in tree.sites.values())
        for meter in (*totals.values(), *parts.values()):
            if meter.site in tree._branches:
                tree._branches[meter.site].meters.append(meter)
        return tree

    def meter(self, name: MeterId) -> Meter | None:
        """Return a meter by its id; None if the settings no longer have its device."""
        known = self.totals.get(name) or self.parts.get(name) or self._found.get(name)
        if known is None:
            device, _, part = name.partition("/")
            total = self.totals.get(device)
            if total is not None:
                known = self._found[name] = _part_of(total, name, Scope(part.partition("/")[0]))
        return known

    def with_outlets(self, meters: Iterable[Meter]) -> "Tree":
        """Return a tree with the outlets among these, where a site measures IT at outlets."""
        wanted = {site.name for site in self.sites.values() if site.it_role is Role.OUTLET}
        outlets = [one for one in meters if one.role is Role.OUTLET and one.site in wanted]
        return Tree.of(self.sites.values(), [*self.totals.values(), *outlets]) if outlets else self

    def boundary(self, site: str) -> Sequence[Meter]:
        """Return the meters of what crosses the site's boundary (E_DC of ISO/IEC 30134-2).

        Each kilowatt-hour is counted once, whatever sub-meters stand behind the main ones.
        """
        return self._branches[site].boundary

    def grid_supply(self, site: str) -> list[Meter]:
        """Return the meters of what comes from the grid, which the grid's intensity is for."""
        return self._bounding(site, Role.UTILITY)

    def onsite(self, site: str) -> list[Meter]:
        """Return the meters of what is generated on site, by the sun or the wind."""
        return self._bounding(site, Role.ONSITE)

    def water(self, site: str) -> list[Meter]:
        """Return the meters of the water that the site takes in (ISO/IEC 30134-9)."""
        return self._totals(site, Role.WATER)

    def reuse(self, site: str) -> list[Meter]:
        """Return the meters of the heat that is used outside (ISO/IEC 30134-6)."""
        return self._totals(site, Role.HEAT_REUSE)

    def it_role(self, site: str) -> Role | None:
        """Return the role that measures the site's IT energy, of several the one nearest to the
        grid; None if it has none.
        """
        return self._branches[site].it_role

    def it(self, site: str) -> Sequence[Meter]:
        """Return the meters whose sum is the site's IT energy.

        A meter behind another one of the role, such as a rack PDU fed by a rack PDU, is not among
        them. Where IT is measured at outlets a rack PDU is, as long as none of its own is known.
        """
        return self._branches[site].it

    def shaping(self, site: str) -> frozenset[MeterId]:
        """Return the meters whose energy a site's emissions are computed from: what came from the
        grid where that is measured, else IT. Finer intensities are weighed with their energy.
        """
        return self._branches[site].shaping

    def chain(self, site: str) -> Chain:
        """Return the site's power chain: which meter stands behind which."""
        return self._branches[site].chain

    def nodes(self, site: str) -> Sequence[Node]:
        """Return the nodes of the site's power chain that feed something."""
        return self._branches[site].nodes

    def supply(self, site: str) -> Node:
        """Return the site's boundary as one node, with the first meters behind it downstream."""
        return self._branches[site].supply

    def _bounding(self, site: str, role: Role) -> list[Meter]:
        return [meter for meter in self.boundary(site) if meter.role is role]

    def _totals(self, site: str, role: Role) -> list[Meter]:
        totals = self._branches[site].meters
        return [one for one in totals if one.role is role and one.scope is Scope.TOTAL]


def _part_of(total: Meter, name: MeterId, scope: Scope) -> Meter:
    """Return the meter of a part: a UPS's input stands before it, an outlet behind its device."""
    role, upstream = total.role, total.upstream
    if scope is Scope.INPUT and role is Role.UPS_OUTPUT:
        role = Role.UPS_INPUT
    elif scope is Scope.OUTLET:
        role, upstream = Role.OUTLET, (total.device,)
    return Meter(
        id=name,
        device=total.device,
        site=total.site,
        role=role,
        scope=scope,
        upstream=upstream,
        tags=total.tags,
        accuracy=total.accuracy,
        rating=total.rating,
    )
