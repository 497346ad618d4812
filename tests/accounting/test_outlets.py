"""IT energy at outlets: every rack PDU is in it, by its outlets or, without any, by its total."""

import pytest
from hypothesis import assume, given, settings

from agent.accounting.hourly import site_hour
from agent.accounting.metering.pue import energy_sum, pue_of
from agent.accounting.metering.shares import shares_of
from agent.accounting.metering.tree import Tree
from agent.accounting.periods.totals import totals_of
from agent.model import HOUR, Coverage, Meter, Metered, Role, SiteHour
from agent.units import kwh
from tests.accounting.booked import TENTH
from tests.accounting.flows import Flows, sites
from tests.accounting.places import HOUR_9, meter, planted, read

END = HOUR_9 + HOUR
RACKS = [meter("grid", Role.UTILITY), meter("pdu-1", Role.RACK), meter("pdu-2", Role.RACK)]
OUTLETS = {"pdu-1/outlet/1": 4, "pdu-1/outlet/2": 2, "pdu-1/outlet/3": 1}


def site_of(*meters: Meter, parts: str = "") -> Tree:
    return planted(*meters, parts=parts, it_role=Role.OUTLET)


def it_of(tree: Tree) -> set[str]:
    return {one.id for one in tree.it("fra")}


def summed(tree: Tree, kwh: dict[str, float]) -> SiteHour:
    return site_hour(
        tree, tree.sites["fra"], HOUR_9, read(tree, kwh), {}, now=HOUR_9 + HOUR, version=1
    )


def test_a_rack_pdu_that_has_never_answered_is_missing_from_it() -> None:
    tree = site_of(*RACKS, parts=" ".join(OUTLETS))
    found = summed(tree, {"grid": 12, **OUTLETS})
    assert found.pue is None
    assert found.coverages[Metered.IT] == Coverage(measured=0.5), "one device of two"
    assert found.it is not None
    assert kwh(found.it) == 7


def test_too_little_is_known_of_it_for_a_site_that_asks_for_more() -> None:
    tree = planted(*RACKS, parts=" ".join(OUTLETS), it_role=Role.OUTLET, least_coverage=0.9)
    found = totals_of(
        tree.sites["fra"], TENTH, [summed(tree, {"grid": 12, **OUTLETS})], until=TENTH.end
    )
    assert found.it is None
    assert "IT energy of 2026-03-10: 2.08 % is known" in found.refusals[Metered.IT]


def test_it_is_covered_like_that_with_outlets_that_are_silent() -> None:
    parts = f"{' '.join(OUTLETS)} pdu-2/outlet/1 pdu-2/outlet/2 pdu-2/outlet/3"
    silent = summed(site_of(*RACKS, parts=parts), {"grid": 12, **OUTLETS})
    unseen = summed(site_of(*RACKS, parts=" ".join(OUTLETS)), {"grid": 12, **OUTLETS})
    assert silent.coverages[Metered.IT] == unseen.coverages[Metered.IT]
    assert (silent.pue, silent.it) == (unseen.pue, unseen.it)


def test_a_pdu_that_tells_its_total_alone_is_in_it_with_that_and_the_pue_is_of_category_2() -> None:
    tree = site_of(*RACKS, parts=" ".join(OUTLETS))
    hours = read(tree, {"grid": 12, "pdu-1": 7.1, "pdu-2": 3, **OUTLETS})
    pue = pue_of(tree, "fra", hours)
    assert pue is not None
    assert (pue.value, pue.category) == (pytest.approx(1.2), 2)
    assert tree.it_role("fra") is Role.RACK
    assert sum(shares_of(tree, "fra", hours, "tenant").values()) == energy_sum(
        tree.it("fra"), hours
    )


def test_a_site_of_which_no_outlet_is_known_measures_it_at_its_pdus() -> None:
    tree = site_of(*RACKS)
    assert (it_of(tree), tree.it_role("fra")) == ({"pdu-1", "pdu-2"}, Role.RACK)
    assert tree.shaping("fra") == {"grid"}
    found = summed(tree, {"grid": 12})
    assert (found.it, found.coverages[Metered.IT]) == (None, Coverage())


@pytest.mark.parametrize(
    ("behind", "counted"),
    [
        ("pdu/outlet/1", {"pdu/outlet/1", "pdu/outlet/2"}),
        ("pdu", {"pdu/outlet/1", "pdu/outlet/2"}),
        ("pdu/outlet/9", {"pdu/outlet/1", "pdu/outlet/2", "strip"}),
        ("board", {"pdu/outlet/1", "pdu/outlet/2", "strip"}),
    ],
)
@pytest.mark.parametrize("parts", ["", "strip/outlet/1"])
def test_a_strip_behind_an_outlet_that_is_read_is_not_counted_again(
    behind: str, counted: set[str], parts: str
) -> None:
    tree = site_of(
        meter("board", Role.FEED),
        meter("pdu", Role.RACK, "board"),
        meter("strip", Role.RACK, behind),
        meter("server", Role.DEVICE, "strip"),
        parts=f"pdu/outlet/1 pdu/outlet/2 {parts}",
    )
    wanted = {parts if parts and one == "strip" else one for one in counted}
    assert it_of(tree) == wanted


def test_all_that_is_behind_a_pdu_without_outlets_is_in_its_total() -> None:
    tree = site_of(
        meter("pdu", Role.RACK),
        meter("strip", Role.RACK, "pdu/outlet/3"),
        meter("server", Role.DEVICE, "strip/outlet/1"),
        parts="strip/outlet/1",
    )
    assert it_of(tree) == {"pdu"}


def test_a_pdu_whose_outlets_are_meters_of_their_own_is_not_counted_beside_them() -> None:
    tree = site_of(meter("pdu", Role.RACK), meter("socket", Role.OUTLET, "pdu"))
    assert it_of(tree) == {"socket"}
    assert tree.it_role("fra") is Role.OUTLET


@settings(max_examples=200)
@given(site=sites(lossless=True))
def test_without_losses_it_at_outlets_is_what_the_racks_deliver(site: Flows) -> None:
    """Law: with all of a rack's outlets, or with none of them, each kilowatt-hour counts once."""
    assume(all(_is_read_alike(site, one) for one in site.meters if one.role is Role.RACK))
    racks, outlets = site.tree(it_role=Role.RACK), site.tree(it_role=Role.OUTLET)
    hours = site.hours()
    assert energy_sum(outlets.it("fra"), hours) == energy_sum(racks.it("fra"), hours)


def _is_read_alike(site: Flows, rack: Meter) -> bool:
    outlets = {
        name for one in site.meters for name in one.upstream if name.startswith(f"{rack.id}/")
    }
    return outlets <= site.truth.keys() or not outlets & site.truth.keys()


@settings(max_examples=100)
@given(site=sites())
def test_no_rack_is_left_out_of_it_at_outlets(site: Flows) -> None:
    """Law: each rack is in the sum, or has outlets that are read, or is behind what is in it."""
    tree = site.tree(it_role=Role.OUTLET)
    found = it_of(tree)
    with_outlets = {name.partition("/")[0] for name in site.truth if "/outlet/" in name}
    for one in site.meters:
        if one.role is Role.RACK and one.id not in with_outlets and not one.upstream:
            assert one.id in found
