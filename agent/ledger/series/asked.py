"""What a series is asked to be, and what it is made from."""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from agent.accounting.site import Site
from agent.errors import Rejected
from agent.ledger.readers import Budget
from agent.ledger.series.recent import Recent
from agent.ledger.times import seconds_of
from agent.model import Kind, Meter, Quantity, Role, Scope

HOUR_S = 3600


class Unaskable(Rejected):
    """A figure that there is not, at this step or of these meters. Says what to ask for instead."""


class Figure(StrEnum):
    """What a series is of."""

    POWER = "power"
    ENERGY = "energy"
    EMISSIONS = "emissions"
    PUE = "pue"
    INTENSITY = "intensity"


OF_THE_SITE = frozenset({Figure.PUE, Figure.INTENSITY})
"""What only a whole site has."""

OF_METERED = frozenset({Figure.POWER, Figure.ENERGY})
"""What is known of a minute; all else belongs to hours."""


class Step(StrEnum):
    """How long each value is of; a day is one of the site's own zone."""

    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"


@dataclass(frozen=True, slots=True)
class Span:
    """Full hours, or minutes, from one up to another, in seconds since 1970."""

    start_s: int
    end_s: int
    known: datetime | None = None
    """As it was known then; as it is known now, if None."""

    @classmethod
    def between(cls, start: datetime, end: datetime, known: datetime | None = None) -> "Span":
        """Return the span between two times that are full."""
        return cls(seconds_of(start), seconds_of(end), known)

    @property
    def hours(self) -> int:
        """How many hours begin in it, the first one being full."""
        return -(-(self.end_s - self.start_s) // HOUR_S)


@dataclass(frozen=True, slots=True)
class Source:
    """Where series are read from."""

    connection: sqlite3.Connection
    budget: Budget
    recent: Recent
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which meters of a site are asked for: those that fit all that is said."""

    ids: Sequence[str] = ()
    device: str | None = None
    roles: Sequence[Role] = ()
    scopes: Sequence[Scope] = ()
    """Where nothing is said, and no ids are: totals of devices."""

    tags: Sequence[tuple[str, str]] = ()

    def __bool__(self) -> bool:
        return any((self.ids, self.device, self.roles, self.scopes, self.tags))

    def fits(self, meter: Meter) -> bool:
        """Return whether a meter is asked for."""
        return (
            (not self.ids or meter.id in self.ids)
            and self.device in (None, meter.device)
            and (meter.role in self.roles if self.roles else self._is_usual(meter))
            and self._is_in_scope(meter)
            and all(meter.tags.get(name) == value for name, value in self.tags)
        )

    def _is_usual(self, meter: Meter) -> bool:
        """Water and heat are added to nothing else: they have to be asked for."""
        return bool(self.ids) or meter.quantity is Quantity.ELECTRICITY

    def _is_in_scope(self, meter: Meter) -> bool:
        if self.scopes:
            return meter.scope in self.scopes
        return bool(self.ids) or meter.scope is Scope.TOTAL


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A series, as it is asked for."""

    figure: Figure
    step: Step
    start: datetime
    end: datetime
    """The steps that begin before it, from the one on that `start` lies in."""

    site: Site
    by: str = "site"
    """site, meter, role, device, or tag:NAME."""

    kind: Kind = Kind.DIRECT
    known: datetime | None = None
    choice: Choice = field(default_factory=Choice)
    names: Mapping[str, str] = field(default_factory=dict)
    """What people call meters."""
