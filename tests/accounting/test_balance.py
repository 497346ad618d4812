"""What flows into each node of the power chain, and what flows out of it."""

import pytest

from agent.accounting.metering.balance import ASSUMED_ACCURACY, balance_of, residuals_of
from agent.accounting.metering.pue import energy_sum
from agent.accounting.metering.shares import shares_of
from agent.accounting.metering.tree import Tree
from agent.model import HourEnergy, MeterId, Residual, Role, Stage
from agent.units import JOULES_PER_KWH, Joules, kwh
from tests.accounting.places import all_upstream, meter, planted, read

SITE = [
    meter("grid", Role.UTILITY),
    meter("ups", Role.UPS_OUTPUT, "grid"),
    meter("board", Role.FEED, "ups"),
    meter("pdu-a", Role.RACK, "board"),
    meter("pdu-b", Role.RACK, "board"),
    meter("server", Role.DEVICE, "pdu-a/outlet/3 pdu-b/outlet/3"),
    meter("chiller", Role.COOLING, "grid"),
    meter("lamps", Role.LIGHTING, "grid"),
]
OUTLETS = "pdu-a/outlet/3 pdu-b/outlet/3"
PARTS = f"ups/input {OUTLETS}"
ALL = {
    **{"grid": 100, "ups/input": 70, "ups": 66, "board": 65, "pdu-a": 40, "pdu-b": 23},
    **{"pdu-a/outlet/3": 39, "pdu-b/outlet/3": 22, "server": 60, "chiller": 25, "lamps": 4},
}


def whole_site() -> tuple[Tree, dict[MeterId, HourEnergy]]:
    tree = planted(*SITE, parts=PARTS)
    return tree, read(tree, ALL)


def in_kwh(energy: Joules | None) -> float | None:
    return None if energy is None else kwh(energy)


def by_node(residuals: list[Residual]) -> dict[str, float]:
    return {" ".join(one.node): kwh(one.energy) for one in residuals}


def test_losses_are_told_by_stage_and_what_no_meter_has_seen_is_unattributed() -> None:
    tree, hours = whole_site()
    balance = balance_of(tree, "fra", hours)
    assert {stage: kwh(energy) for stage, energy in balance.losses.items()} == {
        Stage.UPS: 4,
        Stage.DISTRIBUTION: 3,
        Stage.RACK: 2,
        Stage.OUTLET: 1,
    }
    assert in_kwh(balance.unattributed) == 1
    assert balance.broken == []


def test_a_server_on_two_feeds_is_compared_with_both_outlets_together() -> None:
    tree, hours = whole_site()
    found = by_node(residuals_of(tree, "fra", hours))
    assert found == {
        "grid": 1,
        "ups/input": 4,
        "ups": 1,
        "board": 2,
        "pdu-a": 1,
        "pdu-b": 1,
        OUTLETS: 1,
    }


def test_pdus_whose_outlets_are_not_read_make_one_node_with_the_servers_on_both() -> None:
    tree = planted(*SITE, meter("single", Role.DEVICE, "pdu-b/outlet/9"))
    hours = read(tree, {"pdu-a": 40, "pdu-b": 23, "server": 60, "single": 2})
    (one,) = residuals_of(tree, "fra", hours)
    assert (one.node, one.stage, kwh(one.energy)) == (("pdu-a", "pdu-b"), Stage.RACK, 1)


def test_a_rack_fed_by_a_rack_that_shares_a_server_with_it_flows_in_once() -> None:
    tree = planted(
        meter("pdu", Role.RACK),
        meter("strip", Role.RACK, "pdu"),
        meter("server", Role.DEVICE, "pdu strip"),
        meter("switch", Role.DEVICE, "strip"),
    )
    hours = read(tree, {"pdu": 10, "strip": 6, "server": 7, "switch": 2})
    assert by_node(residuals_of(tree, "fra", hours)) == {"pdu": 1}


def test_the_rest_of_a_pdu_with_some_outlets_read_is_its_residual() -> None:
    tree = planted(meter("pdu", Role.RACK), parts="pdu/outlet/1 pdu/outlet/2")
    hours = read(tree, {"pdu": 10, "pdu/outlet/1": 3, "pdu/outlet/2": 4})
    balance = balance_of(tree, "fra", hours)
    assert {stage: kwh(energy) for stage, energy in balance.losses.items()} == {Stage.RACK: 3}


