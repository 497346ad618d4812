"""GET /api/v1/intensity: what holds, what was said before, and what is forecast."""

import csv
import io
from dataclasses import replace
from datetime import timedelta
from itertools import chain
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from agent.ledger import Ledger
from agent.ledger.grids.intensities import book_intensities
from agent.ledger.readers import Budget
from agent.ledger.series.intensities import Wanted, intensities_after, key_of
from agent.model import HOUR, Kind
from tests.clocks import HandClock
from tests.console.floor import END, intensity_foretold
from tests.ledger.books import START, intensity
from tests.ledger.shelves import shelf

SPAN = {"from": START.isoformat(), "to": (START + 6 * HOUR).isoformat()}


async def items(client: httpx.AsyncClient, **asked: object) -> list[dict[str, Any]]:
    answer = await client.get("/api/v1/intensity", params=SPAN | asked)  # type: ignore[arg-type] # any
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


def told(found: list[dict[str, Any]], *names: str) -> list[tuple[Any, ...]]:
    return [tuple(one[name] for name in names) for one in found]


async def revised(ledger: Ledger, clock: HandClock) -> None:
    """The third hour is final now, by a version of twenty minutes later."""
    clock.move(minutes=20)
    await ledger.book([intensity(290, START + 2 * HOUR, updated=END + timedelta(minutes=20))])


async def test_the_newest_version_of_each_value_is_told(
    client: httpx.AsyncClient, ledger: Ledger, clock: HandClock
) -> None:
    await revised(ledger, clock)
    found = await items(client)
    assert told(found, "start", "value_g_per_kwh", "estimated") == [
        ("2026-03-10T09:00:00Z", 300, False),
        ("2026-03-10T10:00:00Z", 320, False),
        ("2026-03-10T11:00:00Z", 290, False),
        ("2026-03-10T12:00:00Z", 260, False),
    ]
    assert found[2] | {"start": ""} == {
        "start": "",
        "period_s": 3600,
        "value_g_per_kwh": 290,
        "grid": "de",
        "source": "em",
        "zone": "DE",
        "kind": "direct",
        "mix": "consumption",
        "estimated": False,
        "method": "",
        "forecast": False,
        "version": "2026-03-10T12:40:00Z",
        "updated_at": "2026-03-10T12:40:00Z",
        "fetched_at": "2026-03-10T12:40:00Z",
    }


async def test_all_versions_are_told_in_order_and_those_known_earlier(
    client: httpx.AsyncClient, ledger: Ledger, clock: HandClock
) -> None:
    await revised(ledger, clock)
    asked = {"from": (START + 2 * HOUR).isoformat(), "to": (START + 3 * HOUR).isoformat()}
    found = await items(client, **asked, versions=True)
    assert told(found, "value_g_per_kwh", "estimated") == [(280, True), (290, False)]
    for more in ({}, {"versions": True}):
        earlier = await items(client, **asked, **more, as_of=END.isoformat())
        assert told(earlier, "value_g_per_kwh") == [(280,)]


async def test_forecasts_are_told_when_they_are_asked_for_and_marked(
    client: httpx.AsyncClient, ledger: Ledger
) -> None:
    newer = intensity_foretold()
    await ledger.book([newer])
    assert not any(one["forecast"] for one in await items(client))
    found = await items(client, forecast=True)
    assert told(found, "start", "forecast")[-1] == ("2026-03-10T13:00:00Z", True)
    assert len(found) == 5


async def test_the_grid_of_a_kind_is_the_sites_unless_another_is_named(
    client: httpx.AsyncClient,
) -> None:
    assert set(told(await items(client, kind="marginal"), "grid")) == {("wt",)}
    assert await items(client, kind="marginal", grid="de") == []


async def test_pages_follow_each_other_and_csv_has_the_same(client: httpx.AsyncClient) -> None:
    whole = await items(client, forecast=True, versions=True)
    path: str | None = "/api/v1/intensity"
    params: dict[str, Any] | None = SPAN | {"limit": 2, "forecast": True, "versions": True}
    pages = []
    while path:
        answer = await client.get(path, params=params)
        pages.append(answer.json()["items"])
        path, params = answer.json()["next"], None
    assert [len(page) for page in pages] == [2, 2, 1]
    assert list(chain.from_iterable(pages)) == whole
    table = await client.get(
        "/api/v1/intensity",
        params=SPAN | {"forecast": True, "versions": True},
        headers={"Accept": "text/csv"},
    )
    rows = list(csv.DictReader(io.StringIO(table.text)))
    assert [float(row["value_g_per_kwh"]) for row in rows] == [
        one["value_g_per_kwh"] for one in whole
    ]
    assert [row["start"] for row in rows] == [one["start"] for one in whole]


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"grid": "fr"}, "no grid 'fr': it has de, wt"),
        ({"site": "ber"}, "no site 'ber'"),
    ],
)
async def test_a_grid_that_is_not_known_is_said_with_those_that_are(
    client: httpx.AsyncClient, asked: dict[str, str], words: str
) -> None:
    answer = await client.get("/api/v1/intensity", params=SPAN | asked)
    assert answer.status_code == 404
    assert words in answer.json()["detail"]


async def test_a_key_that_is_none_begins_somewhere_and_breaks_nothing(
    client: httpx.AsyncClient,
) -> None:
    for after in ("x", "999999999999", "-1", "²²²²²²²²²²²²"):
        answer = await client.get("/api/v1/intensity", params=SPAN | {"after": after})
        assert answer.status_code == 200


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(
    hours=st.lists(st.tuples(st.integers(0, 500), st.integers(0, 3)), min_size=1, max_size=30),
    limit=st.integers(1, 7),
)
@example(hours=[(160, 0), (200, 0)], limit=7)
def test_pages_together_are_everything_once(hours: list[tuple[int, int]], limit: int) -> None:
    with shelf() as one:
        rows = [
            replace(
                intensity(100 + n + v, START + n * HOUR, updated=START + (n + v) * HOUR),
                period=(1 + n % 3) * 24 * HOUR,
            )
            for n, v in hours
        ]
        book_intensities(one.connection, rows, now=START)
        wanted = Wanted(
            grid="de", kind=Kind.DIRECT, start=START, end=START + 600 * HOUR, versions=True
        )
        after, found = None, []
        while True:
            left = intensities_after(one.connection, Budget(), wanted, after)
            page = [row for _, row in zip(range(limit), left, strict=False)]
            if not page:
                break
            found += page
            after = key_of(page[-1])
    assert [key_of(row) for row in found] == sorted({key_of(row) for row in found})
    assert {(row.start, row.version) for row in found} == {(row.start, row.version) for row in rows}
