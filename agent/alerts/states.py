"""From what holds now to what fires: pending, firing, resolved, in the manner of Prometheus.

What holds is pending until it has held for the rule's `hold`, and then fires. It goes on firing
until nothing has held for the rule's `keep`. What ends while it is pending was nothing.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from hashlib import blake2b

from agent.alerts.matching import Match, Samples, matches_of
from agent.alerts.rule import Rule, Severity
from agent.alerts.wording import filled
from config.alerts import AlertName


class State(StrEnum):
    """Where an alert is."""

    PENDING = "pending"
    FIRING = "firing"
    RESOLVED = "resolved"


_GRAVEST = {severity: place for place, severity in enumerate(Severity)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One rule that holds, or has held, of one thing."""

    name: AlertName
    severity: Severity
    state: State
    labels: Mapping[str, str]
    """Of what: a site, a meter, a device."""

    since: datetime
    """When it began to hold."""

    fired: datetime | None = None
    """When it began to fire."""

    ended: datetime | None = None
    """When it was resolved."""

    value: float
    """The last one that was past the threshold."""

    threshold: float
    summary: str
    runbook: str

    @property
    def id(self) -> str:
        """The same for the same rule and thing, as long as there is one: 16 digits."""
        named = [self.name, self.severity, *(f"{k}={v}" for k, v in sorted(self.labels.items()))]
        return blake2b("\0".join(named).encode(), digest_size=8).hexdigest()

    @property
    def rank(self) -> int:
        """How grave it is: 0 is the gravest."""
        return _GRAVEST[self.severity]

    @property
    def order(self) -> tuple[int, datetime, str, tuple[str, ...]]:
        """The gravest first, then the oldest."""
        return self.rank, self.since, self.name, tuple(self.labels.values())


Key = tuple[str, str, tuple[tuple[str, str], ...]]


@dataclass(slots=True)
class _Held:
    rule: Rule
    alert: Alert
    lapsed: datetime | None = None
    """Since when it no longer holds, while it is kept."""


@dataclass(slots=True)
class States:
    """All that holds now."""

    alerts: Sequence[Alert] = ()
    """Those that are pending or firing, the gravest first, as of the last look."""

    _held: dict[Key, _Held] = field(default_factory=dict)

    def after(
        self,
        rules: Sequence[Rule],
        samples: Samples,
        at: datetime,
        runbooks: Mapping[AlertName, str],
    ) -> Sequence[Alert]:
        """Look at all rules, and return the alerts that have begun to fire or were resolved.

        Rules are known by name and severity. What one that is gone has raised is resolved.
        """
        found = {
            _key(rule, match.labels): (rule, match)
            for rule in rules
            for match in matches_of(rule, samples)
        }
        keeping = {(rule.name, rule.severity): rule for rule in rules}
        ended = list(self._ended(found, keeping, at))
        for key, (rule, match) in found.items():
            self._hold(key, rule, match, at, runbooks.get(rule.name, ""))
        begun = list(self._begun(at))
        self.alerts = sorted((one.alert for one in self._held.values()), key=lambda one: one.order)
        return [*ended, *begun]

    def _hold(self, key: Key, rule: Rule, match: Match, at: datetime, runbook: str) -> None:
        words = filled(rule.summary, match.labels, match.value, rule.threshold)
        held = self._held.get(key)
        if held is None:
            alert = Alert(
                name=rule.name,
                severity=rule.severity,
                state=State.PENDING,
                labels=dict(match.labels),
                since=at,
                value=match.value,
                threshold=rule.threshold,
                summary=words,
                runbook=runbook,
            )
            self._held[key] = _Held(rule, alert)
            return
        held.rule, held.lapsed = rule, None
        held.alert = replace(
            held.alert,
            # A clock that is put back must not have it wait for the time that was.
            since=min(held.alert.since, at),
            value=match.value,
            threshold=rule.threshold,
            summary=words,
            runbook=runbook,
        )

    def _begun(self, at: datetime) -> Iterator[Alert]:
        for held in self._held.values():
            if held.alert.state is State.PENDING and at - held.alert.since >= held.rule.hold:
                held.alert = replace(held.alert, state=State.FIRING, fired=at)
                yield held.alert

    def _ended(
        self,
        found: Mapping[Key, object],
        rules: Mapping[tuple[AlertName, Severity], Rule],
        at: datetime,
    ) -> Iterator[Alert]:
        for key, held in list(self._held.items()):
            if key in found:
                continue
            held.lapsed = min(held.lapsed or at, at)
            rule = rules.get((held.alert.name, held.alert.severity))
            firing = held.alert.state is State.FIRING
            if firing and rule is not None and at - held.lapsed < rule.keep:
                continue
            del self._held[key]
            if firing:
                yield replace(held.alert, state=State.RESOLVED, ended=at)


def _key(rule: Rule, labels: Mapping[str, str]) -> Key:
    return rule.name, rule.severity, tuple(sorted(labels.items()))
