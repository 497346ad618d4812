"""How often hours were computed again, and why."""

from collections.abc import Iterator
from datetime import datetime

from agent.ledger import Connection
from agent.ledger.hours.restatements import hours_restated, reasons_of
from agent.reports.terms import Term, several


def restated_terms(
    connection: Connection,
    site: str,
    start: datetime,
    end: datetime,
    *,
    known: datetime | None = None,
) -> Iterator[Term]:
    """Yield what was restated of a site's hours in [start, end) by a time; nothing if none was."""
    found = reasons_of(connection, site, start, end, known=known)
    if found:
        hours = hours_restated(connection, site, start, end, known=known)
        yield Term(
            key="restatements",
            name="restatements",
            value=sum(found.values()),
            how=f"of {several(hours, 'hour')}; `carbond ledger restatements` has what was said "
            "before",
            facts={"hours": hours},
            terms=[Term(key="reason", name=why, value=count) for why, count in found.items()],
        )
