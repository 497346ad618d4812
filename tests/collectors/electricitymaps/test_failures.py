"""Each thing that goes wrong: good, failing with a clear message, good again."""

import logging
from collections.abc import AsyncIterator, Callable

import httpx
import pytest

from agent.demo.grids import Said
from agent.demo.grids_faults import HTML
from agent.errors import Unavailable
from agent.model import Kind
from collectors.electricitymaps import ElectricityMaps
from config import Secret
from tests.collectors.electricitymaps.conftest import (
    KEY,
    PLAN,
    Bench,
    Opened,
    one_request,
    settings_of,
)
from tests.collectors.stopped import StoppedClock

OLD_PLAN = '{"message":"Token unauthorized for zoneKey"}'

ANSWERS = [
    (400, '{"error":"Zone \'XX-1\' does not exist"}', ["refused (400)", "does not exist"]),
    (400, '{"message":"Missing or invalid date parameter"}', ["refused (400)", "invalid date"]),
    (401, '{"error":"Invalid auth-token"}', ["key is not accepted (401)", "check `key`"]),
    (401, PLAN, ["key is good", "its plan does not cover this (401)", "zoneKey=XX-1"]),
    (401, OLD_PLAN, ["key is good", "its plan does not cover this (401)"]),
    (403, "Access denied", ["(403)", "Access denied", "check `url`"]),
    (404, '{"message":"no Route matched with those values"}', ["(404)", "check `url`"]),
    (301, "", ["unexpected status 301", "check `url`"]),
    (429, "", ["asked more often than the account may (429)"]),
    (500, '{"error":"Internal error"}', ["the server failed (500)", "Internal error"]),
    (502, HTML, ["the server failed (502)", "an HTML page"]),
    (200, HTML, ["not the JSON that was asked for", "an HTML page", "check `url`"]),
    (200, "", ["not the JSON that was asked for", "nothing"]),
    (200, "[1, 2]", ["not the JSON that was asked for"]),
    (200, "[" * 100_000, ["not the JSON that was asked for"]),
    (200, '{"zone":"XX-1","status":"ok"}', ["the answer has no rows"]),
    (200, '{"zone":"XX-1","history":[7]}', ["a row of the answer is no object"]),
]


async def failing(bench: Bench) -> Unavailable:
    with pytest.raises(Unavailable) as caught:
        await bench.zone.collect()
    assert str(caught.value).startswith("east: ")
    assert KEY not in str(caught.value)
    assert "\n" not in str(caught.value)
    return caught.value


@pytest.mark.parametrize(
    ("status", "text", "words"), ANSWERS, ids=[f"{a[0]}-{n}" for n, a in enumerate(ANSWERS)]
)
async def test_a_bad_answer_is_unavailable_and_says_why(
    near: Opened, status: int, text: str, words: list[str]
) -> None:
    bench = near(kinds=["direct"])
    await one_request(bench)
    bench.faults.answers.append(Said(status=status, text=text))
    error = await failing(bench)
    for word in words:
        assert word in str(error)
    assert len(bench.faults.asked) == 1
    bench.clock.move(minutes=15)
    assert await bench.zone.collect()


SWITCHES: list[tuple[str, Callable[[Bench], None], list[str]]] = [
    (
        "other-zone",
        lambda bench: setattr(bench.faults, "other_place", "YY-2"),
        ["asked for zone XX-1", "answered for zone YY-2", "nothing of it is taken"],
    ),
    (
        "sandbox",
        lambda bench: setattr(bench.faults, "sandbox", True),
        ["the key is for the sandbox", "production key"],
    ),
    (
        "html",
        lambda bench: setattr(bench.faults, "html", True),
        ["not the JSON that was asked for", "an HTML page"],
    ),
]


@pytest.mark.parametrize(
    ("switch", "words"), [s[1:] for s in SWITCHES], ids=[s[0] for s in SWITCHES]
)
async def test_what_is_not_of_the_zone_is_refused_until_it_is(
    served: Opened, switch: Callable[[Bench], None], words: list[str]
) -> None:
    bench = served()
    assert await bench.zone.collect()
    switch(bench)
    error = await failing(bench)
    for word in words:
        assert word in str(error)
    bench.faults.other_place, bench.faults.sandbox, bench.faults.html = "", False, False
    assert await bench.zone.collect()


async def test_nothing_more_is_asked_with_a_key_of_the_sandbox(near: Opened) -> None:
    bench = near(forecast="24h")
    bench.faults.sandbox = True
    assert "the key is for the sandbox" in str(await failing(bench))
    assert [path.rpartition("/")[2] for path, _ in bench.faults.asked] == ["history"]


