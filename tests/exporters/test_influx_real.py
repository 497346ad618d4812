"""Against Debian's InfluxDB 1.6 and VictoriaMetrics: what was written is read back."""

import itertools
import json
from collections.abc import AsyncIterator, Sequence
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.clock import Clock
from agent.errors import Unavailable
from agent.model import Entry, Kind
from exporters.influxdb import Influx, InfluxSettings
from exporters.influxdb.lines import kept, tags_text
from exporters.influxdb.measurements import Writer
from tests.exporters.entries import (
    INTENSITIES,
    OUTLET,
    START,
    everything,
    hour_intensity,
    minute,
    minutes,
    site_hour,
)
from tests.servers import needs, wait_for

COUNT = itertools.count()
SECONDS = int(START.timestamp())


def ask(url: str, query: str, database: str | None = None) -> list[dict[str, Any]]:
    """Return the series of a query in InfluxQL."""
    params = {"q": query, "epoch": "s"} | ({"db": database} if database else {})
    answer = httpx.post(f"{url}/query", params=params, trust_env=False).json()
    series: list[dict[str, Any]] = answer["results"][0].get("series", [])
    return series


def write(url: str, database: str, body: str) -> tuple[int, str]:
    """Return status and text of writing lines without the exporter."""
    params = {"db": database, "precision": "s"}
    answer = httpx.post(f"{url}/write", params=params, content=body.encode(), trust_env=False)
    return answer.status_code, answer.text.strip()


def new_database(url: str) -> str:
    name = f"carbond{next(COUNT)}"
    ask(url, f"CREATE DATABASE {name}")
    return name


def stored(url: str, database: str) -> list[dict[str, Any]]:
    """Return every point, with tags, fields and time as one mapping; what is empty is left out."""
    points = []
    for series in ask(url, "SELECT * FROM /.*/ GROUP BY *", database):
        for values in series["values"]:
            point = {"": series["name"]} | series["tags"]
            point |= dict(zip(series["columns"], values, strict=True))
            points.append({key: value for key, value in point.items() if value not in (None, "")})
    return points


def influx(url: str, **options: object) -> Influx:
    named = {"name": "db", "type": "influxdb", "url": url} | options
    return Influx(InfluxSettings.model_validate(named), Clock())


@pytest.fixture
async def one(influxd: str) -> AsyncIterator[tuple[Influx, str]]:
    database = new_database(influxd)
    exporter = influx(influxd, version=1, database=database, tags={"dc": "a, b"})
    yield exporter, database
    await exporter.close()


pytestmark = needs("influxd", "influxdb")


async def test_everything_is_taken_and_reads_back_equal(
    influxd: str, one: tuple[Influx, str]
) -> None:
    exporter, database = one
    assert await exporter.export(everything()) == []
    points = stored(influxd, database)
    assert len(points) == 10
    pdu = {
        "": "carbond_minute",
        "dc": "a, b",
        "site": "north",
        "device": "pdu-1",
        "meter": "pdu-1",
        "role": "rack",
        "scope": "total",
        "rack": "r 07",
        "room": "hall,1",
        "tenant": "a=b",
        "time": SECONDS,
        "energy_joules": 12000,
        "power_watts": 200.5,
        "covered_seconds": 60,
        "interpolated": 0,
        "lower_bound": 0,
    }
    assert pdu in points
    (hour,) = (point for point in points if point[""] == "carbond_site_hour")
    assert hour["pue_ratio"] == 1.5
    assert hour["emissions_location_grams"] == 150
    (grid,) = (point for point in points if point[""] == "carbond_intensity")
    assert (grid["grid"], grid["period"], grid["updated_at"]) == ("home", "3600", SECONDS + 3600)


async def test_exporting_twice_changes_nothing(influxd: str, one: tuple[Influx, str]) -> None:
    exporter, database = one
    await exporter.export(everything())
    before = stored(influxd, database)
    assert await exporter.export(everything()) == []
    assert stored(influxd, database) == before


async def test_a_restatement_overwrites_what_it_restates(
    influxd: str, one: tuple[Influx, str]
) -> None:
    exporter, database = one
    await exporter.export([Entry(position=1, hour=site_hour())])
    before = stored(influxd, database)
    better = INTENSITIES | {Kind.DIRECT: hour_intensity(Kind.DIRECT, 80.0)}
    restated = site_hour(version=2, closed=True, intensities=better)
    await exporter.export([Entry(position=2, hour=restated)])
    after = stored(influxd, database)
    assert len(after) == len(before)
    (hour,) = (point for point in after if point[""] == "carbond_site_hour")
    assert (hour["version"], hour["closed"], hour["emissions_location_grams"]) == (2, 1, 120)


