"""The agent's own look: what fires is in the log, in the API, and in the terminal."""

import asyncio
import json
import logging
import threading
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from agent.alerts import State, Watch, watch
from agent.alerts.watch import MOST_LINES
from agent.cli import main
from agent.clock import Clock
from agent.console import Console
from agent.measures import Sample, samples
from agent.model import Now
from config.alerts import AlertsSettings
from config.http import HttpSettings
from tests.alerts.standing import AT, silent
from tests.console.desks import desk_in
from tests.servers import fake_server
from tests.waiting import until

EIGHT, TWELVE = AT + timedelta(minutes=8), AT + timedelta(minutes=12)


def watch_of(settings: AlertsSettings | None = None) -> Watch:
    async def now() -> Now:
        return silent(at=AT)

    return Watch(settings or AlertsSettings(), now, Clock())


async def test_a_silent_device_fires_past_its_threshold_and_ends_once_it_answers(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, "carbond.alerts")
    watch = watch_of()
    assert await watch.look(silent("pdu-a", at=EIGHT)) == []
    (begun,) = await watch.look(silent("pdu-a", at=TWELVE))
    assert (begun.state, begun.value) == (State.FIRING, 720.0)
    assert begun.labels == {"device": "pdu-a", "kind": "snmp"}
    assert begun.runbook == "deploy/prometheus/runbook.md#carbonddevicesilent"
    back = TWELVE + timedelta(minutes=1)
    assert await watch.look(silent(at=back)) == []
    (ended,) = await watch.look(silent(at=back + timedelta(minutes=5)))
    assert ended.state is State.RESOLVED
    words = "pdu-a (snmp) has not answered for 12m 0s, more than 10m 0s."
    assert [one.getMessage() for one in caplog.records] == [words, f"resolved: {words}"]
    assert [one.levelname for one in caplog.records] == ["WARNING", "INFO"]


async def test_a_thousand_alerts_are_few_lines(caplog: pytest.LogCaptureFixture) -> None:
    many = [f"pdu-{number:03}" for number in range(300)]
    changed = await watch_of().look(silent(*many, at=TWELVE))
    assert len(changed) == 300
    lines = [one.getMessage() for one in caplog.records]
    assert len(lines) == MOST_LINES + 1
    assert lines[-1].startswith("and 280 more alerts")


async def test_without_the_log_it_says_nothing(caplog: pytest.LogCaptureFixture) -> None:
    settings = AlertsSettings.model_validate({"to": {"log": False}})
    assert await watch_of(settings).look(silent("pdu-a", at=TWELVE))
    assert caplog.records == []


async def test_new_settings_are_followed_and_what_lost_its_rule_ends() -> None:
    watch = watch_of()
    await watch.look(silent("pdu-a", at=TWELVE))
    watch.follow(AlertsSettings.model_validate({"thresholds": {"silent": "11m"}}))
    assert await watch.look(silent("pdu-a", at=TWELVE)) == []
    assert [one.threshold for one in watch.alerts] == [660.0]
    watch.follow(AlertsSettings.model_validate({"disabled": "CarbondDeviceSilent"}))
    (ended,) = await watch.look(silent("pdu-a", at=TWELVE))
    assert ended.state is State.RESOLVED


async def test_it_looks_again_and_again_and_tells_a_webhook_that_comes_with_a_reload() -> None:
    async def now() -> Now:
        return silent("pdu-a", at=TWELVE)

    async with fake_server() as fake:
        watch = Watch(AlertsSettings.model_validate({"every": "1s"}), now, Clock(speed=50))
        running = asyncio.create_task(watch.run())
        try:
            await until(lambda: watch.alerts)
            hook = {"every": "1s", "to": {"webhook": {"url": fake.url}}}
            watch.follow(AlertsSettings.model_validate(hook))
            await until(lambda: fake.requests)
        finally:
            running.cancel()
            await asyncio.wait([running])
    assert json.loads(fake.requests[0].lines[0])["status"] == "firing"


