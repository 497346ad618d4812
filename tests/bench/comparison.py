"""What a bench comes to: figures of ours and of a peer's, from the same rounds of the same run."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, NewType

Figure = NewType("Figure", float)
"""What one side cost, or was off by, in one round, in the unit of its row: less is better."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Least, middle and most of some rounds."""

    least: float
    middle: float
    most: float

    @classmethod
    def of(cls, figures: Sequence[float]) -> "Spread":
        return cls(least=min(figures), middle=median(figures), most=max(figures))


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What is aimed at: so many times less than the peer, or so much at most; by the median."""

    times: float | None = None
    most: float | None = None

    def met(self, comparison: "Comparison") -> bool:
        if self.times is not None:
            return comparison.ratio.middle >= self.times
        return self.most is None or Spread.of(comparison.ours).middle <= self.most

    def text(self) -> str:
        return f"≥ {self.times:g} x" if self.times is not None else f"≤ {self.most:g}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One row. A round of ours stands at the same place as the peer's round beside it."""

    bench: str
    what: str
    unit: str
    peer: str
    ours: Sequence[Figure]
    theirs: Sequence[Figure]
    target: Target | None = None

    @property
    def ratio(self) -> Spread:
        """Return how many times ours the peer's is, round by round: more is better."""
        pairs = zip(self.ours, self.theirs, strict=True)
        return Spread.of([theirs / own if own else math.inf for own, theirs in pairs])

    def json(self) -> dict[str, Any]:
        return {
            "bench": self.bench,
            "what": self.what,
            "unit": self.unit,
            "peer": self.peer,
            "ours": list(self.ours),
            "theirs": list(self.theirs),
            "ratio": _of(self.ratio),
            "target": self.target.text() if self.target else None,
            "met": self.target.met(self) if self.target else None,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """A row that could not be measured on this machine, and why."""

    bench: str
    what: str
    peer: str
    reason: str

    def json(self) -> dict[str, Any]:
        return {
            "bench": self.bench,
            "what": self.what,
            "peer": self.peer,
            "skipped": self.reason,
        }


Row = Comparison | Skipped


def _of(spread: Spread) -> dict[str, float | None]:
    # JSON knows no infinity.
    numbers = {"min": spread.least, "median": spread.middle, "max": spread.most}
    return {name: number if math.isfinite(number) else None for name, number in numbers.items()}
