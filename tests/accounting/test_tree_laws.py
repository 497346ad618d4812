"""What holds in any tree: each kilowatt-hour once, and nothing lost sight of or blamed falsely."""

from dataclasses import replace

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from agent.accounting.metering.balance import ASSUMED_ACCURACY, balance_of, residuals_of
from agent.accounting.metering.pue import energy_sum
from agent.accounting.metering.shares import shares_of
from agent.accounting.metering.tree import Tree
from agent.model import Meter, MeterId, Role
from agent.units import Joules
from tests.accounting.flows import MOST, Flows, sites
from tests.accounting.places import all_upstream, meter

MANY = settings(max_examples=100)
ROLES = st.sampled_from([Role.UPS_OUTPUT, Role.RACK, Role.DEVICE])
ERRORS = st.floats(min_value=-1, max_value=1)


@MANY
@given(site=sites(), draw=st.data())
def test_meters_that_err_within_their_accuracy_break_nothing(
    site: Flows, draw: st.DataObject
) -> None:
    tree, measured = site.tree(), {}
    for name, energy in site.truth.items():
        found = tree.meter(MeterId(name))
        assert found is not None
        accuracy = ASSUMED_ACCURACY if found.accuracy is None else found.accuracy
        # The error is a share of what is shown, as the bound is.
        measured[name] = int(energy / (1 + accuracy * draw.draw(ERRORS, label=name)))
    assert balance_of(tree, "fra", site.hours(measured)).broken == []


def feeding(tree: Tree, site: Flows) -> set[str]:
    """The meters that others stand behind."""
    return {one for name in site.truth for one in all_upstream(tree, name)}


@MANY
@given(site=sites())
def test_losses_what_is_unattributed_and_what_is_seen_last_add_up_to_the_boundary(
    site: Flows,
) -> None:
    tree, hours = site.tree(), site.hours()
    balance, boundary = balance_of(tree, "fra", hours), tree.boundary("fra")
    if balance.unattributed is None:
        assert balance.losses == {}
        return
    last = set(site.truth) - feeding(tree, site)
    seen = sum(site.truth[name] for name in last if name not in {one.id for one in boundary})
    assert energy_sum(boundary, hours) == (
        sum(balance.losses.values()) + balance.unattributed + seen
    )


@MANY
@given(site=sites())
def test_the_losses_are_what_is_used_right_behind_the_meters_of_a_stage(site: Flows) -> None:
    tree, hours = site.tree(), site.hours()
    balance = balance_of(tree, "fra", hours)
    inner = sum(site.used[name] for name in feeding(tree, site))
    # A supply that feeds nothing may have fed anything: all that it gives is used.
    outer = {one.id for one in tree.boundary("fra")} - feeding(tree, site)
    spent = inner + sum(site.used[name] for name in outer)
    assert sum(balance.losses.values()) + (balance.unattributed or 0) == (
        0 if balance.unattributed is None else spent
    )


@MANY
@given(site=sites(lossless=True), role=ROLES)
def test_without_losses_the_sums_are_what_is_used_behind_their_meters(
    site: Flows, role: Role
) -> None:
    tree, hours = site.tree(it_role=role), site.hours()
    assert energy_sum(tree.boundary("fra"), hours) == sum(site.used.values())
    passed = {one.device: _has_passed(tree, one, role) for one in site.meters}
    # What is behind such a meter on one of two feeds only is not asked about.
    assume(None not in passed.values())
    behind = sum(site.used[name] for name, whole in passed.items() if whole)
    assert (energy_sum(tree.it("fra"), hours) or 0) == behind


def _has_passed(tree: Tree, one: Meter, role: Role) -> bool | None:
    """Whether all that a meter draws went through a meter of this role; None for a part of it."""
    if one.role is role:
        return True
    above = [tree.totals[name.partition("/")[0]] for name in one.upstream]
    found = {_has_passed(tree, each, role) for each in above} or {False}
    return found.pop() if len(found) == 1 else None


@MANY
@given(site=sites(), draw=st.data())
def test_a_meter_added_above_below_or_beside_changes_no_sum(
    site: Flows, draw: st.DataObject
) -> None:
    one = draw.draw(st.sampled_from(site.meters), label="which")
    place = draw.draw(st.sampled_from(["above", "below", "beside"]), label="where")
    grown = _with_another(site, one, place)
    for role in (Role.UPS_OUTPUT, Role.RACK, Role.DEVICE):
        before, after = site.tree(it_role=role), grown.tree(it_role=role)
        assert _sums(after, grown) == _sums(before, site)


def _sums(tree: Tree, site: Flows) -> tuple[Joules | None, ...]:
    hours = site.hours()
    return energy_sum(tree.boundary("fra"), hours), energy_sum(tree.it("fra"), hours)


def _with_another(site: Flows, one: Meter, place: str) -> Flows:
    """The site with a second meter of the same flow, or with one of water beside it."""
    if place == "beside":
        new = meter("new", Role.WATER)
        return Flows([*site.meters, new], {**site.truth, "new": 1000})
    truth = {**site.truth, "new": site.truth[one.device]}
    if place == "below":
        return Flows([*site.meters, meter("new", one.role, one.device)], truth)
    new = replace(meter("new", one.role), upstream=one.upstream)
    moved = replace(one, upstream=("new",))
    return Flows([*(moved if each is one else each for each in site.meters), new], truth)


@MANY
@given(
    small=st.integers(1, MOST),
    more=st.integers(1, MOST),
    losses=st.tuples(st.integers(0, MOST // 100), st.integers(0, MOST // 100)),
)
def test_a_swapped_pair_behind_one_node_breaks_it(
    small: int, more: int, losses: tuple[int, int]
) -> None:
    big = small + more
    truth = {"one": small + losses[0], "two": big + losses[1], "big": big, "small": small}
    meters = [
        meter("one", Role.RACK, accuracy=0.01),
        meter("two", Role.RACK, accuracy=0.01),
        meter("big", Role.DEVICE, "one", accuracy=0.01),
        meter("small", Role.DEVICE, "two", accuracy=0.01),
    ]
    assume(big - truth["one"] > 0.01 * (big + truth["one"]) + 1)
    swapped = Flows(meters, truth)
    assert [one.node for one in balance_of(swapped.tree(), "fra", swapped.hours()).broken] == [
        ("one",)
    ]


@MANY
@given(site=sites(), role=ROLES)
def test_shares_add_up_to_the_site_s_it_energy(site: Flows, role: Role) -> None:
    tree, hours = site.tree(it_role=role), site.hours()
    shares = shares_of(tree, "fra", hours, "tenant")
    assert sum(shares.values()) == (energy_sum(tree.it("fra"), hours) or 0)
    assert set(shares) <= {"", "acme", "zeta"}


@MANY
@given(site=sites(), draw=st.data())
def test_what_is_missing_is_never_blamed(site: Flows, draw: st.DataObject) -> None:
    tree, whole = site.tree(), site.hours()
    gone = draw.draw(st.sets(st.sampled_from(sorted(site.truth))), label="missing")
    hours = {name: one for name, one in whole.items() if name not in gone}
    residuals = residuals_of(tree, "fra", hours)
    assert all(one in residuals_of(tree, "fra", whole) for one in residuals)
    assert gone.isdisjoint(name for one in residuals for name in one.node)
