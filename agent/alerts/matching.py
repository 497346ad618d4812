"""Which samples a rule holds of, as Prometheus' `and on (...)` would say it."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from agent.alerts.rule import Comparison, Rule
from agent.measures import Labels, Sample

Samples = Mapping[str, Sequence[Sample]]
"""What is shown now, by metric: nothing of what is not known."""


@dataclass(frozen=True, slots=True)
class Match:
    """A sample of a rule's first comparison of which the whole rule holds."""

    labels: Labels
    value: float


def passing_of(rules: Iterable[Rule]) -> Mapping[str, Callable[[float], bool]]:
    """Return by metric whether a value is past any of the thresholds that it is compared with."""
    compared: dict[str, list[Comparison]] = {}
    for rule in rules:
        for one in rule.when:
            compared.setdefault(one.metric, []).append(one)
    return {metric: partial(_any_holds, several) for metric, several in compared.items()}


def _any_holds(several: Sequence[Comparison], value: float) -> bool:
    return any(one.holds(value) for one in several)


def matches_of(rule: Rule, samples: Samples) -> Sequence[Match]:
    """Return what a rule holds of now."""
    first, *rest = rule.when
    found = [Match(labels, value) for labels, value in _holding(first, samples)]
    for one in rest:
        if not found:
            break
        there = {_key(labels, rule.on) for labels, _ in _holding(one, samples)}
        found = [match for match in found if _key(match.labels, rule.on) in there]
    return found


def _holding(one: Comparison, samples: Samples) -> Iterator[Sample]:
    for labels, value in samples.get(one.metric, ()):
        if one.holds(value) and one.fits(labels):
            yield labels, value


def _key(labels: Labels, on: Sequence[str]) -> tuple[str, ...]:
    return tuple(labels.get(name, "") for name in on)
