"""The metering tree: which meter stands where, and which ones make a sum.

A device's total counts once. Its inlets, phases, branches and outlets are views of the same flow
and stand in no sum of the site.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from agent.accounting.site import Site
from agent.model import SOURCES_OF_ENERGY, Meter, MeterId, Role, Scope

IT_ROLES: Sequence[Role] = (Role.RACK, Role.UPS_OUTPUT, Role.DEVICE)
"""Where IT energy is measured, the first that a site has; ISO/IEC 30134-2 category below."""

CATEGORY: Mapping[Role, int] = {
    Role.UPS_OUTPUT: 1,
    Role.RACK: 2,
    Role.OUTLET: 3,
    Role.DEVICE: 3,
}
"""ISO/IEC 30134-2: 1 UPS output, 2 PDU output, 3 input of the IT equipment."""


@dataclass(frozen=True, slots=True)
class Tree:
    """All sites and the totals of all devices, as the settings say."""

    sites: Mapping[str, Site]
    totals: Mapping[str, Meter]
    _parts: dict[MeterId, Meter] = field(default_factory=dict)
    _shaping: dict[str, frozenset[MeterId]] = field(default_factory=dict)

    @classmethod
    def of(cls, sites: Iterable[Site], totals: Iterable[Meter]) -> "Tree":
        """Return the tree of these sites and of their devices' totals."""
        return cls({site.name: site for site in sites}, {meter.device: meter for meter in totals})

    def meter(self, name: MeterId) -> Meter | None:
        """Return a meter by its id; None if the settings no longer have its device."""
        known = self.totals.get(name) or self._parts.get(name)
        if known is None:
            device, _, part = name.partition("/")
            total = self.totals.get(device)
            if total is not None:
                known = self._parts[name] = _part_of(total, name, Scope(part.partition("/")[0]))
        return known

    def boundary(self, site: str) -> list[Meter]:
        """Return the meters of what crosses the site's boundary (E_DC of ISO/IEC 30134-2)."""
        return self._with(site, SOURCES_OF_ENERGY)

    def grid_supply(self, site: str) -> list[Meter]:
        """Return the meters of what comes from the grid, which the grid's intensity is for."""
        return self._with(site, {Role.UTILITY})

    def it_role(self, site: str) -> Role | None:
        """Return the role that measures the site's IT energy; None if it has none."""
        wanted = self.sites[site].it_role
        roles = {meter.role for meter in self.totals.values() if meter.site == site}
        return next((role for role in ([wanted] if wanted else IT_ROLES) if role in roles), None)

    def it(self, site: str) -> list[Meter]:
        """Return the meters whose sum is the site's IT energy."""
        role = self.it_role(site)
        return self._with(site, {role}) if role else []

    def shaping(self, site: str) -> frozenset[MeterId]:
        """Return the meters whose energy a site's emissions are computed from: what came from the
        grid where that is measured, else IT. Finer intensities are weighed with their energy.
        """
        if site not in self._shaping:
            meters = self.grid_supply(site) or self.it(site)
            self._shaping[site] = frozenset(meter.id for meter in meters)
        return self._shaping[site]

    def _with(self, site: str, roles: Iterable[Role]) -> list[Meter]:
        return [m for m in self.totals.values() if m.site == site and m.role in roles]


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
    )
