"""Alerts at a webhook: in Alertmanager's form, until they are taken."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing, suppress
from typing import Any

import pytest
from aiohttp import web

from agent.alerts import webhook
from agent.alerts.data import MOST, webhook_data
from agent.alerts.rule import Severity
from agent.alerts.states import State
from agent.alerts.webhook import Webhook
from agent.clock import Clock
from config.alerts import AlertWebhookSettings
from tests.alerts.standing import alert
from tests.servers import Fake, Reply, fake_server, says
from tests.waiting import until

TOKEN = "open sesame"  # noqa: S105 of the test


def settings(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> AlertWebhookSettings:
    monkeypatch.setenv("HOOK_TOKEN", TOKEN)
    given = {"url": f"{fake.url}/hook", "token": {"env": "HOOK_TOKEN"}}
    return AlertWebhookSettings.model_validate(given)


@asynccontextmanager
async def hooked(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[Fake, Webhook]]:
    """A server, and an outlet that runs. Its pauses are a thousandth as long."""
    async with fake_server() as fake:
        outlet = Webhook(settings(fake, monkeypatch), Clock(speed=1000))
        running = asyncio.create_task(outlet.run())
        try:
            yield fake, outlet
        finally:
            running.cancel()
            await asyncio.wait([running])


def bodies(fake: Fake) -> list[dict[str, Any]]:
    return [json.loads("\n".join(one.lines)) for one in fake.requests]


def counted(fake: Fake, number: int) -> Callable[[], bool]:
    return lambda: len(fake.requests) >= number


async def test_it_is_sent_as_alertmanager_sends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    async with hooked(monkeypatch) as (fake, outlet):
        outlet.tell([alert("a")], [alert("a"), alert("b")])
        await until(counted(fake, 1))
        outlet.tell([alert("a", state=State.RESOLVED)], [alert("b")])
        await until(counted(fake, 2))
        outlet.tell([alert("b", state=State.RESOLVED)], [])
        await until(counted(fake, 3))
    first, second, third = bodies(fake)
    assert fake.requests[0].headers["Authorization"] == f"Bearer {TOKEN}"
    assert (first["version"], first["status"], first["truncatedAlerts"]) == ("4", "firing", 0)
    assert first["groupLabels"] == {"alertname": "CarbondLoadHigh"}
    assert first["commonLabels"] == {
        "alertname": "CarbondLoadHigh",
        "severity": "warning",
        "site": "fra",
    }
    one = first["alerts"][0]
    assert one["labels"]["meter"] == "a"
    assert one["annotations"]["summary"].startswith("a carries 90%")
    assert (one["startsAt"], one["endsAt"]) == ("2026-11-23T10:10:00Z", "0001-01-01T00:00:00Z")
    assert [(x["labels"]["meter"], x["status"]) for x in second["alerts"]] == [
        ("a", "resolved"),
        ("b", "firing"),
    ]
    assert second["status"] == "firing", "one of the name still fires"
    assert second["alerts"][0]["fingerprint"] == one["fingerprint"]
    assert second["alerts"][0]["endsAt"] == "2026-11-23T10:30:00Z"
    assert third["status"] == "resolved"


@pytest.mark.parametrize("trouble", [None, says(503), says(429), says(408)])
async def test_what_is_not_taken_is_sent_again_and_an_outage_is_two_lines(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, trouble: Reply | None
) -> None:
    caplog.set_level(logging.INFO, "carbond.alerts")
    async with hooked(monkeypatch) as (fake, outlet):
        good, fake.reply = fake.reply, trouble
        outlet.tell([alert("a")], [alert("a")])
        await until(counted(fake, 3))
        outlet.tell([alert("a", state=State.RESOLVED)], [])
        fake.reply = good
        await until(lambda: not outlet._waiting)
    assert bodies(fake)[-1]["status"] == "resolved"
    said = [record.getMessage() for record in caplog.records]
    assert len(said) == 2, said
    assert "alerts wait for it" in said[0]
    assert "takes alerts again" in said[1]
    assert TOKEN not in caplog.text


async def test_what_is_refused_for_good_is_dropped_and_said(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with hooked(monkeypatch) as (fake, outlet):
        fake.reply = says(401)
        outlet.tell([alert("a")], [alert("a")])
        await until(lambda: "dropped" in caplog.text)
        await until(lambda: not outlet._waiting)
    assert "an alert is dropped: it answers 401: check url and token" in caplog.text
    assert len(fake.requests) == 1


async def test_a_redirect_is_refused_and_the_token_goes_nowhere_else(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with fake_server() as other, hooked(monkeypatch) as (fake, outlet):
        fake.reply = says(307, Location=f"{other.url}/elsewhere")
        outlet.tell([alert("a")], [alert("a")])
        await until(lambda: "an alert is dropped: it answers 307" in caplog.text)
        assert other.requests == []


async def endless() -> AsyncIterator[bytes]:
    while True:
        yield b"x" * 65_536
        await asyncio.sleep(0)


@pytest.mark.parametrize("status", [200, 503])
async def test_an_answer_without_an_end_is_not_read(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    async with hooked(monkeypatch) as (fake, outlet):
        good, fake.reply = fake.reply, lambda _: web.Response(status=status, body=endless())
        outlet.tell([alert("a")], [alert("a")])
        await until(counted(fake, 1))
        if status == 503:
            await until(lambda: "it answers 503" in caplog.text)
            fake.reply = good
        await until(lambda: not outlet._waiting)


async def drips(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Begin an answer, and never come to its end."""
    with closing(writer), suppress(ConnectionError):
        writer.write(b"HTTP/1.1 200 OK\r\n")
        while True:
            writer.write(b"X-More: of it\r\n")
            await writer.drain()
            await asyncio.sleep(0.01)