async def test_what_a_look_finds_is_told_though_new_settings_come_while_it_looks(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def now() -> Now:
        return silent("pdu-a", at=TWELVE)

    looking, go_on = threading.Event(), threading.Event()

    def slow(now: Now, names: Collection[str], **named: Any) -> Mapping[str, list[Sample]]:  # noqa: ANN401 as they come
        looking.set()
        go_on.wait(10)
        return samples(now, names, **named)

    monkeypatch.setattr(watch, "samples", slow)
    alerts = Watch(AlertsSettings.model_validate({"every": "1s"}), now, Clock(speed=50))
    running = asyncio.create_task(alerts.run())
    await until(looking.is_set)
    alerts.follow(AlertsSettings.model_validate({"every": "2s"}))
    # The old look would be ended by now, and what its thread finds be told to nobody.
    for _ in range(20):
        await asyncio.sleep(0)
    go_on.set()
    await until(lambda: alerts.alerts)
    await until(lambda: "pdu-a (snmp) has not answered" in caplog.text, seconds=5)
    running.cancel()
    await asyncio.wait([running])


async def test_a_bug_in_a_look_is_logged_and_the_next_one_comes(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = 0

    async def bad(_: Watch, now: Now) -> None:
        nonlocal looks
        looks += 1
        raise ZeroDivisionError

    monkeypatch.setattr(Watch, "look", bad)
    watch = Watch(AlertsSettings.model_validate({"every": "1s"}), watch_of()._now, Clock(speed=50))
    running = asyncio.create_task(watch.run())
    await until(lambda: looks > 2)
    running.cancel()
    await asyncio.wait([running])
    assert "report it" in caplog.text


@asynccontextmanager
async def console_with(watch: Watch, folder: Path) -> AsyncIterator[Console]:
    with desk_in(folder) as desk:
        desk.alerts = watch
        async with Console(HttpSettings(port=0), desk) as console:
            yield console


@pytest.fixture
async def console(tmp_path: Path) -> AsyncIterator[Console]:
    """A console in which two alerts fire, and one is pending."""
    rules = {"hold": {"CarbondLedgerNearlyFull": "1h"}}
    watch = watch_of(AlertsSettings.model_validate(rules))
    await watch.look(silent("pdu-a", "pdu-b", at=TWELVE))
    async with console_with(watch, tmp_path) as console:
        yield console


async def test_the_api_has_what_fires_a_page_at_a_time_and_as_a_table(console: Console) -> None:
    async with httpx.AsyncClient(base_url=console.address, trust_env=False) as client:
        first = (await client.get("/api/v1/alerts?limit=1&severity=warning")).json()
        second = (await client.get(first["next"])).json()
        none = (await client.get("/api/v1/alerts?state=pending")).json()
        table = (await client.get("/api/v1/alerts?format=csv")).text.splitlines()
        wrong = await client.get("/api/v1/alerts?severity=bad")
    devices = sorted(one["items"][0]["labels"]["device"] for one in (first, second))
    assert devices == ["pdu-a", "pdu-b"]
    assert second["next"] is None
    one = first["items"][0]
    assert (one["value"], one["threshold"], one["state"]) == (720.0, 600.0, "firing")
    assert one["since"] == TWELVE.isoformat().replace("+00:00", "Z")
    assert none["items"] == []
    assert table[0].startswith("id,name,severity,state,since")
    assert any(line.endswith("device=pdu-a kind=snmp") for line in table)
    assert wrong.status_code == 422


async def test_the_command_lists_what_fires_and_ends_with_1(
    console: Console, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await asyncio.to_thread(main, ["alerts", "--url", console.address]) == 1
    shown = capsys.readouterr().out
    assert "warning  since 2026-11-23 10:12 UTC: pdu-a (snmp) has not answered" in shown
    assert "what to do: carbond alerts runbook CarbondDeviceSilent" in shown
    assert await asyncio.to_thread(main, ["alerts", "--json", "--url", console.address]) == 1
    assert len(json.loads(capsys.readouterr().out)) == 2


async def test_where_nothing_fires_the_command_says_so_and_ends_with_0(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with console_with(watch_of(), tmp_path) as console:
        assert await asyncio.to_thread(main, ["alerts", "--url", console.address]) == 0
    assert capsys.readouterr().out == "nothing fires\n"


def test_where_nobody_answers_the_command_says_what_to_do(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["alerts", "--url", "http://127.0.0.1:1"]) == 2
    assert "start it with `carbond run`, or name its address with --url" in capsys.readouterr().err


def test_the_rules_are_printed_with_the_thresholds_of_the_settings(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "carbond.yaml"
    path.write_text("sites: [{name: fra}]\nalerts: {thresholds: {load_warning: 66 %}}\n")
    assert main(["alerts", "rules", "-c", str(path)]) == 0
    assert "carbond_meter_load_ratio > 0.66\n" in capsys.readouterr().out
