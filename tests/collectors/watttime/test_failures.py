"""Each thing that goes wrong: good, failing with a clear message, good again."""

import logging
from collections.abc import Callable

import httpx
import pytest

from agent.demo.grids import Said
from agent.demo.grids_faults import HTML
from agent.errors import Unavailable
from agent.model import Kind
from collectors.watttime import WattTime
from config import Secret
from tests.collectors.stopped import StoppedClock
from tests.collectors.watttime.conftest import PASSWORD, Bench, Opened, settings_of

QUERY = '{"error":"INVALID_QUERY_PARAMS","message":"longer than 32 days","docs":"see there"}'
OTHER_QUERY = '{"error":"INVALID_QUERY_PARAMS","msg":"longer than 32 days"}'
SHORT = '{"error":"That is not possible."}'
DETAIL = '{"detail":[{"loc":["query","start"],"msg":"field required","type":"missing"}]}'
SCOPE = '{"error":"FORBIDDEN","message":"Invalid scope. You do not have sufficient access."}'

ANSWERS = [
    (400, QUERY, ["refused (400)", "longer than 32 days"]),
    (400, OTHER_QUERY, ["refused (400)", "longer than 32 days"]),
    (400, SHORT, ["refused (400)", "That is not possible."]),
    (403, SCOPE, ["plan does not cover co2_moer of EXAMPLE_NORTH (403)", "Invalid scope"]),
    (404, '{"error":"No coverage available"}', ["(404)", "No coverage available"]),
    (422, DETAIL, ["refused (422)", "query.start: field required"]),
    (429, "", ["asked more often than the account may (429)"]),
    (500, "oops", ["the server failed (500)", "oops"]),
    (503, HTML, ["the server failed (503)", "an HTML page"]),
    (200, HTML, ["not the JSON that was asked for", "an HTML page"]),
    (200, "{}", ["the answer has no rows"]),
]


async def failing(bench: Bench) -> Unavailable:
    with pytest.raises(Unavailable) as caught:
        await bench.region.collect()
    assert str(caught.value).startswith("west: ")
    assert PASSWORD not in str(caught.value)
    assert "\n" not in str(caught.value)
    return caught.value


@pytest.mark.parametrize(
    ("status", "text", "words"), ANSWERS, ids=[f"{a[0]}-{n}" for n, a in enumerate(ANSWERS)]
)
async def test_a_bad_answer_is_unavailable_and_says_why(
    near: Opened, status: int, text: str, words: list[str]
) -> None:
    bench = near()
    assert await bench.region.collect()
    bench.faults.asked.clear()
    bench.clock.move(minutes=10)
    bench.faults.answers.append(Said(status=status, text=text))
    error = await failing(bench)
    for word in words:
        assert word in str(error)
    assert bench.logins == 0
    assert len(bench.faults.asked) == 1
    bench.clock.move(minutes=2)
    assert await bench.region.collect()


SWITCHES: list[tuple[str, object, list[str]]] = [
    ("other_place", "ELSEWHERE", ["asked for region EXAMPLE_NORTH", "answered for ELSEWHERE"]),
    ("percentile", True, ["in percentile, a rank from 0 to 100, and no intensity"]),
]


@pytest.mark.parametrize(("switch", "on", "words"), SWITCHES, ids=[s[0] for s in SWITCHES])
async def test_what_is_not_of_the_region_or_no_intensity_is_refused(
    served: Opened, switch: str, on: object, words: list[str]
) -> None:
    bench = served()
    assert await bench.region.collect()
    off = getattr(bench.faults, switch)
    setattr(bench.faults, switch, on)
    bench.clock.move(minutes=10)
    error = await failing(bench)
    for word in words:
        assert word in str(error)
    setattr(bench.faults, switch, off)
    assert await bench.region.collect()


async def test_null_points_are_missing_and_neither_zero_nor_an_error(served: Opened) -> None:
    bench = served()
    bench.faults.null = True
    assert list(await bench.region.collect()) == []
    bench.faults.null = False
    bench.clock.move(minutes=15)
    assert all(row.value > 0 for row in await bench.region.collect())


