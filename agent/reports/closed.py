"""What was reported of a period that is closed."""

from collections.abc import Iterator
from datetime import datetime

from agent.accounting.periods.calendar import Period
from agent.accounting.periods.figures import Figure
from agent.accounting.site import Site
from agent.ledger import Connection
from agent.ledger.corrections.closed import closed_period
from agent.reports.terms import Term, value_text
from agent.wording import MISSING, minute


def closed_terms(
    connection: Connection, site: Site, period: Period, *, known: datetime | None = None
) -> Iterator[Term]:
    """Yield by whom a period was closed, why, and what was reported; nothing if it is open."""
    found = closed_period(connection, site.name, period.name, known=known)
    if found is None:
        return
    energy = found.figures.get("energy_kwh")
    grams = found.figures.get("emissions_location_kg")
    yield Term(
        key="closed",
        name=f"closed {minute(found.at)} UTC by {found.who}: {found.why}",
        how=f"as reported {_text(energy, 'kWh')}, {_text(grams, 'kg')} location-based",
        facts={
            "at": found.at.isoformat(),
            "who": found.who,
            "why": found.why,
            "energy_kwh": energy,
            "emissions_location_kg": grams,
        },
    )


def _text(value: Figure, unit: str) -> str:
    return f"{MISSING if value is None else value_text(value, unit)} {unit}"
