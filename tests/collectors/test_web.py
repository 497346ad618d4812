"""What all services share: their errors' words, the time they name, and the pace of an account."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from agent.errors import Unavailable
from agent.web import NoService, Pace, Poll, amount_of, ask, client_of, moment_of, retry_after_of
from agent.web.answers import Answer
from tests.collectors.stopped import NOON, StoppedClock

LATER = NOON + timedelta(hours=1)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        (" 1.5 ", 1.5),
        ("0", 0),
        ("99999999999999999999", 86400),
        ("Tue, 10 Mar 2026 12:22:00 GMT", 120),
        ("Tue, 10 Mar 2026 12:22:00", 120),
        ("Tue, 10 Mar 2026 12:00:00 GMT", 0),
        ("Tue, 10 Mar 2036 12:00:00 GMT", 86400),
        ("soon", None),
        ("-5", None),
        ("", None),
    ],
)
def test_retry_after_is_read_in_both_forms_and_never_more_than_a_day(
    value: str, seconds: float | None
) -> None:
    assert retry_after_of(httpx.Headers({"Retry-After": value}), NOON) == seconds


def test_without_the_header_no_time_is_named() -> None:
    assert retry_after_of(httpx.Headers(), NOON) is None


@pytest.mark.parametrize(
    ("body", "text", "said"),
    [
        ({"error": "No.", "message": "Ask again."}, "", "No. Ask again."),
        ({"error": "No.", "message": "No."}, "", "No."),
        ({"msg": "Not so."}, "", "Not so."),
        ({"detail": "Not Found"}, "", "Not Found"),
        ({"detail": [{"loc": ["query", "end"], "msg": "required"}]}, "", "query.end: required"),
        ({"detail": [{"msg": "required"}, 7]}, "", "required"),
        (None, "Access\n\n denied\x07", "Access denied"),
        (None, "\n <!DOCTYPE html><html>", "an HTML page"),
        (None, "x" * 500, "x" * 200 + "…"),
        ({"code": 7}, '{"code": 7}', '{"code": 7}'),
    ],
)
def test_what_a_service_says_is_one_short_line(body: object, text: str, said: str) -> None:
    assert Answer(status=400, text=text, body=body, retry_after=None).said == said


@pytest.mark.parametrize(
    "text", ["9999-12-31T23:59:59-12:00", "2026-02-30T00:00:00Z", "2026-03-10", ""]
)
def test_what_is_no_moment_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"isoformat|offset|calendar|out of range"):
        moment_of(text)


def test_a_moment_with_an_offset_is_in_utc() -> None:
    assert moment_of("2026-03-10T13:20:00+01:00") == datetime(2026, 3, 10, 12, 20, tzinfo=UTC)
    assert moment_of(None) is None


@pytest.mark.parametrize(
    ("value", "amount"), [(7, 7), ("84", 84), (0, 0), (1.5, 1.5), (None, None)]
)
def test_an_amount_is_zero_or_more_or_missing(value: object, amount: float | None) -> None:
    assert amount_of(value) == amount


@pytest.mark.parametrize("value", [-1, "NaN", float("inf"), True, [], 10**400, "much"])
def test_what_is_no_amount_is_a_value_error(value: object) -> None:
    with pytest.raises(ValueError, match="is not"):
        amount_of(value)


async def test_a_key_that_an_error_repeats_is_not_in_the_answer() -> None:
    def echo(request: httpx.Request) -> httpx.Response:
        return httpx.Response(401, text=f"bad key {request.headers['authorization']}")

    client = client_of("http://service.test", httpx.MockTransport(echo))
    request = client.build_request("GET", "x", headers={"authorization": "Bearer s3cret"})
    answer = await ask(client, "grid", request, StoppedClock())
    assert answer.said == "bad key Bearer <secret>"
    await client.aclose()


def said(status: int, retry_after: float | None = None) -> Answer:
    return Answer(status=status, text="", body=None, retry_after=retry_after)


@pytest.mark.parametrize(
    ("answer", "held"),
    [
        (said(429), 60),
        (said(429, 7), 7),
        (said(503, 300), 300),
        (said(503), 0),
        (said(500, 300), 0),
        (said(200, 300), 0),
    ],
)
async def test_an_account_waits_for_as_long_as_it_is_told(answer: Answer, held: float) -> None:
    clock = StoppedClock()
    pace = Pace(clock)
    pace.heed(answer)
    if held:
        with pytest.raises(NoService, match="told to wait another") as caught:
            await pace.turn("grid", timedelta(0), LATER)
        assert caught.value.retry_after == held
    clock.move(seconds=held)
    await pace.turn("grid", timedelta(0), LATER)


async def test_a_clock_set_back_holds_nobody_up() -> None:
    clock = StoppedClock()
    pace = Pace(clock)
    await pace.turn("grid", timedelta(hours=1), LATER)
    pace.heed(said(429))
    clock.move(days=-30)
    before = clock.now()
    await pace.turn("grid", timedelta(hours=1), LATER)
    assert clock.now() == before


async def test_a_turn_after_the_deadline_is_not_waited_for() -> None:
    clock = StoppedClock()
    pace = Pace(clock)
    await pace.turn("grid", timedelta(hours=2), LATER)
    with pytest.raises(NoService, match="grid: no request left in this poll at one per 7200 s"):
        await pace.turn("grid", timedelta(hours=2), LATER)
    assert clock.now() == NOON


def test_a_poll_that_read_nothing_raises_its_first_failure() -> None:
    poll = Poll[int](StoppedClock(), timedelta(minutes=15))
    poll.failed(Unavailable("first", retry_after=7))
    poll.failed(Unavailable("second"))
    with pytest.raises(Unavailable, match="first") as caught:
        poll.end()
    assert caught.value.retry_after == 7


def test_a_poll_that_read_something_returns_it_with_the_reason_of_the_rest() -> None:
    done = []
    poll = Poll[int](StoppedClock(), timedelta(minutes=15))
    poll.read([1, 2], lambda: done.append("first"))
    poll.failed(Unavailable("second"))
    assert done == []
    assert poll.end() == ([1, 2], "second")
    assert done == ["first"]


def test_a_poll_ends_before_it_would_be_cancelled() -> None:
    poll = Poll[int](StoppedClock(), timedelta(minutes=15))
    assert poll.deadline == NOON + timedelta(minutes=12)
