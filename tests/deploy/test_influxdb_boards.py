"""Every question of the boards is asked of a real InfluxDB that the real agent has filled."""

import asyncio
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from agent.model import Entry, Kind, Role, Scope, SiteHour
from agent.units import Grams
from deploy.grafana.__main__ import DASHBOARDS
from deploy.grafana.boards.influxdb import BOARDS
from deploy.grafana.boards.influxdb.room import MINUTE
from tests.deploy.influxdb_filled import Filled, filled
from tests.deploy.influxdb_page import FREE, PAGE, told
from tests.servers import needs

pytestmark = needs("influxd", "influxdb")
NAMES = [board.name for board in BOARDS]
FOLDER = DASHBOARDS / "influxdb"
DATABASES = {"${datasource}": "carbond", "${minutes}": "carbond_minutes"}
CHOSEN = {"site": ".+", "rack": ".+", "device": "rack-01-a", "step": "1h", "zone": "Europe/Berlin"}
EMPTY = {
    "site: Emissions by what they stand on": ["fallback"],
    "site: Lost or not metered": ["outlets"],
    "site: PUE": ["$tag_site declared"],
    "grid: Direct intensity as applied": ["$tag_site fallback"],
    "grid: Life-cycle intensity as applied": ["$tag_site fallback"],
    "grid: Marginal intensity as applied": ["$tag_site fallback"],
    "grid: Emissions by what they stand on": ["fallback"],
}
"""What the demo has no answer to: it needs no stand-in, measures its PUE, and has no server whose
outlet has a meter of both.
"""


@pytest.fixture(scope="module")
def influx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Filled]:
    with filled(tmp_path_factory.mktemp("filled")) as made:
        yield made


def panels(board: str) -> Iterator[dict[str, Any]]:
    for panel in json.loads((FOLDER / f"{board}.json").read_text())["panels"]:
        if panel["type"] != "row":
            yield panel


