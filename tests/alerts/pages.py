"""The rows of docs/alerts.md, made from the code."""

from collections.abc import Iterator
from datetime import timedelta

from agent.alerts.catalogue import outside_rules_of, rules_of
from agent.alerts.prometheus import duration_text, expression_of
from agent.alerts.rule import OutsideRule, Rule
from config.alerts import AlertsSettings, AlertThresholds

SETTINGS = AlertsSettings()


def threshold_rows() -> Iterator[str]:
    """Each threshold with its default, and why."""
    for name, field in AlertThresholds.model_fields.items():
        value = getattr(SETTINGS.thresholds, name)
        shown = duration_text(value) if isinstance(value, timedelta) else f"{value:g}"
        why = " ".join((field.description or "").split())
        yield f"| `{name}` | {shown} | {why} |"


def rule_rows() -> Iterator[str]:
    """Each rule with when it fires."""
    rules: list[Rule | OutsideRule] = [*rules_of(SETTINGS), *outside_rules_of(SETTINGS)]
    for rule in rules:
        when = " ".join(expression_of(rule).split())
        times = f"{duration_text(rule.hold)} | {duration_text(rule.keep)}"
        yield f"| `{rule.name}` | {rule.severity} | {times} | `{when}` |"
