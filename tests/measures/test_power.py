"""Loads by their ratings, phases beside each other, feeds of a rack that stand in for others."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.measures import samples
from agent.model import MeterId, MeterNow, Now, Rating, Scope
from agent.units import Watts
from tests.exporters.entries import PDU, START, meter_now, now

RATED = Rating(power=Watts(7400.0), amperes=32.0)
powers = st.floats(1, 1e5)


def pdu(
    name: str = "a",
    *,
    rack: str = "r1",
    feed: str = "A",
    room: str = "",
    watts: float | None = 3700.0,
    rating: Rating | None = RATED,
    late: float = 0,
    **conditions: float,
) -> MeterNow:
    tags = {"rack": rack, "feed": feed, "room": room}
    meter = replace(PDU, id=MeterId(name), device=name, tags=tags, rating=rating)
    at = START - timedelta(seconds=late)
    return meter_now(meter, at=at, power=watts, conditions=conditions)


def part(of: MeterNow, number: int, scope: Scope = Scope.PHASE, **conditions: float) -> MeterNow:
    meter = replace(of.meter, id=MeterId(f"{of.meter.device}/{scope}/{number}"), scope=scope)
    watts = conditions.pop("watts", None)
    return meter_now(meter, power=watts, conditions=conditions)


def values(name: str, *meters: MeterNow, at: Now | None = None) -> Mapping[str, float]:
    """Return the samples of a measure by meter, else by rack."""
    found = samples(at or now(meters=meters), [name])[name]
    return {labels.get("meter") or labels["rack"]: value for labels, value in found}


def load(*meters: MeterNow) -> Mapping[str, float]:
    return values("carbond_meter_load_ratio", *meters)


def imbalance(*meters: MeterNow) -> Mapping[str, float]:
    return values("carbond_meter_imbalance_ratio", *meters)


def redundancy(*meters: MeterNow) -> Mapping[str, float]:
    return values("carbond_rack_redundancy_ratio", *meters)


def test_the_total_is_compared_with_the_rated_power_and_each_phase_with_the_rated_current() -> None:
    total = pdu()
    phases = [part(total, number, current_amperes=8.0 * number) for number in (1, 2, 3)]
    assert load(total, *phases) == {
        "a": 0.5,
        "a/phase/1": 0.25,
        "a/phase/2": 0.5,
        "a/phase/3": 0.75,
    }
    assert values("carbond_meter_rating_watts", total, *phases) == {"a": 7400.0}
    amperes = values("carbond_meter_rating_amperes", total, *phases)
    assert amperes == {f"a/phase/{number}": 32.0 for number in (1, 2, 3)}


def test_the_current_of_a_device_that_has_one_is_compared_with_the_rating_too() -> None:
    assert load(pdu(current_amperes=24.0)) == {"a": 0.75}
    assert values("carbond_meter_rating_amperes", pdu(current_amperes=24.0)) == {"a": 32.0}
    # That of a whole device with inlets is a sum, and no rating is for it.
    whole = pdu(current_amperes=60.0)
    inlets = [part(whole, number, Scope.INLET, current_amperes=30.0) for number in (1, 2)]
    assert load(whole, *inlets)["a"] == 0.5


def test_the_current_of_a_whole_device_is_no_phases_current_where_the_phases_are_silent() -> None:
    whole = pdu(current_amperes=60.0)
    phases = [part(whole, number, current_amperes=20.0) for number in (1, 2, 3)]
    late = [replace(one, at=START - timedelta(minutes=10)) for one in phases]
    assert load(whole, *late) == {"a": 0.5}
    assert load(whole, *late[:2], phases[2]) == {"a": 0.5, "a/phase/3": 20 / 32}
    assert load(whole, *(part(whole, number) for number in (1, 2, 3))) == {"a": 0.5}
    only = part(whole, 1, Scope.INLET)
    assert load(pdu(current_amperes=24.0), only) == {"a": 0.75}, "of one inlet it is the current"


def test_what_a_device_says_of_its_load_itself_needs_no_rating() -> None:
    assert load(pdu(rating=None, load_ratio=0.6)) == {"a": 0.6}
    assert load(pdu(load_ratio=0.6)) == {"a": 0.6}
    assert load(pdu(load_ratio=0.4)) == {"a": 0.5}
    assert load(pdu(rating=None)) == {}
    assert load(pdu(watts=None)) == {}


def test_a_silent_meter_has_no_load() -> None:
    assert load(pdu(late=200)) == {}


def test_the_phase_that_is_furthest_from_the_mean_says_the_imbalance() -> None:
    total = pdu()
    phases = [part(total, n, current_amperes=one) for n, one in enumerate((8.0, 10.0, 12.0))]
    assert imbalance(total, *phases) == {"a": pytest.approx(0.2)}
    watts = [part(total, n, watts=one) for n, one in enumerate((500.0, 1000.0, 1500.0))]
    assert imbalance(total, *watts) == {"a": pytest.approx(0.5)}


def test_two_phases_no_load_or_no_figures_have_no_imbalance() -> None:
    total = pdu()
    assert imbalance(total, *(part(total, n, current_amperes=4.0) for n in (1, 2))) == {}
    assert imbalance(total, *(part(total, n, current_amperes=0.0) for n in (1, 2, 3))) == {}
    assert imbalance(total, *(part(total, n) for n in (1, 2, 3))) == {}


@given(st.tuples(powers, powers, powers))
def test_an_imbalance_does_not_depend_on_the_order_or_the_size_of_the_load(
    watts: tuple[float, float, float],
) -> None:
    total = pdu()
    (one,) = imbalance(total, *(part(total, n, watts=w) for n, w in enumerate(watts))).values()
    turned = [part(total, n, watts=w * 3) for n, w in enumerate(reversed(watts))]
    assert imbalance(total, *turned) == {"a": pytest.approx(one)}
    assert 0 <= one <= 2


def test_a_rack_whose_feeds_together_are_more_than_the_smaller_one_may_carry_is_over_one() -> None:
    a, b = pdu("a", feed="A", watts=4000.0), pdu("b", feed="B", watts=4140.0)
    assert redundancy(a, b) == {"r1": pytest.approx(1.1)}
    strong = pdu("b", feed="B", watts=4140.0, rating=Rating(power=Watts(22_000.0)))
    assert redundancy(a, strong) == {"r1": pytest.approx(1.1)}


def test_of_three_feeds_two_must_carry_all() -> None:
    three = [pdu(feed, feed=feed, watts=3700.0) for feed in "ABC"]
    assert redundancy(*three) == {"r1": pytest.approx(3 * 3700 / (2 * 7400))}
    strong = pdu("C", feed="C", watts=3700.0, rating=Rating(power=Watts(22_000.0)))
    assert redundancy(*three[:2], strong) == {"r1": pytest.approx(3 * 3700 / (2 * 7400))}
    assert redundancy(*three[:2], pdu("C", feed="C", late=200)) == {}


def test_a_rack_of_the_same_name_in_another_room_carries_nothing_of_this_one() -> None:
    north = [pdu(f"n-{feed}", feed=feed, watts=4000.0, room="north") for feed in "AB"]
    south = [pdu(f"s-{feed}", feed=feed, watts=1000.0, room="south") for feed in "AB"]
    name = "carbond_rack_redundancy_ratio"
    found = samples(now(meters=(*north, *south)), [name])[name]
    assert [(labels["room"], value) for labels, value in found] == [
        ("north", pytest.approx(8000 / 7400)),
        ("south", pytest.approx(2000 / 7400)),
    ]
    assert redundancy(north[0], pdu("n-B", feed="B", watts=4000.0)) == {
        "r1": pytest.approx(8000 / 7400)
    }


def test_a_pdu_of_which_the_room_is_not_known_may_be_of_either_rack() -> None:
    pairs = [pdu(f"{room}-{feed}", feed=feed, room=room) for room in "ns" for feed in "AB"]
    assert redundancy(*pairs) != {}
    assert redundancy(*pairs, pdu("somewhere", feed="A")) == {}


def test_pdus_on_one_feed_are_added_up() -> None:
    four = [pdu(f"{feed}{n}", feed=feed, watts=3700.0) for feed in "AB" for n in (1, 2)]
    assert redundancy(*four) == {"r1": pytest.approx(1.0)}


@pytest.mark.parametrize(
    "other",
    [
        pdu("b", feed="B", late=200),
        pdu("b", feed="B", watts=None),
        pdu("b", feed="B", rating=None),
        pdu("b", feed="B", rating=Rating(amperes=32.0)),
        pdu("b", feed="A"),
        pdu("b", feed=""),
        pdu("b", rack="r2", feed="B"),
    ],
    ids=["silent", "no power", "no rating", "no rated power", "one feed", "no feed", "elsewhere"],
)
def test_a_rack_of_which_something_is_not_known_says_nothing_of_its_redundancy(
    other: MeterNow,
) -> None:
    assert redundancy(pdu("a", feed="A"), other) == {}