async def test_a_null_intensity_is_missing_and_neither_zero_nor_an_error(served: Opened) -> None:
    bench = served()
    bench.faults.null = True
    assert list(await bench.zone.collect()) == []
    bench.faults.null = False
    bench.clock.move(hours=1)
    assert all(row.value > 0 for row in await bench.zone.collect())


async def test_a_day_of_nulls_is_two_lines_in_the_log_for_each_kind(
    served: Opened, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "carbond.electricitymaps")
    bench = served()
    bench.faults.null = True
    for _ in range(3):
        await bench.zone.collect()
        bench.clock.move(hours=1)
    assert len(caplog.messages) == len(Kind) - 1
    assert caplog.messages[0].startswith("east: zone XX-1 has no direct intensity in the last 24 h")
    bench.faults.null = False
    await bench.zone.collect()
    assert "east: zone XX-1 has direct intensities again" in caplog.messages
    assert len(caplog.messages) == 2 * (len(Kind) - 1)


async def test_a_wrong_key_is_told_from_a_plan_by_its_text(served: Opened) -> None:
    error = await failing(served(key=Secret("another")))
    assert "the key is not accepted (401): Invalid auth-token: check `key`" in str(error)


async def test_a_401_that_says_nothing_is_tried_once_more(near: Opened) -> None:
    bench = near(kinds=["direct"])
    await one_request(bench)
    bench.faults.answers.append(Said(status=401))
    before = bench.clock.now()
    assert await bench.zone.collect()
    assert len(bench.faults.asked) == 2
    assert (bench.clock.now() - before).total_seconds() >= 2


async def test_a_401_that_says_nothing_twice_is_a_bad_key(near: Opened) -> None:
    bench = near(kinds=["direct"])
    await one_request(bench)
    bench.faults.answers.extend([Said(status=401), Said(status=401)])
    assert "the key is not accepted (401): check `key`" in str(await failing(bench))
    assert len(bench.faults.asked) == 2
    assert await bench.zone.collect()


