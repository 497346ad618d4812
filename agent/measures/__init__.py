"""The measures: all figures of this moment by the names that people know them by.

Each is defined once, with its help and how it comes from `Now`. The page for Prometheus shows them
and the agent's own alert rules compare them: both read the same numbers. A sample that is not known
is absent, never 0.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import timedelta
from math import isfinite

from agent.measures.devices import DEVICE_MEASURES
from agent.measures.family import (
    Family,
    Labels,
    Measure,
    MeterMeasure,
    Sample,
)
from agent.measures.grids import GRID_MEASURES
from agent.measures.hours import HOUR_MEASURES
from agent.measures.ledger import LEDGER_MEASURES
from agent.measures.meters import METER_MEASURES, fresh_of, labels_of
from agent.measures.racks import RACK_MEASURES
from agent.measures.sites import SITE_MEASURES
from agent.model import FRESH, Now

MEASURES: tuple[Measure, ...] = (
    *DEVICE_MEASURES,
    *SITE_MEASURES,
    *HOUR_MEASURES,
    *GRID_MEASURES,
    *RACK_MEASURES,
    *LEDGER_MEASURES,
)
"""All but those of meters."""

FAMILIES: Mapping[str, Family] = {one.name: one for one in (*MEASURES, *METER_MEASURES)}
"""By name, with their help; `samples` knows these names and no other."""


def samples(
    now: Now,
    names: Collection[str] | None = None,
    *,
    passing: Mapping[str, Callable[[float], bool]] | None = None,
    stale_after: timedelta = FRESH,
) -> Mapping[str, list[Sample]]:
    """Return the samples of measures by name, each as its labels and its value.

    With `names` those alone, which is the cheaper the fewer they are: those of meters may be tens
    of thousands. With `passing` a measure has those samples alone whose value its test takes: to
    make the labels is what costs. A meter whose last reading is older than `stale_after` has none.
    An empty label is left out. A measure without a sample is an empty list; KeyError for a name
    that no measure has.
    """
    wanted = FAMILIES if names is None else {name: FAMILIES[name] for name in names}
    found: dict[str, list[Sample]] = {}
    fresh = None
    for name, family in wanted.items():
        passes = (passing or {}).get(name, isfinite)
        if isinstance(family, Measure):
            found[name] = _known(family.of(now, stale_after), passes)
        elif isinstance(family, MeterMeasure):
            fresh = fresh_of(now, stale_after) if fresh is None else fresh
            values = family.of(fresh, now.meters)
            chosen = {meter for meter, value in values.items() if passes(value)}
            found[name] = _known(
                (
                    (labels_of(one.meter), values[one.meter.id])
                    for one in fresh
                    if one.meter.id in chosen
                ),
                passes,
            )
    return found


def _known(
    pairs: Iterable[tuple[Labels, float | None]], passes: Callable[[float], bool]
) -> list[Sample]:
    return [
        ({name: text for name, text in labels.items() if text}, float(value))
        for labels, value in pairs
        if value is not None and isfinite(value) and passes(value)
    ]


__all__ = [
    "FAMILIES",
    "MEASURES",
    "METER_MEASURES",
    "Family",
    "Labels",
    "Measure",
    "MeterMeasure",
    "Sample",
    "fresh_of",
    "labels_of",
    "samples",
]
