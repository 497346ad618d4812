"""The one definition of all alerts: Prometheus' rules are printed of it, the agent evaluates it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from agent.alerts.on_carbon import carbon_rules
from agent.alerts.on_data import data_rules, outside_rules
from agent.alerts.on_power import power_rules
from agent.alerts.rule import OutsideRule, Rule
from config.alerts import AlertsSettings

R = TypeVar("R", Rule, OutsideRule)


def rules_of(settings: AlertsSettings) -> Sequence[Rule]:
    """Return the rules that are wanted, with a site's own thresholds."""
    to = settings.thresholds
    found = [*carbon_rules(to), *power_rules(to), *data_rules(to)]
    return [_with_hold(one, settings) for one in found if one.name not in settings.disabled]


def outside_rules_of(settings: AlertsSettings) -> Sequence[OutsideRule]:
    """Return those that only Prometheus can evaluate."""
    found = outside_rules(settings.thresholds)
    return [_with_hold(one, settings) for one in found if one.name not in settings.disabled]


def _with_hold(rule: R, settings: AlertsSettings) -> R:
    hold = settings.hold.get(rule.name)
    return rule if hold is None else replace(rule, hold=hold)


def runbook_of(rule: Rule | OutsideRule, settings: AlertsSettings) -> str:
    """Return where it stands what to do: a place on the page of the settings."""
    return f"{settings.runbook}#{rule.name.lower()}"
