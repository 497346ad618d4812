"""`carbond alerts runbook`: what to do, where the alert is read."""

import pytest

from agent.alerts.runbook import sections
from agent.cli import main
from config.alerts import AlertName


def test_the_runbook_says_what_an_alert_means_and_what_to_do(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["alerts", "runbook", "CarbondDeviceSilent"]) == 0
    shown = capsys.readouterr().out
    assert "CarbondDeviceSilent" in shown
    for word in ("Means", "Look", "Do"):
        assert word in shown
    assert "CarbondCarbonRateHigh" not in shown


def test_every_alert_has_a_section_and_without_a_name_all_are_printed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert set(sections()) >= {str(name) for name in AlertName}
    assert main(["alerts", "runbook"]) == 0
    shown = capsys.readouterr().out
    assert [name for name in sections() if name not in shown] == []


def test_an_alert_that_is_none_is_said_with_the_nearest(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["alerts", "runbook", "CarbonDeviceSilent"]) == 2
    assert 'did you mean "CarbondDeviceSilent"?' in capsys.readouterr().err
