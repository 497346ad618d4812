"""The durable book: what was read, what was made of it, and who has been told.

    accounts     each reading is posted to the account of its meter
    grids        the intensities, in all their versions
    hours        what is made of both: hours of meters and of sites, and their totals
    places       where everything stands, and where it stood
    corrections  what people say afterwards: repairs, closed months
    evidence     what stands behind a figure
    series       minutes, hours and days of many meters, as columns of numbers

Beside the rooms lie the file itself, its one writer, and what hands entries on in order.
"""

from agent.ledger.accounts.findings import findings_of
from agent.ledger.backup import Backup, back_up
from agent.ledger.corrections.closed import ClosedPeriod, Closure, Since, periods_of
from agent.ledger.corrections.repairs import Repair, Repaired, repairs_of
from agent.ledger.damage import said_of
from agent.ledger.file import Connection, Held, open_reader, reading
from agent.ledger.hours.restatements import Restatement, restatements_of
from agent.ledger.hours.total import Total, total_of
from agent.ledger.ledger import Ledger
from agent.ledger.names import check_read, site_named
from agent.ledger.readers import Readers, TooMuch
from agent.ledger.retention import Keep
from agent.ledger.status import Cursor, Status, status_of

__all__ = [
    "Backup",
    "ClosedPeriod",
    "Closure",
    "Connection",
    "Cursor",
    "Held",
    "Keep",
    "Ledger",
    "Readers",
    "Repair",
    "Repaired",
    "Restatement",
    "Since",
    "Status",
    "TooMuch",
    "Total",
    "back_up",
    "check_read",
    "findings_of",
    "open_reader",
    "reading",
    "said_of",
    "periods_of",
    "repairs_of",
    "restatements_of",
    "site_named",
    "status_of",
    "total_of",
]
