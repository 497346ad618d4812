"""The rules for Prometheus: they are the catalogue's, each is tested, and each has its runbook."""

import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from agent.alerts.catalogue import outside_rules_of, rules_of
from agent.alerts.prometheus import rules_text
from agent.alerts.rule import OutsideRule, Rule
from agent.cli import parser
from agent.clock import Clock
from agent.measures import FAMILIES
from config.alerts import AlertName, AlertsSettings, AlertThresholds
from exporters.prometheus import Prometheus, PrometheusSettings
from tests.alerts.pages import rule_rows, threshold_rows
from tests.exporters.entries import now
from tests.servers import needs

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "deploy" / "prometheus"
RULES = FOLDER / "carbond.rules.yml"
TESTS = sorted((FOLDER / "tests").glob("*.yml"))
RUNBOOK = FOLDER / "runbook.md"
CONSOLE = ROOT / "agent" / "console" / "page" / "static"
PAGE = (ROOT / "docs" / "alerts.md").read_text()
SETTINGS = AlertsSettings()
ALL: Sequence[Rule | OutsideRule] = [*rules_of(SETTINGS), *outside_rules_of(SETTINGS)]

needs_promtool = needs("promtool", "prometheus")


def promtool(*arguments: object) -> tuple[int, str]:
    ran = subprocess.run(
        ["promtool", *map(str, arguments)], capture_output=True, text=True, check=False, timeout=100
    )
    return ran.returncode, ran.stdout + ran.stderr


