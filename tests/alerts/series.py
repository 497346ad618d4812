"""Series of samples, a step apart: what the agent makes of them, and a unit test for promtool."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from agent.alerts.prometheus import duration_text, number_text
from agent.alerts.rule import Rule
from agent.alerts.states import Alert, State, States

ZERO = datetime.fromtimestamp(0, UTC)
MINUTE = timedelta(minutes=1)
GONE = None
"""In place of a value: no sample."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    metric: str
    labels: Mapping[str, str]
    values: Sequence[float | None]
    """One each step from zero on."""

    @property
    def text(self) -> str:
        pairs = ",".join(f"{name}={json.dumps(text)}" for name, text in self.labels.items())
        return f"{self.metric}{{{pairs}}}" if pairs else self.metric


def steps_of(series: Sequence[Series]) -> int:
    return max(len(one.values) for one in series)


def fired(
    rules: Sequence[Rule], series: Sequence[Series], runbook: str, step: timedelta = MINUTE
) -> Iterator[Sequence[Alert]]:
    """Yield what the agent's own evaluation has firing, step after step."""
    states = States()
    runbooks = {rule.name: f"{runbook}#{rule.name.lower()}" for rule in rules}
    for number in range(steps_of(series)):
        shown: dict[str, list[tuple[Mapping[str, str], float]]] = {}
        for one in series:
            value = one.values[number] if number < len(one.values) else GONE
            if value is not None:
                shown.setdefault(one.metric, []).append((one.labels, value))
        states.after(rules, shown, ZERO + number * step, runbooks)
        yield [one for one in states.alerts if one.state is State.FIRING]


def promtool_group(
    name: str,
    series: Sequence[Series],
    expected: Mapping[tuple[int, str], Sequence[Alert]],
    step: timedelta = MINUTE,
) -> dict[str, Any]:
    """Return a group of a unit test: `expected` is by step and name of the alert."""
    return {
        "name": name,
        "interval": duration_text(step),
        "input_series": [{"series": one.text, "values": _values(one.values)} for one in series],
        "alert_rule_test": [
            {
                "eval_time": duration_text(number * step),
                "alertname": alertname,
                "exp_alerts": [_expected(one) for one in alerts],
            }
            for (number, alertname), alerts in expected.items()
        ],
    }


def _expected(alert: Alert) -> dict[str, Any]:
    return {
        "exp_labels": {"severity": str(alert.severity), **alert.labels},
        "exp_annotations": {"summary": alert.summary, "runbook_url": alert.runbook},
    }


def _values(values: Sequence[float | None]) -> str:
    """Return them as promtool reads them: runs of one value as `0.5+0x9`, gaps as `stale`.

    A gap is what Prometheus makes of a series that has left the page.
    """
    runs: list[tuple[float | None, int]] = []
    for value in values:
        if runs and runs[-1][0] == value:
            runs[-1] = value, runs[-1][1] + 1
        else:
            runs.append((value, 1))
    return " ".join(part for value, count in runs for part in _run(value, count))


def _run(value: float | None, count: int) -> Iterator[str]:
    if value is None:
        yield "stale"
        if count > 1:
            yield f"_x{count - 1}"
    else:
        yield f"{number_text(value)}+0x{count - 1}"
