"""The page of all meters, devices and sites, as text.

Label texts are kept as long as the meters stay the same: writing 80,000 samples then is little
more than writing 80,000 numbers.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import compress

from agent.measures import MEASURES, Family, labels_of
from agent.measures.meters import LAST_READING, LOAD, RATED_MEASURES, RATES_AND_SUMS, fresh_of
from agent.model import Meter, MeterId, MeterNow, Now, SiteNow
from exporters.prometheus.accrual import Quantity
from exporters.prometheus.families import COUNTER_FAMILIES, condition_family
from exporters.prometheus.settings import PrometheusSettings, label_of
from exporters.prometheus.text import family_text, labels_text

Counters = Mapping[str, Mapping[Quantity, float]]


class Page:
    """Writes the page again and again."""

    def __init__(self, settings: PrometheusSettings) -> None:
        self._tags = {tag: label_of(tag) for tag in settings.labels}
        self._scopes = frozenset(settings.scopes)
        self._stale_after: timedelta = settings.stale_after
        self._roster: list[Meter] = []
        self._labels: list[str] = []

    def families(self, now: Now, counters: Counters) -> Iterator[str]:
        """Yield the page, a family at a time; `counters` are those of each site."""
        yield from self._meters(now)
        yield from self._measures(now)
        yield from _counters(now.sites, counters)

    def _meters(self, now: Now) -> Iterator[str]:
        shown = [meter for meter in now.meters if meter.meter.scope in self._scopes]
        self._know([meter.meter for meter in shown])
        oldest = now.at - self._stale_after
        are_fresh = [meter.at >= oldest for meter in shown]
        fresh = list(compress(shown, are_fresh))
        labels = list(compress(self._labels, are_fresh))
        yield from _quantities(labels, fresh)
        yield from _conditions(labels, fresh)
        yield from self._rated(now, dict(zip((one.meter.id for one in fresh), labels, strict=True)))
        yield family_text(LAST_READING, self._labels, [meter.at.timestamp() for meter in shown])

    def _know(self, roster: list[Meter]) -> None:
        if roster == self._roster:
            return
        self._labels = [labels_text(labels_of(meter, self._tags)) for meter in roster]
        self._roster = roster

    def _rated(self, now: Now, labels: Mapping[MeterId, str]) -> Iterator[str]:
        """Yield what ratings make of the meters: also of parts that are not shown themselves."""
        fresh = fresh_of(now, self._stale_after)
        for measure in RATED_MEASURES:
            values = measure.of(fresh, now.meters)
            shown = [name for name in values if name in labels]
            yield family_text(
                measure, [labels[name] for name in shown], [values[name] for name in shown]
            )

    def _measures(self, now: Now) -> Iterator[str]:
        for measure in MEASURES:
            found = list(measure.of(now, self._stale_after))
            texts = [labels_text(labels) for labels, _ in found]
            yield family_text(measure, texts, [value for _, value in found])


def _quantities(labels: Sequence[str], fresh: Sequence[MeterNow]) -> Iterator[str]:
    """Yield the power and the energy of meters; of water and heat under names of their own."""
    quantities = [meter.meter.quantity for meter in fresh]
    for quantity, (rate, total, parts) in RATES_AND_SUMS.items():
        chosen = [one is quantity for one in quantities]
        meters, texts = list(compress(fresh, chosen)), list(compress(labels, chosen))
        yield family_text(rate, texts, [_in_parts(one.power, parts) for one in meters])
        yield family_text(total, texts, [_in_parts(one.booked, parts) for one in meters])


def _in_parts(number: float | None, parts: float) -> float | None:
    return None if number is None else number / parts


def _conditions(labels: Sequence[str], fresh: Sequence[MeterNow]) -> Iterator[str]:
    families: dict[str, Family] = {}
    samples: dict[str, tuple[list[str], list[float]]] = {}
    for text, meter in zip(labels, fresh, strict=True):
        for condition, value in meter.conditions.items():
            if condition == LOAD:  # It is in a measure of its own, beside what ratings make of it.
                continue
            if condition not in families:
                families[condition] = condition_family(condition)
            texts, values = samples.setdefault(families[condition].name, ([], []))
            texts.append(text)
            values.append(value)
    # Two conditions may be one family, where Prometheus does not allow what tells them apart.
    for name, family in sorted({family.name: family for family in families.values()}.items()):
        yield family_text(family, *samples[name])


def _counters(sites: Sequence[SiteNow], counters: Counters) -> Iterator[str]:
    labels = [labels_text({"site": site.site}) for site in sites]
    for quantity, family in COUNTER_FAMILIES.items():
        accrued = [counters[site.site].get(quantity) for site in sites]
        yield family_text(family, labels, accrued)