async def test_what_fails_beside_what_is_read_is_due_again_and_said_in_two_lines(
    near: Opened, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    bench = near(kinds=["direct"])
    fine = Said(status=200, text='{"zone":"XX-1","history":[]}')
    broken = Said(status=500, text="broken")
    bench.faults.answers.extend([fine, broken, broken, broken])
    with pytest.raises(Unavailable, match="the server failed"):
        await bench.zone.collect()
    bench.clock.move(hours=1)
    for _ in range(2):
        bench.faults.asked.clear()
        bench.faults.answers.clear()
        assert await _with_broken_ranges(bench)
        bench.clock.move(hours=1)
    bench.faults.answers.clear()
    bench.faults.asked.clear()
    assert len(await bench.zone.collect()) > 24
    assert len(bench.asked("past-range")) >= 3
    lines = [line for line in caplog.messages if line.startswith("east: ")]
    assert len(lines) == 2
    assert lines[0].endswith("; the rest was read")
    assert lines[1] == "east: all of it is read again"


async def _with_broken_ranges(bench: Bench) -> int:
    """Poll with good history and failing past ranges, and return the rows read."""
    history = (
        '{"zone":"XX-1","history":[{"datetime":"2026-03-10T12:00:00.000Z","carbonIntensity":80}]}'
    )
    bench.faults.answers.append(Said(status=200, text=history))
    bench.faults.answers.extend(Said(status=500) for _ in range(3))
    return len(await bench.zone.collect())


async def test_a_refused_window_is_not_repeated_until_tomorrow(near: Opened) -> None:
    bench = near(kinds=["direct"])
    history = '{"zone":"XX-1","history":[]}'
    refused = Said(status=400, text='{"error":"The time range is too long"}')
    bench.faults.answers.extend([Said(status=200, text=history), refused, refused, refused])
    with pytest.raises(Unavailable, match="too long"):
        await bench.zone.collect()
    bench.clock.move(hours=1)
    bench.faults.asked.clear()
    assert await bench.zone.collect()
    assert bench.asked("past-range") == []
    bench.clock.move(hours=24)
    await bench.zone.collect()
    assert len(bench.asked("past-range")) >= 3


@pytest.mark.parametrize("value", ["120", "Tue, 10 Mar 2026 12:32:21 GMT"])
async def test_retry_after_in_either_form_is_kept_to_by_every_zone_of_the_key(
    near: Opened, value: str
) -> None:
    bench, other = near(kinds=["direct"]), near(kinds=["direct"], name="copy")
    await one_request(bench)
    bench.clock.at = bench.clock.at.replace(minute=30, second=20)
    bench.faults.answers.append(Said(status=429, headers={"Retry-After": value}))
    error = await failing(bench)
    assert error.retry_after == pytest.approx(120, abs=1)
    assert "it may be asked again in 1" in str(error)
    for zone in (bench.zone, other.zone):
        with pytest.raises(Unavailable, match="told to wait another") as held:
            await zone.collect()
        assert held.value.retry_after == pytest.approx(120, abs=2)
    assert len(bench.faults.asked) == 1
    bench.clock.move(seconds=121)
    assert await bench.zone.collect()
    assert await other.zone.collect()


async def test_a_429_in_the_middle_keeps_what_was_read_and_ends_the_poll(near: Opened) -> None:
    bench = near()
    await bench.zone.collect()
    bench.clock.move(hours=1)
    bench.faults.asked.clear()
    fine = '{"zone":"XX-1","history":[{"datetime":"2026-03-10T13:00:00Z","carbonIntensity":80}]}'
    bench.faults.answers.extend([Said(status=200, text=fine), Said(status=429)])
    rows = await bench.zone.collect()
    assert [row.kind for row in rows] == [Kind.DIRECT]
    assert len(bench.faults.asked) == 2
    bench.clock.move(minutes=2)
    bench.faults.asked.clear()
    await bench.zone.collect()
    assert [params["emissionFactorType"] for params in bench.asked("history")] == ["lifecycle"]


class Wire(httpx.AsyncBaseTransport):
    """A network that is broken while it has an error to raise."""

    def __init__(self) -> None:
        self.error: httpx.TransportError | None = None
        self.requests: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if self.error is not None:
            raise self.error
        row = {"datetime": "2026-03-10T12:00:00Z", "carbonIntensity": 80}
        return httpx.Response(200, json={"zone": "XX-1", "data": [row]})


NETWORK = [
    (httpx.ConnectError("Connection refused"), "no answer from service.test: Connection refused"),
    (httpx.ConnectTimeout("slow"), "no connection to service.test within 10 s"),
    (httpx.ReadTimeout("slow"), "no answer from service.test within 30 s"),
    (httpx.RemoteProtocolError(""), "no answer from service.test: RemoteProtocolError"),
]


@pytest.mark.parametrize(("error", "words"), NETWORK, ids=[n[1][:30] for n in NETWORK])
async def test_a_broken_network_costs_one_request_a_poll_and_heals(
    error: httpx.TransportError, words: str
) -> None:
    wire = Wire()
    plugin = ElectricityMaps(StoppedClock(), wire)
    zone = plugin.collector(settings_of("http://service.test"))
    assert await zone.collect()
    wire.requests.clear()
    wire.error = error
    with pytest.raises(Unavailable, match=words):
        await zone.collect()
    assert len(wire.requests) == 1
    wire.error = None
    assert await zone.collect()
    await plugin.close()


async def test_every_request_names_the_product_and_carries_the_key() -> None:
    wire = Wire()
    plugin = ElectricityMaps(StoppedClock(), wire)
    await plugin.collector(settings_of("http://service.test")).collect()
    for request in wire.requests:
        assert request.headers["user-agent"] == "carbond/0.1"
        assert request.headers["auth-token"] == KEY
        assert KEY not in str(request.url)
    await plugin.close()


async def test_an_endless_answer_is_cut_off() -> None:
    async def pieces() -> AsyncIterator[bytes]:
        while True:
            yield b" " * 10**6

    async def endless(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=pieces())

    plugin = ElectricityMaps(StoppedClock(), httpx.MockTransport(endless))
    zone = plugin.collector(settings_of("http://service.test"))
    with pytest.raises(Unavailable, match="larger than 32000000 bytes"):
        await zone.collect()
    await plugin.close()


async def test_a_poll_that_is_cancelled_leaves_everything_due(near: Opened) -> None:
    bench = near(kinds=["direct"])
    zone = bench.zone
    original = bench.clock.sleep
    turns = 0

    async def cancelled(seconds: float) -> None:
        nonlocal turns
        turns += 1
        if turns == 3:
            raise TimeoutError
        await original(seconds)

    bench.clock.sleep = cancelled  # type: ignore[method-assign]  # the loop's timeout strikes here
    with pytest.raises(TimeoutError):
        await zone.collect()
    assert len(bench.faults.asked) == 2
    bench.faults.asked.clear()
    await zone.collect()
    assert len(bench.asked("history")) == 1
    assert len(bench.asked("past-range")) == 3
