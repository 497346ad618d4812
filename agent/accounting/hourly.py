"""A site's hour: what its meters, the tree and the intensities make of it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from agent.accounting.emissions.carbon import emissions_of
from agent.accounting.metering.balance import balance_of
from agent.accounting.metering.coverage import coverage_of
from agent.accounting.metering.pue import Hours, energy_sum, pue_of, whole_sum
from agent.accounting.metering.tree import Tree
from agent.accounting.site import Site
from agent.model import Coverage, HourIntensity, Kind, Meter, Metered, SiteHour
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
    boundary, behind = tree.boundary(site.name), _metered(tree, site.name)
    grid, it = energy_sum(behind[Metered.GRID], hours), energy_sum(behind[Metered.IT], hours)
    pue, balance = pue_of(tree, site.name, hours), balance_of(tree, site.name, hours)
    water = whole_sum(behind[Metered.WATER], hours)
    facility = energy_sum(boundary, hours)
    known = {name: coverage_of(some, hours, hour, now) for name, some in behind.items() if some}
    # With the utility's meter silent, what the site generates itself is not the grid's.
    own = facility if grid is None else None
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
        coverage=(
            coverage_of(boundary, hours, hour, now)
            if boundary
            else known.get(Metered.IT, Coverage())
        ),
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
        Metered.IT: tree.it(site),
        Metered.GRID: tree.grid_supply(site),
        Metered.ONSITE: tree.onsite(site),
        Metered.WATER: tree.water(site),
        Metered.REUSED: tree.reuse(site),
    }


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
