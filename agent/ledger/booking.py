"""Booking readings: they become minutes and hours of their meters."""

import sqlite3
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from agent.accounting.tree import Tree
from agent.ledger.account import Account, Posting
from agent.ledger.meters import number_of
from agent.ledger.pack import pack
from agent.ledger.times import millis_of, seconds_of
from agent.model import Basis, MeterId, Minute, Reading, Scope

_HELD = {Basis.COUNTER, Basis.INTEGRATED, Basis.LOWER_BOUND}

Accounts = dict[MeterId, Account]


@dataclass(slots=True)
class Postings:
    """What the bookings of one transaction change: written once, at its end."""

    minutes: list[tuple[int, Minute]] = field(default_factory=list)
    hours: dict[tuple[int, int], list[float]] = field(default_factory=dict)
    """By hour and meter's number: joules, seconds measured, seconds interpolated."""

    accounts: dict[int, Account] = field(default_factory=dict)
    """Those that have changed, by number."""

    def clear(self) -> None:
        """Forget them: they are written, or rolled back."""
        self.minutes.clear()
        self.hours.clear()
        self.accounts.clear()


def post_readings(
    connection: sqlite3.Connection,
    accounts: Accounts,
    tree: Tree,
    readings: Sequence[Reading],
    postings: Postings,
    *,
    now: datetime,
    hourly: Collection[Scope],
) -> None:
    """Post readings to their meters' accounts and note what they complete.

    Meters of a scope in `hourly` get hours and no minutes. A reading of a device that the settings
    no longer have is left out.
    """
    for reading in readings:
        account = accounts.get(reading.meter)
        if account is None:
            account = _opened(connection, tree, reading)
            if account is not None:
                accounts[reading.meter] = postings.accounts[account.number] = account
            continue
        posting = account.post(reading, now)
        if posting is None:
            continue
        postings.accounts[account.number] = account
        if account.meter.scope not in hourly:
            postings.minutes += [(account.number, minute) for minute in posting.minutes]
        _add_hours(postings.hours, account.number, posting)


def _opened(connection: sqlite3.Connection, tree: Tree, reading: Reading) -> Account | None:
    meter = tree.meter(reading.meter)
    if meter is None:
        return None
    return Account.opened(meter, number_of(connection, meter), reading)


def _add_hours(hours: dict[tuple[int, int], list[float]], number: int, posting: Posting) -> None:
    for part, basis in posting.hours:
        row = hours.setdefault((seconds_of(part.start), number), [0, 0.0, 0.0])
        row[0] += part.energy
        row[1 if basis in _HELD else 2] += part.seconds


def write_postings(connection: sqlite3.Connection, postings: Postings, *, now: datetime) -> None:
    """Write what has been posted: one entry of minutes, the hours, and where the accounts stand."""
    if postings.minutes:
        connection.execute(
            "INSERT INTO entry (booked_ms, kind, body) VALUES (?, 'minutes', ?)",
            (millis_of(now), pack(postings.minutes)),
        )
    connection.executemany(
        "INSERT INTO hour (hour_s, meter, energy_j, measured_s, interpolated_s)"
        " VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
        " energy_j = energy_j + excluded.energy_j, measured_s = measured_s + excluded.measured_s,"
        " interpolated_s = interpolated_s + excluded.interpolated_s",
        [(hour, number, *row) for (hour, number), row in postings.hours.items()],
    )
    connection.executemany(
        "INSERT INTO stale_hour (site, hour_s, energy) VALUES (?, ?, 1)"
        " ON CONFLICT DO UPDATE SET energy = 1",
        {(postings.accounts[number].meter.site, hour) for hour, number in postings.hours},
    )
    connection.executemany(
        f"INSERT OR REPLACE INTO account VALUES ({', '.join('?' * 14)}, '{{}}')",  # noqa: S608 only marks
        [_columns(account) for account in postings.accounts.values()],
    )


def _columns(account: Account) -> tuple[object, ...]:
    mark = account.mark
    return (
        account.number,
        millis_of(account.first),
        millis_of(mark.at),
        mark.energy,
        mark.power,
        mark.source,
        mark.least,
        mark.most,
        account.booked,
        seconds_of(account.minute),
        account.energy,
        account.covered,
        account.basis,
        account.power,
    )
