"""Laws of the simulated truth."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.demo.faults import NONE
from agent.demo.load import PERIODS, Load, total_of
from agent.demo.registers import Registers
from agent.demo.site import TENTH_OF_KWH, Family, Site
from agent.units import Joules

START = datetime(2026, 3, 2, 9, 17, tzinfo=UTC)
SITE = Site(start=START, seed=1)
REGISTERS = Registers(SITE, NONE)
DAY = 86_400.0

counters = st.sampled_from(sorted(SITE.steps))
elements = st.sampled_from(sorted(SITE.loads))
seconds = st.floats(0, 30 * DAY)
moments = st.builds(lambda after: SITE.midnight + timedelta(seconds=after), seconds)
swings = st.tuples(*[st.complex_numbers(max_magnitude=1e4)] * len(PERIODS))
loads = st.builds(lambda mean, swings: Load(mean=mean, swings=swings), st.floats(0, 1e5), swings)


@given(elements, moments, moments, moments)
def test_energies_of_adjoining_spans_add_up_to_the_joule(
    element: str, one: datetime, two: datetime, three: datetime
) -> None:
    first, middle, last = sorted((one, two, three))
    parts = SITE.energy(element, first, middle) + SITE.energy(element, middle, last)
    assert parts == SITE.energy(element, first, last)


@given(elements, moments)
def test_no_power_is_negative(element: str, at: datetime) -> None:
    assert SITE.power(element, at) >= 0


@settings(max_examples=50)
@given(loads, seconds, st.floats(1, 600))
def test_energy_is_the_integral_of_power(load: Load, start: float, span: float) -> None:
    steps = 200
    width = span / steps
    weights = [1, *([4, 2] * (steps // 2))[:-1], 1]
    powers = [load.power(start + number * width) for number in range(steps + 1)]
    simpson = sum(weight * power for weight, power in zip(weights, powers, strict=True)) * width / 3
    assert load.energy(start + span) - load.energy(start) == pytest.approx(simpson, rel=1e-6, abs=3)


@given(loads, loads, seconds)
def test_loads_add_up_in_power_and_in_energy(one: Load, other: Load, at: float) -> None:
    both = total_of([one, other])
    assert both.power(at) == pytest.approx(one.power(at) + other.power(at), abs=1e-3)
    assert both.energy(at) == pytest.approx(one.energy(at) + other.energy(at), rel=1e-9, abs=2)


def test_the_utility_is_the_sum_of_everything_below_it() -> None:
    end = START + timedelta(hours=7, seconds=13)

    def energy(*names: str) -> int:
        return sum(SITE.energy(name, START, end) for name in names)

    below = energy("ups-a/input", "ups-b/input", "cooling", "lighting")
    assert energy("utility") == pytest.approx(below, abs=5)
    assert energy("it") == pytest.approx(energy("ups-a", "ups-b"), abs=3)
    for ups in SITE.upses:
        pdus = [pdu.name for pdu in SITE.pdus if pdu.feed == ups.feed]
        assert energy(ups.name) == pytest.approx(energy(*pdus), abs=len(pdus) + 1)
        assert energy(f"{ups.name}/input") > energy(ups.name)
    for pdu in SITE.pdus:
        outlets = [f"{pdu.name}/outlet/{number}" for number in range(1, 25)]
        phases = [f"{pdu.name}/phase/{number}" for number in range(1, 4)]
        assert energy(pdu.name) == pytest.approx(energy(*outlets), abs=25)
        assert energy(pdu.name) == pytest.approx(energy(*phases), abs=4)


def test_a_server_draws_from_an_outlet_of_one_of_its_racks_pdus() -> None:
    plugged = {load: pdu.name for pdu in SITE.pdus for load in pdu.outlets}
    for server in SITE.servers:
        assert plugged[server.load] == server.pdu
        assert server.pdu.startswith(server.rack)


@given(counters, st.lists(seconds, min_size=2, max_size=20))
def test_registers_never_go_back(element: str, times: list[float]) -> None:
    count = REGISTERS.counts(element, SITE.loads[element], Joules(123_456_789))
    assert all(later >= earlier for earlier, later in pairwise(map(count, sorted(times))))


@given(seconds)
def test_a_register_is_less_than_a_count_behind_the_truth(at: float) -> None:
    count = REGISTERS.counts("utility", SITE.utility, SITE.utility_register)
    truth = SITE.utility_register + SITE.utility.energy(at)
    assert 0 <= truth - count(at) * TENTH_OF_KWH < TENTH_OF_KWH


def test_the_same_seed_is_the_same_site_and_another_one_is_not() -> None:
    again, other = Site(start=START, seed=1), Site(start=START, seed=2)
    end = START + timedelta(hours=1)
    assert again.loads == SITE.loads
    assert other.energy("utility", START, end) != SITE.energy("utility", START, end)


def test_it_is_of_the_size_that_was_asked_for() -> None:
    assert len(SITE.pdus) == 24
    assert len(SITE.servers) == 40
    assert len(SITE.upses) == 2
    for family in Family:
        assert sum(pdu.family is family for pdu in SITE.pdus) == 12
    for hour in range(24):
        at = SITE.midnight + timedelta(hours=hour)
        assert 90_000 < SITE.power("it", at) < 150_000
        assert 1.2 < SITE.power("utility", at) / SITE.power("it", at) < 1.6