async def test_nothing_but_nulls_are_two_lines_their_beginning_and_their_end(
    served: Opened, caplog: pytest.LogCaptureFixture
) -> None:
    bench = served()
    bench.faults.null = True
    with caplog.at_level(logging.INFO, "carbond.watttime"):
        await bench.region.collect()
        bench.clock.move(minutes=15)
        await bench.region.collect()
        bench.faults.null = False
        bench.clock.move(minutes=15)
        await bench.region.collect()
    said = [line for line in caplog.messages if "EXAMPLE_NORTH" in line]
    assert len(said) == 2
    assert "has no value of co2_moer in all that has come (null)" in said[0]
    assert said[1].endswith("has values of co2_moer again")


async def test_a_token_is_renewed_before_it_expires(served: Opened) -> None:
    bench = served()
    for _ in range(8):
        assert await bench.region.collect()
        bench.clock.move(minutes=14)
    assert bench.logins == 4
    assert len(bench.faults.asked) == 4 + 8 + 3


@pytest.mark.parametrize(
    ("status", "text"), [(401, ""), (401, '{"error":"expired"}'), (403, HTML), (403, "Forbidden")]
)
async def test_a_refused_token_is_renewed_once_and_then_given_up(
    near: Opened, status: int, text: str
) -> None:
    bench = near()
    await bench.region.collect()
    bench.faults.asked.clear()
    bench.clock.move(minutes=10)
    bench.faults.answers.append(Said(status=status, text=text))
    assert await bench.region.collect()
    assert bench.logins == 1
    bench.faults.asked.clear()
    bench.clock.move(minutes=10)
    token = Said(status=200, text='{"token":"t"}')
    bench.faults.answers.extend([Said(status=status, text=text), token, Said(status=status)])
    error = await failing(bench)
    assert f"its token is not taken ({status})" in str(error)
    assert bench.logins == 1
    assert len(bench.faults.asked) == 3
    assert await bench.region.collect()


async def test_a_wrong_password_is_tried_once_a_poll_and_says_so(served: Opened) -> None:
    bench = served(password=Secret("another"))
    error = await failing(bench)
    assert "the login is refused (401): Unauthorized: check `user` and `password`" in str(error)
    assert "another" not in str(error)
    assert [path for path, _ in bench.faults.asked] == ["/login"]


LOGINS = [
    (200, HTML, "not the JSON that was asked for"),
    (200, '{"ok":true}', "the login is answered without a token"),
    (403, HTML, "the login is refused (403)"),
    (500, "", "the server failed (500)"),
    (429, "", "asked more often than the account may (429)"),
]


@pytest.mark.parametrize(("status", "text", "words"), LOGINS, ids=[words for _, _, words in LOGINS])
async def test_a_login_that_fails_ends_the_poll_and_the_next_one_heals(
    near: Opened, status: int, text: str, words: str
) -> None:
    bench = near(kinds=["marginal", "direct"], average_region="EXAMPLE")
    bench.faults.answers.append(Said(status=status, text=text))
    assert words in str(await failing(bench))
    assert len(bench.faults.asked) == 1
    bench.clock.move(minutes=2)
    assert await bench.region.collect()


async def test_a_signal_outside_the_plan_leaves_the_other_one_reading(
    near: Opened, caplog: pytest.LogCaptureFixture
) -> None:
    bench = near(kinds=["marginal", "direct"], average_region="NOT_OURS")
    for _ in range(3):
        rows = await bench.region.collect()
        assert {row.kind for row in rows} == {Kind.MARGINAL}
        bench.clock.move(minutes=15)
    said = [line for line in caplog.messages if "plan does not cover co2_aoer of NOT_OURS" in line]
    assert len(said) == 1
    assert bench.logins == 2


async def test_retry_after_holds_every_region_of_the_account(near: Opened) -> None:
    first, second = near(), near(name="copy")
    await first.region.collect()
    first.faults.asked.clear()
    first.clock.move(minutes=10)
    first.faults.answers.append(Said(status=429, headers={"Retry-After": "300"}))
    assert (await failing(first)).retry_after == 300
    with pytest.raises(Unavailable, match="copy: told to wait another 300 s"):
        await second.region.collect()
    assert len(first.faults.asked) == 1
    first.clock.move(seconds=301)
    assert await first.region.collect()
    assert await second.region.collect()