def asked(query: str, influx: Filled) -> str:
    """Return a question as Grafana sends it, with what was chosen put in."""
    first, last = round(influx.start.timestamp()) * 1000, round(influx.end.timestamp()) * 1000
    known = {
        "$timeFilter": f"time >= {first}ms and time <= {last}ms",
        "${__to}": str(last),
        "$__interval": "10m",
        "$__range_s": str((last - first) // 1000),
    } | {f"${name}": value for name, value in CHOSEN.items()}
    for name, value in known.items():
        query = query.replace(name, value)
    assert "$" not in query.replace("$/", ""), f"nobody chooses this: {query}"
    return query


def test_the_committed_json_is_what_the_code_makes() -> None:
    assert {path.stem for path in FOLDER.glob("*.json")} == {board.name for board in BOARDS}
    for board in BOARDS:
        stale = f"{board.name}: run `make dashboards`"
        assert (FOLDER / f"{board.name}.json").read_text() == board.json(), stale


@pytest.mark.parametrize("board", NAMES)
def test_every_panel_says_what_it_shows_in_which_unit_and_where_it_stands(board: str) -> None:
    lines: dict[int, int] = {}
    for panel in panels(board):
        name, defaults = (board, panel["title"]), panel["fieldConfig"]["defaults"]
        assert len(panel["description"]) > 30, name
        assert defaults["unit"], name
        assert defaults["noValue"], name
        assert (
            len(panel["targets"]) == 1
            or panel["type"] == "table"
            or all(target.get("alias") for target in panel["targets"])
        ), name
        place = panel["gridPos"]
        lines[place["y"]] = lines.get(place["y"], 0) + place["w"]
    assert set(lines.values()) == {24}


def has(series: list[dict[str, Any]]) -> bool:
    return any(
        value is not None for one in series for values in one["values"] for value in values[1:]
    )


def newest(influx: Filled) -> Mapping[datetime, SiteHour]:
    """Return the last version of each hour in the time range."""
    hours: dict[datetime, SiteHour] = {}
    for entry in influx.entries:
        if entry.hour is not None and entry.hour.hour >= influx.start:
            hours[entry.hour.hour] = entry.hour
    return hours


def answers(influx: Filled, board: str, title: str) -> list[dict[str, Any]]:
    """Return the series of all questions of the first panel with a title."""
    (panel, *_) = [one for one in panels(board) if one["title"] == title]
    return [series for target in panel["targets"] for series in answer(influx, target)]


def answer(influx: Filled, target: Mapping[str, Any]) -> list[dict[str, Any]]:
    return influx.ask(asked(target["query"], influx), DATABASES[target["datasource"]["uid"]])


def told_of(influx: Filled, board: str, title: str, *lines: str) -> object:
    """Return what a panel of one number says where nothing is known but some lines."""
    influx.ask("CREATE DATABASE lines", "")
    last = round(influx.end.timestamp())
    text = "\n".join(f"{line} {last - 60 * ago}" for ago, line in enumerate(lines))
    params = {"db": "lines", "precision": "s"}
    assert influx.client.post("/write", params=params, content=text).is_success
    (panel,) = [one for one in panels(board) if one["title"] == title]
    (target,) = panel["targets"]
    try:
        (series,) = influx.ask(asked(target["query"], influx), "lines")
    finally:
        influx.ask("DROP DATABASE lines", "")
    return series["values"][0][1]


def test_meters_of_one_name_at_two_sites_are_two(influx: Filled) -> None:
    pdu = "carbond_minute,site={},device=pdu,meter=pdu,rack=r1,role=rack,scope=total power_watts={}"
    lines = (pdu.format("north", 1000), pdu.format("south", 500))
    assert told_of(influx, "rack", "Power now", *lines) == 1500
    assert told_of(influx, "rack", "PDUs in it", *lines) == 2


def test_an_hour_of_wind_alone_counts_in_the_average_of_what_was_applied(influx: Filled) -> None:
    hour = (
        "carbond_site_hour,site=north closed=1,facility_joules=3600000,grid_joules=3600000,"
        "emissions_location_grams={}"
    )
    said = told_of(influx, "grid", "Applied on average", hour.format(400), hour.format(0))
    assert said == 200


def test_hours_without_emissions_are_counted_also_where_no_hour_has_any(influx: Filled) -> None:
    hour = "carbond_site_hour,site=north closed=1,version=1"
    assert told_of(influx, "quality", "Hours without emissions", hour, hour) == 2


@pytest.mark.parametrize("board", NAMES)
def test_what_is_told_by_place_is_told_by_site_too(board: str) -> None:
    for panel in panels(board):
        for target in panel["targets"]:
            for grouped in re.findall(r"GROUP BY ([^)]*(?:\([^)]*\)[^)]*)?)", target["query"]):
                tags = set(re.findall(r'"(\w+)"', grouped))
                if tags & {"meter", "device", "rack"}:
                    assert "site" in tags, f"{board}, {panel['title']}: two sites have one name"


@pytest.mark.parametrize("board", NAMES)
def test_every_question_of_a_board_has_an_answer(board: str, influx: Filled) -> None:
    silent: dict[str, list[str]] = {}
    for panel in panels(board):
        for target in panel["targets"]:
            if not has(answer(influx, target)):
                name = target.get("alias", target["refId"])
                silent.setdefault(f"{board}: {panel['title']}", []).append(name)
    assert silent == {name: refs for name, refs in EMPTY.items() if name.startswith(f"{board}:")}


@pytest.mark.parametrize("board", NAMES)
def test_every_choice_of_a_board_finds_something(board: str, influx: Filled) -> None:
    text = json.loads((FOLDER / f"{board}.json").read_text())
    for variable in text["templating"]["list"]:
        if variable["type"] == "query":
            series = influx.ask(asked(variable["query"], influx), "carbond")
            found = {values[1] for one in series for values in one["values"]}
            assert found, (board, variable["name"])
            if variable["name"] in ("site", "device"):
                assert {"site": influx.site, "device": CHOSEN["device"]}[variable["name"]] in found


QUARTERS = "carbond_quarter_hour"
"""The server makes these itself, if a quarter of an hour ends meanwhile."""


def test_what_the_agent_writes_stands_on_the_layout_page_and_nothing_else(influx: Filled) -> None:
    for database in DATABASES.values():
        for kind in ("tag", "field"):
            for series in influx.ask(f"SHOW {kind} KEYS", database):
                if series["name"] == QUARTERS:
                    continue
                names = {values[0] for values in series["values"]} - FREE
                page = {name for name, cells in told()[series["name"]].items() if cells[0] == kind}
                assert names <= page, series["name"]


def test_the_question_of_the_layout_page_finds_the_days(influx: Filled) -> None:
    (query,) = re.findall(r"^```sql\n(.*?)^```", PAGE, flags=re.M | re.S)
    (series,) = influx.ask(query, "carbond")
    assert has([series])


def test_a_restated_hour_is_one_hour_and_its_day_is_right_at_once(influx: Filled) -> None:
    """A day is never stored: a continuous query would not see the hour that came back."""
    count = 'SELECT count("version"), sum("emissions_location_grams") FROM "carbond_site_hour"'
    hour, *_ = [one for one in newest(influx).values() if one.closed]
    less = {kind: Grams(0.5 * grams) for kind, grams in hour.emissions.items()}
    before = influx.ask(count, "carbond")[0]["values"][0][1:]
    restated = replace(hour, version=hour.version + 1, emissions=less)
    asyncio.run(influx.export([Entry(position=1, hour=restated)]))
    after = influx.ask(count, "carbond")[0]["values"][0][1:]
    asyncio.run(influx.export([Entry(position=2, hour=hour)]))
    assert after[0] == before[0]
    assert before[1] - after[1] == pytest.approx(less[Kind.DIRECT])


def test_links_lead_to_boards_that_there_are() -> None:
    known = {board.uid for board in BOARDS}
    linked = {
        uid
        for board in NAMES
        for uid in re.findall(r'"/d/([\w-]+)\?', (FOLDER / f"{board}.json").read_text())
    }
    assert linked == known - {"carbond-influxdb-fleet"}


def test_totals_are_those_of_the_newest_versions_in_the_ledger(influx: Filled) -> None:
    hours = newest(influx).values()
    energy = sum(hour.facility or 0 for hour in hours) / 3600
    grams = sum(hour.emissions[Kind.DIRECT] for hour in hours if Kind.DIRECT in hour.emissions)
    (one,) = answers(influx, "fleet", "Energy")
    assert one["values"][0][1] == pytest.approx(energy)
    (one,) = answers(influx, "fleet", "Emissions")
    assert one["values"][0][1] == pytest.approx(grams / 1_000_000)
    assert any(hour.version > 1 for hour in hours), "some were written over"


def test_what_emissions_stand_on_adds_up_to_them(influx: Filled) -> None:
    (whole,) = answers(influx, "site", "Emissions")
    parts = [
        values[1]
        for series in answers(influx, "site", "Emissions by what they stand on")
        for values in series["values"]
        if values[1] is not None
    ]
    assert sum(parts) == pytest.approx(whole["values"][0][1])
    final = sum(
        hour.emissions[Kind.DIRECT]
        for hour in newest(influx).values()
        if hour.closed and not hour.intensities[Kind.DIRECT].estimated
    )
    (share,) = answers(influx, "site", "On final intensity")
    assert share["values"][0][1] == pytest.approx(final / 1_000_000 / sum(parts), rel=1e-6)


def test_where_the_energy_goes_adds_up_to_what_came_in(influx: Filled) -> None:
    parts = [
        values[1]
        for series in answers(influx, "site", "Where the energy goes")
        for values in series["values"]
        if values[1] is not None
    ]
    known = [hour for hour in newest(influx).values() if hour.it is not None]
    came_in = sum(hour.facility for hour in known if hour.facility is not None)
    assert sum(parts) == pytest.approx(came_in / 3600)


def test_a_rack_is_the_sum_of_its_feeds(influx: Filled) -> None:
    closed = [hour for hour in newest(influx).values() if hour.closed]
    booked: dict[str, int] = {}
    for hour in closed:
        for one in hour.meters:
            if one.meter.role is Role.RACK and one.meter.scope is Scope.TOTAL:
                rack = one.meter.tags["rack"]
                booked[rack] = booked.get(rack, 0) + one.energy
    (panel,) = [one for one in panels("site") if one["title"] == "Racks"]
    rows = {
        series["tags"]["rack"]: series["values"][0][1]
        for series in answer(influx, panel["targets"][0])
    }
    assert rows == pytest.approx({rack: joules / 3600 for rack, joules in booked.items()})


def test_minutes_are_asked_of_the_minutes_data_source_and_hours_of_the_other() -> None:
    for board in NAMES:
        for panel in panels(board):
            for target in panel["targets"]:
                where = "${minutes}" if f'"{MINUTE}"' in target["query"] else "${datasource}"
                assert target["datasource"]["uid"] == where, (board, panel["title"])