def test_a_server_that_names_its_pdu_and_not_the_outlet_is_not_counted_beside_the_outlets() -> None:
    servers = [
        meter("server-1", Role.DEVICE, "pdu"),
        meter("server-2", Role.DEVICE, "pdu/outlet/2"),
    ]
    tree = planted(meter("pdu", Role.RACK), *servers, parts="pdu/outlet/1 pdu/outlet/2")
    kwh_of = {"pdu": 10, "pdu/outlet/1": 5, "pdu/outlet/2": 5, "server-1": 5, "server-2": 4}
    found = by_node(residuals_of(tree, "fra", read(tree, kwh_of)))
    assert found == {"pdu": 0, "pdu/outlet/2": 1}


def test_a_server_on_an_outlet_that_is_not_read_stands_beside_those_that_are() -> None:
    server = meter("server", Role.DEVICE, "pdu/outlet/9")
    tree = planted(meter("pdu", Role.RACK), server, parts="pdu/outlet/1")
    hours = read(tree, {"pdu": 10, "pdu/outlet/1": 5, "server": 4})
    assert by_node(residuals_of(tree, "fra", hours)) == {"pdu": 1}


@pytest.mark.parametrize("missing", ["pdu-a", "pdu-b", "board"])
def test_a_node_with_a_meter_that_is_missing_has_no_residual(missing: str) -> None:
    tree, hours = whole_site()
    del hours[MeterId(missing)]
    found = by_node(residuals_of(tree, "fra", hours))
    assert "board" not in found
    assert balance_of(tree, "fra", hours).losses[Stage.UPS] == 4 * JOULES_PER_KWH


def test_what_a_missing_meter_would_have_seen_is_unattributed() -> None:
    tree, hours = whole_site()
    del hours[MeterId("chiller")]
    balance = balance_of(tree, "fra", hours)
    assert in_kwh(balance.unattributed) == 26
    assert "grid" not in by_node(residuals_of(tree, "fra", hours))


@pytest.mark.parametrize("known", [{"ups/input": 70, "chiller": 25, "lamps": 4}, {"grid": 100}, {}])
def test_nothing_is_unattributed_where_one_side_is_not_known(known: dict[str, float]) -> None:
    tree, _ = whole_site()
    assert balance_of(tree, "fra", read(tree, known)).unattributed is None


def test_nothing_is_unattributed_where_nothing_is_said_to_be_behind_the_boundary() -> None:
    tree = planted(meter("grid", Role.UTILITY), meter("rack", Role.RACK))
    balance = balance_of(tree, "fra", read(tree, {"grid": 10, "rack": 6}))
    assert (balance.unattributed, balance.losses, balance.broken) == (None, {}, [])


def test_a_difference_keeps_its_sign() -> None:
    tree = planted(
        meter("grid", Role.UTILITY),
        meter("ups", Role.UPS_OUTPUT, "grid"),
        meter("rack", Role.RACK, "ups"),
    )
    balance = balance_of(tree, "fra", read(tree, {"grid": 10, "ups": 10.1, "rack": 10.2}))
    assert in_kwh(balance.unattributed) == pytest.approx(-0.1)
    assert kwh(balance.losses[Stage.DISTRIBUTION]) == pytest.approx(-0.1)
    assert balance.broken == []


@pytest.mark.parametrize(
    ("own", "behind", "accuracy", "broken"),
    [
        (100, 103.9, None, False),
        (100, 104.2, None, True),
        (100, 101.9, 0.01, False),
        (100, 102.1, 0.01, True),
        (100, 90, 0.01, False),
    ],
)
def test_a_node_is_broken_where_the_meters_errors_do_not_explain_what_flows_out(
    own: float, behind: float, accuracy: float | None, *, broken: bool
) -> None:
    tree = planted(
        meter("ups", Role.UPS_OUTPUT, accuracy=accuracy),
        meter("rack", Role.RACK, "ups", accuracy=accuracy),
    )
    hours = read(tree, {"ups": own, "rack": behind})
    (one,) = residuals_of(tree, "fra", hours)
    assert one.broken is broken
    share = ASSUMED_ACCURACY if accuracy is None else accuracy
    assert kwh(one.bound) == pytest.approx((own + behind) * share)
    assert [each.node for each in balance_of(tree, "fra", hours).broken] == [("ups",)] * broken


