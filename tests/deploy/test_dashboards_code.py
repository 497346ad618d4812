"""The committed dashboards: they are what the code makes, and whole."""

import json
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.grafana.__main__ import DASHBOARDS
from deploy.grafana.boards import BOARDS
from deploy.grafana.parts.board import write
from tests.deploy.boards import FILES, GRAFANA, PROMETHEUS, Asked, asked_of, panels, read
from tests.deploy.metrics import on_the_page, recorded
from tests.servers import needs

COLUMNS = 24
PROVIDED = "/var/lib/grafana-dashboards/"

each_file = pytest.mark.parametrize(
    "path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}"
)


def unknown(asked: Asked, known: set[str]) -> set[str]:
    # A regular expression for names is no name.
    return {name for name in asked.metrics if name not in known and not name.endswith("_")}


def test_code_and_json_agree(tmp_path: Path) -> None:
    for folder, boards in BOARDS.items():
        write(boards, tmp_path / folder)
    made = {path.relative_to(tmp_path): path.read_text() for path in tmp_path.glob("*/*")}
    there = {path.relative_to(DASHBOARDS): path.read_text() for path in DASHBOARDS.glob("*/*")}
    assert made.keys() == there.keys()
    other = [str(path) for path, text in made.items() if text != there[path]]
    assert not other, f"`make dashboards` writes them anew: {other}"


@pytest.mark.parametrize("path", PROMETHEUS, ids=lambda path: path.stem)
def test_every_metric_of_the_dashboard_exists(path: Path) -> None:
    known = on_the_page() | recorded()
    gone = [f"{name}: {one}" for one in asked_of(path) for name in sorted(unknown(one, known))]
    assert not gone, "there is no metric " + "; ".join(gone)


def test_a_metric_that_no_longer_exists_is_found() -> None:
    asked = Asked(
        "site", "Power", "A", "sum(carbond_site_powre_watts) / rack:carbond_x:sum", instant=True
    )
    assert unknown(asked, on_the_page() | recorded()) == {
        "carbond_site_powre_watts",
        "rack:carbond_x:sum",
    }


ADDED_UP = re.compile(r"\b(?:sum|count|avg)(?: by \([^)]*\))? ?\(\(?carbond_(?:site|rack|meter)_")


@pytest.mark.parametrize("path", PROMETHEUS, ids=lambda path: path.stem)
def test_what_two_agents_show_of_one_site_or_meter_is_not_added_up(path: Path) -> None:
    twice = [str(one) for one in asked_of(path) if ADDED_UP.search(one.text)]
    assert not twice, "take one of each first, `max by (site)`: " + "; ".join(twice)


@needs("promtool", "prometheus")
def test_every_query_is_understood(tmp_path: Path) -> None:
    asked = [one for path in PROMETHEUS for one in asked_of(path)]
    rules = [{"record": f"query:{number}", "expr": one.text} for number, one in enumerate(asked)]
    path = tmp_path / "queries.yml"
    path.write_text(json.dumps({"groups": [{"name": "queries", "rules": rules}]}))
    ran = subprocess.run(
        ["promtool", "check", "rules", "--lint=none", str(path)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


@each_file
def test_the_dashboard_has_a_schema_a_name_and_a_place_among_the_others(path: Path) -> None:
    board = read(path)
    assert board["schemaVersion"] >= 39
    assert board["uid"].startswith("carbond-")
    assert len(board["uid"]) <= 40
    assert board["description"]
    assert f"carbond-{path.parent.name}" in board["tags"]
    (link,) = board["links"]
    assert link["keepTime"]
    assert link["includeVars"]
    assert link["tags"] == [f"carbond-{path.parent.name}"]


def test_no_two_dashboards_have_the_same_uid_or_title() -> None:
    boards = [(read(path)["uid"], path) for path in FILES]
    assert len({uid for uid, _ in boards}) == len(boards)
    titles = [(path.parent.name, read(path)["title"]) for path in FILES]
    assert len(set(titles)) == len(titles)


@each_file
def test_panels_have_numbers_of_their_own_and_none_lies_on_another(path: Path) -> None:
    board = read(path)
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])
    cells: dict[tuple[int, int], str] = {}
    for panel in board["panels"]:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= COLUMNS, panel["title"]
        for cell in cells_of(place):
            assert cell not in cells, f"{panel['title']} lies on {cells[cell]}"
            cells[cell] = panel["title"]
    height = 1 + max(y for _, y in cells)
    holes = sorted({y for y in range(height) for x in range(COLUMNS) if (x, y) not in cells})
    assert not holes, f"there is a hole at the heights {holes}"


def cells_of(place: Mapping[str, int]) -> set[tuple[int, int]]:
    columns = range(place["x"], place["x"] + place["w"])
    return {(x, y) for x in columns for y in range(place["y"], place["y"] + place["h"])}


@each_file
def test_every_panel_says_what_it_is_in_which_unit_and_what_is_missing(path: Path) -> None:
    for panel in panels(read(path)):
        title, defaults = panel["title"], panel["fieldConfig"]["defaults"]
        assert panel["description"].endswith("."), title
        assert len(panel["description"]) > 20, title
        assert defaults["unit"], title
        assert defaults["noValue"], title
        assert defaults["noValue"] != "0", title
        assert panel["targets"], title
        if panel["type"] == "timeseries":
            assert not defaults["custom"]["spanNulls"], f"{title}: a gap is drawn over"
            assert panel["options"]["legend"]["showLegend"], title


