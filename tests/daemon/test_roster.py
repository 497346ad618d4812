"""What runs follows the settings; what ends badly or slowly holds up nobody."""

import asyncio
from pathlib import Path

import pytest

from agent.app.roster import Roster
from agent.clock import Clock
from agent.errors import Unavailable
from agent.health import Health
from agent.ledger import Ledger
from config import DeviceSettings, Settings, SiteSettings
from tests.daemon.parts import ScriptedCollector
from tests.ledger.books import START, day, open_ledger
from tests.waiting import until


class Plugin:
    """Makes collectors of which each takes its time to close."""

    settings = DeviceSettings
    closing = 0
    most = 0
    silent = False

    def __init__(self, clock: Clock) -> None:
        """It connects to nothing."""

    def collector(self, settings: DeviceSettings) -> ScriptedCollector:
        said = Unavailable("no answer") if Plugin.silent else day(settings.name, START, 1, 600)
        collector = ScriptedCollector(settings.name, said)
        collector.close = self._close  # type: ignore[method-assign] # it takes its time
        return collector

    async def _close(self) -> None:
        Plugin.closing += 1
        Plugin.most = max(Plugin.most, Plugin.closing)
        await asyncio.sleep(0.05)
        Plugin.closing -= 1

    async def close(self) -> None:
        """It holds nothing."""


def settings_of(count: int, rack: str | None = None) -> Settings:
    devices = [DeviceSettings(name=f"rack-{n}", type="slow", rack=rack) for n in range(count)]
    return Settings(sites=(SiteSettings(name="fra"),), devices=tuple(devices))


@pytest.fixture(autouse=True)
def plugin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.app.plugins.device_plugins", lambda: {"slow": Plugin})
    Plugin.most = 0
    Plugin.silent = False


def roster_of(group: asyncio.TaskGroup, ledger: Ledger) -> tuple[Roster, Health]:
    health = Health(Clock(), ledger.note)
    return Roster(group, ledger, health, Clock()), health


async def run(ledger: Ledger) -> None:
    """Run ten devices until something ends them, as the daemon does."""
    async with asyncio.timeout(20), asyncio.TaskGroup() as group:
        roster, _ = roster_of(group, ledger)
        try:
            await roster.follow(settings_of(10))
            await asyncio.Event().wait()
        finally:
            await roster.close()


async def test_a_reload_stops_all_that_has_changed_side_by_side(
    tmp_path: Path,
) -> None:
    ledger = open_ledger(tmp_path, Clock())
    async with asyncio.TaskGroup() as group:
        roster, health = roster_of(group, ledger)
        await roster.follow(settings_of(20))
        await until(lambda: len([one for one in health.now() if one.kind == "slow"]) == 20)
        await roster.follow(settings_of(5, "R1"))
        assert Plugin.most == 20
        assert len(roster.parts) == 5
        await roster.close()
    assert health.now() == [] or {one.kind for one in health.now()} == {"ledger"}
    ledger.close()


async def test_with_other_settings_it_is_news_that_it_answers_again_or_still_does_not(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "carbond.health")
    ledger = open_ledger(tmp_path, Clock())
    async with asyncio.TaskGroup() as group:
        roster, health = roster_of(group, ledger)
        Plugin.silent = True
        await roster.follow(settings_of(1))
        await until(lambda: len(caplog.messages) == 1)
        since = health.now()[0].since
        await roster.follow(settings_of(1, "R1"))
        await until(lambda: len(caplog.messages) == 2)
        assert health.now()[0].since == since
        Plugin.silent = False
        await roster.follow(settings_of(1, "R2"))
        await until(lambda: len(caplog.messages) == 3)
        await roster.close()
    assert caplog.messages[:2] == ["rack-0: no answer"] * 2
    assert caplog.messages[2].startswith("rack-0: answers again after")
    ledger.close()


async def test_a_broken_ledger_ends_all_tasks_and_everything_is_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = open_ledger(tmp_path, Clock())

    async def broken(_: object) -> None:
        raise OSError("the disk is on fire")

    monkeypatch.setattr(ledger, "book", broken)
    with pytest.raises(ExceptionGroup) as caught:
        await run(ledger)
    assert all(isinstance(one, OSError) for one in caught.value.exceptions)
    assert Plugin.most == 10
    ledger.close()