def sections() -> dict[str, str]:
    """The runbook, by the name of the alert."""
    parts = re.split(r"^## (\w+)$", RUNBOOK.read_text(), flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


def test_the_file_is_what_the_command_prints() -> None:
    assert RULES.read_text() == rules_text(SETTINGS), (
        "`carbond alerts rules > deploy/prometheus/carbond.rules.yml` prints it anew"
    )


def test_every_name_has_a_rule_and_every_rule_a_name_of_its_own_with_its_severity() -> None:
    keys = [(rule.name, rule.severity) for rule in ALL]
    assert len(set(keys)) == len(keys)
    assert {rule.name for rule in ALL} == set(AlertName)


@needs_promtool
def test_every_rule_passes_its_unit_test() -> None:
    code, said = promtool("test", "rules", *TESTS)
    assert code == 0, said


def test_every_rule_has_a_unit_test_in_which_it_does_not_fire_fires_and_ends() -> None:
    groups = [one for file in TESTS for one in yaml.safe_load(file.read_text())["tests"]]
    for rule in ALL:
        assert any(
            phases(group, rule.name, rule.severity) == [False, True, False] for group in groups
        ), f"no unit test of {rule.name} ({rule.severity})"


def phases(group: dict[str, Any], name: str, severity: str) -> list[bool]:
    """Whether a rule fires, from each change of that to the next."""
    found: list[bool] = []
    for test in group["alert_rule_test"]:
        fires = any(one["exp_labels"]["severity"] == severity for one in test["exp_alerts"])
        if test["alertname"] == name and found[-1:] != [fires]:
            found.append(fires)
    return found


@needs_promtool
def test_a_wrong_threshold_is_told_with_the_name_of_its_rule(tmp_path: Path) -> None:
    shutil.copytree(FOLDER / "tests", tmp_path / "tests")
    wrong = RULES.read_text().replace(
        "carbond_meter_load_ratio > 0.8", "carbond_meter_load_ratio > 0.9"
    )
    (tmp_path / RULES.name).write_text(wrong)
    code, said = promtool("test", "rules", tmp_path / "tests" / "power.yml")
    assert code == 1
    assert set(re.findall(r"alertname: (\w+)", said)) == {AlertName.LOAD_HIGH.value}


def test_every_metric_of_a_rule_is_one_that_an_agent_shows() -> None:
    named = set(re.findall(r"\b(carbond_\w+)", RULES.read_text()))
    # The one that is about the page itself stands on any page.
    own = {"carbond_metrics_updated_timestamp_seconds"}
    assert named - own <= set(FAMILIES)
    assert own <= set(on_page())


def on_page() -> set[str]:
    settings = PrometheusSettings.model_validate({"name": "page", "type": "prometheus"})
    view = Prometheus(settings, Clock())
    view.body, _ = view._bodies(now(), {"north": {}})
    return set(re.findall(r"^# TYPE (\w+) ", view.body.decode(), re.MULTILINE))


def test_every_rule_has_a_section_in_the_runbook_and_every_section_a_rule() -> None:
    assert set(sections()) == set(AlertName)
    for name, text in sections().items():
        for part in ("**Means**: ", "**Look**: ", "**Do**: "):
            assert part in text, f"{name} does not say {part}"


@pytest.mark.parametrize("page", ["runbook", "docs"])
def test_a_command_that_the_pages_name_exists(
    page: str, capsys: pytest.CaptureFixture[str]
) -> None:
    text = RUNBOOK.read_text() if page == "runbook" else PAGE
    commands = set(re.findall(r"`carbond ([^`]+)`", text)) - {"alerts rules"}
    assert commands
    known = parser()
    for command in commands:
        words = re.match(r"([a-z]+(?: (?:repair|restatements|close|backup|rules))?)(.*)", command)
        assert words is not None
        with pytest.raises(SystemExit) as end:
            known.parse_args([*words[1].split(), "--help"])
        assert end.value.code == 0, command
        shown = capsys.readouterr().out
        assert all(option in shown for option in re.findall(r"--[a-z-]+", words[2])), command


def test_what_the_runbook_calls_a_setting_is_one() -> None:
    text = RUNBOOK.read_text()
    named = set(re.findall(r"`([a-z]+(?:_[a-z]+)+)`", text))
    assert named - set(AlertThresholds.model_fields) <= {"carbon_budget"}


def test_what_the_runbook_says_to_look_at_is_on_the_page_of_the_console() -> None:
    text = RUNBOOK.read_text()
    page = "".join(one.read_text() for one in CONSOLE.rglob("*.js"))
    parts = set(re.findall(r"(?<!\*)\*([A-Z][^*]+)\*(?!\*)", text))
    assert len(parts) > 2
    assert {part for part in parts if f'"{part}"' not in page} == set()
    views = {"overview", "rack", "device", "grid", "data quality", "explain"}
    assert set(re.findall(r"([a-z]+(?: quality)?)(?:'s)? view\b", text)) <= views
    assert "view of" not in text, "a view is called by its name"


def test_the_page_has_every_rule_and_every_threshold_with_its_reason() -> None:
    lacking = [row for row in (*rule_rows(), *threshold_rows()) if row not in PAGE]
    assert not lacking, "\n".join(lacking)


@needs_promtool
def test_rules_of_other_settings_are_a_good_file_too(tmp_path: Path) -> None:
    given = {
        "thresholds": {"load_warning": "7e-1", "silent": "90s", "pue_drift": "0.1 %"},
        "disabled": "CarbondForecastHigh",
        "hold": {"CarbondLoadHigh": "45s"},
        # Quotes, a sign beyond 16 bits, and what a template would take for its own.
        "runbook": 'https://wiki.example/"power": #1/🔥/{{ $x }}',
    }
    text = rules_text(AlertsSettings.model_validate(given))
    (tmp_path / "rules.yml").write_text(text)
    code, said = promtool("check", "rules", tmp_path / "rules.yml")
    assert code == 0, said
    assert "carbond_meter_load_ratio > 0.7\n" in text
    assert "for: 45s" in text
    first = yaml.safe_load(text)["groups"][0]["rules"][0]["annotations"]["runbook_url"]
    assert first.startswith('https://wiki.example/"power": #1/🔥/{{ "{{" }} $x }}#')
    assert "CarbondForecastHigh" not in text


@needs_promtool
def test_with_all_rules_disabled_it_is_an_empty_group(tmp_path: Path) -> None:
    (tmp_path / "rules.yml").write_text(rules_text(AlertsSettings(disabled=tuple(AlertName))))
    code, said = promtool("check", "rules", tmp_path / "rules.yml")
    assert code == 0, said


@needs("amtool", "prometheus-alertmanager")
def test_the_example_for_alertmanager_is_good() -> None:
    ran = subprocess.run(
        ["amtool", "check-config", FOLDER / "alertmanager.yml"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_the_example_for_alertmanager_routes_by_labels_that_the_alerts_have() -> None:
    example = yaml.safe_load((FOLDER / "alertmanager.yml").read_text())
    asked = set(re.findall(r"severity = (\w+)", str(example)))
    assert asked <= {str(rule.severity) for rule in ALL}
