"""Which racks and devices had the most of a site's IT energy in a period."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np

from agent.accounting.site import Site
from agent.ledger import Connection
from agent.ledger.readers import Budget
from agent.ledger.series.asked import HOUR_S, Asked, Figure, Source, Span, Step
from agent.ledger.series.chosen import Group, Meters, due_of, epochs, groups_of
from agent.ledger.series.columns import Columns, Floats, summed
from agent.ledger.series.factors import factors_of
from agent.ledger.series.hours import meter_hours, site_hours
from agent.ledger.series.recent import Recent
from agent.model import Kind, Meter
from agent.units import GRAMS_PER_KILOGRAM, JOULES_PER_KWH

RACK = "rack"

NO_LIMIT = Budget(rows=2**62, until=float("inf"))
"""A person waits for it, and nobody else: it reads a ledger of its own process."""


@dataclass(slots=True, kw_only=True)
class Share:
    """What a rack, or a device without one, had."""

    name: str
    energy: float = 0.0
    """Joules of what is known."""

    grams: float | None = None
    """Location-based, with its part of the facility's overhead; None where no hour has any."""

    covered: float = 0.0
    """Seconds, of all its meters together, that are known."""

    due: float = 0.0
    """Seconds that there were to be known."""

    seconds: float = 0.0
    """Seconds that are known, of one of its meters in the mean."""

    @property
    def kwh(self) -> float | None:
        """Its energy; None where nothing of it is known."""
        return self.energy / JOULES_PER_KWH if self.covered or self.energy else None

    @property
    def watts(self) -> float | None:
        """Its mean power in the time that is known; None where nothing is."""
        return self.energy / self.seconds if self.seconds else None

    @property
    def coverage(self) -> float:
        """Share of its time that is known, 0 to 1."""
        return min(self.covered / self.due, 1.0) if self.due else 0.0


@dataclass(slots=True)
class Shares:
    """The shares of a site's IT energy: add the parts of a period one after the other."""

    connection: Connection
    site: Site
    now: datetime
    _found: dict[str, Share] = field(default_factory=dict)

    def add(self, start: datetime, end: datetime) -> None:
        """Add full hours from one up to another."""
        end = min(end, self.now)
        if start >= end:
            return
        asked = Asked(
            figure=Figure.ENERGY,
            step=Step.HOUR,
            start=start,
            end=end,
            site=self.site,
            by=f"tag:{RACK}",
        )
        source = Source(self.connection, NO_LIMIT, Recent(), self.now)
        meters = Meters(self.connection, asked)
        for span in epochs(self.connection, Span.between(start, end)):
            stood = meters.at(span)
            groups = list(_single(groups_of(asked, stood), stood))
            if groups:
                self._add(source, span, groups, stood)

    def _add(
        self, source: Source, span: Span, groups: Sequence[Group], stood: Mapping[int, Meter]
    ) -> None:
        numbers = [one for group in groups for one in group.numbers]
        sizes = [len(group.numbers) for group in groups]
        block = meter_hours(source, numbers, span)
        due = due_of(source.connection, numbers, span)
        starts = np.arange(span.start_s, span.end_s, HOUR_S)
        available = np.clip(self.now.timestamp() - starts, 0, HOUR_S)
        hours = site_hours(source, self.site.name, Kind.DIRECT, span)
        energy = np.where(block.known, block.energy, np.nan)
        emitted = energy * factors_of([stood[one] for one in numbers], hours) * GRAMS_PER_KILOGRAM
        sums = summed(energy, block, due, available, sizes)
        grams = summed(emitted, block, due, available, sizes)
        for at, group in enumerate(groups):
            share = self._found.setdefault(group.key, Share(name=group.key))
            _count(share, sums, grams.values[at], at, sizes[at])

    def largest(self) -> list[Share]:
        """Return them all, the largest first."""
        return sorted(self._found.values(), key=lambda one: (-one.energy, one.name))


def _single(groups: Sequence[Group], stood: Mapping[int, Meter]) -> Iterator[Group]:
    """Yield the racks, and each meter that stands in none by itself."""
    for group in groups:
        if group.key:
            yield group
        else:
            yield from (Group(stood[number].id, [number]) for number in group.numbers)


def _count(share: Share, sums: Columns, grams: Floats, at: int, meters: int) -> None:
    covered = float(np.sum(sums.coverage[at] * sums.due[at]))
    share.energy += float(np.nansum(sums.values[at]))
    share.covered += covered
    share.seconds += covered / meters
    share.due += float(np.sum(sums.due[at]))
    if not np.isnan(grams).all():
        share.grams = (share.grams or 0.0) + float(np.nansum(grams))
