"""What the API says of alerts: of what, in which unit, and which of them say the same."""

from typing import Any

import httpx
import pytest

from agent.alerts.catalogue import rules_of
from agent.console import Desk
from agent.console.api.alert_said import unit_of
from agent.ledger import Ledger
from agent.model import HOUR, MINUTE
from config.alerts import AlertName, AlertsSettings
from tests.clocks import HandClock
from tests.console.asking import asked, table
from tests.console.firing import moment, switched_off, watch_with
from tests.console.floor import END, WATTS
from tests.ledger.books import START, reading

Items = list[dict[str, Any]]


async def items_of(client: httpx.AsyncClient, path: str) -> Items:
    items: Items = (await asked(client, path))["items"]
    return items


async def test_without_a_look_at_the_rules_an_empty_list_says_that_it_says_nothing(
    client: httpx.AsyncClient, desk: Desk
) -> None:
    said = await asked(client, "/alerts")
    assert (said["items"], said["evaluated"]) == ([], False)
    desk.alerts = switched_off()
    said = await asked(client, "/alerts")
    assert (said["items"], said["evaluated"]) == ([], False)
    desk.alerts = watch_with()
    said = await asked(client, "/alerts")
    assert (said["items"], said["evaluated"]) == ([], True)
    assert said["firing"] == {"critical": 0, "warning": 0, "info": 0}


@pytest.mark.parametrize("rule", rules_of(AlertsSettings()), ids=lambda one: one.name)
def test_the_unit_of_a_rule_is_that_of_its_words(rule: Any) -> None:  # noqa: ANN401 of pytest
    words = {
        "share": "{value:percent}",
        "times": "{value:hundredths}",
        "seconds": "{value:duration}",
        "g/h": "{value:scaled}g CO2e an hour",
        "g/kWh": "{value:scaled}g CO2e/kWh",
    }
    assert words[unit_of(rule)] in rule.summary


async def test_what_is_critical_is_counted_once_though_its_warning_fires_too(
    client: httpx.AsyncClient, desk: Desk
) -> None:
    desk.alerts = watch_with()
    for at in (END, END + 5 * MINUTE):
        await desk.alerts.look(moment(at, behind="influx"))
    said = await asked(client, "/alerts")
    critical, warning = said["items"]
    assert said["firing"] == {"critical": 1, "warning": 0, "info": 0}
    assert (critical["graver"], warning["graver"]) == (None, critical["id"])
    assert (critical["kind"], critical["thing"]) == ("exporter", "influx")
    assert (critical["threshold"], critical["unit"], critical["fires"]) == (
        21600,
        "seconds",
        "above",
    )
    assert (await asked(client, "/alerts", severity="warning"))["firing"]["critical"] == 1
    rows = table(await client.get("/api/v1/alerts?format=csv"))
    assert [row["graver"] for row in rows] == ["", critical["id"]]


async def test_a_warning_is_counted_while_what_is_critical_is_only_pending(
    client: httpx.AsyncClient, desk: Desk
) -> None:
    desk.alerts = watch_with(hold={"CarbondLoadHigh": "5m"})
    await desk.alerts.look(moment(END, loads=[("pdu", "fra", 0.85)]))
    await desk.alerts.look(moment(END + 5 * MINUTE, loads=[("pdu", "fra", 0.99)]))
    said = await asked(client, "/alerts")
    assert [(one["severity"], one["state"], one["graver"]) for one in said["items"]] == [
        ("critical", "pending", None),
        ("warning", "firing", None),
    ]
    assert said["firing"]["warning"] == 1


async def test_a_silent_thing_is_a_trouble_and_an_alert_and_each_names_the_other(
    client: httpx.AsyncClient, desk: Desk
) -> None:
    things = {
        ("grid", "snmp"): ("device", "grid"),
        ("de", "electricitymaps"): ("grid", "de"),
        ("grid", "influxdb"): ("exporter", "grid"),
        ("ledger", "ledger"): ("ledger", "ledger"),
    }
    for name, kind in things:
        await desk.health.bad(name, kind, f"{kind} is down")
    desk.alerts = watch_with()
    await desk.alerts.look(moment(END, silent=[*things, ("elsewhere", "snmp")]))
    alerts = {one["id"]: (one["kind"], one["thing"]) for one in await items_of(client, "/alerts")}
    assert set(alerts.values()) == {*things.values(), ("device", "elsewhere")}
    troubles = await items_of(client, "/sites/fra/troubles")
    assert {(one["kind"], one["name"]) for one in troubles} == set(things.values())
    for one in troubles:
        assert [alerts[id_] for id_ in one["alerts"]] == [(one["kind"], one["name"])]


async def test_an_alert_of_something_else_is_no_trouble_of_the_site(
    client: httpx.AsyncClient, desk: Desk
) -> None:
    await desk.health.bad("chiller", "snmp", "no answer within 3 s")
    desk.alerts = watch_with(hold={"CarbondLoadHigh": "1ms"})
    await desk.alerts.look(
        moment(END, silent=[("rack-1-a", "snmp")], loads=[("chiller", "fra", 1)])
    )
    (trouble,) = await items_of(client, "/sites/fra/troubles")
    assert (trouble["name"], trouble["alerts"]) == ("chiller", [])


async def test_an_intensity_that_is_late_and_a_node_that_is_broken_are_both_too(
    client: httpx.AsyncClient, ledger: Ledger, desk: Desk, clock: HandClock
) -> None:
    for name, watts in WATTS.items():
        # The two racks take more than their UPS gives.
        more = 1.5 if name.startswith("rack") else 1.0
        before = 100 + watts * (END - START).total_seconds() / 3.6e6
        await ledger.book(
            [
                reading(name, END + n * MINUTE, kwh=before + watts * more * n / 6e4, watts=watts)
                for n in range(61)
            ]
        )
    clock.at = END + 6 * HOUR
    await ledger.tend()
    hold = {"CarbondIntensityStale": "1ms", "CarbondResidualOutOfBounds": "1ms"}
    desk.alerts = watch_with(hold=hold)
    now = await desk.now()
    for at in (now, await ledger.now(())):
        await desk.alerts.look(at)
        clock.at += MINUTE
    alerts = {one["id"]: one["name"] for one in await items_of(client, "/alerts")}
    told = {
        one["kind"]: [alerts[id_] for id_ in one["alerts"]]
        for one in await items_of(client, "/sites/fra/troubles")
        if one["alerts"]
    }
    assert told == {"node": [AlertName.RESIDUAL_OUT_OF_BOUNDS], "grid": [AlertName.INTENSITY_STALE]}
