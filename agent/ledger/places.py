"""Where each meter stood, and when: an old hour is computed with the places of its own time."""

import sqlite3
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from agent.accounting.hours import hour_of
from agent.accounting.metering.tree import Tree
from agent.accounting.site import Site
from agent.ledger.meters import COLUMNS, MeterOf, meter_of, number_of
from agent.ledger.times import seconds_of
from agent.model import Meter, MeterId, Role

_PLACE = "site, role, upstream, tags, accuracy"


def replant(connection: sqlite3.Connection, tree: Tree, *, now: datetime) -> None:
    """Give the meters that are known their places in a metering tree, from this hour on.

    A place that a meter leaves is kept for the hours before.
    """
    until = seconds_of(hour_of(now))
    for row in connection.execute(f"SELECT {COLUMNS} FROM meter").fetchall():  # noqa: S608 a constant
        before, meter = meter_of(row), tree.meter(MeterId(row[0]))
        if meter is not None and meter != before:
            number = number_of(connection, meter)
            connection.execute(
                f"INSERT OR IGNORE INTO former_place (meter, until_s, {_PLACE})"  # noqa: S608 a constant
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (number, until, *row[2:4], *row[5:]),
            )
    _write_sites(connection, tree)


def _write_sites(connection: sqlite3.Connection, tree: Tree) -> None:
    """Keep what a reader of the ledger must know of the sites, without any settings."""
    connection.executemany(
        "INSERT OR REPLACE INTO site VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            (
                *(site.name, site.timezone, site.grid, site.marginal_grid, site.it_role),
                *(int(site.partial), site.least_coverage),
            )
            for site in tree.sites.values()
        ],
    )


def sites_in(connection: sqlite3.Connection) -> list[Site]:
    """Return the sites of a ledger, as far as a reader must know them."""
    return [
        Site(
            name=name,
            timezone=timezone,
            grid=grid,
            marginal_grid=marginal_grid,
            it_role=None if it_role is None else Role(it_role),
            partial=bool(partial),
            least_coverage=least_coverage,
        )
        for name, timezone, grid, marginal_grid, it_role, partial, least_coverage in (
            connection.execute("SELECT * FROM site ORDER BY name")
        )
    ]


@dataclass(frozen=True, slots=True)
class _Read:
    """When the meters were read first and last."""

    firsts: Sequence[int]
    totals: Sequence[int]
    parts: Sequence[tuple[int, int, int]]

    @classmethod
    def of(cls, connection: sqlite3.Connection) -> Self:
        rows = connection.execute(
            "SELECT first_ms, number FROM account JOIN meter ON number = meter"
            " WHERE scope = 'total' ORDER BY first_ms, number"
        ).fetchall()
        parts = connection.execute(
            "SELECT first_ms, at_ms, number FROM account JOIN meter ON number = meter"
            " WHERE scope IN ('input', 'outlet') ORDER BY number"
        ).fetchall()
        return cls([first for first, _ in rows], [number for _, number in rows], parts)

    def expected(self, start_ms: int) -> list[int]:
        end = start_ms + 3_600_000
        parts = [one for first, last, one in self.parts if first < end and last >= start_ms]
        return [*self.totals[: bisect_left(self.firsts, end)], *parts]


class Places:
    """The meters of a ledger, each as it stood in an hour."""

    def __init__(self, connection: sqlite3.Connection, meter: MeterOf) -> None:
        """`meter` looks up where a meter stands now."""
        self._connection = connection
        self._meter = meter
        self._former: dict[int, list[tuple[int, Meter]]] = {}
        self._trees: dict[str, tuple[Sequence[Meter], Tree]] = {}
        self._read: _Read | None = None
        columns = COLUMNS.replace("site, role, scope", "f.site, f.role, scope")
        for name in ("upstream", "tags", "accuracy"):
            columns = columns.replace(name, f"f.{name}")
        for number, until, *row in connection.execute(
            f"SELECT number, until_s, {columns} FROM former_place f"  # noqa: S608 a constant
            " JOIN meter ON number = f.meter ORDER BY until_s"
        ):
            self._former.setdefault(number, []).append((until, meter_of(row)))

    def at(self, number: int, hour_s: int) -> Meter:
        """Return a meter as it stood in an hour, given in seconds since 1970."""
        for until, meter in self._former.get(number, ()) if self._former else ():
            if hour_s < until:
                return meter
        return self._meter(number)

    def expected(self, site: str, hour: datetime) -> list[Meter]:
        """Return who should have been read in an hour: the totals of a site's devices that were
        first read before its end, and the parts that were read before its end and after its start.
        """
        if self._read is None:
            self._read = _Read.of(self._connection)
        start = seconds_of(hour)
        meters = [self.at(number, start) for number in self._read.expected(start * 1000)]
        return [one for one in meters if one.site == site]

    def tree(self, site: Site, meters: Sequence[Meter]) -> Tree:
        """Return the tree of a site's meters: the last one again, as long as they are the same."""
        known = self._trees.get(site.name)
        if known is None or known[0] != meters:
            known = self._trees[site.name] = (meters, Tree.of([site], meters))
        return known[1]
