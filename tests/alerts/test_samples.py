"""What the rules name is what an agent shows: metrics, labels and their values, on the page and in
what the agent itself evaluates.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families

from agent.accounting.periods.budgets import WINDOWS
from agent.alerts.catalogue import rules_of
from agent.alerts.rule import Comparison, Rule
from agent.clock import Clock
from agent.measures import samples
from agent.model import (
    Backlog,
    BudgetNow,
    BudgetPeriod,
    DeviceNow,
    ForecastNow,
    Kind,
    LedgerNow,
    Meter,
    MeterId,
    Now,
    PueNow,
    Rating,
    Role,
    Scope,
    SiteNow,
)
from agent.units import Grams, GramsPerKwh, Watts
from config.alerts import AlertsSettings
from exporters.prometheus import Prometheus, PrometheusSettings
from tests.exporters.entries import BROKEN, START, meter_now, site_now

RULES = rules_of(AlertsSettings())
PAST = timedelta(hours=9)

Shown = Mapping[str, Sequence[tuple[Mapping[str, str], float]]]


def pdu(feed: str, scope: Scope = Scope.TOTAL, key: str = "") -> Meter:
    name = f"pdu-{feed}"
    return Meter(
        id=MeterId(f"{name}/{scope}/{key}" if key else name),
        device=name,
        site="north",
        role=Role.RACK,
        scope=scope,
        tags={"rack": "r07", "feed": feed},
        rating=Rating(power=Watts(3000.0), amperes=16.0),
    )


def budget() -> BudgetNow:
    return BudgetNow(budget=Grams(100.0), used=Grams(150.0), projected=Grams(300.0), burns={})


def site() -> SiteNow:
    """A site of which everything is known, and nothing is well."""
    standing = {"final": 0.0, "estimated": 0.6, "fallback": 0.2, "uncovered": 0.2}
    return replace(
        site_now(),
        budgets={
            period: replace(budget(), burns=dict.fromkeys(WINDOWS[period], 3.0))
            for period in BudgetPeriod
        },
        pue_now=PueNow(day=1.5, past=1.2, drift=0.25),
        forecasts={Kind.DIRECT: ForecastNow(lowest=GramsPerKwh(100.0), highest=GramsPerKwh(900.0))},
        known_until={Kind.DIRECT: START - PAST},
        residuals=(BROKEN,),
        standing_today={Kind.DIRECT: standing},
        grid_power=Watts(1500.0),
    )


@pytest.fixture(scope="module")
def bad() -> Now:
    phases = [
        meter_now(pdu("A", Scope.PHASE, f"L{number}"), conditions={"current_amperes": amperes})
        for number, amperes in enumerate((15.5, 8.0, 4.0), 1)
    ]
    return Now(
        at=START,
        sites=(site(),),
        meters=(meter_now(pdu("A"), power=2900.0), meter_now(pdu("B"), power=1500.0), *phases),
        devices=(
            DeviceNow(
                name="pdu-A", kind="snmp", up=False, since=START - PAST, error="x", missed=15
            ),
        ),
        backlogs=(Backlog(exporter="influx", entries=9, oldest=START - PAST),),
        ledger=LedgerNow(size=99, cap=100, free=1000),
    )


@pytest.fixture(scope="module")
def page(bad: Now) -> Shown:
    settings = PrometheusSettings.model_validate({"name": "page", "type": "prometheus"})
    view = Prometheus(settings, Clock())
    body, _ = view._bodies(bad, {"north": {}})
    found: dict[str, list[tuple[Mapping[str, str], float]]] = {}
    for family in text_string_to_metric_families(body.decode()):
        for sample in family.samples:
            found.setdefault(sample.name, []).append((sample.labels, sample.value))
    return found


@pytest.fixture(scope="module")
def evaluated(bad: Now) -> Shown:
    return samples(bad, {one.metric for rule in RULES for one in rule.when})


def fitting(one: Comparison, shown: Shown) -> list[Mapping[str, str]]:
    return [labels for labels, _ in shown.get(one.metric, ()) if one.fits(labels)]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.name} {rule.severity}")
def test_what_a_rule_names_is_on_the_page_with_its_labels(rule: Rule, page: Shown) -> None:
    for one in rule.when:
        found = fitting(one, page)
        assert found, f"no {one.metric} with {dict(one.matchers)}"
        assert all(set(rule.on) <= set(labels) for labels in found)
    named = set(re.findall(r"{(\w+)}", rule.summary))
    assert all(named <= set(labels) for labels in fitting(rule.when[0], page))


def test_the_agent_evaluates_the_samples_of_the_page(page: Shown, evaluated: Shown) -> None:
    for metric, own in evaluated.items():
        assert sorted(map(comparable, own)) == sorted(map(comparable, page[metric])), metric


def comparable(sample: tuple[Mapping[str, str], float]) -> tuple[list[tuple[str, str]], float]:
    labels, value = sample
    return sorted((name, str(text)) for name, text in labels.items()), value
