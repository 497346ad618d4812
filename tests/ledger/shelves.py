"""Ledgers of bare rows, to ask for series of: what stands in them is up to the test."""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np

from agent.accounting.site import Site
from agent.ledger.hours.site_hours import write
from agent.ledger.pack import pack
from agent.ledger.places.meters import number_of
from agent.ledger.readers import Budget
from agent.ledger.schema import migrate
from agent.ledger.series.asked import Asked, Choice, Figure, Source, Step
from agent.ledger.series.recent import Recent
from agent.ledger.series.series import Series, series_of
from agent.ledger.times import millis_of, seconds_of
from agent.model import HOUR, MINUTE, Meter, MeterId, Minute, SiteHour
from tests.accounting import places

START = places.HOUR_9
FRA = Site(name="fra", grid="de", timezone="Europe/Berlin")


def chosen(*names: str) -> Choice:
    return Choice(ids=[MeterId(one) for one in names])


@dataclass
class Shelf:
    """A ledger in memory in which the meters of `places` have always been."""

    connection: sqlite3.Connection
    meters: Mapping[str, Meter]
    numbers: Mapping[str, int]
    recent: Recent = field(default_factory=Recent)

    def hour(
        self, meter: str, hour: datetime, joules: int, measured: float = 3600.0, rest: float = 0.0
    ) -> None:
        self.connection.execute(
            "INSERT INTO hour (hour_s, meter, energy_j, measured_s, interpolated_s)"
            " VALUES (?, ?, ?, ?, ?)",
            (seconds_of(hour), self.numbers[meter], joules, measured, rest),
        )

    def site_hour(self, hour: SiteHour, *, booked: datetime | None = None) -> None:
        write(self.connection, hour, booked or hour.hour + 2 * HOUR)

    def minutes(self, minutes: Sequence[Minute], *, booked: datetime | None = None) -> None:
        at = booked or max(one.start for one in minutes) + 2 * MINUTE
        body = pack([(self.numbers[one.meter.id], one) for one in minutes])
        self.connection.execute(
            "INSERT INTO entry (booked_ms, kind, body) VALUES (?, 'minutes', ?)",
            (millis_of(at), body),
        )

    def ask(
        self,
        figure: Figure = Figure.ENERGY,
        step: Step = Step.HOUR,
        *,
        start: datetime = START,
        hours: float = 1,
        choice: Choice | None = None,
        by: str = "",
        site: Site = FRA,
        now: datetime | None = None,
        known: datetime | None = None,
        recent: Recent | None = None,
    ) -> Series:
        choice = choice or Choice()
        asked = Asked(
            figure=figure,
            step=step,
            start=start,
            end=start + timedelta(hours=hours),
            site=site,
            by=by or ("meter" if choice else "site"),
            choice=choice,
            known=known,
        )
        now = now or asked.end + 400 * 24 * HOUR
        source = Source(self.connection, Budget(), recent or self.recent, now)
        return series_of(source, asked)


@contextmanager
def shelf(meters: Iterable[Meter] = places.TOTALS, *, since: datetime = START) -> Iterator[Shelf]:
    """`since` is when all of them came into the settings."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        migrate(connection)
        by_id = {str(one.id): one for one in meters}
        numbers = {name: number_of(connection, one) for name, one in by_id.items()}
        connection.executemany(
            "INSERT INTO membership VALUES (?, ?, NULL)",
            [(number, seconds_of(since)) for number in numbers.values()],
        )
        yield Shelf(connection, by_id, numbers)


def values(series: Series, key: str = "") -> list[float | None]:
    """The values of one series, None for what is missing."""
    at = list(series.keys).index(key) if key else 0
    return [None if np.isnan(one) else float(one) for one in series.columns.values[at]]


def coverage(series: Series, key: str = "") -> list[float]:
    at = list(series.keys).index(key) if key else 0
    found: list[float] = series.columns.coverage[at].tolist()
    return found