async def test_more_lines_than_a_request_takes_go_in_several(
    influxd: str, one: tuple[Influx, str]
) -> None:
    _, database = one
    exporter = influx(influxd, version=1, database=database, batch_lines=7, gzip=False)
    assert await exporter.export([Entry(position=1, minutes=minutes(40))]) == []
    await exporter.close()
    assert len(stored(influxd, database)) == 40


async def test_a_database_that_is_missing_is_unavailable_until_it_is_there(influxd: str) -> None:
    database = f"later{next(COUNT)}"
    exporter = influx(influxd, version=1, database=database)
    with pytest.raises(Unavailable, match=r"^db: .*404 .*database not found.*check the name"):
        await exporter.export(everything())
    ask(influxd, f"CREATE DATABASE {database}")
    assert await exporter.export(everything()) == []
    await exporter.close()
    assert len(stored(influxd, database)) == 10


async def test_a_conflict_of_types_is_refused_and_the_rest_is_in(
    influxd: str, one: tuple[Influx, str]
) -> None:
    exporter, database = one
    assert write(influxd, database, f"carbond_minute,dc=x power_watts=1i {SECONDS}") == (204, "")
    entries = [
        Entry(position=1, minutes=(minute(), minute(OUTLET, power=None))),
        Entry(position=2, hour=site_hour()),
    ]
    (refused,) = await exporter.export(entries)
    assert "field type conflict" in refused.reason
    assert "5 lines" in refused.line
    names = [point[""] for point in stored(influxd, database)]
    assert sorted(names) == [
        "carbond_hour",
        "carbond_hour",
        "carbond_minute",
        "carbond_minute",
        "carbond_site_hour",
    ]


async def test_what_is_older_than_the_database_keeps_is_refused(influxd: str) -> None:
    database = f"short{next(COUNT)}"
    ask(influxd, f"CREATE DATABASE {database} WITH DURATION 1h")
    exporter = influx(influxd, version=1, database=database)
    (refused,) = await exporter.export([Entry(position=1, minutes=(minute(),))])
    await exporter.close()
    assert "beyond retention policy" in refused.reason
    assert refused.line.startswith("carbond_minute,")


@settings(
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    texts=st.lists(
        st.tuples(
            st.text(min_size=1, max_size=12),
            st.one_of(
                st.text(max_size=20),
                st.text(alphabet=st.sampled_from(list("\\,= \"\na\t'#")), max_size=8),
            ),
        ),
        min_size=1,
        max_size=30,
    )
)
def test_whatever_a_tag_says_is_taken_and_reads_back_equal(
    influxd: str, texts: Sequence[tuple[str, str]]
) -> None:
    measurement = f"m{next(COUNT)}"
    if not ask(influxd, 'SHOW RETENTION POLICIES ON "tags"'):
        ask(influxd, 'CREATE DATABASE "tags"')
    tags = [{"n": str(number), f"k{key}": value} for number, (key, value) in enumerate(texts)]
    body = "\n".join(f"{measurement}{tags_text(each)} v=1.0 {SECONDS}" for each in tags)
    assert write(influxd, "tags", body) == (204, "")
    select = f"SELECT v FROM {measurement} GROUP BY *"  # noqa: S608 the name is the test's own
    read = [
        {key: value for key, value in series["tags"].items() if value}
        for series in ask(influxd, select, "tags")
    ]
    written = [
        {kept(key): kept(value) for key, value in each.items() if kept(value)} for each in tags
    ]
    assert {each["n"]: each for each in read} == {each["n"]: each for each in written}


@needs("victoria-metrics", "victoria-metrics")
@pytest.mark.parametrize("gzip", [True, False])
async def test_the_path_of_version_2_is_taken_and_reads_back_equal(
    victoria: str, *, gzip: bool
) -> None:
    mark = f"run{next(COUNT)}"
    fields = [line.rsplit(" ", 2)[1] for line in Writer({}).lines(everything())]
    expected = sum(len(text.split(",")) for text in fields)
    exporter = influx(victoria, bucket="b", org="o", gzip=gzip, tags={"run": mark})
    for _ in range(2):
        assert await exporter.export(everything()) == []
    await exporter.close()

    def exported() -> dict[str, list[float]] | None:
        httpx.get(f"{victoria}/internal/force_flush", trust_env=False)
        text = httpx.get(
            f"{victoria}/api/v1/export", params={"match[]": f'{{run="{mark}"}}'}, trust_env=False
        ).text
        rows = [json.loads(row) for row in text.splitlines()]
        found = {
            f"{row['metric']['__name__']} {row['metric'].get('meter', '')}": row["values"]
            for row in rows
        }
        return found if len(found) == expected else None

    series = wait_for(exported, "all series are there")
    assert set(series["carbond_minute_power_watts pdu-1"]) == {200.5}
    assert set(series["carbond_site_hour_emissions_location_grams "]) == {150}
    assert set(series["carbond_hour_emissions_location_grams main"]) == {150}
