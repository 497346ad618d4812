"""What a measure is: a name, what it says, and how its samples come from what is now."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from agent.model import MeterId, MeterNow, Now, SiteNow

Labels = Mapping[str, str]
Sample = tuple[Labels, float]

CACHED = "Cached: the last reading, shown as long as it is fresh"
TODAY = "in the site's own day, from the ledger, provisional until the hours are closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """All series of one name."""

    name: str
    help: str
    type: Literal["gauge", "counter"] = "gauge"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure(Family):
    """A family of which each sample brings its labels. What is not known is None, or not there."""

    of: Callable[[Now, timedelta], Iterable[tuple[Labels, float | None]]]
    """Takes what is now, and how old a reading may be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterMeasure(Family):
    """A family of meters, whose labels are those of `labels_of`."""

    of: Callable[[Sequence[MeterNow], Sequence[MeterNow]], Mapping[MeterId, float]]
    """Takes the meters that are fresh, and all; those that have no value are not in it."""


def of_sites(
    name: str,
    help: str,
    value_of: Callable[[SiteNow], float | None],
) -> Measure:
    """Return a measure with one value of each site."""
    return Measure(
        name=name,
        help=help,
        of=lambda now, _: (({"site": one.site}, value_of(one)) for one in now.sites),
    )
