"""The page of all meters, devices and sites, as text.

Label texts are kept as long as the meters stay the same: writing 80,000 samples then is little
more than writing 80,000 numbers.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import compress

from agent.model import Kind, Meter, MeterNow, Now, SiteHour, SiteNow
from exporters.prometheus.accrual import Quantity
from exporters.prometheus.families import (
    COUNTER_FAMILIES,
    DEVICE_FAMILIES,
    EMISSIONS_TODAY,
    HOUR_FAMILIES,
    LAST_READING,
    LOSS,
    PUE_MEASURED_TODAY,
    RATES_AND_SUMS,
    SITE_FAMILIES,
    STANDING_TODAY,
    SUM_FAMILIES,
    condition_family,
    intensity_families,
)
from exporters.prometheus.settings import PrometheusSettings, label_of
from exporters.prometheus.text import Family, family_text, labels_text

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
        yield from _devices(now)
        yield from _sites(now.sites, counters)
        yield from _grids(now.sites)

    def _meters(self, now: Now) -> Iterator[str]:
        shown = [meter for meter in now.meters if meter.meter.scope in self._scopes]
        self._know([meter.meter for meter in shown])
        oldest = now.at - self._stale_after
        are_fresh = [meter.at >= oldest for meter in shown]
        fresh = list(compress(shown, are_fresh))
        labels = list(compress(self._labels, are_fresh))
        yield from _quantities(labels, fresh)
        yield from _conditions(labels, fresh)
        yield family_text(LAST_READING, self._labels, [meter.at.timestamp() for meter in shown])

    def _know(self, roster: list[Meter]) -> None:
        if roster == self._roster:
            return
        self._labels = [labels_text(self._labels_of(meter)) for meter in roster]
        self._roster = roster

    def _labels_of(self, meter: Meter) -> dict[str, str]:
        return {label: meter.tags.get(tag, "") for tag, label in self._tags.items()} | {
            "site": meter.site,
            "device": meter.device,
            "meter": meter.id,
            "role": meter.role,
            "scope": meter.scope,
        }


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
            if condition not in families:
                families[condition] = condition_family(condition)
            texts, values = samples.setdefault(families[condition].name, ([], []))
            texts.append(text)
            values.append(value)
    # Two conditions may be one family, where Prometheus does not allow what tells them apart.
    for name, family in sorted({family.name: family for family in families.values()}.items()):
        yield family_text(family, *samples[name])


def _devices(now: Now) -> Iterator[str]:
    labels = [labels_text({"device": device.name, "kind": device.kind}) for device in now.devices]
    for family, value_of in DEVICE_FAMILIES:
        yield family_text(family, labels, map(value_of, now.devices))


def _sites(sites: Sequence[SiteNow], counters: Counters) -> Iterator[str]:
    labels = [labels_text({"site": site.site}) for site in sites]
    for family, value_of in SITE_FAMILIES:
        yield family_text(family, labels, map(value_of, sites))
    for kind, family in EMISSIONS_TODAY.items():
        yield family_text(family, labels, [site.emissions_today.get(kind) for site in sites])
    yield family_text(PUE_MEASURED_TODAY, labels, [site.pue_measured_today for site in sites])
    for kind, family in STANDING_TODAY.items():
        shares = [
            (labels_text({"site": site.site, "standing": standing}), share)
            for site in sites
            for standing, share in site.standing_today.get(kind, {}).items()
        ]
        yield family_text(family, [text for text, _ in shares], [share for _, share in shares])
    for quantity, family in COUNTER_FAMILIES.items():
        accrued = [counters[site.site].get(quantity) for site in sites]
        yield family_text(family, labels, accrued)
    yield from _hours([site.hour for site in sites if site.hour is not None])


def _hours(hours: Sequence[SiteHour]) -> Iterator[str]:
    labels = [labels_text({"site": hour.site}) for hour in hours]
    for family, value_of in HOUR_FAMILIES:
        yield family_text(family, labels, map(value_of, hours))
    losses = [(hour.site, stage, loss) for hour in hours for stage, loss in hour.losses.items()]
    stages = [labels_text({"site": site, "stage": stage}) for site, stage, _ in losses]
    yield family_text(LOSS, stages, [loss for _, _, loss in losses])
    known = [(hour.site, name, one) for hour in hours for name, one in hour.coverages.items()]
    sums = [labels_text({"site": site, "sum": name}) for site, name, _ in known]
    for shares, share_of in SUM_FAMILIES:
        yield family_text(shares, sums, [share_of(one) for _, _, one in known])


def _grids(sites: Sequence[SiteNow]) -> Iterator[str]:
    for kind in Kind:
        applied = [
            (site.site, site.hour.intensities[kind])
            for site in sites
            if site.hour is not None and kind in site.hour.intensities
        ]
        labels = [labels_text({"site": site, "source": each.source}) for site, each in applied]
        for family, value_of in intensity_families(kind):
            yield family_text(family, labels, [value_of(intensity) for _, intensity in applied])