def test_parts_have_the_accuracy_of_their_device() -> None:
    tree = planted(meter("pdu", Role.RACK, accuracy=0.005), parts="pdu/outlet/1")
    (one,) = residuals_of(tree, "fra", read(tree, {"pdu": 10, "pdu/outlet/1": 10}))
    assert kwh(one.bound) == pytest.approx(0.1)


def test_swapped_servers_break_the_node_of_the_smaller_one() -> None:
    tree = planted(
        meter("pdu-1", Role.RACK),
        meter("pdu-2", Role.RACK),
        meter("big", Role.DEVICE, "pdu-2"),
        meter("small", Role.DEVICE, "pdu-1"),
    )
    hours = read(tree, {"pdu-1": 10, "pdu-2": 5, "big": 9.9, "small": 4.9})
    assert [one.node for one in balance_of(tree, "fra", hours).broken] == [("pdu-2",)]


def test_in_a_running_hour_mean_powers_are_compared_and_the_bound_is_wider() -> None:
    tree = planted(
        meter("ups", Role.UPS_OUTPUT, accuracy=0.01), meter("rack", Role.RACK, "ups", accuracy=0.01)
    )
    (one,) = residuals_of(tree, "fra", read(tree, {"ups": 10, "rack": 8.6}, ups=1000.0, rack=950.0))
    assert kwh(one.energy) == pytest.approx(9.5 - 8.6)
    assert kwh(one.bound) == pytest.approx(10 * (0.01 + 0.05) + 8.6 * 0.01)


def test_meters_known_for_quite_different_times_are_not_compared() -> None:
    tree, _ = whole_site()
    hours = read(tree, ALL, board=3000.0)
    assert set(by_node(residuals_of(tree, "fra", hours))).isdisjoint({"board", "ups"})
    hours = read(tree, ALL, board=0.0)
    assert set(by_node(residuals_of(tree, "fra", hours))).isdisjoint({"board", "ups"})


def test_what_is_unattributed_is_of_the_time_in_which_the_boundary_is_known() -> None:
    tree = planted(
        meter("grid", Role.UTILITY),
        meter("ups", Role.UPS_OUTPUT, "grid"),
        meter("chiller", Role.COOLING, "grid"),
    )
    kwh_of = {"grid": 50, "ups": 60, "chiller": 20}
    half = read(tree, kwh_of, grid=1800.0)
    assert in_kwh(balance_of(tree, "fra", half).unattributed) == pytest.approx(50 - 30 - 10)
    late = read(tree, {**kwh_of, "grid": 100}, chiller=1200.0)
    assert in_kwh(balance_of(tree, "fra", late).unattributed) == pytest.approx(100 - 60 - 20)
    running = read(tree, {**kwh_of, "grid": 100}, grid=1000.0, ups=960.0, chiller=1000.0)
    assert in_kwh(balance_of(tree, "fra", running).unattributed) == pytest.approx(100 - 62.5 - 20)
    timeless = read(tree, {**kwh_of, "grid": 100}, chiller=0.0)
    assert in_kwh(balance_of(tree, "fra", timeless).unattributed) == pytest.approx(100 - 60)


def test_what_is_interpolated_may_be_anything_in_the_hour_and_breaks_nothing() -> None:
    tree = planted(meter("ups", Role.UPS_OUTPUT), meter("rack", Role.RACK, "ups"))
    hours = read(tree, {"ups": 10, "rack": 12})
    (one,) = residuals_of(tree, "fra", hours)
    assert one.broken
    ups = MeterId("ups")
    hours[ups] = hours[ups]._replace(measured=1800.0, interpolated=1800.0)
    (one,) = residuals_of(tree, "fra", hours)
    assert not one.broken
    assert kwh(one.bound) == pytest.approx(10 * (0.02 + 0.5) + 12 * 0.02)


