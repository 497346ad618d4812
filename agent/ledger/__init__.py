"""The durable book: what was read, what was made of it, and who has been told."""

from agent.ledger.closed import ClosedPeriod, Closure, Since, periods_of
from agent.ledger.file import Connection, Held, open_reader
from agent.ledger.findings import findings_of
from agent.ledger.ledger import Ledger
from agent.ledger.names import check_read, site_named
from agent.ledger.repairs import Repair, Repaired, repairs_of
from agent.ledger.restatements import Restatement, restatements_of
from agent.ledger.retention import Keep
from agent.ledger.status import Cursor, Status, status_of
from agent.ledger.total import Total, total_of

__all__ = [
    "ClosedPeriod",
    "Closure",
    "Connection",
    "Cursor",
    "Held",
    "Keep",
    "Ledger",
    "Repair",
    "Repaired",
    "Restatement",
    "Since",
    "Status",
    "Total",
    "check_read",
    "findings_of",
    "open_reader",
    "periods_of",
    "repairs_of",
    "restatements_of",
    "site_named",
    "status_of",
    "total_of",
]
