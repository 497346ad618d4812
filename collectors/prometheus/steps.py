"""Counts of our own, over counts that begin again too soon, as those of RAPL do.

A package's counter begins again every few minutes. What it does between two polls is clear; over an
hour in which nobody looked it is not, and the ledger would take it for less than flowed. So the
steps are added up here, and after a pause that was too long the sum begins anew.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from agent.units import Watts

SHORTEST_SPAN = 10_000_000
"""Joules: a machine uses as much in hours. A longer span is the ledger's to deal with."""

MOST_WATTS = 800.0
"""No processor draws more, and no bank of memory: it bounds a step of their counters."""


@dataclass(slots=True)
class Steps:
    """What one meter has used since it was first read, in joules."""

    limit: float | None
    began: datetime
    total: float = 0.0
    power: Watts | None = None
    """The mean since the read before; None at the first."""

    _at: datetime | None = None
    _each: Mapping[str, float] = field(default_factory=dict)

    def read(self, each: Mapping[str, float], at: datetime, span: float) -> None:
        """Take the next counts. It begins anew where one came or went, or cannot be told.

        The same samples once more, as a federation hands them on, change nothing.
        """
        if at == self._at and each == self._each:
            return
        seconds = 0.0 if self._at is None else (at - self._at).total_seconds()
        bound = min(MOST_WATTS, self.limit or MOST_WATTS) * seconds
        steps = [(now - self._each.get(name, now)) % span for name, now in each.items()]
        known = seconds > 0 and each.keys() == self._each.keys()
        if known and bound < span and max(steps) <= bound:
            self.total += sum(steps)
            self.power = Watts(sum(steps) / seconds)
        else:
            self.began, self.total, self.power = at, 0.0, None
        self._at, self._each = at, each
