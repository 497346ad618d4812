"""All that a ledger has booked for one site, from its first reading to its last."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from agent.accounting.hours import EPOCH, hour_of
from agent.ledger.file import reading
from agent.ledger.hours.site_hours import newest
from agent.ledger.times import from_millis
from agent.model import Kind, MeterId
from agent.units import Grams, Joules


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """What was booked for a site. None is what is not known."""

    booked: Mapping[MeterId, tuple[datetime, datetime, Joules]]
    """Of each meter the times of its first and last reading, and the energy between them."""

    covered: Mapping[MeterId, float]
    """Of each meter the seconds that have an interval, as its hours have them."""

    emissions: Grams | None
    """Location-based, of the hours that have an intensity."""

    coverage: float | None
    """Share of all meters' time, from the first reading to the last, that is covered, 0 to 1."""


def total_of(path: Path, site: str) -> Total:
    """Read it from the file. Raises ConfigError if there is no ledger that can be read."""
    with reading(path) as connection:
        booked = {
            MeterId(name): (from_millis(first), from_millis(last), Joules(energy))
            for name, first, last, energy in connection.execute(
                "SELECT id, first_ms, at_ms, booked_j FROM account JOIN meter ON number = meter"
                " WHERE site = ?",
                (site,),
            )
        }
        covered = {
            MeterId(name): float(seconds)
            for name, seconds in connection.execute(
                "SELECT id, sum(measured_s + interpolated_s) FROM hour JOIN meter ON number = meter"
                " WHERE site = ? GROUP BY number",
                (site,),
            )
        }
        start = min((first for first, _, _ in booked.values()), default=EPOCH)
        end = max((last for _, last, _ in booked.values()), default=EPOCH)
        hours = newest(connection, site, hour_of(start), end)
        meters, seconds = connection.execute(
            "SELECT count(DISTINCT meter), sum(measured_s + interpolated_s) FROM hour"
            " JOIN meter ON number = meter WHERE site = ? AND scope = 'total'",
            (site,),
        ).fetchone()
    grams = [hour.emissions[Kind.DIRECT] for hour in hours if Kind.DIRECT in hour.emissions]
    span = (end - start).total_seconds() * meters
    return Total(
        booked=booked,
        covered=covered,
        emissions=Grams(sum(grams)) if grams else None,
        coverage=min(seconds / span, 1.0) if span else None,
    )
