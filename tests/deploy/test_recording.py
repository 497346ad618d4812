"""The recording rules: promtool tests them, and their names say what they are."""

import re
import subprocess
from pathlib import Path
from typing import Any

import yaml

from agent.model import FRESH
from tests.deploy.boards import ROOT
from tests.deploy.metrics import on_the_page, recorded
from tests.servers import needs

RULES = ROOT / "deploy" / "prometheus" / "recording.rules.yml"
SUMS, DAYS = (
    Path(__file__).with_name(f"{name}.test.yml") for name in ("recording", "recording_days")
)
NAME = re.compile(
    r"(fleet|site|rack|rack_feed|tenant):carbond_\w+:(sum|count|max|avg|ratio|increase(1h|1d|30d))"
)
HOUR_SECONDS, LOOKBACK_SECONDS = 3600, 300

needs_promtool = needs("promtool", "prometheus")


def groups() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load(RULES.read_text())["groups"]
    return found


def rules() -> list[dict[str, str]]:
    return [rule for group in groups() for rule in group["rules"]]


def promtool(*arguments: str) -> tuple[int, str]:
    ran = subprocess.run(
        ["promtool", *arguments], capture_output=True, text=True, check=False, timeout=100
    )
    return ran.returncode, ran.stdout + ran.stderr


@needs_promtool
def test_promtool_has_nothing_to_say() -> None:
    code, said = promtool("check", "rules", "--lint=all", "--lint-fatal", str(RULES))
    assert code == 0, said


@needs_promtool
def test_the_rules_compute_what_their_tests_say() -> None:
    code, said = promtool("test", "rules", str(SUMS), str(DAYS))
    assert code == 0, said


def test_names_say_level_metric_and_operation_and_none_is_recorded_twice() -> None:
    names = [rule["record"] for rule in rules()]
    assert len(set(names)) == len(names)
    wrong = [name for name in names if not NAME.fullmatch(name)]
    assert not wrong


def test_a_rule_reads_the_page_or_what_another_rule_has_recorded() -> None:
    known = on_the_page() | recorded()
    for rule in rules():
        read = set(re.findall(r"\b(?:[a-z_]+:)?carbond_[a-z0-9_:]+", rule["expr"]))
        assert read <= known, f"{rule['record']} reads what there is not: {read - known}"


def test_meters_are_read_over_a_time_by_the_hours_alone() -> None:
    for rule in rules():
        if not rule["record"].endswith("increase1h"):
            for inner in re.findall(r"([\w:]+)(?:\{[^}]*\})?\[", rule["expr"]):
                said = f"{rule['record']} reads {inner} over a time: record its hours"
                assert not inner.startswith("carbond_meter_"), said


def test_hours_follow_each_other_without_a_gap_and_do_not_count_as_gone() -> None:
    for group in groups():
        if "interval" in group:
            seconds = 60 * int(group["interval"].removesuffix("m"))
            assert HOUR_SECONDS % seconds == 0
            assert seconds < LOOKBACK_SECONDS


def test_a_meter_is_read_as_long_as_the_page_has_its_samples() -> None:
    (rule,) = [one for one in rules() if one["record"] == "site:carbond_meters_read:count"]
    assert f"<= {FRESH.total_seconds():.0f}\n" in rule["expr"]


@needs_promtool
def test_a_sum_that_takes_outlets_in_fails_its_test(tmp_path: Path) -> None:
    wrong = RULES.read_text().replace('{role="rack",scope="total"}', "")
    (tmp_path / RULES.name).write_text(wrong)
    tests = SUMS.read_text().replace("../../deploy/prometheus/", "")
    first = tests.partition("  - name: a fleet is weighed")[0]
    (tmp_path / "tests.yml").write_text(first)
    code, said = promtool("test", "rules", str(tmp_path / "tests.yml"))
    assert code != 0
    assert "rack:carbond_meter_power_watts:sum" in said
