"""The durable book: what was read, what was made of it, and who has been told."""

from agent.ledger.ledger import Ledger
from agent.ledger.retention import Keep
from agent.ledger.status import Cursor, Status, status_of
from agent.ledger.total import Total, total_of

__all__ = ["Cursor", "Keep", "Ledger", "Status", "Total", "status_of", "total_of"]
