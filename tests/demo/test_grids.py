"""The simulated services answer as the real ones are documented to."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from agent.clock import Clock
from agent.demo.grids import (
    Said,
    SimulatedGrid,
    electricitymaps_app,
    faults_of,
    lb_per_mwh,
    serving,
    watttime_app,
)
from agent.model import Kind
from tests.collectors.stopped import NOON, StoppedClock

POINT = timedelta(minutes=5)
DAY = timedelta(days=1)
HERE = {"zone": "XX-1", "disableCallerLookup": "true"}


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture
def grid() -> SimulatedGrid:
    return SimulatedGrid("XX-1", "EXAMPLE_NORTH", seed=7)


@pytest.fixture
def maps(grid: SimulatedGrid, clock: StoppedClock) -> Starlette:
    return electricitymaps_app(grid, clock, "key")


@pytest.fixture
def margin(grid: SimulatedGrid, clock: StoppedClock) -> Starlette:
    return watttime_app(grid, clock, "user", "password")


@pytest.fixture
async def client(maps: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=maps)
    headers = {"auth-token": "key"}
    base = "http://service.test/v4/"
    async with httpx.AsyncClient(transport=transport, base_url=base, headers=headers) as opened:
        yield opened


@pytest.fixture
async def region(margin: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=margin)
    base = "http://service.test/"
    async with httpx.AsyncClient(transport=transport, base_url=base) as opened:
        reply = await opened.get("login", auth=("user", "password"))
        opened.headers["authorization"] = f"Bearer {reply.json()['token']}"
        yield opened


async def got(client: httpx.AsyncClient, path: str, **params: str) -> Any:  # noqa: ANN401 JSON
    reply = await client.get(path, params=params)
    assert reply.status_code == 200, reply.text
    return reply.json()


@pytest.mark.parametrize("version", ["v3", "v4"])
async def test_latest_is_a_bare_object_of_the_running_hour(
    client: httpx.AsyncClient, version: str
) -> None:
    row = await got(client, f"http://service.test/{version}/carbon-intensity/latest", **HERE)
    assert row["datetime"] == "2026-03-10T12:00:00.000Z"
    assert row["isEstimated"] is True
    assert row["emissionFactorType"] == "lifecycle"
    assert row["temporalGranularity"] == "hourly"
    assert isinstance(row["carbonIntensity"], int)
    assert row["createdAt"] < row["datetime"] <= row["updatedAt"]


@pytest.mark.parametrize(("word", "rows"), [("hourly", 24), ("15_minutes", 96), ("5_minutes", 288)])
async def test_history_is_the_last_day_with_the_running_period(
    client: httpx.AsyncClient, word: str, rows: int
) -> None:
    body = await got(client, "carbon-intensity/history", **HERE, temporalGranularity=word)
    assert len(body["history"]) == rows
    assert body["temporalGranularity"] == word
    assert [row["isEstimated"] for row in body["history"]][-1] is True
    newest = datetime.fromisoformat(body["history"][-1]["datetime"])
    assert newest <= NOON < newest + DAY / rows


async def test_the_running_hour_and_the_two_before_it_are_estimates(
    client: httpx.AsyncClient,
) -> None:
    body = await got(client, "carbon-intensity/history", **HERE)
    assert [row["isEstimated"] for row in body["history"]] == [False] * 21 + [True] * 3


async def test_a_past_range_is_at_most_ten_days(client: httpx.AsyncClient) -> None:
    span = {"start": "2026-02-01T00:00:00Z", "end": "2026-02-11T00:00:00Z"}
    body = await got(client, "carbon-intensity/past-range", **HERE, **span)
    assert len(body["data"]) == 240
    longer = {**HERE, **span, "end": "2026-02-11T01:00:00Z"}
    reply = await client.get("carbon-intensity/past-range", params=longer)
    assert reply.status_code == 400
    assert "10 days" in reply.json()["error"]


async def test_a_past_hour_is_a_bare_object(client: httpx.AsyncClient) -> None:
    moment = {"datetime": "2026-02-01T05:30:00Z"}
    row = await got(client, "carbon-intensity/past", **HERE, **moment)
    assert row["datetime"] == "2026-02-01T05:00:00.000Z"


async def test_a_forecast_has_one_row_more_than_its_hours(client: httpx.AsyncClient) -> None:
    body = await got(client, "carbon-intensity/forecast", **HERE, horizonHours="6")
    assert len(body["forecast"]) == 7
    assert set(body["forecast"][0]) == {"carbonIntensity", "datetime"}
    assert body["forecast"][0]["datetime"] == "2026-03-10T12:00:00.000Z"


async def test_a_forecast_says_when_it_was_made_and_is_of_the_mix_asked_for(
    client: httpx.AsyncClient, clock: StoppedClock
) -> None:
    used = await got(client, "carbon-intensity/forecast", **HERE)
    made = await got(client, "carbon-intensity/forecast", **HERE, flowTraced="false")
    assert used["updatedAt"] == "2026-03-10T12:20:00.000Z"
    assert len(used["forecast"]) == len(made["forecast"]) == 25
    assert used["forecast"] != made["forecast"]
    clock.move(hours=1)
    later = await got(client, "carbon-intensity/forecast", **HERE)
    assert later["updatedAt"] == "2026-03-10T13:20:00.000Z"
    assert later["forecast"][0]["datetime"] == used["forecast"][1]["datetime"]


@pytest.mark.parametrize("traced", ["true", "false"])
async def test_rows_say_whether_their_imports_are_traced(
    client: httpx.AsyncClient, traced: str
) -> None:
    row = await got(client, "carbon-intensity/latest", **HERE, flowTraced=traced)
    assert row["flowTraced"] is (traced == "true")


async def test_without_a_place_and_the_switch_it_answers_for_the_callers_zone(
    client: httpx.AsyncClient,
) -> None:
    for params in ({}, {"zone": "ZZ-9"}, {"zone": "ZZ-9", "disableCallerLookup": "false"}):
        row = await got(client, "carbon-intensity/latest", **params)
        assert row["zone"] not in {"XX-1", "ZZ-9"}
    refused = {"zone": "ZZ-9", "disableCallerLookup": "true"}
    reply = await client.get("carbon-intensity/latest", params=refused)
    assert reply.status_code == 400


REFUSED = [
    ("latest", {"emissionFactorType": "upstream"}, "emission factor types"),
    ("latest", {"temporalGranularity": "yearly"}, "granularities"),
    ("past", {}, 'Missing or invalid date parameter "datetime"'),
    ("past-range", {"start": "2026-02-01T00:00:00Z"}, 'date parameter "end"'),
    ("past-range", {"start": "2026-02-02T00:00:00Z", "end": "2026-02-01T00:00:00Z"}, "before"),
    ("forecast", {"horizonHours": "7"}, "horizons"),
    ("latest", {"flowTraced": "both"}, "values of flowTraced"),
]


@pytest.mark.parametrize(("path", "params", "words"), REFUSED, ids=[r[2] for r in REFUSED])
async def test_a_wrong_request_is_a_400_that_says_why(
    client: httpx.AsyncClient, path: str, params: dict[str, str], words: str
) -> None:
    reply = await client.get(f"carbon-intensity/{path}", params={**HERE, **params})
    assert reply.status_code == 400
    assert words in reply.json()["error"]


async def test_a_plan_is_a_401_with_other_words_than_a_wrong_key(
    client: httpx.AsyncClient, maps: Starlette
) -> None:
    faults_of(maps).past = False
    past = {**HERE, "start": "2026-02-01T00:00:00Z", "end": "2026-02-02T00:00:00Z"}
    reply = await client.get("carbon-intensity/past-range", params=past)
    assert reply.status_code == 401
    assert "unauthorized for zoneKey=XX-1" in reply.json()["error"]
    wrong = {"auth-token": "another"}
    reply = await client.get("carbon-intensity/latest", params=HERE, headers=wrong)
    assert (reply.status_code, reply.json()) == (401, {"error": "Invalid auth-token"})


async def test_a_plan_without_forecasts_is_a_401_or_a_403(
    client: httpx.AsyncClient, maps: Starlette, region: httpx.AsyncClient, margin: Starlette
) -> None:
    faults_of(maps).forecast = faults_of(margin).forecast = False
    reply = await client.get("carbon-intensity/forecast", params=HERE)
    assert reply.status_code == 401
    assert "requestType=forecast" in reply.json()["error"]
    assert "carbon-intensity/forecast" not in (await got(client, "zones"))["XX-1"]["access"]
    reply = await region.get("v3/forecast", params=MOER)
    assert reply.status_code == 403
    assert "Invalid scope" in reply.text


async def test_zones_say_what_the_key_may_read(client: httpx.AsyncClient, maps: Starlette) -> None:
    faults_of(maps).past = False
    access = (await got(client, "zones"))["XX-1"]["access"]
    assert "carbon-intensity/history" in access
    assert "carbon-intensity/past-range" not in access
    client.headers.pop("auth-token")
    assert "access" not in (await got(client, "zones"))["XX-1"]


async def test_a_switch_makes_each_fault_and_goes_off_again(
    client: httpx.AsyncClient, maps: Starlette, clock: Clock
) -> None:
    faults = faults_of(maps)
    faults.answers.append(Said(status=429, headers={"Retry-After": "9"}))
    reply = await client.get("carbon-intensity/latest", params=HERE)
    assert (reply.status_code, reply.headers["retry-after"]) == (429, "9")
    faults.html = True
    assert "<html>" in (await client.get("carbon-intensity/latest", params=HERE)).text
    faults.html, faults.null, faults.other_place = False, True, "YY-2"
    row = await got(client, "carbon-intensity/latest", **HERE)
    assert (row["carbonIntensity"], row["zone"]) == (None, "YY-2")
    faults.null, faults.other_place, faults.sandbox = False, "", True
    row = await got(client, "carbon-intensity/latest", **HERE)
    assert row["estimationMethod"] == "SANDBOX_MODE_DATA"
    assert "SANDBOX MODE" in row["_disclaimer"]
    faults.sandbox, faults.delay = False, 5.0
    before = clock.now()
    row = await got(client, "carbon-intensity/latest", **HERE)
    assert clock.now() - before == timedelta(seconds=5)
    assert row["zone"] == "XX-1"
    assert faults.asked[-1] == ("/v4/carbon-intensity/latest", HERE)


RANGE = {"start": "2026-03-01T00:00Z", "end": "2026-03-01T01:00Z"}
MOER = {"region": "EXAMPLE_NORTH", "signal_type": "co2_moer"}


async def test_historical_points_include_both_ends_in_pounds(
    region: httpx.AsyncClient, grid: SimulatedGrid
) -> None:
    body = await got(region, "v3/historical", **MOER, **RANGE)
    assert len(body["data"]) == 13
    assert body["meta"]["units"] == "lbs_co2_per_mwh"
    assert body["meta"]["data_point_period_seconds"] == 300
    start = datetime(2026, 3, 1, tzinfo=UTC)
    truth = grid.intensity(Kind.MARGINAL, start, NOON, POINT)
    assert body["data"][0]["point_time"] == "2026-03-01T00:00:00+00:00"
    assert body["data"][0]["value"] == pytest.approx(lb_per_mwh(truth.value), abs=0.06)
    assert "imputed_data_used" not in body["data"][0]
    marked = await got(region, "v3/historical", **MOER, **RANGE, include_imputed_marker="true")
    assert marked["data"][0]["imputed_data_used"] is False


async def test_points_of_the_future_are_not_historical(region: httpx.AsyncClient) -> None:
    span = {"start": "2026-03-10T12:00Z", "end": "2026-03-11T12:00Z"}
    body = await got(region, "v3/historical", **MOER, **span)
    assert body["data"][-1]["point_time"] == "2026-03-10T12:20:00+00:00"


async def test_the_average_signal_has_a_region_of_its_own(region: httpx.AsyncClient) -> None:
    signal = {"region": "EXAMPLE", "signal_type": "co2_aoer"}
    body = await got(region, "v3/historical", **signal, **RANGE)
    assert body["meta"]["region"] == "EXAMPLE"
    access = await got(region, "v3/my-access")
    regions = {
        signal["signal_type"]: [place["region"] for place in signal["regions"]]
        for signal in access["signal_types"]
    }
    assert regions == {"co2_moer": ["EXAMPLE_NORTH"], "co2_aoer": ["EXAMPLE"]}


async def test_a_forecast_of_a_day_has_288_points(region: httpx.AsyncClient) -> None:
    body = await got(region, "v3/forecast", **MOER)
    assert len(body["data"]) == 288
    assert body["meta"]["generated_at"] == "2026-03-10T12:20:00+00:00"


async def test_a_place_has_a_region_or_no_coverage(region: httpx.AsyncClient) -> None:
    signal = {"signal_type": "co2_moer", "longitude": "9"}
    body = await got(region, "v3/region-from-loc", **signal, latitude="50")
    assert body["region"] == "EXAMPLE_NORTH"
    for latitude in ("-50", "far north"):
        params = {**signal, "latitude": latitude}
        reply = await region.get("v3/region-from-loc", params=params)
        assert reply.status_code == 404
        assert "No coverage" in reply.json()["error"]


DENIED: list[tuple[str, dict[str, str], int, str]] = [
    ("historical", {**MOER, **RANGE, "region": "PSCO"}, 403, "Invalid scope"),
    ("historical", {**MOER, **RANGE, "signal_type": "health_damage"}, 403, "Invalid scope"),
    ("historical", {**MOER, **RANGE, "end": "2026-04-03T00:00Z"}, 400, "32 days"),
    ("historical", {**MOER, **RANGE, "start": "2026-03-01T00:00"}, 400, "offset"),
    ("historical", {**MOER, **RANGE, "start": "soon"}, 422, "datetime"),
    ("historical", {**MOER, "start": "2026-03-01T00:00Z"}, 422, "end"),
    ("historical", {**MOER, **RANGE, "model": "2030-01-01"}, 400, "does not exist"),
    ("historical", RANGE, 422, "region"),
    ("forecast", {**MOER, "horizon_hours": "73"}, 422, "0 to 72"),
    ("forecast", {"region": "EXAMPLE", "signal_type": "co2_aoer"}, 400, "no forecast of co2_aoer"),
]


@pytest.mark.parametrize(("path", "params", "status", "words"), DENIED, ids=[d[3] for d in DENIED])
async def test_a_denied_request_has_its_status_and_its_words(
    region: httpx.AsyncClient, path: str, params: dict[str, str], status: int, words: str
) -> None:
    reply = await region.get(f"v3/{path}", params=params)
    assert reply.status_code == status
    assert words in reply.text


async def test_a_token_holds_for_thirty_minutes(
    region: httpx.AsyncClient, clock: StoppedClock
) -> None:
    clock.move(minutes=29)
    assert (await region.get("v3/my-access")).status_code == 200
    clock.move(minutes=1)
    assert (await region.get("v3/my-access")).status_code == 401
    wrong = await region.get("login", auth=("user", "another"))
    assert wrong.status_code == 401
    assert (await region.post("login", auth=("user", "password"))).status_code == 405


async def test_both_are_served_on_loopback_and_leave_nothing_behind(
    maps: Starlette, margin: Starlette
) -> None:
    async with (
        serving(maps) as first,
        serving(margin) as second,
        httpx.AsyncClient() as client,
    ):
        assert first != second
        assert (await client.get(f"{first}/v4/zones")).status_code == 200
        reply = await client.get(f"{second}/login", auth=("user", "password"))
        assert reply.json()["token"]
    async with httpx.AsyncClient() as client:
        with pytest.raises(httpx.ConnectError):
            await client.get(f"{first}/v4/zones")


async def test_a_taken_port_is_an_error_at_once(maps: Starlette) -> None:
    async with serving(maps) as url:
        port = int(url.rpartition(":")[2])
        with pytest.raises(OSError, match="in use"):
            async with serving(maps, port):
                pass
