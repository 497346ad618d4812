"""The families of the page that are no measures of this moment: counters, and free conditions."""

import re
from collections.abc import Mapping

from agent.measures import METER_MEASURES, Family
from agent.measures.family import CACHED
from agent.measures.meters import LAST_READING
from agent.measures.sites import METHODS
from exporters.prometheus.accrual import ENERGY, Quantity

SINCE_START = (
    "since the process began; a provisional accrual that never goes back, the ledger is the"
    " authority"
)

FIXED_OF_METERS = frozenset({LAST_READING.name, *(one.name for one in METER_MEASURES)})


def condition_family(condition: str) -> Family:
    """Return the family of a condition of a meter, such as `voltage_volts`."""
    name = f"carbond_meter_{re.sub(r'[^a-zA-Z0-9_]', '_', condition)}"
    if name in FIXED_OF_METERS:
        name = f"{name}_condition"
    return Family(name=name, help=f"The condition {condition} in the unit of its name. {CACHED}.")


COUNTER_FAMILIES: Mapping[Quantity, Family] = {
    ENERGY: Family(
        name="carbond_site_energy_joules_total",
        help=f"Energy in joules {SINCE_START}.",
        type="counter",
    ),
    **{
        kind: Family(
            name=f"carbond_site_emissions_{name}_grams_total",
            help=f"{method} emissions in grams CO2e {SINCE_START}.",
            type="counter",
        )
        for kind, (name, method) in METHODS.items()
    },
}
