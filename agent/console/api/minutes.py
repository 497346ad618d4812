"""The last minutes of one meter."""

from pydantic import BaseModel, Field

from agent.console.api.asked import Moment
from agent.ledger import Connection
from agent.ledger.evidence.last_minutes import last_minutes
from agent.ledger.readers import Budget
from agent.model import Basis, MeterNow, Minute, Quantity
from agent.units import JOULES_PER_WH, MILLILITRES_PER_LITRE

MINUTES = 60
FINDINGS = 20
"""What is told of one meter."""


class MinuteSaid(BaseModel):
    """A meter in one minute: a fact, never restated."""

    start: Moment
    power_watts: float | None = Field(
        description="Its last reading in it; of a water meter millilitres per second."
    )
    energy_wh: float | None = Field(description="Of a water meter litres.")
    basis: Basis | None = Field(description="How the energy is known.")
    covered_s: float = Field(description="Seconds of it that are known, 0 to 60.")


def minutes_said(connection: Connection, budget: Budget, meter: MeterNow) -> list[MinuteSaid]:
    """Return the last minutes of a meter, up to its last reading. Raises TooMuch."""
    found = last_minutes(connection, budget, meter.meter, meter.at, MINUTES)
    water = meter.meter.quantity is Quantity.WATER
    return [_minute(one, MILLILITRES_PER_LITRE if water else JOULES_PER_WH) for one in found]


def _minute(one: Minute, unit: int) -> MinuteSaid:
    return MinuteSaid(
        start=one.start,
        power_watts=one.power,
        energy_wh=None if one.energy is None else one.energy / unit,
        basis=one.basis,
        covered_s=one.covered,
    )
