"""Readings of a register, and what is booked of them one after the other."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC
from zoneinfo import ZoneInfo

from agent.accounting.registers.intervals import interval_between
from agent.accounting.registers.marks import Mark, mark_of
from agent.model import Finding, Interval, Oddity, Reading
from tests.accounting.test_energy import counts, reading


@dataclass
class Booked:
    """What came of a row of readings."""

    intervals: list[Interval]
    findings: list[Finding]
    mark: Mark
    known: list[Interval] = field(default_factory=list)
    """Times that were a lower bound first."""

    @property
    def energy(self) -> int:
        return sum(one.energy for one in self.intervals)

    @property
    def oddities(self) -> list[Oddity]:
        return [one.oddity for one in self.findings]


def booked(readings: Sequence[Reading], zone: ZoneInfo | None = None) -> Booked:
    found = Booked([], [], mark_of(readings[0]))
    for one in readings[1:]:
        outcome = interval_between(found.mark, one, zone or UTC)
        late = [outcome.late] if outcome.late else []
        found.intervals += [*late, *outcome.intervals]
        found.findings += outcome.findings
        found.known += outcome.known
        found.mark = outcome.mark
    return found


def minutes(
    shown: Iterable[int | None], watts: float | None = 6000, **options: object
) -> list[Reading]:
    """Readings a minute apart, in counts of 0.1 kWh; 6 kW is one count a minute."""
    return [
        replace(reading(60 * n, None if one is None else counts(one), watts), **options)  # type: ignore[arg-type] # options
        for n, one in enumerate(shown)
    ]
