"""A site's hour: what its meters, the tree and the intensities make of it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from agent.accounting.emissions.carbon import emissions_of
from agent.accounting.metering.balance import balance_of
from agent.accounting.metering.coverage import coverage_of
from agent.accounting.metering.pue import Hours, energy_sum, pue_of, whole_sum
from agent.accounting.metering.tree import Tree
from agent.accounting.site import Site
from agent.model import HourIntensity, Kind, SiteHour
from agent.units import Millilitres

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
    boundary, it = tree.boundary(site.name), tree.it(site.name)
    grid, it_energy = energy_sum(tree.grid_supply(site.name), hours), energy_sum(it, hours)
    pue, balance = pue_of(tree, site.name, hours), balance_of(tree, site.name, hours)
    water = whole_sum(tree.water(site.name), hours)
    facility = energy_sum(boundary, hours)
    # With the utility's meter silent, what the site generates itself is not the grid's.
    own = facility if grid is None else None
    return SiteHour(
        site=site.name,
        hour=hour,
        version=version,
        closed=version > 0,
        facility=facility,
        it=it_energy,
        pue=pue,
        intensities=intensities,
        emissions=emissions_of(grid, it_energy, pue, intensities, own=own),
        coverage=coverage_of(boundary or it, hours, hour, now),
        grid=grid,
        onsite=energy_sum(tree.onsite(site.name), hours),
        water=None if water is None else Millilitres(water),
        reused=whole_sum(tree.reuse(site.name), hours),
        losses=balance.losses,
        unattributed=balance.unattributed,
        broken=balance.broken,
    )


def with_intensities(before: SiteHour, intensities: Intensities, *, version: int) -> SiteHour:
    """Return an hour that is over with other intensities: its energies are what they were.

    So a revision of the grid's data never moves an old hour for any other reason, such as a meter
    that stands elsewhere today.
    """
    return replace(
        before,
        version=version,
        closed=True,
        intensities=intensities,
        emissions=emissions_of(
            before.grid,
            before.it,
            before.pue,
            intensities,
            own=before.facility if before.grid is None else None,
        ),
    )