@each_file
def test_no_data_source_is_written_into_a_dashboard(path: Path) -> None:
    board = read(path)
    variables = board["templating"]["list"]
    assert variables[0]["name"] == "datasource"
    choices = {f"${{{one['name']}}}" for one in variables if one["type"] == "datasource"}
    for found in sources(board):
        assert found["uid"] in choices, found


def sources(part: object) -> list[dict[str, Any]]:
    if isinstance(part, list):
        return [found for one in part for found in sources(one)]
    if not isinstance(part, dict):
        return []
    here = [part["datasource"]] if isinstance(part.get("datasource"), dict) else []
    return here + [found for one in part.values() for found in sources(one)]


@pytest.mark.parametrize("path", PROMETHEUS, ids=lambda path: path.stem)
def test_what_is_silent_can_still_be_chosen(path: Path) -> None:
    for variable in read(path)["templating"]["list"]:
        query = json.dumps(variable.get("query", ""))
        assert "power" not in query, f"{variable['name']}: has no power while it is silent: {query}"


@each_file
def test_every_variable_that_is_used_can_be_chosen(path: Path) -> None:
    board = read(path)
    chosen = [variable["name"] for variable in board["templating"]["list"]]
    targets = [panel["targets"] for panel in panels(board)]
    used = set(re.findall(r"\$\{?([a-z]\w*)", json.dumps([targets, board["templating"]])))
    # Those of Grafana itself: the time range, and the tags of a series of InfluxDB in its name.
    used = {name for name in used if name != "timeFilter" and not name.startswith("tag_")}
    assert used <= set(chosen)
    # A choice may depend on those left of it alone.
    for place, variable in enumerate(board["templating"]["list"]):
        needed = set(re.findall(r"\$\{?([a-z]\w*)", json.dumps(variable.get("query", ""))))
        assert needed <= set(chosen[:place]), variable["name"]


@each_file
def test_links_lead_to_dashboards_and_carry_the_time_and_what_can_be_chosen_there(
    path: Path,
) -> None:
    boards = {read(one)["uid"]: read(one) for one in FILES if one.parent == path.parent}
    own = {variable["name"] for variable in read(path)["templating"]["list"]}
    urls = re.findall(r'"url": "(/d/[^"]+)"', path.read_text())
    for url in urls:
        uid, _, rest = url.removeprefix("/d/").partition("?")
        assert uid in boards, url
        there = {variable["name"] for variable in boards[uid]["templating"]["list"]}
        assert set(re.findall(r"var-(\w+)=", rest)) <= there, url
        carried = set(re.findall(r"\{(\w+):queryparam", rest))
        assert carried <= own & there, url
        assert "datasource" in carried, url
        assert rest.endswith("${__url_time_range}"), url


@each_file
def test_a_link_takes_along_what_stands_in_its_row(path: Path) -> None:
    for panel in panels(read(path)):
        taken = set(re.findall(r"__data\.fields\.(\w+)", json.dumps(panel)))
        if taken:
            titles = panel["transformations"][-1]["options"]["renameByName"].values()
            assert taken <= set(titles), panel["title"]


@pytest.mark.parametrize("path", PROMETHEUS, ids=lambda path: path.stem)
def test_no_two_curves_have_the_same_name(path: Path) -> None:
    """A device is of one site, as the link to it says: its curves are named by its meters."""
    for panel in panels(read(path)):
        for target in panel["targets"] if panel["type"] != "table" else ():
            whole = re.match(r"(sum|max|count|avg)\(", target["expr"])
            by = re.search(r"\bby \(([^)]*)\)", target["expr"])
            labels = set() if whole or not by else set(by[1].split(", ")) - {"le"}
            named = set(re.findall(r"\{\{(\w+)\}\}", target.get("legendFormat", "")))
            if path.stem == "device" and named:
                labels -= {"site"}
            assert labels <= named, f"{panel['title']}: {target['expr']}"


def test_data_sources_and_dashboards_are_provisioned() -> None:
    named = yaml.safe_load((GRAFANA / "provisioning/datasources/carbond.yaml").read_text())
    uids = {one["uid"]: one["type"] for one in named["datasources"]}
    assert uids["carbond-prometheus"] == "prometheus"
    assert uids["carbond-influxdb"] == "influxdb"
    assert {one["type"] for one in named["datasources"]} == {path.parent.name for path in FILES}
    text = (GRAFANA / "provisioning/dashboards/carbond.yaml").read_text()
    for provider in yaml.safe_load(text)["providers"]:
        path = provider["options"]["path"]
        assert path.startswith(PROVIDED)
        assert (DASHBOARDS / path.removeprefix(PROVIDED)).is_dir(), path


def test_the_readme_names_every_dashboard() -> None:
    text = (GRAFANA / "README.md").read_text()
    assert [path.stem for path in PROMETHEUS if f"| `{path.stem}` |" not in text] == []
