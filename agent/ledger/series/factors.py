"""What the energy of a meter emits in each of many hours."""

from collections.abc import Sequence

import numpy as np

from agent.accounting.emissions.carbon import IT_SIDE
from agent.ledger.series.columns import Floats
from agent.ledger.series.hours import SiteHours
from agent.model import GENERATION, Meter, Quantity, Role
from agent.units import GRAMS_PER_KILOGRAM, JOULES_PER_KWH


def factors_of(meters: Sequence[Meter], hours: SiteHours) -> Floats:
    """Return kilograms per joule: meters by rows, hours by columns, NaN where a factor is missing.

    It is what `emission_of` says of one meter in one hour; a test holds the two together. Of a
    year's 8,760 hours that would take a tenth of a second for each meter.
    """
    rows = {role: _factor(role, hours) for role in {one.role for one in meters}}
    return np.array([rows[one.role] for one in meters]).reshape(len(meters), len(hours.pue))


def _factor(role: Role, hours: SiteHours) -> Floats:
    """Return the factors of a role, as `emission_of` has them: a role says the quantity too."""
    if role in GENERATION or _quantity(role) is not Quantity.ELECTRICITY:
        return np.full(hours.pue.shape, np.nan)
    overhead = hours.pue if role in IT_SIDE else 1.0
    grid = 1.0 if role is Role.UTILITY else _grid_share(hours)
    return hours.intensity * overhead * grid / (JOULES_PER_KWH * GRAMS_PER_KILOGRAM)


def _quantity(role: Role) -> Quantity:
    return {Role.WATER: Quantity.WATER, Role.HEAT_REUSE: Quantity.HEAT}.get(
        role, Quantity.ELECTRICITY
    )


def _grid_share(hours: SiteHours) -> Floats:
    """Return how much of the facility's energy came from the grid; 1 where that is not known."""
    known = ~np.isnan(hours.grid) & (np.nan_to_num(hours.facility) != 0)
    return np.divide(hours.grid, hours.facility, out=np.ones(known.shape), where=known)
