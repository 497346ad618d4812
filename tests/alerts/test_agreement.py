"""The agent and Prometheus make the same of the same samples, in the same words."""

import json
import random
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from agent.alerts.catalogue import rules_of
from agent.alerts.prometheus import rules_text
from agent.alerts.rule import Comparison, Rule
from agent.alerts.states import Alert
from config.alerts import AlertsSettings
from tests.alerts.series import Series, fired, promtool_group, steps_of
from tests.servers import needs

SETTINGS = AlertsSettings.model_validate(
    # Short ones, so that a short series crosses them both ways; and some that nobody would choose.
    {
        "hold": {
            "CarbondDayBudgetBurn": "2m",
            "CarbondMonthBudgetBurn": "5m",
            "CarbondPhaseImbalance": "4m",
            "CarbondForecastHigh": "6m",
            "CarbondEstimatedShareHigh": "7m",
            "CarbondFallbackShareHigh": "3m",
            "CarbondEmissionsUncovered": "90s",
            "CarbondResidualOutOfBounds": "4m",
            "CarbondPueDrift": "6m",
            "CarbondPueNotMeasured": "5m",
            "CarbondCarbonRateHigh": "1s",
        },
        "thresholds": {"uncovered_share": 1e-7, "silent": "1.5s", "carbon_rate_kg_per_hour": 0.333},
    }
)
STEPS = 60
CHECKED = range(3, STEPS, 3)
SITES = ("fra", "ams")


def series_of(rules: Sequence[Rule], dice: random.Random) -> Iterator[Series]:
    """Of each metric that is compared, at two sites and where it is joined by more at two meters,
    values about its thresholds that stay for a while, jump, and are not there at times.
    """
    wanted: dict[tuple[str, tuple[tuple[str, str], ...]], list[Comparison]] = {}
    for rule in rules:
        for one in rule.when:
            wanted.setdefault((one.metric, tuple(one.matchers.items())), []).append(one)
    for (metric, matchers), compared in wanted.items():
        for site in SITES:
            for meter in ("pdu-a", "pdu-b"):
                labels = {"site": site, "device": meter, "meter": meter, **dict(matchers)}
                yield Series(metric=metric, labels=labels, values=list(walk(compared, dice)))


def walk(compared: Sequence[Comparison], dice: random.Random) -> Iterator[float | None]:
    left = STEPS
    while left:
        stay = min(dice.choice((1, 1, 2, 3, 5, 8, 13, 21)), left)
        threshold = dice.choice(compared).threshold
        # Two in three are past it, whichever way that is: else long runs would be rare.
        sign = 1 if (compared[0].sign == ">") == (dice.random() < 2 / 3) else -1
        near = threshold + sign * (abs(threshold) or 1.0) * dice.choice((0.001, 0.07, 0.9, 7.0))
        value = dice.choice((near, near, near, near, near, threshold, None))
        yield from [value] * stay
        left -= stay


@needs("promtool", "prometheus")
def test_of_random_samples_the_same_alerts_fire_with_the_same_words(tmp_path: Path) -> None:
    dice = random.Random(20261123)
    rules = rules_of(SETTINGS)
    names = sorted({rule.name for rule in rules})
    groups, seen = [], dict.fromkeys(keys_of(rules), 0)
    for number in range(3):
        series = list(series_of(rules, dice))
        assert steps_of(series) == STEPS
        firing = list(fired(rules, series, SETTINGS.runbook))
        expected: dict[tuple[int, str], Sequence[Alert]] = {
            (step, name): [one for one in firing[step] if one.name == name]
            for step in CHECKED
            for name in names
        }
        count(seen, expected)
        groups.append(promtool_group(f"random {number}", series, expected))
    assert min(seen.values()) > 0, f"never fired: {seen}"

    (tmp_path / "rules.yml").write_text(rules_text(SETTINGS))
    test = {"rule_files": ["rules.yml"], "evaluation_interval": "1m", "tests": groups}
    (tmp_path / "test.yml").write_text(json.dumps(test))
    ran = subprocess.run(
        ["promtool", "test", "rules", tmp_path / "test.yml"],
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert ran.returncode == 0, (ran.stdout + ran.stderr)[:5000]


def keys_of(rules: Sequence[Rule]) -> list[tuple[str, str]]:
    return [(rule.name, rule.severity) for rule in rules]


def count(
    seen: dict[tuple[str, str], int], expected: Mapping[tuple[int, str], Sequence[Alert]]
) -> None:
    for alerts in expected.values():
        for one in alerts:
            seen[(one.name, one.severity)] += 1
