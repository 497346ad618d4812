"""Which meters a series is of, as they stood, and in which groups they are added up.

In a group of several meters one that stands behind another is left out: its energy is in that one's
already.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from itertools import pairwise
from math import inf
from typing import Any

import numpy as np

from agent.accounting.metering.chain import Chain, chain_of
from agent.accounting.metering.tree import Tree
from agent.accounting.site import Site
from agent.ledger.places.meters import COLUMNS, by_number, meter_of
from agent.ledger.places.places import SPREAD_MS, Places
from agent.ledger.series.asked import HOUR_S, Asked, Span, Unaskable
from agent.ledger.series.columns import Bools, Ints
from agent.model import Meter, Role, Scope

_METERS = (
    f"SELECT number, {COLUMNS} FROM meter WHERE scope IN (SELECT value FROM json_each(?1))"  # noqa: S608 a constant
    " AND (?2 IS NULL OR device = ?2 OR scope = 'total')"
    f" UNION SELECT number, {COLUMNS} FROM meter WHERE id IN (SELECT value FROM json_each(?3))"
)

_MEMBERS = (
    "SELECT meter, CASE WHEN since_s = (SELECT min(since_s) FROM membership f"
    " WHERE f.meter = m.meter) THEN min(since_s, coalesce(first_ms / 1000, since_s))"
    " ELSE since_s END, until_s FROM membership m LEFT JOIN account USING (meter)"
)

_PARTS = (
    "SELECT number, scope, first_ms / 1000, at_ms / 1000,"
    " at_ms >= max(at_ms) OVER (PARTITION BY device) - ?1"
    " FROM account JOIN meter ON number = meter"
)

_MOVES = "SELECT DISTINCT until_s FROM former_place WHERE until_s > ? AND until_s < ? ORDER BY 1"


@dataclass(frozen=True, slots=True)
class Group:
    """Meters that are added up."""

    key: str
    numbers: Sequence[int]


@lru_cache(maxsize=10_000)
def _meter(row: tuple[Any, ...]) -> Meter:
    """Return the meter of a row: of a thousand meters this is most of a question's time."""
    return meter_of(row)


class Meters:
    """The meters that a question touches, each in its places."""

    def __init__(self, connection: sqlite3.Connection, asked: Asked) -> None:
        """Read them: all totals, since they tell what stands behind what, and what is chosen."""
        self._connection, self._asked, choice = connection, asked, asked.choice
        scopes = {Scope.TOTAL, *choice.scopes}
        if asked.site.it_role is Role.OUTLET and not choice:
            scopes.add(Scope.OUTLET)
        rows = connection.execute(
            _METERS, (json.dumps(sorted(scopes)), choice.device, json.dumps(list(choice.ids)))
        )
        self._known = {number: _meter(tuple(row)) for number, *row in rows}
        self._places = Places(connection, by_number(connection, self._known))

    def at(self, span: Span) -> dict[int, Meter]:
        """Return the meters of the site by their numbers, as they stood at the start of a span. Of
        all meters those only that were to be read in it.
        """
        stood = {number: self._places.at(number, span.start_s) for number in self._known}
        found = {number: one for number, one in stood.items() if one.site == self._asked.site.name}
        if self._asked.choice:
            return found
        numbers = list(found)
        due = np.any(due_of(self._connection, numbers, span), axis=1).tolist()
        return {
            number: found[number] for number, is_due in zip(numbers, due, strict=True) if is_due
        }


def epochs(connection: sqlite3.Connection, span: Span) -> Iterator[Span]:
    """Yield the parts of a span in which no meter has moved."""
    moves = [at for (at,) in connection.execute(_MOVES, (span.start_s, span.end_s))]
    edges = [span.start_s, *moves, span.end_s]
    for start, end in pairwise(edges):
        yield Span(start, end, span.known)


