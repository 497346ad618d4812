"""`carbond alerts`: what fires, and what to do, where the alert is read."""

import asyncio

import pytest

from agent.alerts.runbook import sections
from agent.alerts.watch import Watch
from agent.cli import main
from agent.console import Desk
from agent.model import MINUTE
from config.alerts import AlertName
from tests.cli.serving import served
from tests.console.firing import moment, switched_off, watch_with
from tests.console.floor import END

Said = pytest.CaptureFixture[str]


async def says(desk: Desk, watch: Watch, capsys: Said, *more: str) -> tuple[int, str, str]:
    """What the command says of a daemon that looks at its alerts so."""
    desk.alerts = watch
    async with served(desk) as url:
        code = await asyncio.to_thread(main, ["alerts", "--url", url, *more])
    return code, *capsys.readouterr()


async def test_it_ends_with_1_once_something_fires_and_with_0_before(
    desk: Desk, capsys: Said
) -> None:
    watch = watch_with()
    assert await says(desk, watch, capsys) == (0, "nothing fires\n", "")
    loads = [("pdu-7", "fra", 0.83)]
    await watch.look(moment(END, loads=loads))
    code, said, _ = await says(desk, watch, capsys)
    assert code == 0
    assert "(pending): " in said
    await watch.look(moment(END + 30 * MINUTE, loads=loads))
    code, said, _ = await says(desk, watch, capsys)
    assert code == 1
    assert "pdu-7" in said
    assert "what to do: carbond alerts runbook CarbondLoadHigh" in said


@pytest.mark.parametrize("more", [(), ("--json",)])
async def test_where_all_rules_are_switched_off_it_does_not_say_that_nothing_fires(
    desk: Desk, more: tuple[str, ...], capsys: Said
) -> None:
    code, said, errors = await says(desk, switched_off(), capsys, *more)
    assert (code, said) == (2, "")
    assert "no rule is evaluated there" in errors
    assert "alerts.disabled" in errors


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
