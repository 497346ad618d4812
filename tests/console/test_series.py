"""GET /api/v1/series: columns that a chart can draw, and what they do not know."""

import csv
import io
from typing import Any

import httpx
import pytest

from agent.console import Desk
from agent.ledger import Ledger
from agent.model import HOUR
from tests.clocks import HandClock
from tests.console.floor import END, WATTS
from tests.ledger.books import START, day

SPAN = {"from": START.isoformat(), "to": END.isoformat()}


async def said(client: httpx.AsyncClient, **asked: object) -> dict[str, Any]:
    answer = await client.get("/api/v1/series", params=SPAN | asked)  # type: ignore[arg-type] # any
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def by_key(found: dict[str, Any], name: str = "values") -> dict[str, list[Any]]:
    return {one["key"]: one[name] for one in found["series"]}


async def test_without_more_it_is_the_power_of_the_site_by_hour(client: httpx.AsyncClient) -> None:
    found = await said(client)
    assert {name: found[name] for name in ("quantity", "unit", "step", "site", "timezone")} == {
        "quantity": "power",
        "unit": "W",
        "step": "hour",
        "site": "fra",
        "timezone": "Europe/Berlin",
    }
    assert found["times"] == [f"2026-03-10T{9 + n:02}:00:00Z" for n in range(4)]
    assert (found["start"], found["end"]) == ("2026-03-10T09:00:00Z", "2026-03-10T13:00:00Z")
    assert found["series"] == [
        {
            "key": "fra",
            "label": "fra",
            "values": [14_000.0] * 4,
            "coverage": [1.0] * 4,
            "estimated": None,
            "provisional": [False, False, False, True],
        }
    ]


async def test_a_period_is_one_of_the_sites_own_time(client: httpx.AsyncClient) -> None:
    answer = await client.get(
        "/api/v1/series",
        params={"quantity": "energy", "step": "day", "period": "2026-03", "format": "csv"},
    )
    assert answer.status_code == 200, answer.text
    times = [row["time"] for row in csv.DictReader(io.StringIO(answer.text))]
    assert (times[0], times[-1]) == ("2026-02-28T23:00:00Z", "2026-03-09T23:00:00Z")
    assert len(times) == 10, "the days that have begun"


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (SPAN | {"period": "2026-03"}, "`period` stands in place of `from` and `to`"),
        ({"period": "2026-04"}, "period=2026-04 has not begun at fra"),
        ({"period": "lately"}, "or today, month, year, rolling-year"),
    ],
)
async def test_a_period_that_cannot_be_meant_is_refused(
    client: httpx.AsyncClient, asked: dict[str, str], words: str
) -> None:
    answer = await client.get("/api/v1/series", params=asked)
    assert answer.status_code == 400
    assert words in answer.json()["detail"]


async def test_minutes_are_facts_and_what_is_not_booked_yet_is_null(
    client: httpx.AsyncClient,
) -> None:
    found = await said(client, step="minute", meter="rack-1-a", to=(END + HOUR).isoformat())
    (one,) = found["series"]
    assert (len(found["times"]), one["provisional"]) == (260, None)
    assert set(one["values"][:200]) == {WATTS["rack-1-a"]}
    assert set(one["values"][200:]) == {None}
    assert set(one["coverage"][200:]) == {0.0}


async def test_minutes_of_memory_are_those_of_the_file_and_new_ones_are_seen_at_once(
    client: httpx.AsyncClient, desk: Desk, ledger: Ledger, clock: HandClock
) -> None:
    asked = {"step": "minute", "by": "role", "to": (END + HOUR).isoformat()}
    before = await said(client, **asked)
    await desk.recent.follow(desk.readers)
    assert await said(client, **asked) == before
    clock.move(minutes=10)
    await ledger.book([one for one in day("chiller", END, 10, 3_000.0) if one.at > END])
    after = await said(client, **asked)
    assert by_key(after)["cooling"][200:] != by_key(before)["cooling"][200:]


async def test_groups_add_up_to_their_meters_and_say_what_is_added(
    client: httpx.AsyncClient,
) -> None:
    meters = by_key(await said(client, quantity="energy", role="rack"))
    assert meters == {"rack-1-a": [6, 6, 6, 2], "rack-2-a": [4, 4, 4, pytest.approx(4 / 3)]}
    roles = await said(client, quantity="energy", by="role")
    assert by_key(roles)["rack"] == [10, 10, 10, pytest.approx(10 / 3)]
    assert by_key(await said(client, quantity="energy", by="rack")) == {
        "1": meters["rack-1-a"],
        "2": meters["rack-2-a"],
    }
    assert by_key(await said(client, quantity="energy", scope="outlet", by="device")) == {
        "rack-1-a": meters["rack-1-a"]
    }
    rooms = await said(client, role=["rack", "cooling"], by="tag:room")
    assert by_key(rooms) == {"north": [6_000] * 4, "south": [7_000] * 4}


