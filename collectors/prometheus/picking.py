"""From samples to values: which samples are a quantity, and what number they make."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from prometheus_client.samples import Sample

from collectors.prometheus.page import CREATED, TOTAL, Page
from config.profiles.prometheus import ExporterMap, Labels, Series, Sign
from config.profiles.prometheus.schema import REGEX

STARTED = "process_start_time_seconds"
"""When the exporter was started, as all client libraries of Prometheus say it."""

AHEAD = timedelta(minutes=1)
"""A sample's time may be so far in the future: clocks differ."""

_OUTSIDE = re.compile(r"[^A-Za-z0-9._:-]+")


class Nothing(Exception):
    """Why a quantity has no value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """A quantity of one meter: the sum of its samples, in the unit of the map."""

    number: float
    each: Mapping[str, float]
    """What it is the sum of, by labels."""

    at: datetime
    born: datetime | None
    """Since when it counts, where the page says it of itself."""


class Picking:
    """Picks the values of one device from a page."""

    def __init__(self, page: Page, labels: Labels, one: ExporterMap, oldest: timedelta) -> None:
        """`labels` are what all samples of the device have. Raises Unfit."""
        self._page = page
        self._labels = labels
        self._oldest = oldest
        self._samples = page.samples(names_of(one))
        self._by_labels: dict[str, dict[frozenset[tuple[str, str]], float]] = {}
        self.lost: dict[str, None] = {}
        """Why some meters have been left out, the others of their scope being read."""

        if one.up is not None:
            self._check_up(one.up)

    @property
    def started(self) -> datetime | None:
        """When the exporter was started; None where it is not said, or of several."""
        found = self._matching(STARTED, {})
        return _moment(found[0].value) if len(found) == 1 else None

    def values(self, series: Series, keys: Sequence[str]) -> Mapping[str, Value]:
        """Return the values of a quantity by the key of their meter, "" for the one meter.

        Raises Nothing where there is none, and says why.
        """
        if series.up is not None:
            self._check_up(series.up)
        groups: dict[str, list[tuple[Sample, float]]] = {}
        stale = False
        for sample in self._of(series):
            number = self._number(sample, series)
            if number is None or (keys and not any(_labels(sample, keys))):
                continue
            if not self._is_of_now(sample):
                stale = True
                continue
            groups.setdefault(_key(sample, keys), []).append((sample, number))
        names = " + ".join(series.metric)
        if not groups:
            old = f"is older than {self._oldest}" if stale else "is not there, or has no value"
            raise Nothing(f"{names} {old}")
        faults = {key: _fault(key, names, group, series, keys) for key, group in groups.items()}
        lost = dict.fromkeys(fault for fault in faults.values() if fault)
        if all(faults.values()):
            raise Nothing("; ".join(lost))
        self.lost |= lost
        return {key: self._value(group) for key, group in groups.items() if not faults[key]}

    def _value(self, group: list[tuple[Sample, float]]) -> Value:
        each = {_line(sample): number for sample, number in group}
        births = [self._born(sample) for sample, _ in group]
        return Value(
            number=math.fsum(each.values()),
            each=each,
            at=min(self._at(sample) for sample, _ in group),
            born=max((one for one in births if one is not None), default=None),
        )

    def _of(self, series: Series) -> Iterator[Sample]:
        for metric in series.metric:
            yield from self._matching(metric, series.labels)

    def _matching(self, metric: str, labels: Labels) -> list[Sample]:
        wanted = [*self._labels.items(), *labels.items()]
        return [
            sample
            for sample in self._samples.get(metric, ())
            if all(_fits(sample.labels.get(name, ""), value) for name, value in wanted)
        ]

    def _check_up(self, sign: Sign) -> None:
        for sample in self._matching(sign.metric, sign.labels):
            if sample.value == 0:
                shown = ",".join(f"{name}={value}" for name, value in sample.labels.items())
                sign_shown = f"{sign.metric}{{{shown}}}" if shown else sign.metric
                raise Nothing(f"the exporter could not read it, {sign_shown} is 0: see its log")

    def _number(self, sample: Sample, series: Series) -> float | None:
        if not math.isfinite(sample.value) or sample.value in series.absent:
            return None
        if series.digits is None:
            return sample.value
        digits = self._beside(series.digits, sample)
        # Without its digits a number may be wrong by a thousand.
        return None if digits is None else sample.value / 10**digits

    def _is_of_now(self, sample: Sample) -> bool:
        age = self._page.at - self._at(sample)
        return -AHEAD <= age <= self._oldest

    def _at(self, sample: Sample) -> datetime:
        """Return the time that a sample carries, as of a federation, else that of the page."""
        said = None if sample.timestamp is None else _moment(float(sample.timestamp))
        return self._page.at if said is None else min(said, self._page.at + AHEAD)

    def _born(self, sample: Sample) -> datetime | None:
        seconds = self._beside(sample.name.removesuffix(TOTAL) + CREATED, sample)
        return None if seconds is None else _moment(seconds)

    def _beside(self, metric: str, sample: Sample) -> float | None:
        """Return the value of another metric with the same labels; None where it has none."""
        if metric not in self._by_labels:
            self._by_labels[metric] = {
                frozenset(one.labels.items()): one.value for one in self._samples.get(metric, ())
            }
        value = self._by_labels[metric].get(frozenset(sample.labels.items()))
        return value if value is not None and math.isfinite(value) else None


def names_of(one: ExporterMap) -> set[str]:
    """Return the names of all samples that a map may need."""
    found = {STARTED}
    signs = [] if one.up is None else [one.up]
    for meter in one.meters:
        for series in (*meter.power, *meter.energy, *meter.conditions.values()):
            found |= {*series.metric} | ({series.digits} if series.digits else set())
            found |= {name.removesuffix(TOTAL) + CREATED for name in series.metric}
            signs += [] if series.up is None else [series.up]
    return found | {sign.metric for sign in signs}


def _fits(found: str, wanted: str) -> bool:
    if wanted.startswith(REGEX):
        return re.fullmatch(wanted.removeprefix(REGEX), found) is not None
    return found == wanted


def _key(sample: Sample, keys: Sequence[str]) -> str:
    """Return a meter's key from labels, with signs that no key may have made into a line."""
    parts = (_OUTSIDE.sub("-", label).strip("-") for label in _labels(sample, keys))
    return ".".join(part for part in parts if part)


def _labels(sample: Sample, keys: Sequence[str]) -> tuple[str, ...]:
    return tuple(sample.labels.get(key, "") for key in keys)


def _fault(
    key: str, names: str, group: list[tuple[Sample, float]], series: Series, keys: Sequence[str]
) -> str:
    """Return why the samples of a key are not one meter's; empty if they are."""
    found = dict.fromkeys(_labels(sample, keys) for sample, _ in group)
    said = [", ".join(map(repr, labels)) for labels in found]
    if keys and not key:
        return (
            f"{said[0]} of {', '.join(keys)} has no letter or digit from A-Z, a-z, 0-9 to make a "
            "key of: rename it, or name another label in `key`"
        )
    if len(said) > 1:
        return (
            f"{said[0]} and {said[1]} of {', '.join(keys)} would both be {key}: rename one of "
            "them, or add a label to `key`"
        )
    if len(group) > 1 and not series.sum:
        return (
            f"{len(group)} samples of {names} are one meter: narrow its `labels`, add a label "
            "to its `key`, or write `sum: true`"
        )
    return ""


def _line(sample: Sample) -> str:
    return f"{sample.name}{sorted(sample.labels.items())}"


def _moment(seconds: float) -> datetime | None:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None