def test_a_generator_that_nothing_is_said_to_be_behind_may_feed_all() -> None:
    tree = planted(
        meter("grid", Role.UTILITY),
        meter("genset", Role.GENERATOR),
        meter("ups", Role.UPS_OUTPUT, "grid"),
    )
    hours = read(tree, {"grid": 2, "genset": 8, "ups": 9.5})
    (one,) = residuals_of(tree, "fra", hours)
    assert (set(one.node), one.stage, kwh(one.energy)) == ({"grid", "genset"}, Stage.SUPPLY, 0.5)
    assert in_kwh(balance_of(tree, "fra", hours).unattributed) == 0.5


def test_pv_behind_the_utility_s_meter_feeds_what_that_feeds() -> None:
    tree = planted(
        meter("grid", Role.UTILITY),
        meter("roof", Role.ONSITE, "grid"),
        meter("ups", Role.UPS_OUTPUT, "grid"),
    )
    balance = balance_of(tree, "fra", read(tree, {"grid": 6, "roof": 4, "ups": 9}))
    assert (in_kwh(balance.unattributed), balance.broken) == (1, [])


def test_pv_behind_a_board_feeds_what_is_behind_the_board() -> None:
    tree = planted(
        meter("grid", Role.UTILITY),
        meter("board", Role.FEED, "grid"),
        meter("roof", Role.ONSITE, "board"),
        meter("rack", Role.RACK, "board"),
    )
    balance = balance_of(tree, "fra", read(tree, {"grid": 6, "board": 5.5, "roof": 4, "rack": 9}))
    assert balance.losses == {Stage.DISTRIBUTION: Joules(JOULES_PER_KWH // 2)}
    assert (in_kwh(balance.unattributed), balance.broken) == (0.5, [])


def test_pv_behind_a_board_with_no_meter_behind_it_is_unattributed() -> None:
    tree = planted(
        meter("grid", Role.UTILITY),
        meter("board", Role.FEED, "grid"),
        meter("roof", Role.ONSITE, "board"),
    )
    balance = balance_of(tree, "fra", read(tree, {"grid": 6, "board": 5.5, "roof": 4}))
    assert (balance.losses, in_kwh(balance.unattributed)) == ({}, 4.5)


def test_sub_meters_of_the_utility_stand_between() -> None:
    tree = planted(
        meter("grid", Role.UTILITY),
        meter("hall", Role.UTILITY, "grid"),
        meter("office", Role.UTILITY, "grid"),
        meter("ups", Role.UPS_OUTPUT, "hall"),
    )
    balance = balance_of(tree, "fra", read(tree, {"grid": 20, "hall": 12, "office": 7, "ups": 11}))
    assert (in_kwh(balance.unattributed), balance.losses) == (2, {})


def test_a_circle_that_old_places_make_together_ends() -> None:
    tree = planted(
        meter("a", Role.RACK, "b"),
        meter("b", Role.RACK, "a"),
        meter("ups-1", Role.UPS_OUTPUT, "ups-2/input"),
        meter("ups-2", Role.UPS_OUTPUT, "ups-1/input"),
    )
    hours = read(tree, {"a": 1, "b": 1, "ups-1": 1, "ups-2": 1})
    assert set(all_upstream(tree, "a")) == {"a", "b"}
    assert balance_of(tree, "fra", hours).losses.keys() <= {Stage.RACK, Stage.DISTRIBUTION}


def test_shares_by_a_tag_are_of_it_energy_and_what_has_no_tag_is_told() -> None:
    tree = planted(
        meter("pdu-1", Role.RACK, tenant="acme", feed="A"),
        meter("pdu-2", Role.RACK, tenant="acme"),
        meter("pdu-3", Role.RACK, tenant="zeta"),
        meter("pdu-4", Role.RACK),
        meter("server", Role.DEVICE, "pdu-1", tenant="zeta"),
    )
    hours = read(tree, {"pdu-1": 1, "pdu-2": 2, "pdu-3": 4, "pdu-4": 8, "server": 1})
    shares = {value: kwh(one) for value, one in shares_of(tree, "fra", hours, "tenant").items()}
    assert shares == {"acme": 3, "zeta": 4, "": 8}
    assert sum(shares_of(tree, "fra", hours, "feed").values()) == energy_sum(tree.it("fra"), hours)
    assert shares_of(tree, "fra", {}, "tenant") == {}
