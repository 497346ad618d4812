"""Loading the accounts at the start: the reading before a restart is in the ledger."""

import sqlite3
from collections.abc import Sequence
from typing import Any

from agent.accounting.energy import Mark
from agent.accounting.tree import Tree
from agent.ledger.account import Account
from agent.ledger.times import from_millis, from_seconds
from agent.model import Basis, Meter, MeterId
from agent.units import Joules, Watts


def accounts(connection: sqlite3.Connection, tree: Tree) -> dict[MeterId, Account]:
    """Return the accounts of all meters that the settings still have, as they are on disk."""
    rows = connection.execute(
        "SELECT id, meter, first_ms, at_ms, register_j, power_w, source, least_j, most_j, booked_j,"
        " minute_s, minute_j, minute_covered_s, minute_basis, minute_power_w"
        " FROM account JOIN meter ON number = meter"
    ).fetchall()
    found = {}
    for name, *row in rows:
        meter = tree.meter(MeterId(name))
        if meter is not None:
            found[meter.id] = _account(meter, row)
    return found


def _account(meter: Meter, row: Sequence[Any]) -> Account:
    number, first, at, register, power, source, least, most, booked, *minute = row
    minute_s, energy, covered, basis, minute_power = minute
    return Account(
        meter=meter,
        number=number,
        first=from_millis(first),
        mark=Mark(
            at=from_millis(at),
            energy=None if register is None else Joules(register),
            power=None if power is None else Watts(power),
            source=source,
            least=least,
            most=most,
        ),
        minute=from_seconds(minute_s),
        booked=booked,
        energy=energy,
        covered=covered,
        basis=None if basis is None else Basis(basis),
        power=None if minute_power is None else Watts(minute_power),
    )
