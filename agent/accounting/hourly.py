"""A site's hour: what its meters, the tree and the intensities make of it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from agent.accounting.emissions.carbon import emissions_of
from agent.accounting.metering.balance import balance_of
from agent.accounting.metering.coverage import coverage_between, coverage_of
from agent.accounting.metering.pue import Hours, energy_sum, pue_of, whole_sum
from agent.accounting.metering.tree import Tree
from agent.accounting.site import Site
from agent.model import (
    GENERATION,
    Coverage,
    HourIntensity,
    Kind,
    Meter,
    Metered,
    Pue,
    SiteHour,
)
from agent.units import Joules, Millilitres

Intensities = Mapping[Kind, HourIntensity]


def site_hour(
    tree: Tree,
    site: Site,
    hour: datetime,
    hours: Hours,
    intensities: Intensities,
    *,
    now: datetime,
    version: int,
) -> SiteHour:
    """Return a site's hour from the energies of its meters and the intensities that apply."""
    behind = _metered(tree, site.name)
    grid, it = whole_sum(behind[Metered.GRID], hours), energy_sum(behind[Metered.IT], hours)
    pue, balance = pue_of(tree, site.name, hours), balance_of(tree, site.name, hours)
    water = whole_sum(behind[Metered.WATER], hours)
    facility = whole_sum(behind[Metered.FACILITY], hours)
    known = _coverages(tree, site.name, behind, hours, hour=hour, until=now)
    own = _generated(behind[Metered.FACILITY], hours) if grid is None else None
    return SiteHour(
        site=site.name,
        hour=hour,
        version=version,
        closed=version > 0,
        facility=facility,
        it=it,
        pue=pue,
        intensities=intensities,
        emissions=emissions_of(grid, it, pue, intensities, own=own),
        coverage=_coverage(facility, it, pue, known),
        coverages=known,
        grid=grid,
        onsite=energy_sum(behind[Metered.ONSITE], hours),
        water=None if water is None else Millilitres(water),
        reused=whole_sum(behind[Metered.REUSED], hours),
        losses=balance.losses,
        unattributed=balance.unattributed,
        broken=balance.broken,
    )


def _metered(tree: Tree, site: str) -> dict[Metered, Sequence[Meter]]:
    """Return the meters of each sum that has some of its own."""
    return {
        Metered.FACILITY: tree.boundary(site),
        Metered.IT: tree.it(site),
        Metered.GRID: tree.grid_supply(site),
        Metered.ONSITE: tree.onsite(site),
        Metered.WATER: tree.water(site),
        Metered.REUSED: tree.reuse(site),
    }


def _generated(boundary: Sequence[Meter], hours: Hours) -> Joules | None:
    """Return what a site gave itself: with the utility's meter silent that is not the grid's."""
    return energy_sum([one for one in boundary if one.role in GENERATION], hours)


def _coverages(
    tree: Tree,
    site: str,
    behind: Mapping[Metered, Sequence[Meter]],
    hours: Hours,
    *,
    hour: datetime,
    until: datetime,
) -> dict[Metered, Coverage]:
    """Return how much is known of each sum that a site has meters for, and of what is left over
    between those at its boundary and the first ones behind them.
    """
    known = {name: coverage_of(some, hours, hour, until) for name, some in behind.items() if some}
    supply = tree.supply(site)
    if supply.own and supply.downstream:
        above, below = (
            coverage_of(side, hours, hour, until) for side in (supply.own, supply.downstream)
        )
        known[Metered.UNATTRIBUTED] = coverage_between(above, below)
    return known


def _coverage(
    facility: Joules | None, it: Joules | None, pue: Pue | None, known: Mapping[Metered, Coverage]
) -> Coverage:
    """Return how much is known of the energy of an hour: the facility's; of IT's, where IT x PUE
    stands in for that, or no meter of the site says it. Where nothing stands in it is missing.
    """
    if facility is not None:
        return known[Metered.FACILITY]
    stands_in = it is not None and pue is not None
    if stands_in or Metered.FACILITY not in known:
        return known.get(Metered.IT, Coverage())
    return Coverage()


def with_intensities(before: SiteHour, intensities: Intensities, *, version: int) -> SiteHour:
    """Return an hour that is over with other intensities: its energies are what they were.

    So a revision of the grid's data never moves an old hour for any other reason, such as a meter
    that stands elsewhere today. Of one in which a meter of the grid was silent it is not kept what
    the site generated: it is computed from its meters.
    """
    return replace(
        before,
        version=version,
        closed=True,
        intensities=intensities,
        emissions=emissions_of(before.grid, before.it, before.pue, intensities),
    )
