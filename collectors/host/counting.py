"""Counters of our own, over counters that begin again too soon to be handed on.

A package's counter of RAPL begins again every few minutes, at 200 W after 22 on most machines and
after 5 on some. So its steps are summed here from poll to poll, and where a pause was too long to
tell how often it began again, the sum begins anew: what is not known is not counted.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from agent.units import Watts

MOST_WATTS = 800.0
"""No processor draws more, and no bank of memory: it bounds a step of their counters."""

MICROJOULES = 1_000_000


class Counter:
    """What one part has used since it was first read, in microjoules.

    `power` is its mean since the read before; None at the first.
    """

    def __init__(self, raw: int, at: datetime) -> None:
        self._begin(raw, at)

    def _begin(self, raw: int, at: datetime) -> None:
        self.began = at
        self.total = 0
        self.power: Watts | None = None
        self._raw, self._at = raw, at

    def read(self, raw: int, at: datetime, *, span: int | None, most: float) -> None:
        """Take the next count of a register that begins again at `span`; None if it never does.

        It begins anew where the step cannot be known: the clock stood still or went back, the
        register was reset, or in so long a pause it may have begun again more than once. `most` is
        in watts.
        """
        seconds = (at - self._at).total_seconds()
        step = raw - self._raw
        if span is not None:
            bound = most * seconds * MICROJOULES
            step = step % span
            if bound >= span or step > bound:
                step = -1
        if seconds <= 0 or step < 0:
            self._begin(raw, at)
            return
        self.total += step
        self.power = Watts(step / MICROJOULES / seconds)
        self._raw, self._at = raw, at


@dataclass(slots=True)
class Sum:
    """The sum of several counters, which begins anew with any of them, and with what it is of."""

    began: datetime | None = None
    _of: Mapping[str, datetime] | None = None
    _before: int = 0

    def read(self, counters: Mapping[str, Counter], at: datetime) -> int:
        """Return what they have used together since it began, in microjoules."""
        total = sum(one.total for one in counters.values())
        parts = {key: one.began for key, one in counters.items()}
        if parts != self._of:
            self.began, self._of, self._before = at, parts, total
        return total - self._before