async def test_emissions_say_which_stand_on_an_estimate(client: httpx.AsyncClient) -> None:
    found = await said(client, quantity="emissions", by="meter", role=["cooling", "utility"])
    assert found["unit"] == "kg"
    assert by_key(found)["grid"] == [4.2, 4.48, 3.92, pytest.approx(14 / 3 * 0.26)]
    assert by_key(found, "estimated")["grid"] == [False, False, True, False]
    site = await said(client, quantity="emissions")
    assert by_key(site)["fra"] == by_key(found)["grid"]
    marginal = await said(client, quantity="intensity", method="marginal")
    assert by_key(marginal)["fra"] == [600.0] * 4


async def test_a_day_is_one_of_the_sites_zone(client: httpx.AsyncClient) -> None:
    found = await said(client, quantity="energy", step="day")
    assert found["times"] == ["2026-03-09T23:00:00Z"]
    assert by_key(found)["fra"] == [pytest.approx(14 * (3 + 1 / 3))]
    assert by_key(await said(client, quantity="pue", step="day"))["fra"] == [1.4]


@pytest.mark.parametrize(
    "asked",
    [
        {"quantity": "emissions", "by": "meter"},
        {"step": "minute", "meter": "grid", "to": (END + HOUR).isoformat()},
        {"quantity": "energy", "step": "day", "by": "role"},
    ],
)
async def test_csv_has_the_same_numbers(client: httpx.AsyncClient, asked: dict[str, str]) -> None:
    found = await said(client, **asked)
    answer = await client.get("/api/v1/series", params=SPAN | asked | {"format": "csv"})
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    expected = [
        (key, time, value, share)
        for key, values in by_key(found).items()
        for time, value, share in zip(
            found["times"], values, by_key(found, "coverage")[key], strict=True
        )
    ]
    assert [
        (
            row["key"],
            row["time"],
            float(row["value"]) if row["value"] else None,
            float(row["coverage"]),
        )
        for row in rows
    ] == expected


async def test_what_was_known_earlier_can_be_asked_for(client: httpx.AsyncClient) -> None:
    found = await said(client, as_of=END.isoformat())
    assert by_key(found)["fra"] == [14_000.0, 14_000.0, 14_000.0, None]
    assert by_key(found, "coverage")["fra"][3] == 0.0
    assert by_key(await said(client, as_of=START.isoformat()))["fra"] == [None] * 4


@pytest.mark.parametrize(
    ("asked", "status", "words"),
    [
        ({"meter": "rack-1-b"}, 404, "did you mean rack-1-a?"),
        ({"site": "ber"}, 404, "no site 'ber': it has fra"),
        ({"by": "colour"}, 400, "site, meter, role, rack, device or tag:NAME"),
        ({"by": "tag:"}, 400, "tag:NAME"),
        ({"quantity": "pue", "by": "role"}, 400, "the whole site's"),
        ({"quantity": "emissions", "step": "minute"}, 400, "ask for step=hour"),
        ({"step": "minute", "as_of": START.isoformat()}, 400, "never restated"),
        ({"scope": ["total", "outlet"], "by": "role"}, 400, "add scope="),
        ({"quantity": "warmth"}, 422, "quantity"),
        ({"from": "2026-01-01", "to": "2025-01-01"}, 400, "turn them round"),
        ({"from": "2016-01-01", "to": "2026-01-01", "step": "minute"}, 400, "three years"),
        (
            {"from": "2024-06-01", "to": "2026-06-01", "step": "minute", "by": "meter"},
            400,
            "ask for a shorter time",
        ),
        ({"meter": "x" * 5_000}, 404, "no meter 'xxx"),
        ({"meter": ["grid"] * 201}, 422, "meter"),
    ],
)
async def test_what_cannot_be_asked_is_said_with_the_way_out(
    client: httpx.AsyncClient, asked: dict[str, str], status: int, words: str
) -> None:
    answer = await client.get("/api/v1/series", params=SPAN | asked)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert words in answer.json()["detail"]


async def test_more_meters_than_may_be_drawn_are_refused_with_the_way_out(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent.ledger.series.sums.MOST_SERIES", 3)
    answer = await client.get("/api/v1/series", params={**SPAN, "by": "meter"})
    assert answer.status_code == 400
    assert "add them up by=role or by=rack" in answer.json()["detail"]
