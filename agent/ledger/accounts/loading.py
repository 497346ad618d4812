"""Loading the accounts at the start: the reading before a restart is in the ledger."""

import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from agent.accounting.metering.tree import Tree
from agent.accounting.registers.marks import Mark, Pending
from agent.ledger.accounts.account import Account
from agent.ledger.accounts.state import read_day, read_state
from agent.ledger.times import from_millis, from_seconds
from agent.model import Basis, Meter, MeterId
from agent.units import Joules, Watts

_MARK = (
    "at_ms, register_j, power_w, source, least_j, most_j, uptime_ms, coalesce(still_ms, at_ms),"
    " withheld_j"
)
_MINUTE = "minute_s, minute_j, minute_covered_s, minute_basis, minute_power_w"


def accounts(connection: sqlite3.Connection, tree: Tree) -> dict[MeterId, Account]:
    """Return the accounts of all meters that the settings still have, as they are on disk."""
    rows = connection.execute(
        f"SELECT id, number, first_ms, booked_j, state, {_MARK}, {_MINUTE}"  # noqa: S608 constants
        " FROM account JOIN meter ON number = meter"
    ).fetchall()
    found = {}
    for name, *row in rows:
        meter = tree.meter(MeterId(name))
        if meter is not None:
            found[meter.id] = _account(meter, row, zone_of(tree, meter))
    return found


def zone_of(tree: Tree, meter: Meter) -> tzinfo:
    """Return the time of a meter's site, in which a daily register has its days."""
    site = tree.sites.get(meter.site)
    return UTC if site is None else ZoneInfo(site.timezone)


def _account(meter: Meter, row: Sequence[Any], zone: tzinfo) -> Account:
    number, first, booked, state = row[:4]
    minute_s, energy, covered, basis, power = row[13:]
    stuck, pending, held = read_state(state)
    mark = _mark(row[4:13], stuck=stuck, pending=pending)._replace(day=read_day(state))
    minute = from_seconds(minute_s)
    return Account(
        meter=meter,
        number=number,
        first=from_millis(first),
        mark=mark,
        minute=minute,
        zone=zone,
        booked=booked,
        energy=energy,
        covered=covered,
        basis=None if basis is None else Basis(basis),
        power=None if power is None else Watts(power),
        at=_within(minute, mark),
        register=None if _within(minute, mark) is None else mark.energy,
        held=held,
    )


def _within(minute: datetime, mark: Mark) -> datetime | None:
    """Return the time of the last good reading, if it lies in the open minute."""
    return mark.since if minute <= mark.since < minute + timedelta(minutes=1) else None


def _mark(row: Sequence[Any], *, stuck: bool, pending: Pending | None) -> Mark:
    at, register, power, source, least, most, uptime, still, withheld = row
    return Mark(
        at=from_millis(at),
        energy=None if register is None else Joules(register),
        power=None if power is None else Watts(power),
        source=source,
        least=least,
        most=most,
        still=from_millis(still),
        uptime=None if uptime is None else timedelta(milliseconds=uptime),
        withheld=withheld,
        stuck=stuck,
        pending=pending,
    )
