"""An answer's rows, from recorded shapes: what is taken, what is missing, what is refused."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from agent.errors import Unavailable
from agent.model import Intensity, Kind, Mix
from collectors.electricitymaps.rows import Asked, intensities_of
from tests.collectors.electricitymaps.conftest import settings_of

RECORDINGS = Path(__file__).parents[2] / "recordings" / "electricitymaps"
NOW = datetime(2026, 3, 10, 9, 40, tzinfo=UTC)
ASKED = Asked(grid="east", zone="XX-1", kind=Kind.LIFECYCLE, granularity="hourly")
ROW = {"datetime": "2026-03-10T09:00:00.000Z", "carbonIntensity": 187}


def recorded(name: str) -> dict[str, Any]:
    body = json.loads((RECORDINGS / f"{name}.json").read_text())
    assert isinstance(body, dict)
    return body


def read(body: dict[str, Any], kind: Kind = Kind.LIFECYCLE) -> list[Intensity]:
    asked = Asked(grid="east", zone="XX-1", kind=kind, granularity="hourly")
    seen, faults = intensities_of(body, asked, NOW)
    assert faults == []
    return list(seen)


def test_a_bare_object_is_one_row_with_all_it_says() -> None:
    assert read(recorded("latest")) == [
        Intensity(
            grid="east",
            kind=Kind.LIFECYCLE,
            source="electricitymaps",
            zone="XX-1",
            start=datetime(2026, 3, 10, 9, tzinfo=UTC),
            period=timedelta(hours=1),
            value=read({**ROW})[0].value,
            fetched_at=NOW,
            updated_at=datetime(2026, 3, 10, 9, 21, 40, 118000, tzinfo=UTC),
            estimated=True,
            method="FORECASTS_HIERARCHY",
        )
    ]


@pytest.mark.parametrize(
    ("name", "kind", "values"),
    [
        ("history", Kind.LIFECYCLE, [203, 210, 187]),
        ("past-range", Kind.DIRECT, [88, 91]),
        ("forecast", Kind.LIFECYCLE, [177, 169]),
    ],
)
def test_rows_are_found_under_history_data_and_forecast(
    name: str, kind: Kind, values: list[int]
) -> None:
    assert [row.value for row in read(recorded(name), kind)] == values


def test_a_row_needs_no_more_than_its_time_and_its_value() -> None:
    row = read({"data": [ROW]})[0]
    assert row.value == 187
    assert row.updated_at is None
    assert row.version == NOW
    assert not row.estimated


def test_rows_of_a_forecast_are_estimates_of_the_time_it_was_made() -> None:
    rows = read(recorded("forecast"))
    for row in rows:
        assert (row.forecast, row.estimated, row.method) == (True, True, "forecast")
        assert row.updated_at == datetime(2026, 3, 10, 9, 34, 24, 392000, tzinfo=UTC)


def test_a_forecast_is_one_by_what_was_asked_for_or_by_what_was_answered() -> None:
    asked = replace(ASKED, forecast=True)
    for body in ({"data": [ROW]}, {"history": [ROW]}, ROW):
        seen, _ = intensities_of(body, asked, NOW)
        assert [row.forecast for row in seen] == [True]
        assert not read(body)[0].forecast
    assert read({"forecast": [ROW]})[0].forecast


def test_a_forecast_that_does_not_say_when_it_was_made_has_the_time_it_was_read() -> None:
    row = read({"forecast": [ROW]})[0]
    assert (row.updated_at, row.version) == (None, NOW)


@pytest.mark.parametrize("mix", list(Mix))
@pytest.mark.parametrize("where", ["row", "body"])
def test_a_mix_is_what_was_asked_for_and_an_answer_of_the_other_is_refused(
    mix: Mix, where: str
) -> None:
    asked = replace(ASKED, mix=mix)
    for traced in (True, False):
        said = {"flowTraced": traced}
        body = {"data": [{**ROW, **said}]} if where == "row" else {**said, "data": [ROW]}
        if traced is (mix is Mix.CONSUMPTION):
            assert [row.mix for row in intensities_of(body, asked, NOW)[0]] == [mix]
        else:
            with pytest.raises(Unavailable, match=f"asked for the {mix} mix of XX-1, answered"):
                intensities_of(body, asked, NOW)


def test_a_row_that_does_not_say_its_mix_is_of_the_one_asked_for() -> None:
    seen, _ = intensities_of({"data": [ROW]}, replace(ASKED, mix=Mix.PRODUCTION), NOW)
    assert [row.mix for row in seen] == [Mix.PRODUCTION]


@pytest.mark.parametrize(
    ("fields", "estimated"),
    [
        ({"isEstimated": True}, True),
        ({"isEstimated": False, "estimationMethod": None}, False),
        ({"isEstimated": False, "estimationMethod": "TIME_SLICER_AVERAGE"}, False),
        ({"estimationMethod": "TIME_SLICER_AVERAGE"}, True),
        ({"estimationMethod": "MEASURED"}, False),
        ({"estimationMethod": "A_METHOD_OF_NEXT_YEAR"}, True),
    ],
)
def test_whether_a_row_is_estimated_is_its_own_word_else_its_methods(
    fields: dict[str, Any], *, estimated: bool
) -> None:
    assert read({"data": [{**ROW, **fields}]})[0].estimated is estimated


def test_a_number_in_a_string_is_a_number() -> None:
    assert read({"data": [{**ROW, "carbonIntensity": "84"}]})[0].value == 84


def test_null_and_absent_are_missing_and_never_zero() -> None:
    absent = {"datetime": ROW["datetime"]}
    assert read({"data": [{**ROW, "carbonIntensity": None}, absent]}) == []


def test_zero_is_a_value() -> None:
    assert read({"data": [{**ROW, "carbonIntensity": 0}]})[0].value == 0


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"carbonIntensity": -1}, "-1 is not zero or more"),
        ({"carbonIntensity": "n/a"}, "'n/a' is not a number"),
        ({"carbonIntensity": True}, "True is not a number"),
        ({"carbonIntensity": float("nan")}, "nan is not zero or more"),
        ({"carbonIntensity": [7]}, "[7] is not a number"),
        ({"datetime": None}, "it has no datetime"),
        ({"datetime": "yesterday"}, "Invalid isoformat string"),
        ({"datetime": "2026-03-10T09:00:00"}, "without an offset"),
        ({"datetime": 1773133200}, "1773133200 is not a time"),
        ({"temporalGranularity": "daily"}, "granularity daily is not one of hourly"),
    ],
)
def test_a_row_that_cannot_be_read_is_left_out_and_named(
    fields: dict[str, Any], words: str
) -> None:
    good = {**ROW, "datetime": "2026-03-10T08:00:00Z"}
    seen, faults = intensities_of({"data": [{**ROW, **fields}, good]}, ASKED, NOW)
    assert len(seen) == len(faults) == 1
    assert faults[0].startswith("east: a row of ")
    assert words in faults[0]


REFUSED = [
    ({"zone": "YY-2", "data": [ROW]}, "asked for zone XX-1, answered for zone YY-2"),
    ({"zone": "XX-1", "data": [ROW, {**ROW, "zone": "YY-2"}]}, "answered for zone YY-2"),
    ({"data": [{**ROW, "estimationMethod": "SANDBOX_MODE_DATA"}]}, "the key is for the sandbox"),
    ({"_disclaimer": "You are in SANDBOX MODE.", "data": [ROW]}, "the key is for the sandbox"),
    ({"data": [{**ROW, "emissionFactorType": "direct"}]}, "asked for lifecycle intensities"),
    ({"emissionFactorType": "direct", "data": [ROW]}, "answered with direct"),
    ({"data": [{**ROW, "flowTraced": False}]}, "flowTraced is false"),
    ({"zone": "XX-1", "status": "no-data", "data": {}}, "the answer has no rows"),
]


@pytest.mark.parametrize(("body", "words"), REFUSED, ids=[r[1] for r in REFUSED])
def test_an_answer_that_is_of_something_else_is_refused_whole(
    body: dict[str, Any], words: str
) -> None:
    with pytest.raises(Unavailable, match=words):
        intensities_of(body, ASKED, NOW)


def test_a_disclaimer_about_ownership_is_no_sandbox() -> None:
    assert read({"_disclaimer": "This data is the property of its owner.", "data": [ROW]})


@pytest.mark.parametrize(
    ("word", "minutes"), [("hourly", 60), ("15_minutes", 15), ("5_minutes", 5)]
)
def test_the_period_is_the_granularity_of_the_answer(word: str, minutes: int) -> None:
    body = {"temporalGranularity": word, "data": [ROW]}
    assert read(body)[0].period == timedelta(minutes=minutes)


BAD_SETTINGS: list[tuple[dict[str, object], str]] = [
    ({"kinds": ["marginal"]}, "has averages only"),
    ({"kinds": []}, "at least one of direct, lifecycle"),
    ({"url": "api.example.org/v4"}, "url"),
    ({"granularity": "daily"}, "granularity"),
    ({"requests_per_minute": 0}, "requests_per_minute"),
    ({"key": "plain text"}, "a secret never stands in the settings"),
    ({"flow_traced": True}, "flow_traced"),
    ({"mix": "residual"}, "mix"),
    ({"forecast": "12h"}, "one of 6h, 24h, 48h and 72h"),
    ({"forecast": "96h"}, "one of 6h, 24h, 48h and 72h"),
    ({"forecast": 24}, "a time with its unit"),
]


@pytest.mark.parametrize(("options", "words"), BAD_SETTINGS, ids=[b[1] for b in BAD_SETTINGS])
def test_settings_that_cannot_work_are_refused(options: dict[str, object], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        settings_of("http://service.test", **options)
