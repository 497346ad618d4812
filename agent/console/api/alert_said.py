"""What is told of an alert."""

from typing import Literal

from pydantic import BaseModel, Field

from agent.alerts import Alert, Severity, State
from agent.alerts.catalogue import rules_of
from agent.alerts.rule import Rule
from agent.console.alerting import About, AboutKind
from agent.console.api.asked import Moment
from config.alerts import AlertsSettings

Unit = Literal["share", "times", "seconds", "g/h", "g/kWh"]

UNITS: dict[str, Unit] = {
    "seconds": "seconds",
    "grams_per_hour": "g/h",
    "grams_per_kilowatt_hour": "g/kWh",
}
"""By the end of a metric's name; all others are ratios."""

RULES = {(one.name, one.severity): one for one in rules_of(AlertsSettings())}
"""With the defaults: a site's own settings change no unit."""


class AlertSaid(BaseModel):
    """An alert: one rule that holds of one thing."""

    id: str = Field(description="The same as long as it holds of the same thing.")
    name: str = Field(description="Of the rule; docs/alerts.md has them.")
    severity: Severity
    state: Literal["pending", "firing"] = Field(
        description="Pending while it has not held for as long as the rule asks."
    )
    since: Moment = Field(description="Since when it holds.")
    fired_at: Moment | None = Field(description="Since when it fires; null while it is pending.")
    kind: AboutKind = Field(description="What it is about.")
    thing: str = Field(description="The name of what it is about.")
    value: float = Field(description="The last one past the threshold.")
    threshold: float
    unit: Unit = Field(description="Of both: a share of 1, so many times, seconds, grams CO2e.")
    fires: Literal["above", "below"] = Field(description="On which side of the threshold.")
    summary: str = Field(description="The same in words, with units.")
    runbook: str = Field(description="Where it stands what to do.")
    graver: str | None = Field(
        description="The id of the graver alert of the same name that fires of the same thing: "
        "what is critical is past the warning's threshold too."
    )
    labels: dict[str, str] = Field(description="What it is about: site, device, meter, rack.")


class FiringSaid(BaseModel):
    """How many alerts fire. Of the same name and thing the gravest one alone is counted."""

    critical: int
    warning: int
    info: int


class Alerts(BaseModel):
    """A page of alerts, the gravest first."""

    items: list[AlertSaid]
    next: str | None = Field(description="The path of the next page; null on the last one.")
    evaluated: bool = Field(
        description="Whether rules are evaluated here; where they are not an empty list says "
        "nothing."
    )
    firing: FiringSaid = Field(description="Of all that fire, whatever is asked for.")


def said_of(alert: Alert, about: About, graver: str | None) -> AlertSaid:
    """Return an alert in the words of the API."""
    kind, thing = about
    rule = RULES[alert.name, alert.severity]
    return AlertSaid(
        id=alert.id,
        name=alert.name,
        severity=alert.severity,
        state="firing" if alert.state is State.FIRING else "pending",
        since=alert.since,
        fired_at=alert.fired,
        kind=kind,
        thing=thing,
        value=alert.value,
        threshold=alert.threshold,
        unit=unit_of(rule),
        fires="above" if rule.when[0].sign == ">" else "below",
        summary=alert.summary,
        runbook=alert.runbook,
        graver=graver,
        labels=dict(alert.labels),
    )


def unit_of(rule: Rule) -> Unit:
    """Return the unit of a rule's value: that of its metric, and of a ratio that of its words."""
    metric = rule.when[0].metric
    ratio: Unit = "share" if "{value:percent}" in rule.summary else "times"
    return next((unit for end, unit in UNITS.items() if metric.endswith(end)), ratio)