async def test_a_piece_that_fails_is_due_again_with_all_that_followed(
    near: Opened, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "carbond")
    bench = near(backfill="70d")
    fine = '{"data":[{"point_time":"2026-01-10T00:00:00Z","value":1}],"meta":{"units":'
    fine += '"lbs_co2_per_mwh","data_point_period_seconds":300,"model":{"date":"2026-03-01"}}}'
    answers = [Said(status=200, text='{"token":"t"}'), Said(status=200, text=fine)]
    bench.faults.answers.extend([*answers, Said(status=500)])
    await bench.region.collect()
    bench.clock.move(minutes=15)
    bench.faults.asked.clear()
    rows = await bench.region.collect()
    assert len(rows) >= 70 * 288
    assert sum("updated_since" not in params for params in bench.asked()) == 3
    said = [line for line in caplog.messages if "of the model of" not in line]
    assert said == [
        "west: the server failed (500): it is asked again at the next poll; the rest was read",
        "west: all of it is read again",
    ]


def answering(body: object) -> Callable[[httpx.Request], httpx.Response]:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/login":
            assert request.headers["authorization"].startswith("Basic ")
            return httpx.Response(200, json={"token": "t"})
        assert request.headers["authorization"] == "Bearer t"
        assert request.headers["user-agent"] == "carbond/0.1"
        return httpx.Response(200, json=body)

    return answer


async def test_two_models_are_never_mixed_in_one_series() -> None:
    point = {"point_time": "2026-03-10T12:00:00Z", "value": 800}
    meta: dict[str, object] = {"units": "lbs_co2_per_mwh", "data_point_period_seconds": 300}
    body: dict[str, object] = {"data": [point], "meta": {**meta, "model": {"date": "2026-03-01"}}}
    clock = StoppedClock()
    plugin = WattTime(clock, httpx.MockTransport(answering(body)))
    region = plugin.collector(settings_of("http://service.test"))
    assert await region.collect()
    body["meta"] = {**meta, "model": {"date": "2026-06-01"}}
    clock.move(minutes=15)
    with pytest.raises(Unavailable, match="two models are never mixed") as caught:
        await region.collect()
    for words in ("of the model of 2026-03-01", "of 2026-06-01", "`model`"):
        assert words in str(caught.value)
    body["meta"] = {**meta, "model": {"date": "2026-03-01"}}
    assert await region.collect()
    await plugin.close()


async def test_a_dead_network_is_one_request_and_one_message() -> None:
    asked = []

    def dead(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        raise httpx.ConnectError("Network is unreachable")

    plugin = WattTime(StoppedClock(), httpx.MockTransport(dead))
    region = plugin.collector(settings_of("http://service.test"))
    with pytest.raises(Unavailable, match=r"west: no answer from service.test: Network is unre"):
        await region.collect()
    assert len(asked) == 1
    await plugin.close()


async def test_a_plan_without_forecasts_is_said_once_and_the_rest_is_read(
    near: Opened, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "carbond.watttime")
    bench = near(forecast="24h")
    bench.faults.forecast = False
    for _ in range(20):
        rows = await bench.region.collect()
        assert rows
        assert not any(row.forecast for row in rows)
        bench.clock.move(hours=1)
    asked = [path for path, _ in bench.faults.asked if path == "/v3/forecast"]
    assert len(asked) == 1
    (said,) = [line for line in caplog.messages if "forecast" in line]
    assert "plan does not cover co2_moer of EXAMPLE_NORTH (403)" in said
    assert said.endswith(": it goes on without the forecast")
    bench.faults.forecast = True
    bench.clock.move(hours=5)
    assert any(row.forecast for row in await bench.region.collect())
    assert "west: the plan now covers the forecast" in caplog.messages


@pytest.mark.parametrize(("status", "hours"), [(500, 1), (422, 24)])
async def test_a_forecast_that_failed_is_due_again_and_one_that_is_refused_tomorrow(
    near: Opened, status: int, hours: int
) -> None:
    bench = near(forecast="24h")
    bench.clock.at = bench.clock.at.replace(minute=55)
    await bench.region.collect()
    bench.clock.move(minutes=10)
    nothing_new = Said(status=200, text='{"data":[],"meta":{}}')
    bench.faults.answers.extend([nothing_new, Said(status=status)])
    with pytest.raises(Unavailable):
        await bench.region.collect()
    bench.clock.move(hours=hours - 0.5)
    assert any(row.forecast for row in await bench.region.collect()) is (status == 500)
    bench.clock.move(hours=1)
    assert any(row.forecast for row in await bench.region.collect())
