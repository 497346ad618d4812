"""What a ledger says of an hour, and by how much that may be wrong by its own account."""

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from agent.demo.load import Load
from agent.demo.site import Site
from agent.ledger.times import from_seconds
from agent.model import HOUR, Register

HOUR_SECONDS = HOUR.total_seconds()
SHAPE_OF_COUNTS, SHAPE_OF_POWERS = 0.004, 0.012
"""Share of an hour by which measured energy may be off, of readings that may be five minutes apart
while power swings within ten: at the hour's edges, and of powers alone everywhere.
"""

Hours = Mapping[tuple[str, datetime], "Booked"]


@dataclass(frozen=True, slots=True)
class Booked:
    """One meter in one hour, as a row of the ledger has it."""

    energy: int
    measured: float
    interpolated: float

    @property
    def missing(self) -> float:
        """Seconds of which nothing is known."""
        return max(HOUR_SECONDS - self.measured - self.interpolated, 0.0)


NOTHING = Booked(0, 0.0, 0.0)


def hours_in(folder: Path) -> Hours:
    """Return all hours of all meters."""
    query = (
        "SELECT id, hour_s, energy_j, measured_s, interpolated_s FROM hour"
        " JOIN meter ON number = meter"
    )
    with closing(sqlite3.connect(f"file:{folder / 'ledger.db'}?mode=ro", uri=True)) as connection:
        return {
            (name, from_seconds(hour)): Booked(*row)
            for name, hour, *row in connection.execute(query)
        }


def largest(load: Load) -> float:
    """Return a power that a load never exceeds."""
    return load.mean + sum(abs(swing) for swing in load.swings)


def most_off(
    site: Site, element: str, register: Register | None, hour: datetime, said: Booked
) -> tuple[float, float]:
    """Return by how many joules an hour may be too low and too high.

    The measured part is right to what the register hides and to how power swings between readings.
    What is interpolated may lie anywhere in its gap, at a power the load can have. What is missing
    is missing: no more than that power for the missing seconds, and never too much.
    """
    power = largest(site.loads[element])
    shape, step = (SHAPE_OF_COUNTS, register.step) if register else (SHAPE_OF_POWERS, 0)
    tight = shape * site.energy(element, hour, hour + HOUR) + step
    loose = tight + said.interpolated * power
    return loose + said.missing * power, loose
