"""Which meters make a sum: each kilowatt-hour once, whatever else measures it on its way."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from agent.accounting.metering.chain import chain_of
from agent.accounting.metering.pue import pue_of
from agent.accounting.metering.tree import Tree
from agent.accounting.site import Site
from agent.app.parts import load, tree_of
from agent.model import Meter, Role
from tests.accounting.places import all_upstream, meter, planted, read


def ids(meters: Iterable[Meter]) -> set[str]:
    return {one.id for one in meters}


def right_behind(tree: Tree, name: str) -> set[str]:
    """The meters of the site that name this one as the nearest upstream."""
    known = [*tree.totals.values(), *tree.parts.values()]
    links = chain_of(one for one in known if one.site == "fra").upstream
    return {one for one, upstream in links.items() if name in upstream}


def test_a_sub_meter_of_the_utility_is_left_out_and_a_generator_and_pv_beside_it_are_added() -> (
    None
):
    tree = planted(
        meter("grid", Role.UTILITY),
        meter("grid-hall", Role.UTILITY, "grid"),
        meter("grid-hall-east", Role.UTILITY, "grid-hall"),
        meter("second-grid", Role.UTILITY),
        meter("genset", Role.GENERATOR),
        meter("roof", Role.ONSITE),
    )
    assert ids(tree.boundary("fra")) == {"grid", "second-grid", "genset", "roof"}
    assert ids(tree.grid_supply("fra")) == {"grid", "second-grid"}
    assert ids(tree.onsite("fra")) == {"roof"}


def test_a_sub_meter_is_one_behind_anything_that_stands_between() -> None:
    tree = planted(
        meter("grid", Role.UTILITY),
        meter("board", Role.FEED, "grid"),
        meter("hall", Role.UTILITY, "board/branch/7"),
    )
    assert ids(tree.boundary("fra")) == {"grid"}


def test_pv_behind_the_utility_s_meter_crosses_the_boundary_where_it_stands() -> None:
    tree = planted(
        meter("grid", Role.UTILITY),
        meter("roof", Role.ONSITE, "grid"),
        meter("genset", Role.GENERATOR, "grid"),
        meter("ups", Role.UPS_OUTPUT, "grid"),
    )
    assert ids(tree.boundary("fra")) == {"grid", "roof", "genset"}


def test_the_inverters_of_a_plant_are_sub_meters_of_it() -> None:
    tree = planted(
        meter("grid", Role.UTILITY),
        meter("roof", Role.ONSITE),
        meter("inverter-1", Role.ONSITE, "roof"),
        meter("inverter-2", Role.ONSITE, "roof"),
        meter("genset", Role.GENERATOR),
        meter("engine-1", Role.GENERATOR, "genset"),
    )
    assert ids(tree.boundary("fra")) == {"grid", "roof", "genset"}
    assert tree.nodes("fra") == []


def test_without_a_utility_meter_nothing_says_what_crosses_the_boundary() -> None:
    tree = planted(meter("genset", Role.GENERATOR), meter("rack-1", Role.RACK))
    assert ids(tree.boundary("fra")) == set()
    assert ids(tree.it("fra")) == {"rack-1"}


def test_a_main_meter_behind_the_utility_s_and_the_generator_counts_nothing_twice() -> None:
    tree = planted(
        meter("grid", Role.UTILITY),
        meter("genset", Role.GENERATOR),
        meter("main", Role.UTILITY, "grid genset"),
    )
    assert ids(tree.boundary("fra")) == {"grid", "genset"}


def test_a_rack_pdu_behind_a_rack_pdu_counts_once() -> None:
    tree = planted(
        meter("rack-1", Role.RACK, "ups"),
        meter("rack-1-strip", Role.RACK, "rack-1/outlet/8"),
        meter("rack-2", Role.RACK, "ups"),
        meter("ups", Role.UPS_OUTPUT),
    )
    assert ids(tree.it("fra")) == {"rack-1", "rack-2"}


def test_blades_behind_their_enclosure_count_once() -> None:
    tree = planted(
        meter("enclosure", Role.DEVICE, "rack-a rack-b"),
        meter("blade-1", Role.DEVICE, "enclosure"),
        meter("server", Role.DEVICE, "rack-a"),
        meter("rack-a", Role.RACK),
        meter("rack-b", Role.RACK),
        it_role=Role.DEVICE,
    )
    assert ids(tree.it("fra")) == {"enclosure", "server"}


def test_the_output_of_a_ups_stands_behind_its_input_where_that_is_read() -> None:
    meters = [
        meter("grid", Role.UTILITY),
        meter("ups", Role.UPS_OUTPUT, "grid"),
        meter("bypass", Role.FEED, "ups/input"),
    ]
    read_too = planted(*meters, parts="ups/input")
    assert all_upstream(read_too, "ups") == ["ups/input", "grid"]
    assert right_behind(read_too, "ups/input") == {"ups", "bypass"}
    assert right_behind(read_too, "grid") == {"ups/input"}
    assert right_behind(planted(*meters), "grid") == {"ups", "bypass"}


def test_a_ups_behind_the_unread_input_of_another_one_is_behind_what_feeds_that() -> None:
    tree = planted(
        meter("grid", Role.UTILITY),
        meter("ups-1", Role.UPS_OUTPUT, "grid"),
        meter("ups-2", Role.UPS_OUTPUT, "ups-1/input"),
        meter("rack", Role.RACK, "ups-2 ups-2/input"),
    )
    assert right_behind(tree, "grid") == {"ups-1", "ups-2", "rack"}
    assert set(all_upstream(tree, "rack")) == {"grid", "ups-2"}


def test_a_server_on_outlets_of_two_pdus_has_two_meters_upstream() -> None:
    meters = [
        meter("pdu-a", Role.RACK, "ups-a"),
        meter("pdu-b", Role.RACK, "ups-b"),
        meter("ups-a", Role.UPS_OUTPUT),
        meter("ups-b", Role.UPS_OUTPUT),
        meter("server", Role.DEVICE, "pdu-a/outlet/3 pdu-b/outlet/3"),
    ]
    both = planted(*meters, parts="pdu-a/outlet/3 pdu-b/outlet/3")
    assert all_upstream(both, "server") == [
        "pdu-a/outlet/3",
        "pdu-b/outlet/3",
        "pdu-a",
        "pdu-b",
        "ups-a",
        "ups-b",
    ]
    one = planted(*meters, parts="pdu-a/outlet/3")
    assert all_upstream(one, "server")[:2] == ["pdu-a/outlet/3", "pdu-b"]
    assert right_behind(one, "pdu-b") == {"server"}


def test_two_cords_on_one_pdu_whose_outlets_are_not_read_are_one_link() -> None:
    tree = planted(
        meter("pdu", Role.RACK), meter("server", Role.DEVICE, "pdu/outlet/1 pdu/outlet/2")
    )
    assert right_behind(tree, "pdu") == {"server"}
    assert all_upstream(tree, "server") == ["pdu"]


def test_inlets_phases_and_branches_are_in_no_sum_and_what_is_behind_one_is_behind_its_device() -> (
    None
):
    tree = planted(
        meter("board", Role.FEED),
        meter("rack", Role.RACK, "board/branch/12"),
        parts="board/branch/12 rack/inlet/1 rack/phase/1 rack/input",
    )
    assert ids(tree.it("fra")) == {"rack"}
    assert right_behind(tree, "board") == {"rack"}
    assert right_behind(tree, "rack") == set()


def test_a_part_never_takes_the_place_of_its_device() -> None:
    tree = planted(meter("pdu", Role.RACK), parts="pdu/outlet/1")
    parts_last = Tree.of([Site(name="fra")], [*tree.totals.values(), *tree.parts.values()])
    assert ids(parts_last.it("fra")) == {"pdu"}
    assert ids(tree.it("fra")) == {"pdu"}


def test_it_at_the_outlets_is_the_sum_of_those_that_are_read_in_category_3() -> None:
    tree = planted(
        meter("grid", Role.UTILITY),
        meter("pdu", Role.RACK, "grid"),
        meter("socket", Role.OUTLET, "grid"),
        meter("strip", Role.RACK, "pdu/outlet/2"),
        parts="pdu/outlet/1 pdu/outlet/2 strip/outlet/1 pdu/phase/1",
        it_role=Role.OUTLET,
    )
    assert ids(tree.it("fra")) == {"pdu/outlet/1", "pdu/outlet/2", "socket"}
    kwh = {"grid": 15, "pdu": 9, "pdu/outlet/1": 4, "pdu/outlet/2": 5, "socket": 1}
    pue = pue_of(tree, "fra", read(tree, kwh))
    assert pue is not None
    assert (pue.value, pue.category) == (pytest.approx(1.5), 3)


def test_meters_of_water_and_heat_are_in_no_sum_of_electricity() -> None:
    tree = planted(
        meter("grid", Role.UTILITY),
        meter("rack", Role.RACK, "grid"),
        meter("mains", Role.WATER),
        meter("well", Role.WATER),
        meter("district", Role.HEAT_REUSE),
        parts="mains/inlet/1",
    )
    assert ids(tree.water("fra")) == {"mains", "well"}
    assert ids(tree.reuse("fra")) == {"district"}
    assert ids(tree.boundary("fra")) == {"grid"}
    assert ids(tree.it("fra")) == {"rack"}
    assert [ids(node.downstream) for node in tree.nodes("fra")] == [{"rack"}]
    assert right_behind(tree, "mains") == set()


def test_a_part_of_a_data_centre_is_measured_like_a_whole_one() -> None:
    part = planted(meter("grid", Role.UTILITY), meter("rack", Role.RACK, "grid"), partial=True)
    pue = pue_of(part, "fra", read(part, {"grid": 3, "rack": 2}))
    assert pue is not None
    assert (pue.value, pue.category, pue.coverage) == (1.5, 2, 1.0)


def test_sites_have_trees_of_their_own() -> None:
    meters = [
        meter("grid", Role.UTILITY),
        meter("hall-grid", Role.UTILITY, "grid", "hall"),
        meter("rack", Role.RACK, "grid"),
        meter("hall-rack", Role.RACK, "hall-grid", "hall"),
        meter("stray", Role.RACK, "grid", "gone"),
    ]
    tree = Tree.of([Site(name="fra"), Site(name="hall")], meters)
    assert ids(tree.boundary("hall")) == {"hall-grid"}
    assert ids(tree.it("fra")) == {"rack"}
    assert right_behind(tree, "grid") == {"rack"}
    assert all_upstream(tree, "stray") == []
    assert all_upstream(tree, "nobody") == []


def test_what_shapes_the_emissions_is_what_came_from_the_grid_else_it() -> None:
    sub_meter = meter("hall", Role.UTILITY, "grid")
    rack = meter("rack", Role.RACK, "hall")
    assert planted(meter("grid", Role.UTILITY), sub_meter, rack).shaping("fra") == {"grid"}
    assert planted(meter("roof", Role.ONSITE), rack).shaping("fra") == {"rack"}


def test_a_place_that_is_gone_is_no_place() -> None:
    tree = planted(meter("rack", Role.RACK, "ups-that-left/outlet/1"))
    assert all_upstream(tree, "rack") == []
    assert ids(tree.it("fra")) == {"rack"}


def test_the_settings_say_where_a_meter_stands_and_how_far_it_errs(tmp_path: Path) -> None:
    (tmp_path / "community").write_text("public")
    path = tmp_path / "carbond.yaml"
    path.write_text(
        "sites: [{name: fra, pue: {partial: true}, least_coverage: 90 %}]\n"
        "defaults: {snmp: {address: 127.0.0.1, community: {file: community}}}\n"
        "devices:\n"
        "  - {name: pdu-a, type: snmp, role: rack, accuracy: 1 %}\n"
        "  - {name: pdu-b, type: snmp, role: rack}\n"
        "  - {name: server, type: snmp, upstream: [pdu-a/outlet/3, pdu-b/outlet/3]}\n"
    )
    tree = tree_of(load(path))
    assert (tree.sites["fra"].partial, tree.sites["fra"].least_coverage) == (True, 0.9)
    assert tree.totals["server"].upstream == ("pdu-a/outlet/3", "pdu-b/outlet/3")
    assert [tree.totals[name].accuracy for name in ("pdu-a", "pdu-b")] == [0.01, None]
    assert set(all_upstream(tree, "server")) == {"pdu-a", "pdu-b"}
