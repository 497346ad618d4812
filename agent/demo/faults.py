"""What goes wrong in a simulated site, as data: the truth of the site is not touched by it.

Times are seconds since the site's midnight, as its loads count them.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Self

from agent.model import Zeroed

UPTIME_SECONDS = 3_600_000.0
"""So long every device had been running at the site's midnight."""


class Trouble(StrEnum):
    """What can go wrong with a device, or with a register."""

    DEAD = "dead"
    """The device answers nothing, and its registers count on."""

    RESTART = "restart"
    """It answers nothing, and at the end its uptime begins again; `Faults.zeroed` says whether its
    registers do. What flows meanwhile is counted only by those that do not.
    """

    REPLACED = "replaced"
    """It answers nothing, and at the end another one stands at its address."""

    RESET = "reset"
    """Somebody sets a register to zero at the start."""

    ROLLOVER = "rollover"
    """A register reaches its span at the start."""

    HIGH = "high"
    """A register says far too much."""

    LOW = "low"
    """A register says zero."""

    STUCK = "stuck"
    """A register stands still, and goes on from there: what flowed is never counted."""

    STALE = "stale"
    """What a register says stands still, and then is again what it should be."""


SILENT = frozenset({Trouble.DEAD, Trouble.RESTART, Trouble.REPLACED})
"""Of a whole device; the others are of one register."""

SHOWN = frozenset({Trouble.HIGH, Trouble.LOW, Trouble.STUCK, Trouble.STALE})
"""What a register shows while it lasts is not what it counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One trouble, from its start up to its end."""

    name: str
    """Of a device, or of the element of the site whose register it is."""

    trouble: Trouble
    start: float
    end: float

    def at(self, seconds: float) -> bool:
        """Tell whether it goes on at that moment."""
        return self.start <= seconds < self.end


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockStep:
    """The clock of the daemon's host is wrong by so many seconds for a while."""

    start: float
    end: float
    by: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """All that goes wrong. The same plan gives the same registers and the same silence."""

    faults: tuple[Fault, ...] = ()
    steps: tuple[ClockStep, ...] = ()
    loss: float = 0.0
    """Share of the packets that get lost, or of the polls where there are no packets."""

    zeroed: Mapping[str, Zeroed] = field(default_factory=dict)
    """Devices whose registers go back to zero by themselves."""

    lags: Mapping[str, float] = field(default_factory=dict)
    """By how many seconds the clocks of devices lag that count a day; below zero, are ahead."""

    timezone: str = "UTC"
    """In which the days of a register begin that counts a day only."""

    seed: int = 1

    def of(self, device: str) -> Sequence[Fault]:
        """Return what goes wrong with a device or with one of its registers, in order."""
        own = (one for one in self.faults if one.name.partition("/")[0] == device)
        return sorted(own, key=lambda one: one.start)

    def ahead(self, seconds: float) -> float:
        """Return by how many seconds the clock of the daemon's host is ahead at that moment."""
        return sum(step.by for step in self.steps if step.start <= seconds < step.end)

    def moments(self, shown: float) -> Sequence[float]:
        """Return the moments at which the clock of the daemon's host shows this, in order.

        A clock that is put back shows a time twice.
        """
        changes = (at for step in self.steps for at in (step.start, step.end))
        offsets = {0.0, *map(self.ahead, changes)}
        found = [shown - by for by in offsets if self.ahead(shown - by) == by]
        return sorted(found) or [shown]

    def line(self) -> str:
        """Return it as one line of JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def read(cls, line: str) -> Self:
        """Return what `line` made; ValueError, KeyError or TypeError if it is none."""
        said = json.loads(line)
        return cls(
            faults=tuple(
                Fault(**one | {"trouble": Trouble(one["trouble"])}) for one in said["faults"]
            ),
            steps=tuple(ClockStep(**one) for one in said["steps"]),
            loss=said["loss"],
            zeroed={name: Zeroed(one) for name, one in said["zeroed"].items()},
            lags=said["lags"],
            timezone=said["timezone"],
            seed=said["seed"],
        )


NONE = Faults()


class Condition:
    """How one device is under a plan."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        """`faults` are the device's own, as `Faults.of` returns them."""
        self._silences = [one for one in faults if one.trouble in SILENT]
        self._boots = [one.end for one in self._silences if one.trouble is not Trouble.DEAD]
        self._swaps = [one.end for one in self._silences if one.trouble is Trouble.REPLACED]

    def silent(self, seconds: float) -> bool:
        """Tell whether it answers nothing."""
        return any(one.at(seconds) for one in self._silences)

    def uptime(self, seconds: float) -> float:
        """Return the seconds since it was started."""
        return seconds - max(
            (end for end in self._boots if end <= seconds), default=-UPTIME_SECONDS
        )

    def boots(self, seconds: float) -> int:
        """Return how often it has been started since the site's midnight."""
        return sum(end <= seconds for end in self._boots)

    def serial(self, first: str, seconds: float) -> str:
        """Return the serial number of what stands at its address, `first` at the beginning."""
        swaps = sum(end <= seconds for end in self._swaps)
        return f"{first}-{swaps + 1}" if swaps else first