def groups_of(asked: Asked, meters: Mapping[int, Meter]) -> list[Group]:
    """Return the groups of the meters that are asked for, in the order of their keys.

    Where none are named they are the totals, and for a tag those that measure the site's IT energy:
    the shares of its values add up to it. Raises Unaskable.
    """
    chosen = {number: one for number, one in meters.items() if asked.choice.fits(one)}
    if asked.by.startswith("tag:") and not asked.choice:
        it = {one.id for one in _tree(asked.site, meters.values()).it(asked.site.name)}
        chosen = {number: one for number, one in meters.items() if one.id in it}
    _check(asked, chosen.values())
    found: dict[str, dict[int, Meter]] = {}
    for number, meter in chosen.items():
        found.setdefault(_key(asked, meter), {})[number] = meter
    if asked.by == "meter":
        return [Group(key, list(found[key])) for key in sorted(found)]
    chain = chain_of([*meters.values()])
    return [Group(key, _topmost(chain, found[key])) for key in sorted(found)]


def _check(asked: Asked, chosen: Iterable[Meter]) -> None:
    if len({one.quantity for one in chosen}) > 1:
        raise Unaskable("electricity, heat and water are not one figure: ask for them by role")
    scopes = sorted({one.scope for one in chosen})
    if asked.by != "meter" and len(scopes) > 1:
        raise Unaskable(
            f"{' and '.join(scopes)} are views of one flow and never added up: add scope=, or by="
            "meter"
        )


def _key(asked: Asked, meter: Meter) -> str:
    if asked.by.startswith("tag:"):
        return meter.tags.get(asked.by.removeprefix("tag:"), "")
    by = {"site": meter.site, "role": meter.role, "device": meter.device}
    return str(by.get(asked.by, meter.id))


def _topmost(chain: Chain, group: Mapping[int, Meter]) -> list[int]:
    """Return the meters of a group that no other one of it contains."""
    if len(group) == 1:
        return list(group)
    own = {one.id: one for one in group.values()}
    top = Chain(own, chain.upstream, {}).topmost({one.role for one in own.values()})
    names = {one.id for one in top}
    return [number for number, one in group.items() if one.id in names]


def _tree(site: Site, meters: Iterable[Meter]) -> Tree:
    return Tree.of([site], meters)


def site_groups(site: Site, meters: Mapping[int, Meter]) -> tuple[Group, Group]:
    """Return the meters at a site's boundary, and those of its IT."""
    tree, numbers = _tree(site, meters.values()), {one.id: at for at, one in meters.items()}
    boundary, it = tree.boundary(site.name), tree.it(site.name)
    return (
        Group(site.name, [numbers[one.id] for one in boundary]),
        Group(site.name, [numbers[one.id] for one in it]),
    )


def due_of(connection: sqlite3.Connection, numbers: Sequence[int], span: Span) -> Bools:
    """Return who should be read in which hour of a span: meters by rows, hours by columns.

    The total of a device as long as the settings have it. A part from its first reading until its
    device is read without it.
    """
    place = {number: at for at, number in enumerate(numbers)}
    starts = np.arange(span.start_s // HOUR_S * HOUR_S, span.end_s, HOUR_S)
    due = np.zeros((len(numbers), len(starts)), np.bool_)
    left = set(numbers)
    within = cache(partial(_within, starts))
    for number, since, until in connection.execute(_MEMBERS):
        if number in place:
            due[place[number]] |= within(since, until)
            left.discard(number)
    if left:
        for number, first, last, is_there in _parts(connection, left):
            due[place[number]] = _within(starts, first, inf if is_there else last + 1)
    return due


def _within(starts: Ints, since: float, until: float | None) -> Bools:
    within: Bools = (starts + HOUR_S > since) & (starts < (inf if until is None else until))
    return within


def _parts(
    connection: sqlite3.Connection, numbers: set[int]
) -> Iterator[tuple[int, float, float, bool]]:
    """Yield when parts were first and last read, and whether they are there still."""
    for number, scope, first, last, is_there in connection.execute(_PARTS, (SPREAD_MS,)):
        if number in numbers and scope != Scope.TOTAL:
            yield number, first, last, bool(is_there)
