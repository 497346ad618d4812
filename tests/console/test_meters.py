"""Meters: which there are, and all that one said."""

from datetime import timedelta

import httpx
import pytest

from agent.console import Desk
from agent.ledger import Ledger
from agent.model import MINUTE
from tests.console.asking import API, asked, refused, table
from tests.console.floor import END, WATTS
from tests.ledger.books import reading


async def test_meters_say_where_they_stand_and_what_they_read(client: httpx.AsyncClient) -> None:
    found = {one["id"]: one for one in (await asked(client, "/meters"))["items"]}
    assert set(found) == set(WATTS)
    outlet = found["rack-1-a/outlet/1"]
    assert (outlet["role"], outlet["scope"], outlet["upstream"]) == (
        "outlet",
        "outlet",
        ["rack-1-a"],
    )
    assert (outlet["power_watts"], outlet["booked_kwh"]) == (2_400.0, pytest.approx(8))
    assert found["grid"]["accuracy"] == 0.01


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("role=rack", {"rack-1-a", "rack-2-a"}),
        ("role=rack&role=cooling", {"rack-1-a", "rack-2-a", "chiller"}),
        ("scope=outlet", {"rack-1-a/outlet/1", "rack-1-a/outlet/2"}),
        ("rack=1&scope=total", {"rack-1-a", "server-1"}),
        ("tag=room:south", {"rack-2-a", "chiller"}),
        ("tag=room:south&rack=2", {"rack-2-a"}),
        ("device=rack-2-a", {"rack-2-a"}),
        ("site=ham", set()),
    ],
)
async def test_meters_are_chosen_by_what_they_are(
    client: httpx.AsyncClient, query: str, ids: set[str]
) -> None:
    found = (await client.get(f"{API}/meters?{query}")).json()
    assert {one["id"] for one in found["items"]} == ids


async def test_a_table_of_meters_has_their_tags_in_one_cell(client: httpx.AsyncClient) -> None:
    rows = {one["id"]: one for one in table(await client.get(f"{API}/meters?format=csv"))}
    assert rows["rack-1-a"]["tags"] == "rack:1 room:north"
    assert rows["rack-1-a"]["upstream"] == "ups-a"
    assert rows["grid"]["accuracy"] == "0.01"


async def test_a_meter_says_its_register_and_on_what_its_minutes_stand(
    client: httpx.AsyncClient,
) -> None:
    said = await asked(client, "/meters/rack-1-a/outlet/1")
    assert said["register"] == {
        "at": "2026-03-10T12:20:00Z",
        "unit": "kWh",
        "value": 108.0,
        "source": "",
        "stuck": False,
    }
    assert said["bases"] == {"counter": 60}
    assert [one["energy_wh"] for one in said["minutes"]] == [40.0] * 60


async def test_minutes_without_a_counter_are_integrated_and_say_so(
    client: httpx.AsyncClient, ledger: Ledger, desk: Desk
) -> None:
    await ledger.book(
        [
            reading("rack-2-a/outlet/7", END + timedelta(minutes=n), watts=120.0)
            for n in range(-5, 3)
        ]
    )
    desk._now = None
    said = await asked(client, "/meters/rack-2-a/outlet/7")
    assert said["bases"] == {"integrated": 7}
    assert said["register"]["value"] is None


async def test_the_newest_findings_of_a_meter_come_first(
    client: httpx.AsyncClient, ledger: Ledger, desk: Desk
) -> None:
    for n in range(1, 26):
        at = END + 2 * n * MINUTE
        values = [(at, 0), (at + MINUTE, 0.05)]
        await ledger.book(
            [reading("chiller", time, kwh=one, watts=3_000.0) for time, one in values]
        )
    desk._now = None
    found = (await asked(client, "/meters/chiller"))["findings"]
    assert len(found) == 20
    times = [one["at"] for one in found]
    assert times == sorted(times, reverse=True)


async def test_a_meter_that_is_not_there_names_the_nearest_one(client: httpx.AsyncClient) -> None:
    status, detail = await refused(client, "/meters/rack-1-a/outlet/3")
    assert status == 404
    assert "did you mean rack-1-a/outlet/" in detail
