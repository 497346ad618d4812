"""What can be set about alerts, and what is said of what cannot be."""

import re
from pathlib import Path

import pytest

from agent.alerts.catalogue import rules_of
from agent.errors import ConfigError
from config import Kinds, load
from config.alerts import PAIRS, AlertsSettings, AlertThresholds

ROOT = Path(__file__).resolve().parents[2]


def loaded(folder: Path, lines: str) -> AlertsSettings:
    path = folder / "carbond.yaml"
    path.write_text(f"sites: [{{name: fra}}]\nalerts:\n  {lines}\n")
    return load(path, Kinds()).alerts


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        (
            "thresholds: {load_warning: 99 %}",
            '"thresholds": load_warning (0.99) must be below load_critical (0.95): a warning comes '
            "before what is critical",
        ),
        (
            "thresholds: {backlog_critical: 5m}",
            '"thresholds": backlog_warning (900 s) must be below backlog_critical (300 s): a '
            "warning comes before what is critical",
        ),
        (
            "thresholds: {load_critical: 140 %}",
            '"thresholds.load_critical" must be a share such as 0.01, or 1 %, from 0 to 1, not '
            '"140 %"',
        ),
        ("thresholds: {coverage: 0}", '"thresholds.coverage" must be above 0, not 0'),
        (
            "thresholds: {grid_intensity_g_per_kwh: 500000}",
            '"thresholds.grid_intensity_g_per_kwh" must be at most 2000, not 500000',
        ),
        (
            "thresholds: {silent: 10}",
            '"thresholds.silent" must be a time with its unit, such as 60s, 5m, 1h or 100d, not 10',
        ),
        (
            "disabled: [CarbondLoadHig]",
            '"disabled[0]": unknown alert "CarbondLoadHig"; did you mean "CarbondLoadHigh"?',
        ),
        (
            "hold: {Zzz: 5m}",
            '"hold.Zzz": unknown alert "Zzz": docs/alerts.md lists them',
        ),
        ("every: 10ms", '"every" must be 1s or longer'),
        (
            "to: {webhook: {url: example.com}}",
            '"to.webhook.url" must be an address such as http://127.0.0.1:9099/alerts',
        ),
        (
            "to: {mqtt: {address: broker, topic: 'alerts/#'}}",
            '"to.mqtt.topic" must be a topic such as carbond/alerts, without + and # and a / at '
            "its end",
        ),
        (
            "to: {mqtt: {address: broker, ca_file: ca.pem}}",
            '"to.mqtt": ca_file has no use without tls: write tls: true',
        ),
        (
            "to: {mqtt: {address: broker, password: {env: HOME}}}",
            '"to.mqtt": password needs a user: write user: NAME',
        ),
    ],
)
def test_what_cannot_be_is_said_in_one_line(tmp_path: Path, lines: str, says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        loaded(tmp_path, lines)
    assert str(caught.value) == f"{tmp_path / 'carbond.yaml'}:3: alerts: {says}"


def test_a_threshold_that_is_unknown_is_told_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match='"load_warnin"; did you mean "load_warning"'):
        loaded(tmp_path, "thresholds: {load_warnin: 70 %}")


def test_a_secret_is_never_shown(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        loaded(tmp_path, "to: {webhook: {url: 'http://x', token: open-sesame}}")
    assert "open-sesame" not in str(caught.value)


def test_what_is_disabled_and_held_for_another_time_is_so(tmp_path: Path) -> None:
    settings = loaded(tmp_path, "disabled: CarbondForecastHigh\n  hold: {CarbondLoadHigh: 30s}")
    rules = rules_of(settings)
    assert "CarbondForecastHigh" not in {rule.name for rule in rules}
    held = {rule.hold.total_seconds() for rule in rules if rule.name == "CarbondLoadHigh"}
    assert held == {30}


def test_every_threshold_says_why_and_its_default_is_in_order() -> None:
    thresholds = AlertThresholds()
    for name, field in AlertThresholds.model_fields.items():
        assert len((field.description or "").split()) > 8, f"{name} does not say why"
    assert all(getattr(thresholds, low) < getattr(thresholds, high) for low, high in PAIRS)


def test_the_settings_of_the_page_load(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "alerts.md").read_text()
    (example,) = [
        one
        for one in re.findall(r"```yaml\n(.*?)```", page, re.S)
        if "alerts:" in one and "thresholds" in one
    ]
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "webhook-token").write_text("open sesame\n")
    path = tmp_path / "carbond.yaml"
    path.write_text(f"sites: [{{name: fra}}]\n{example}")
    settings = load(path, Kinds()).alerts
    assert settings.thresholds.load_warning == 0.7
    assert settings.to.webhook is not None
    assert "sesame" not in repr(settings)
