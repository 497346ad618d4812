"""An answer's rows, from recorded shapes: what is taken, what is missing, what is refused."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from agent.errors import Unavailable
from agent.model import Intensity, Kind
from collectors.watttime.rows import Series, intensities_of
from tests.collectors.watttime.conftest import settings_of

RECORDINGS = Path(__file__).parents[2] / "recordings" / "watttime"
NOW = datetime(2026, 5, 4, 14, tzinfo=UTC)
SERIES = Series(
    grid="west", kind=Kind.MARGINAL, signal="co2_moer", region="EXAMPLE_NORTH", model=None
)


def recorded(name: str) -> dict[str, Any]:
    body = json.loads((RECORDINGS / f"{name}.json").read_text())
    assert isinstance(body, dict)
    return body


def changed(part: str, **fields: Any) -> dict[str, Any]:  # noqa: ANN401 any JSON value
    body = recorded("historical")
    if part == "meta":
        return {**body, "meta": {**body["meta"], **fields}}
    return {**body, "data": [{**body["data"][0], **fields}, *body["data"][1:]]}


def test_a_point_carries_all_that_the_answer_says_of_it() -> None:
    seen, faults = intensities_of(recorded("historical"), SERIES, NOW)
    assert faults == []
    assert seen[0] == Intensity(
        grid="west",
        kind=Kind.MARGINAL,
        source="watttime",
        zone="EXAMPLE_NORTH",
        start=datetime(2026, 5, 4, 13, tzinfo=UTC),
        period=timedelta(minutes=5),
        value=seen[0].value,
        fetched_at=NOW,
        updated_at=datetime(2026, 5, 4, 13, 6, tzinfo=UTC),
        estimated=False,
        method="model 2026-03-01",
    )
    assert seen[0].value == pytest.approx(1000 * 0.45359237, rel=1e-15)
    assert [row.estimated for row in seen] == [False, True, False]


def test_a_point_needs_no_more_than_its_time_and_value() -> None:
    seen, _ = intensities_of(recorded("historical"), SERIES, NOW)
    assert seen[2].updated_at is None
    assert seen[2].version == NOW


def test_the_period_is_read_and_not_assumed() -> None:
    body = changed("meta", data_point_period_seconds=900)
    seen, _ = intensities_of(body, SERIES, NOW)
    assert {row.period for row in seen} == {timedelta(minutes=15)}


def test_an_empty_answer_means_that_nothing_has_changed() -> None:
    assert intensities_of({"data": [], "meta": {}}, SERIES, NOW) == ((), ())


REFUSED = [
    ({"units": "percentile"}, "in percentile, a rank from 0 to 100"),
    ({"units": "USD_per_mwh"}, "in USD_per_mwh"),
    ({"units": None}, "in None"),
    ({"region": "ELSEWHERE"}, "asked for region EXAMPLE_NORTH, answered for ELSEWHERE"),
    ({"signal_type": "health_damage"}, "asked for signal_type co2_moer"),
    ({"data_point_period_seconds": None}, "does not say how long a value holds"),
    ({"data_point_period_seconds": 0}, "does not say how long a value holds"),
]


@pytest.mark.parametrize(("fields", "words"), REFUSED, ids=[str(r[0]) for r in REFUSED])
def test_an_answer_that_is_of_something_else_is_refused_whole(
    fields: dict[str, Any], words: str
) -> None:
    with pytest.raises(Unavailable, match=words):
        intensities_of(changed("meta", **fields), SERIES, NOW)


def test_the_recorded_percentile_is_refused() -> None:
    with pytest.raises(Unavailable, match="percentile"):
        intensities_of(recorded("signal-index"), SERIES, NOW)


def test_another_model_than_that_of_the_series_is_refused() -> None:
    with pytest.raises(Unavailable, match="2025-01-01, the answer is of that of 2026-03-01"):
        intensities_of(recorded("historical"), replace(SERIES, model="2025-01-01"), NOW)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"value": -3}, "-3 is not zero or more"),
        ({"value": "much"}, "'much' is not a number"),
        ({"point_time": "2026-05-04T13:00:00"}, "without an offset"),
        ({"point_time": None}, "it has no point_time"),
    ],
)
def test_a_point_that_cannot_be_read_is_left_out_and_named(
    fields: dict[str, Any], words: str
) -> None:
    seen, faults = intensities_of(changed("data", **fields), SERIES, NOW)
    assert len(seen) == 2
    assert len(faults) == 1
    assert words in faults[0]


def test_a_null_point_is_missing() -> None:
    seen, faults = intensities_of(changed("data", value=None), SERIES, NOW)
    assert (len(seen), len(faults)) == (2, 0)


def forecast(**meta: object) -> dict[str, Any]:
    """An answer in the documented shape: rows of two fields, and when it was made."""
    body = recorded("historical")
    generated = {"generated_at": "2026-05-04T13:55:00+00:00", "generated_at_period_seconds": 300}
    rows = [{"point_time": "2026-05-04T13:55:00+00:00", "value": 1000.0}]
    return {"data": rows, "meta": {**body["meta"], **generated, **meta}}


def test_a_point_of_a_forecast_has_the_time_it_was_made_as_its_version() -> None:
    series = replace(SERIES, forecast=True)
    ((row,), faults) = intensities_of(forecast(), series, NOW)
    assert faults == []
    assert row.version == datetime(2026, 5, 4, 13, 55, tzinfo=UTC)
    assert (row.forecast, row.estimated) == (True, True)
    assert row.method == "forecast, model 2026-03-01"
    assert row.value == pytest.approx(1000 * 0.45359237, rel=1e-15)
    ((row,), _) = intensities_of(forecast(generated_at=None, model=None), series, NOW)
    assert (row.updated_at, row.version, row.method) == (None, NOW, "forecast")


def test_a_percentile_is_no_forecast_either() -> None:
    with pytest.raises(Unavailable, match="percentile"):
        intensities_of(forecast(units="percentile"), replace(SERIES, forecast=True), NOW)


BAD_SETTINGS: list[tuple[dict[str, object], str]] = [
    ({"kinds": ["lifecycle"]}, "no life-cycle intensity"),
    ({"kinds": []}, "at least one of marginal, direct"),
    ({"kinds": ["marginal", "direct"]}, "set `average_region`"),
    ({"region": None}, "set `region`"),
    ({"average_region": "EXAMPLE"}, "kinds has no direct"),
    ({"model": "newest"}, "model"),
    ({"forecast": "73h"}, "whole hours from 1h to 72h"),
    ({"forecast": "90m"}, "whole hours from 1h to 72h"),
    (
        {
            "forecast": "24h",
            "kinds": ["direct"],
            "region": None,
            "average_region": "EXAMPLE",
        },
        "`forecast` is of the marginal signal, which kinds has not",
    ),
    ({"password": "plain text"}, "a secret never stands in the settings"),
]


@pytest.mark.parametrize(("options", "words"), BAD_SETTINGS, ids=[b[1] for b in BAD_SETTINGS])
def test_settings_that_cannot_work_are_refused(options: dict[str, object], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        settings_of("http://service.test", **options)
