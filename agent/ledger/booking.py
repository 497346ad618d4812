"""Booking readings: they become minutes and hours of their meters."""

import json
import sqlite3
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from agent.accounting.tree import Tree
from agent.ledger.account import Account, Posting
from agent.ledger.pack import pack
from agent.ledger.times import millis_of, seconds_of
from agent.model import Basis, Meter, MeterId, Minute, Reading, Scope

_HELD = {Basis.COUNTER, Basis.INTEGRATED, Basis.LOWER_BOUND}


Accounts = dict[MeterId, Account]


def book_readings(
    connection: sqlite3.Connection,
    accounts: Accounts,
    tree: Tree,
    readings: Sequence[Reading],
    *,
    now: datetime,
    hourly: Collection[Scope],
) -> None:
    """Post readings to their meters' accounts and write what they complete.

    Meters of a scope in `hourly` get hours and no minutes. A reading of a device that the settings
    no longer have is left out.
    """
    minutes: list[tuple[int, Minute]] = []
    hours: dict[tuple[int, int], list[float]] = {}
    touched: dict[MeterId, Account] = {}
    for reading in readings:
        account = accounts.get(reading.meter)
        if account is None:
            opened = _opened(connection, tree, reading)
            if opened is not None:
                accounts[reading.meter] = opened
                touched[reading.meter] = opened
            continue
        posting = account.post(reading)
        if posting is None:
            continue
        touched[reading.meter] = account
        if account.meter.scope not in hourly:
            minutes += [(account.number, minute) for minute in posting.minutes]
        _add_hours(hours, account.number, posting)
    _write(connection, touched.values(), minutes, hours, now)


def _opened(connection: sqlite3.Connection, tree: Tree, reading: Reading) -> Account | None:
    meter = tree.meter(reading.meter)
    if meter is None:
        return None
    return Account.opened(meter, number_of(connection, meter), reading)


def replant(connection: sqlite3.Connection, tree: Tree) -> None:
    """Give the meters that are known their places in a metering tree."""
    for (name,) in connection.execute("SELECT id FROM meter").fetchall():
        meter = tree.meter(MeterId(name))
        if meter is not None:
            number_of(connection, meter)


def number_of(connection: sqlite3.Connection, meter: Meter) -> int:
    """Return a meter's number in the ledger, as new if need be; its place is brought up to date."""
    (number,) = connection.execute(
        "INSERT INTO meter (id, device, site, role, scope, upstream, tags)"
        " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET site = excluded.site,"
        " role = excluded.role, upstream = excluded.upstream, tags = excluded.tags"
        " RETURNING number",
        (
            meter.id,
            meter.device,
            meter.site,
            meter.role,
            meter.scope,
            meter.upstream,
            json.dumps(dict(meter.tags), sort_keys=True),
        ),
    ).fetchone()
    return int(number)


def _add_hours(hours: dict[tuple[int, int], list[float]], number: int, posting: Posting) -> None:
    for part, basis in posting.hours:
        row = hours.setdefault((seconds_of(part.start), number), [0, 0.0, 0.0])
        row[0] += part.energy
        row[1 if basis in _HELD else 2] += part.seconds


def _write(
    connection: sqlite3.Connection,
    accounts: Collection[Account],
    minutes: Sequence[tuple[int, Minute]],
    hours: Mapping[tuple[int, int], Sequence[float]],
    now: datetime,
) -> None:
    if minutes:
        connection.execute(
            "INSERT INTO entry (booked_ms, kind, body) VALUES (?, 'minutes', ?)",
            (millis_of(now), pack(minutes)),
        )
    connection.executemany(
        "INSERT INTO hour VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
        " energy_j = energy_j + excluded.energy_j, measured_s = measured_s + excluded.measured_s,"
        " interpolated_s = interpolated_s + excluded.interpolated_s",
        [(hour, number, *row) for (hour, number), row in hours.items()],
    )
    sites = {account.number: account.meter.site for account in accounts}
    connection.executemany(
        "INSERT OR IGNORE INTO stale_hour VALUES (?, ?)",
        {(sites[number], hour) for hour, number in hours},
    )
    connection.executemany(
        f"INSERT OR REPLACE INTO account VALUES ({', '.join('?' * 14)})",  # noqa: S608 only marks
        [_columns(account) for account in accounts],
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
