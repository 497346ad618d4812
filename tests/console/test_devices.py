"""Devices: who answers, what each said last, and asking one now."""

from dataclasses import replace

import httpx
import pytest

from agent.console import Desk, Probed
from agent.console.access.guard import Guard
from agent.console.api import api_of
from agent.ledger import Ledger
from agent.model import MINUTE, MeterId
from agent.reports.readings import plain
from config.http import HttpSettings
from tests.console.asking import API, asked, refused
from tests.console.desks import Calls
from tests.console.floor import END
from tests.ledger.books import START, reading


async def test_devices_say_whether_they_answer_and_why_not(
    client: httpx.AsyncClient, desk: Desk
) -> None:
    await desk.health.good("rack-1-a", "snmp", seconds=0.25)
    await desk.health.bad("chiller", "modbus", "no answer within 3 s")
    found = {one["name"]: one for one in (await asked(client, "/devices"))["items"]}
    rack, chiller, grid = (found[name] for name in ("rack-1-a", "chiller", "grid"))
    assert (rack["kind"], rack["up"], rack["answer_seconds"]) == ("snmp", True, 0.25)
    assert (rack["meters"], rack["last_reading_at"]) == (3, "2026-03-10T12:20:00Z")
    assert (chiller["up"], chiller["error"]) == (False, "no answer within 3 s")
    assert chiller["answer_seconds"] is None
    assert (grid["kind"], grid["up"], grid["since"]) == (None, None, None)


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({"up": "true"}, {"rack-1-a"}),
        ({"up": "false"}, {"chiller"}),
        ({"kind": "modbus"}, {"chiller"}),
        ({"site": "ham"}, set()),
        ({"site": "fra", "kind": "snmp", "up": "true"}, {"rack-1-a"}),
    ],
)
async def test_devices_are_chosen_by_what_they_are(
    client: httpx.AsyncClient, desk: Desk, query: dict[str, str], names: set[str]
) -> None:
    await desk.health.good("rack-1-a", "snmp")
    await desk.health.bad("chiller", "modbus", "silent")
    found = (await asked(client, "/devices", **query))["items"]
    assert {one["name"] for one in found} == names


async def test_a_device_says_its_readings_and_the_last_hour_of_its_total(
    client: httpx.AsyncClient,
) -> None:
    said = await asked(client, "/devices/rack-1-a")
    assert [one["id"] for one in said["readings"]] == [
        "rack-1-a",
        "rack-1-a/outlet/1",
        "rack-1-a/outlet/2",
    ]
    minutes = said["minutes"]
    assert len(minutes) == 60
    assert minutes[-1] == {
        "start": "2026-03-10T12:19:00Z",
        "power_watts": 6_000.0,
        "energy_wh": 100.0,
        "basis": "counter",
        "covered_s": 60.0,
    }
    assert said["findings"] == []


async def test_what_a_register_did_is_told_of_its_device(
    client: httpx.AsyncClient, ledger: Ledger, desk: Desk
) -> None:
    await ledger.book([reading("chiller", END + MINUTE, kwh=0, watts=3_000.0)])
    await ledger.book([reading("chiller", END + 2 * MINUTE, kwh=0.05, watts=3_000.0)])
    desk._now = None
    said = await asked(client, "/devices/chiller")
    (finding,) = said["findings"]
    assert (finding["oddity"], finding["unit"], finding["before"]) == ("reset", "kWh", 110.0)


async def test_a_device_that_was_never_read_has_nothing_to_say(
    client: httpx.AsyncClient, ledger: Ledger, desk: Desk
) -> None:
    tree = type(ledger.tree)
    new = ledger.tree.totals["chiller"]
    more = replace(new, id=MeterId("chiller-2"), device="chiller-2")
    await ledger.replant(tree.of(ledger.tree.sites.values(), [*ledger.tree.totals.values(), more]))
    desk._now = None
    said = await asked(client, "/devices/chiller-2")
    assert (said["up"], said["last_reading_at"], said["readings"], said["minutes"]) == (
        None,
        None,
        [],
        [],
    )


async def test_a_device_is_asked_now_and_says_what_it_read(
    client: httpx.AsyncClient, desk: Desk
) -> None:
    one = reading("rack-1-a", START, kwh=5, watts=6_000.0)

    async def probe(name: str) -> Probed:
        assert name == "rack-1-a"
        return Probed(at=START, seconds=0.5, readings=[one])

    desk.probe = probe
    answer = await client.post(f"{API}/devices/rack-1-a/probe")
    said = answer.json()
    assert (said["at"], said["seconds"], said["error"]) == ("2026-03-10T09:00:00Z", 0.5, "")
    (found,) = said["readings"]
    expected = plain(one, None)
    assert {name: found[name] for name in expected} == {
        **expected,
        "at": "2026-03-10T09:00:00Z",
    }


async def test_a_device_that_is_silent_when_asked_says_why(client: httpx.AsyncClient) -> None:
    answer = await client.post(f"{API}/devices/rack-1-a/probe")
    assert (answer.status_code, answer.json()["error"]) == (200, "no answer within 3 s")
    assert answer.json()["readings"] == []


async def test_only_devices_of_the_settings_are_asked(
    client: httpx.AsyncClient, calls: Calls
) -> None:
    answer = await client.post(f"{API}/devices/rack-9/probe")
    assert (answer.status_code, calls.probes) == (404, [])
    assert (await refused(client, "/devices/rack-9"))[0] == 404


async def test_asking_a_device_takes_a_token_of_scope_admin(desk: Desk, calls: Calls) -> None:
    transport = httpx.ASGITransport(app=Guard(api_of(desk), HttpSettings()))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        assert (await client.get(f"{API}/devices")).status_code == 200
        refusal = await client.post(f"{API}/devices/rack-1-a/probe")
    assert (refusal.status_code, calls.probes) == (403, [])
