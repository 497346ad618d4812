"""The durable book: what was read, what was made of it, and who has been told."""

from agent.ledger.ledger import HOURLY, Ledger
from agent.ledger.retention import Keep

__all__ = ["HOURLY", "Keep", "Ledger"]