async def test_an_answer_that_comes_byte_by_byte_is_none(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(webhook, "PATIENCE", 0.3)
    async with await asyncio.start_server(drips, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/secret"
        outlet = Webhook(AlertWebhookSettings(url=url), Clock())
        running = asyncio.create_task(outlet.run())
        outlet.tell([alert("a")], [alert("a")])
        await until(lambda: "no answer within 0.3 s; alerts wait for it" in caplog.text)
        running.cancel()
        await asyncio.wait([running])
        server.close()
    assert "secret" not in caplog.text, "what stands in a path may be a key"


async def test_in_a_storm_each_alert_is_told_once_in_few_messages(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    many = [alert(str(number)) for number in range(2 * MOST + 50)]
    ends = [alert(str(number), state=State.RESOLVED) for number in range(2 * MOST + 50)]
    async with hooked(monkeypatch) as (fake, outlet):
        outlet.tell(many, many)
        await until(lambda: not outlet._waiting)
        outlet.tell(ends, [])
        await until(lambda: not outlet._waiting)
    told = bodies(fake)
    assert [len(one["alerts"]) for one in told] == [100] * 5 + [50]
    for status in ("firing", "resolved"):
        meters = {
            one["labels"]["meter"]
            for body in told
            for one in body["alerts"]
            if one["status"] == status
        }
        assert len(meters) == len(many), status
    assert [one["truncatedAlerts"] for one in told] == [150, 150, 150, 0, 0, 0]
    assert [one["status"] for one in told] == ["firing"] * 3 + ["resolved"] * 3


async def test_what_is_new_is_in_the_message_however_many_fire_already(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    many = [alert(str(number)) for number in range(MOST + 50)]
    async with hooked(monkeypatch) as (fake, outlet):
        outlet.tell([many[-1]], many)
        await until(counted(fake, 1))
    (told,) = bodies(fake)
    assert told["alerts"][0]["labels"]["meter"] == many[-1].labels["meter"]
    assert told["truncatedAlerts"] == 50


async def test_no_more_wait_than_a_thousand(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(webhook, "MOST_WAITING", 3)
    async with fake_server() as fake:
        outlet = Webhook(settings(fake, monkeypatch), Clock())
        outlet.tell([alert(str(number)) for number in range(5)], [])
        outlet.tell([alert("4", state=State.RESOLVED)], [])
    assert [one.labels["meter"] for one in outlet._waiting.values()] == ["2", "3", "4"]
    assert "2 alerts are dropped: more than 3 wait" in caplog.text


async def test_a_storm_of_warnings_drops_nothing_that_is_critical(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(webhook, "MOST_WAITING", 3)
    async with fake_server() as fake:
        outlet = Webhook(settings(fake, monkeypatch), Clock())
        grave = alert("grave", severity=Severity.CRITICAL)
        slight = alert("slight", severity=Severity.INFO)
        outlet.tell([grave, *(alert(str(number)) for number in range(5)), slight], [])
    assert [one.labels["meter"] for one in outlet._waiting.values()] == ["grave", "3", "4"]


def test_a_message_has_a_hundred_alerts_and_counts_the_others() -> None:
    data = webhook_data("CarbondLoadHigh", [alert(str(number)) for number in range(MOST + 7)])
    assert (len(data["alerts"]), data["truncatedAlerts"]) == (MOST, 7)
