"""Booking readings: they become minutes and hours of their meters."""

import sqlite3
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from agent.accounting.hours import parts
from agent.accounting.metering.tree import Tree
from agent.ledger.accounts.account import Account, Posting
from agent.ledger.accounts.findings import write_findings
from agent.ledger.accounts.loading import zone_of
from agent.ledger.accounts.state import state_of
from agent.ledger.hours.restatements import LATE
from agent.ledger.pack import pack
from agent.ledger.places.meters import number_of
from agent.ledger.places.places import Places
from agent.ledger.times import millis_of, seconds_of
from agent.model import Basis, Finding, MeterId, Minute, Reading, Scope

SLOT = timedelta(minutes=5)
"""How fine a site's energy is kept, to weigh intensities that are finer than an hour."""

_MEASURED = {Basis.COUNTER, Basis.INTEGRATED}
"""A lower bound adds its energy and no time: what was used beside it is missing."""

_MILLISECOND = timedelta(milliseconds=1)

Accounts = dict[MeterId, Account]


@dataclass(slots=True)
class HourRow:
    """What is added to a meter's hour, and the last register read in it."""

    energy: int = 0
    measured: float = 0.0
    interpolated: float = 0.0
    register: int | None = None
    at: int | None = None
    """When, in milliseconds since 1970."""


@dataclass(slots=True)
class Postings:
    """What the bookings of one transaction change: written once, at its end."""

    minutes: list[tuple[int, Minute]] = field(default_factory=list)
    hours: dict[tuple[int, int], HourRow] = field(default_factory=dict)
    """By hour and meter's number."""

    slots: dict[tuple[str, int], int] = field(default_factory=dict)
    """By site and start in seconds, joules of the meters that shape the site's emissions."""

    findings: list[tuple[int, Finding]] = field(default_factory=list)
    """Each with its meter's number."""

    accounts: dict[int, Account] = field(default_factory=dict)
    """Those that have changed, by number."""

    def clear(self) -> None:
        """Forget them: they are written, or rolled back."""
        self.minutes.clear()
        self.hours.clear()
        self.slots.clear()
        self.findings.clear()
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
        posting = account.post(reading, now, minutely=account.meter.scope not in hourly)
        if posting is None:
            continue
        postings.accounts[account.number] = account
        postings.minutes += [(account.number, minute) for minute in posting.minutes]
        _add_hours(postings.hours, account, posting)
        if reading.meter in tree.shaping(account.meter.site):
            _add_slots(postings.slots, account.meter.site, posting)
        if posting.findings:
            postings.findings += [(account.number, one) for one in posting.findings]


def _opened(connection: sqlite3.Connection, tree: Tree, reading: Reading) -> Account | None:
    meter = tree.meter(reading.meter)
    if meter is None:
        return None
    return Account.opened(meter, number_of(connection, meter), reading, zone_of(tree, meter))


def _add_hours(hours: dict[tuple[int, int], HourRow], account: Account, posting: Posting) -> None:
    row = None
    for part, basis in posting.hours:
        key = (seconds_of(part.start), account.number)
        row = hours.get(key)
        if row is None:
            row = hours[key] = HourRow()
        row.energy += part.energy
        if basis in _MEASURED:
            row.measured += part.seconds
        elif basis is not Basis.LOWER_BOUND:
            row.interpolated += part.seconds
    if row is not None and posting.register is not None:
        # A register read on the hour is the last one of the hour that ends.
        row.register, row.at = posting.register, millis_of(account.mark.at)


def _add_slots(slots: dict[tuple[str, int], int], site: str, posting: Posting) -> None:
    for one in posting.intervals:
        for part in parts(one.start, one.end, one.energy, SLOT):
            key = (site, seconds_of(part.start))
            slots[key] = slots.get(key, 0) + part.energy


def write_postings(connection: sqlite3.Connection, postings: Postings, *, now: datetime) -> None:
    """Write what has been posted: one entry of minutes, the hours, and where the accounts stand."""
    if postings.minutes:
        connection.execute(
            "INSERT INTO entry (booked_ms, kind, body) VALUES (?, 'minutes', ?)",
            (millis_of(now), pack(postings.minutes)),
        )
    connection.executemany(
        "INSERT INTO hour VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
        " energy_j = energy_j + excluded.energy_j, measured_s = measured_s + excluded.measured_s,"
        " interpolated_s = interpolated_s + excluded.interpolated_s,"
        " register_j = coalesce(excluded.register_j, register_j),"
        " register_ms = coalesce(excluded.register_ms, register_ms)",
        [
            (hour, number, row.energy, row.measured, row.interpolated, row.register, row.at)
            for (hour, number), row in postings.hours.items()
        ],
    )
    connection.executemany(
        "INSERT INTO slot VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET"
        " energy_j = energy_j + excluded.energy_j",
        [(site, start, energy) for (site, start), energy in postings.slots.items()],
    )
    write_findings(connection, postings.findings)
    _make_stale(connection, postings)
    connection.executemany(
        f"INSERT OR REPLACE INTO account VALUES ({', '.join('?' * 18)})",  # noqa: S608 only marks
        [_columns(account) for account in postings.accounts.values()],
    )


def _make_stale(connection: sqlite3.Connection, postings: Postings) -> None:
    """Mark the hours that have changed, each at the site where its meter stood then."""
    places = Places(connection, lambda number: postings.accounts[number].meter)
    touched = {(places.at(number, hour).site, hour) for hour, number in postings.hours}
    connection.executemany(
        "INSERT INTO stale_hour (site, hour_s, energy, why) VALUES (?1, ?2, 1, ?3)"
        " ON CONFLICT DO UPDATE SET energy = 1, why = CASE WHEN why = '' THEN ?3"
        " WHEN instr(why, ?3) > 0 THEN why ELSE why || ', ' || ?3 END",
        [(*one, LATE) for one in touched],
    )


def _columns(account: Account) -> tuple[object, ...]:
    mark = account.mark
    at = millis_of(mark.at)
    return (
        account.number,
        millis_of(account.first),
        at,
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
        state_of(mark, account.held),
        None if mark.uptime is None else mark.uptime // _MILLISECOND,
        at if mark.still is mark.at else millis_of(mark.still),
        mark.withheld,
    )
