"""The counters of a site: they follow the ledger upward and never go back."""

from collections.abc import Mapping
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from agent.model import Kind, SiteNow
from agent.units import Joules
from exporters.prometheus.accrual import ENERGY, Accrual
from tests.exporters.entries import PUE, site_hour, site_now


def day(joules: int, grams: float | None = None, *, running: int = 0) -> SiteNow:
    """Return a site after so much of today, of which so much in the running hour."""
    hour = replace(site_hour(), facility=Joules(running), it=None)
    kinds: Mapping[Kind, float] = {} if grams is None else {Kind.DIRECT: grams}
    return site_now(joules=joules, grams=kinds, hour=hour)


def test_counters_begin_at_zero_and_follow_the_day() -> None:
    accrual = Accrual()
    assert accrual.after(day(500, 50.0)) == {ENERGY: 0, Kind.DIRECT: 0}
    assert accrual.after(day(700, 70.0)) == {ENERGY: 200, Kind.DIRECT: 20}
    assert accrual.after(day(700, 70.0)) == {ENERGY: 200, Kind.DIRECT: 20}


def test_the_next_day_is_added_from_its_beginning() -> None:
    accrual = Accrual()
    accrual.after(day(1000, 100.0, running=100))
    accrual.after(day(1500, 150.0, running=600))
    assert accrual.after(day(40, 4.0, running=40)) == {ENERGY: 540, Kind.DIRECT: 54}
    assert accrual.after(day(90, 9.0, running=90)) == {ENERGY: 590, Kind.DIRECT: 59}


def test_the_next_day_is_seen_where_only_it_is_measured() -> None:
    accrual = Accrual()
    accrual.after(day(1000, 100.0))
    it_only = replace(site_hour(pue=replace(PUE, value=1.5)), facility=None, it=Joules(27))
    first = site_now(joules=40, grams={Kind.DIRECT: 4.0}, hour=it_only)
    assert accrual.after(first) == {ENERGY: 40, Kind.DIRECT: 4}


def test_an_empty_day_is_a_new_one() -> None:
    accrual = Accrual()
    accrual.after(day(1000, 100.0))
    accrual.after(replace(site_now(joules=0, grams={}), hour=None))
    assert accrual.after(day(70, 7.0)) == {ENERGY: 70, Kind.DIRECT: 7}


def test_a_restatement_downward_stands_still_until_it_is_passed() -> None:
    accrual = Accrual()
    accrual.after(day(1000, 100.0))
    values = [
        accrual.after(day(1000 + n, grams))[Kind.DIRECT]
        for n, grams in enumerate((120.0, 90.0, 110.0, 125.0))
    ]
    assert values == [20, 20, 20, 25]


def test_a_restatement_upward_is_added() -> None:
    accrual = Accrual()
    accrual.after(day(1000, 100.0))
    assert accrual.after(day(1000, 130.0))[Kind.DIRECT] == 30


def test_an_intensity_that_arrives_late_brings_the_emissions_of_the_day() -> None:
    accrual = Accrual()
    assert Kind.DIRECT not in accrual.after(day(0))
    assert Kind.DIRECT not in accrual.after(day(500))
    assert accrual.after(day(600, 60.0))[Kind.DIRECT] == 60
    accrual.after(day(20, running=20))
    assert accrual.after(day(120, 12.0, running=20))[Kind.DIRECT] == 72


def test_sites_are_counted_apart() -> None:
    accrual = Accrual()
    accrual.after(day(100))
    accrual.after(replace(day(900), site="south"))
    assert accrual.after(day(150))[ENERGY] == 50
    assert accrual.after(replace(day(901), site="south"))[ENERGY] == 1


moments = st.tuples(
    st.integers(0, 1000), st.one_of(st.none(), st.floats(0, 1000)), st.integers(0, 1000)
)


@given(st.lists(moments, min_size=2))
def test_no_counter_ever_goes_back(series: list[tuple[int, float | None, int]]) -> None:
    accrual = Accrual()
    before: Mapping[Kind | str, float] = {}
    for joules, grams, running in series:
        after = accrual.after(day(joules, grams, running=running))
        assert all(after[quantity] >= value for quantity, value in before.items())
        before = after


def test_a_day_that_is_refused_for_a_while_goes_on_where_it_was() -> None:
    accrual = Accrual()
    accrual.after(day(0))
    accrual.after(day(1000, running=300))
    refused = replace(site_now(joules=0, grams={}), energy_today=None)
    assert accrual.after(refused) == {ENERGY: 1000}
    assert accrual.after(day(1200, running=500)) == {ENERGY: 1200}
